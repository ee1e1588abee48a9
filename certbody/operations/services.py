"""What staff do about messages and documents that did not go through."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import changes_operations, is_officer
from audit.services import record
from core.errors import NotAllowed, RuleViolation
from core.jobs import enqueue_on_commit
from core.messages import is_copy_waiting, resend, send_copy
from core.models import OutgoingMessage, RenderedFile
from core.states import UNDELIVERED, MessageState
from core.transitions import locked

ONE_TIME_LINK = _("This message held a sign-in link, for one person and for once: they have to ask for a new one.")


@transaction.atomic
def resend_message(message: OutgoingMessage, *, actor: User, to: str = "") -> OutgoingMessage:
    """Put a message that could not be delivered, or came back, into the queue again; `to` is another address.

    Of one that was sent, a copy goes to the same address. Returns the message that is on its way now.

    Raises `NotAllowed` "reader" for people who only read, "role" when somebody who does not work on cases names another
    address; `RuleViolation` "state" for one, or a copy of one, that is on its way already, and for one that was sent
    when another address is named; "sensitive" for a sign-in link that is gone or would go to another address, "address"
    when that is no e-mail address.
    """
    _require(actor)
    current = locked(message)
    if current.state == MessageState.QUEUED or is_copy_waiting(current):
        raise RuleViolation(_("This message is on its way already."), code="state")
    if current.sensitive and (to or not current.body):
        raise RuleViolation(ONE_TIME_LINK, code="sensitive")
    if current.state not in UNDELIVERED:
        return _copied(current, actor=actor, to=to)
    if to:
        _require_other_address(to, actor)
    record(
        actor=actor, verb="message.resend", obj=current,
        before={"state": current.state, "attempts": current.attempts, "recipient": current.recipient},
        after={"state": MessageState.QUEUED, "attempts": 0, "recipient": to or current.recipient},
    )  # fmt: skip
    return resend(current.pk, to=to)


def _copied(message: OutgoingMessage, *, actor: User, to: str) -> OutgoingMessage:
    if to:
        raise RuleViolation(_("Only a message that failed or came back can be sent to another address."), code="state")
    copy = send_copy(message)
    record(
        actor=actor, verb="message.resend", obj=copy, related=[message],
        after={"state": MessageState.QUEUED, "recipient": copy.recipient},
    )  # fmt: skip
    return copy


@transaction.atomic
def mark_returned(message: OutgoingMessage, *, actor: User, reason: str) -> OutgoingMessage:
    """Note that a sent message came back, when it was a person who noticed and not the mail server's notification.

    Raises `NotAllowed` "reader"; `RuleViolation` "reason" for an empty one, "state" unless the message was sent.
    """
    _require(actor)
    if not reason.strip():
        raise RuleViolation(_("Please write how you know that it came back."), code="reason")
    current = locked(message)
    if current.state != MessageState.SENT:
        raise RuleViolation(_("Only a message that was sent can have come back."), code="state")
    current.state, current.bounced_at, current.bounce_reason = MessageState.BOUNCED, timezone.now(), reason.strip()
    current.save(update_fields=["state", "bounced_at", "bounce_reason"])
    record(
        actor=actor, verb="message.return", obj=current, before={"state": MessageState.SENT},
        after={"state": MessageState.BOUNCED, "recipient": current.recipient}, reason=reason,
    )  # fmt: skip
    return current


@transaction.atomic
def retry_document(work: RenderedFile, *, actor: User) -> RenderedFile:
    """Have a worker prepare a document that failed, with all its tries.

    Raises `NotAllowed` for people who only read; `RuleViolation` with code "state" when the document is ready, or waits
    without having failed.
    """
    _require(actor)
    current = locked(work)
    if current.is_ready:
        raise RuleViolation(_("This document is ready."), code="state")
    if not current.last_error:
        raise RuleViolation(_("This document is in preparation."), code="state")
    record(
        actor=actor, verb="document.retry", obj=current,
        before={"attempts": current.attempts, "last_error": current.last_error}, after={"attempts": 0},
    )  # fmt: skip
    current.attempts, current.last_error = 0, ""
    current.save(update_fields=["attempts", "last_error"])
    enqueue_on_commit("core.tasks.render_file", str(current.pk))
    return current


def _require_other_address(to: str, actor: User) -> None:
    """A message about a case goes to another address on the word of somebody who works on cases alone (contract B6)."""
    if not is_officer(actor):
        raise NotAllowed(_("Only a certification officer can name another address."), code="role")
    try:
        validate_email(to)
    except ValidationError as error:
        raise RuleViolation(_("This is no e-mail address."), code="address") from error


def _require(actor: User) -> None:
    if not changes_operations(actor):
        raise NotAllowed(_("You may read this, not change it."), code="reader")
