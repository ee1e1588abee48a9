"""Withdrawing an application, and what other floors have to say to it."""

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.models import Application
from candidates.permissions import may_act, withdraws_application
from candidates.services.notices import tell_applicant
from candidates.states import APPLICATION
from core.errors import NotAllowed, RuleViolation
from core.transitions import locked, move

# Called with the withdrawn application (its row locked) and the actor: it follows (cancels an exam), or raises
# `RuleViolation`.
WithdrawalHook = Callable[[Application, User], None]
# Called with an application: raises `RuleViolation` when it cannot be withdrawn any more, and changes nothing.
WithdrawalObjection = Callable[[Application], None]

_hooks: list[WithdrawalHook] = []
_objections: list[WithdrawalObjection] = []


def register_withdrawal_hook(hook: WithdrawalHook) -> None:
    """Have `hook` called inside the transaction of every withdrawal; called by upper floors when Django starts.

    A hook that raises `RuleViolation` vetoes the withdrawal: nothing is changed, and the applicant reads its message.
    """
    if hook not in _hooks:
        _hooks.append(hook)


def register_withdrawal_objection(objection: WithdrawalObjection) -> None:
    """Have `objection` asked before the hooks of every withdrawal, and whenever a page offers to withdraw.

    Called by upper floors when Django starts. Its `RuleViolation` vetoes the withdrawal, and hides the button.
    """
    if objection not in _objections:
        _objections.append(objection)


def can_be_withdrawn(application: Application) -> bool:
    """Tell whether neither its state nor an upper floor stands against it: for showing the button."""
    if not may_act("withdraw", application):
        return False
    try:
        _ask_objections(application)
    except RuleViolation:
        return False
    return True


@transaction.atomic
def withdraw_application(application: Application, *, reason: str = "", actor: User) -> Application:
    """Take an application back for good: a draft is put aside, a submitted, returned or accepted one ends.

    Asks the hooks of the upper floors. Writes "application.withdraw"; tells the applicant (application_withdrawn) if it
    had been submitted. Raises `NotAllowed` "not_yours", `RuleViolation` "state", "concluded" after the decision, or a
    hook's.
    """
    current = locked(application)
    if not withdraws_application(actor, current):
        raise NotAllowed(_("This application is not yours to withdraw."), code="not_yours")
    if current.concluded_at is not None:
        raise RuleViolation(
            _("The decision has been made: the application can no longer be withdrawn."), code="concluded"
        )
    withdrawn = move(
        current,
        APPLICATION,
        "withdraw",
        actor=actor,
        reason=reason,
        changes={"state_reason": reason.strip(), "settled_at": timezone.now(), "settled_by": actor},
        related=[current.person] if current.person else [],
    )
    _ask_objections(withdrawn)
    for hook in _hooks:
        hook(withdrawn, actor)
    if withdrawn.submitted_at:
        tell_applicant(withdrawn, "application_withdrawn")
    application.refresh_from_db()
    return withdrawn


def _ask_objections(application: Application) -> None:
    for objection in _objections:
        objection(application)
