"""Who may do what, as far as it follows from roles alone. Case by case rules stand in the apps that own the case."""

from typing import Any

from accounts.models import Invitation, User
from accounts.states import OFFICER_INVITES, Role


def has_role(user: Any, *roles: str) -> bool:
    """Tell whether `user` is signed in and has any of `roles`."""
    return isinstance(user, User) and user.has_role(*roles)


def is_signed_in(user: Any, _obj: object = None) -> bool:
    """Anyone with an open account."""
    return isinstance(user, User) and user.is_active


def is_officer(user: Any, _obj: object = None) -> bool:
    """Certification officers run applications, sessions, contracts and certificates."""
    return has_role(user, Role.OFFICER)


def is_assessor(user: Any, _obj: object = None) -> bool:
    """Assessors mark the exams of the sessions whose panel they are on."""
    return has_role(user, Role.ASSESSOR)


def is_decider(user: Any, _obj: object = None) -> bool:
    """Decision-makers grant or refuse certification."""
    return has_role(user, Role.DECIDER)


def is_auditor(user: Any, _obj: object = None) -> bool:
    """Auditors read everything and change nothing."""
    return has_role(user, Role.AUDITOR)


def is_sysadmin(user: Any, _obj: object = None) -> bool:
    """System administrators look after accounts, roles and jobs; candidates' cases are closed to them."""
    return has_role(user, Role.SYSADMIN)


def reads_cases(user: Any, _obj: object = None) -> bool:
    """Officers work on cases, auditors read them."""
    return has_role(user, Role.OFFICER, Role.AUDITOR)


def reads_operations(user: Any, _obj: object = None) -> bool:
    """Messages and jobs: those who keep them going and those who check."""
    return has_role(user, Role.OFFICER, Role.AUDITOR, Role.SYSADMIN)


def manages_people(user: Any, _obj: object = None) -> bool:
    """Officers and system administrators see accounts and invite; which roles is checked by the service."""
    return has_role(user, Role.OFFICER, Role.SYSADMIN)


def reads_people(user: Any, _obj: object = None) -> bool:
    """Accounts and roles are seen by those who manage them and by auditors."""
    return has_role(user, Role.OFFICER, Role.SYSADMIN, Role.AUDITOR)


def is_staff_member(user: Any, _obj: object = None) -> bool:
    """Anyone who works for the body."""
    return isinstance(user, User) and user.is_body_staff


def changes_operations(user: Any, obj: object = None) -> bool:
    """Sending a message again, rendering a document again: those who keep the operations going."""
    return has_role(user, Role.OFFICER, Role.SYSADMIN)


def may_invite_as(user: Any, role: str) -> bool:
    """System administrators offer every role, officers those of the people whom they work with."""
    return has_role(user, Role.SYSADMIN) or (has_role(user, Role.OFFICER) and role in OFFICER_INVITES)


def invitable_roles(user: Any) -> list[Role]:
    """Return the roles that a person may offer, in the order in which they are shown."""
    return [role for role in Role if may_invite_as(user, role)]


def may_manage_account(user: Any, obj: object = None) -> bool:
    """System administrators change the roles and the state of accounts, except their own."""
    return is_sysadmin(user) and isinstance(obj, User) and obj.pk != user.pk


def manages_invitation(user: Any, obj: object = None) -> bool:
    """An invitation is sent again or withdrawn by those who may offer its role."""
    return isinstance(obj, Invitation) and may_invite_as(user, obj.role)
