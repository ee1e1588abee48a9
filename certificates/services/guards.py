"""Checks that every service makes before it changes anything, whoever calls it."""

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.states import Role
from candidates.models import Person
from core.errors import NotAllowed, RuleViolation
from exams.queries.sessions import is_partial

NOT_YOUR_ROLE = _("Your account does not have the role that this step needs. Nothing was changed.")
HAS_INTEREST = _(
    "A conflict of interest with this person is on record for you: another officer has to do it (contract B1). "
    "Nothing was changed."
)
SHORTEST_REASON = 10
LONGEST_REASON = 2000
REASON_TOO_SHORT = format_lazy(
    _(
        "Please give the reason in a sentence of at least {number} characters: the person concerned reads it, and an "
        "appeal is judged by it."
    ),
    number=SHORTEST_REASON,
)
DESCRIPTION_TOO_SHORT = format_lazy(
    _("Please describe it in a sentence of at least {number} characters."), number=SHORTEST_REASON
)
TOO_LONG = _("Please keep it to {longest} characters: these are {number}, and nothing of it may be lost.")
OWN_CASE = _("This is your own case: another officer has to do it (contract B1). Nothing was changed.")


def require_officer(actor: User, person: Person) -> None:
    """Let officers act, but neither on themselves nor on somebody in whom they have an interest (contract B1).

    Raises `NotAllowed` "role", "own_case" or "interest".
    """
    require_role(actor, Role.OFFICER)
    if person.user_id == actor.pk:
        raise NotAllowed(OWN_CASE, code="own_case")
    if is_partial(actor, person):
        raise NotAllowed(HAS_INTEREST, code="interest")


def require_role(actor: User, role: Role) -> None:
    """Raise `NotAllowed` "role" unless the account has the role."""
    if not actor.has_role(role):
        raise NotAllowed(NOT_YOUR_ROLE, code="role")


def stated_reason(
    text: str, *, code: str = "reason", too_short: str | Promise = REASON_TOO_SHORT, longest: int | None = None
) -> str:
    """Return the reason without outer spaces; forms and services ask the same.

    Raises `RuleViolation` with `code` when it is shorter than a sentence can be (repeated spaces do not count), or
    longer than `longest`: what decides about somebody is kept whole or not taken.
    """
    if len(" ".join(text.split())) < SHORTEST_REASON:
        raise RuleViolation(too_short, code=code)
    text = text.strip()
    if longest is not None and len(text) > longest:
        raise RuleViolation(format_lazy(TOO_LONG, longest=longest, number=len(text)), code=code)
    return text


def described(text: str) -> str:
    """Return what a holder describes without outer spaces; raises `RuleViolation` "description" when too short."""
    return stated_reason(text, code="description", too_short=DESCRIPTION_TOO_SHORT)
