"""Checks that every service makes before it changes anything, whoever calls it."""

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.states import Role
from candidates.models import Person
from core.errors import NotAllowed
from exams.queries.sessions import is_partial

NOT_YOUR_ROLE = _("Your account does not have the role that this step needs. Nothing was changed.")
HAS_INTEREST = _(
    "A conflict of interest with this person is on record for you: another officer has to do it (contract B1). "
    "Nothing was changed."
)
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
