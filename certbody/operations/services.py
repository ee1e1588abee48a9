"""What staff do about messages and documents that did not go through."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import changes_operations
from audit.services import record
from core.errors import NotAllowed, RuleViolation
from core.jobs import enqueue_on_commit
from core.messages import resend
from core.models import OutgoingMessage, RenderedFile
from core.states import MessageState
from core.transitions import locked


@transaction.atomic
def resend_message(message: OutgoingMessage, *, actor: User) -> OutgoingMessage:
    """Put a message whose delivery has failed back into the queue.

    Raises `NotAllowed` for people who only read; `RuleViolation` with code "state" unless the delivery has failed.
    """
    _require(actor)
    current = locked(message)
    if current.state != MessageState.FAILED:
        raise RuleViolation(_("Only a message whose delivery has failed can be sent again."), code="state")
    record(
        actor=actor, verb="message.resend", obj=current,
        before={"state": current.state, "attempts": current.attempts},
        after={"state": MessageState.QUEUED, "attempts": 0},
    )  # fmt: skip
    return resend(current.pk)


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


def _require(actor: User) -> None:
    if not changes_operations(actor):
        raise NotAllowed(_("You may read this, not change it."), code="reader")
