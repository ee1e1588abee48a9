"""Invitations: a role offered by e-mail, taken once by whoever holds the link."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Invitation, User
from accounts.permissions import may_invite_as
from accounts.services.people import create_account
from accounts.services.roles import assign_role
from accounts.states import InvitationState, Role
from audit.services import record
from core.errors import NotAllowed, RuleViolation
from core.integrity import constraint_errors
from core.messages import queue_message
from core.transitions import locked

VALID_FOR = timedelta(days=14)
RESEND_AFTER = timedelta(minutes=2)

_TOKEN_BYTES = 32
_NO_LONGER = {
    InvitationState.ACCEPTED: _("This invitation has been accepted already."),
    InvitationState.WITHDRAWN: _("This invitation has been withdrawn."),
    InvitationState.EXPIRED: _("This invitation has expired. Ask the certification body to send it again."),
}


class UnknownInvitation(RuleViolation):
    """No invitation belongs to the link."""


@transaction.atomic
def invite(
    *,
    email: str,
    surname: str,
    given_name: str,
    patronymic: str = "",
    role: Role,
    language: str,
    actor: User | None,
) -> Invitation:
    """Offer a role to a person, whether or not there is an account, and send the link. `actor` None is the system.

    Raises `NotAllowed` for a role that `actor` may not offer, or for oneself; `RuleViolation` with code "has_role" when
    the account has it, "account_closed", or "accounts_one_open_invitation" when the same offer is waiting.
    """
    _require_may_invite(actor, role)
    email = email.strip().lower()
    if actor is not None and email == actor.email.lower():
        raise NotAllowed(_("Nobody changes the own roles: ask a colleague."), code="self")
    _check_account(email, role)
    token, now = secrets.token_urlsafe(_TOKEN_BYTES), timezone.now()
    waiting = _("An invitation to this role is on its way to this address. You can send it again from the list.")
    with constraint_errors({"accounts_one_open_invitation": waiting}):
        invitation = Invitation.objects.create(
            email=email, surname=surname, given_name=given_name, patronymic=patronymic, role=role, language=language,
            invited_by=actor, token_sha256=digest(token), sent_at=now, expires_at=now + VALID_FOR,
        )  # fmt: skip
    record(actor=actor, verb="invitation.send", obj=invitation, after={"email": email, "role": role})
    _send(invitation, token)
    return invitation


@transaction.atomic
def resend_invitation(invitation: Invitation, *, actor: User) -> Invitation:
    """Send a new link, valid anew; the old one stops working.

    Raises `NotAllowed` for a role that `actor` may not offer; `RuleViolation` with code "state" when it is accepted or
    withdrawn, "too_soon" when it was sent a moment ago (a second click).
    """
    _require_may_invite(actor, Role(invitation.role))
    current = locked(invitation)
    _require_pending(current)
    now = timezone.now()
    if now < current.sent_at + RESEND_AFTER:
        raise RuleViolation(_("The invitation was sent a moment ago."), code="too_soon")
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    before = {"expires_at": current.expires_at}
    current.token_sha256, current.sent_at, current.expires_at = digest(token), now, now + VALID_FOR
    current.save(update_fields=["token_sha256", "sent_at", "expires_at"])
    record(actor=actor, verb="invitation.resend", obj=current, before=before, after={"expires_at": current.expires_at})
    _send(current, token)
    return current


@transaction.atomic
def withdraw_invitation(invitation: Invitation, *, actor: User) -> Invitation:
    """Make the link worthless.

    Raises `NotAllowed` for a role that `actor` may not offer; `RuleViolation` with code "state" when it is accepted or
    withdrawn already.
    """
    _require_may_invite(actor, Role(invitation.role))
    current = locked(invitation)
    _require_pending(current)
    current.withdrawn_at = timezone.now()
    current.save(update_fields=["withdrawn_at"])
    record(actor=actor, verb="invitation.withdraw", obj=current, after={"withdrawn_at": current.withdrawn_at})
    return current


@transaction.atomic
def accept_with_new_account(
    token: str, *, password: str, surname: str, given_name: str, patronymic: str, language: str
) -> User:
    """Create the account of an invited person, with the role; the link has proved the address.

    Raises `UnknownInvitation`; `RuleViolation` with code "state" when the link is used, withdrawn or expired,
    "accounts_email_unique" when there is an account by now.
    """
    invitation = _lock_open(token)
    user = create_account(
        email=invitation.email, password=password, surname=surname, given_name=given_name, patronymic=patronymic,
        language=language, roles=[Role(invitation.role)], actor=invitation.invited_by,
    )  # fmt: skip
    _accept(invitation, user)
    return user


@transaction.atomic
def accept_signed_in(token: str, *, user: User) -> User:
    """Add the offered role to the account of the invited person, who is signed in.

    Raises `UnknownInvitation`; `NotAllowed` when the invitation is for another address; `RuleViolation` with code
    "state" when the link is used, withdrawn or expired, "accounts_role_once" when the account has the role by now.
    """
    invitation = _lock_open(token)
    if user.email.lower() != invitation.email:
        raise NotAllowed(_("This invitation is for another account."), code="other_account")
    assign_role(user, Role(invitation.role), actor=invitation.invited_by)
    _accept(invitation, user)
    return user


def find_invitation(token: str) -> Invitation:
    """Return the invitation of a link, whatever its state; raises `UnknownInvitation`."""
    invitation = Invitation.objects.filter(token_sha256=digest(token)).first()
    if invitation is None:
        raise UnknownInvitation(_("This link does not lead to an invitation."), code="unknown")
    return invitation


def digest(token: str) -> str:
    """Return what is stored of a token: who reads the database cannot take the role."""
    return hashlib.sha256(token.encode()).hexdigest()


def _lock_open(token: str) -> Invitation:
    """Return the locked invitation of a link; raises `UnknownInvitation`, or `RuleViolation` when it is over."""
    invitation = Invitation.objects.select_for_update(of=("self",)).filter(token_sha256=digest(token)).first()
    if invitation is None:
        raise UnknownInvitation(_("This link does not lead to an invitation."), code="unknown")
    if not invitation.is_open:
        raise RuleViolation(_NO_LONGER[invitation.state], code="state")
    return invitation


def _accept(invitation: Invitation, user: User) -> None:
    invitation.accepted_at, invitation.accepted_by = timezone.now(), user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    record(
        actor=user, verb="invitation.accept", obj=invitation, after={"role": invitation.role, "accepted_by": user},
        related=[user],
    )  # fmt: skip


def _require_may_invite(actor: User | None, role: Role) -> None:
    if actor is not None and not may_invite_as(actor, role):
        raise NotAllowed(_("You may not invite people to this role."), code="role")


def _require_pending(invitation: Invitation) -> None:
    if not invitation.is_pending:
        raise RuleViolation(_NO_LONGER[invitation.state], code="state")


def _check_account(email: str, role: Role) -> None:
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        return
    if not user.is_active:
        raise RuleViolation(_("The account with this address is closed."), code="account_closed")
    if role in user.roles:
        raise RuleViolation(_("The account with this address has this role already."), code="has_role")


def _send(invitation: Invitation, token: str) -> None:
    queue_message(
        key=f"account.invitation:{invitation.pk}:{invitation.token_sha256[:16]}",
        kind="account_invitation",
        to=invitation.email,
        language=invitation.language,
        context={"invitation": invitation, "path": reverse("accounts:accept_invitation", args=[token])},
        about=invitation,
        sensitive=True,
    )
