"""Roles: given and ended by system administrators, never by oneself; somebody is always left who can give them."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import RoleAssignment, User
from accounts.permissions import is_sysadmin
from accounts.states import Role
from audit.services import record
from core.errors import NotAllowed, RuleViolation
from core.integrity import constraint_errors
from core.transitions import locked

_HAS_ROLE = _("This person has this role already.")


@transaction.atomic
def grant_role(user: User, role: Role, *, actor: User) -> RoleAssignment:
    """Give a role.

    Raises `NotAllowed` unless `actor` is a system administrator, or for oneself; `RuleViolation` with code
    "accounts_role_once" when the person has the role, "state" when the account is closed.
    """
    require_sysadmin(actor)
    refuse_self(user, actor)
    return assign_role(user, role, actor=actor)


@transaction.atomic
def assign_role(user: User, role: Role, *, actor: User | None) -> RoleAssignment:
    """Write a role that somebody entitled has given, and its trace; raises `RuleViolation` as `grant_role` does."""
    current = locked(user)
    if not current.is_active:
        raise RuleViolation(_("This account is closed. Open it first."), code="state")
    with constraint_errors({"accounts_role_once": _HAS_ROLE}):
        assignment = RoleAssignment.objects.create(user=current, role=role, granted_by=actor)
    if role == Role.SYSADMIN:
        _open_administration(current, is_open=True)
    record(actor=actor, verb="role.grant", obj=current, after={"role": role})
    return assignment


@transaction.atomic
def end_role(user: User, role: Role, *, actor: User, reason: str) -> RoleAssignment:
    """End a role from now on; what the person did in it stays explained.

    Raises `NotAllowed` unless `actor` is a system administrator, or for oneself; `RuleViolation` with code "reason",
    "state" (the person does not have the role) or "last_sysadmin".
    """
    require_sysadmin(actor)
    refuse_self(user, actor)
    if not reason.strip():
        raise RuleViolation(_("Please give the reason: it is kept with the decision."), code="reason")
    if role == Role.SYSADMIN:
        keep_a_sysadmin(without=user)
    current = locked(user)
    assignment = RoleAssignment.objects.select_for_update().filter(user=current, role=role, ended_at=None).first()
    if assignment is None:
        raise RuleViolation(_("This person does not have this role."), code="state")
    assignment.ended_at = timezone.now()
    assignment.save(update_fields=["ended_at"])
    if role == Role.SYSADMIN:
        _open_administration(current, is_open=current.is_superuser)
    record(actor=actor, verb="role.end", obj=current, before={"role": role}, after={"role": None}, reason=reason)
    return assignment


def keep_a_sysadmin(*, without: User) -> None:
    """Make sure that an administrator with an open account is left when `without` is one no longer.

    Locks the role's rows, always in the same order, so that two administrators who end each other's role at the same
    moment do not both succeed. Raises `RuleViolation` with code "last_sysadmin".
    """
    in_force = RoleAssignment.objects.filter(role=Role.SYSADMIN, ended_at=None)
    list(in_force.select_for_update(of=("self",)).order_by("pk"))
    # Asked again under the lock: the first answer may be older than what the other transaction has done.
    holders = set(in_force.filter(user__is_active=True).values_list("user_id", flat=True))
    if holders == {without.pk}:
        raise RuleViolation(
            _("This is the last system administrator: give the role to somebody else first."), code="last_sysadmin"
        )


def require_sysadmin(actor: User) -> None:
    """Raise `NotAllowed` unless `actor` is a system administrator."""
    if not is_sysadmin(actor):
        raise NotAllowed(_("Only a system administrator may do this."), code="not_sysadmin")


def refuse_self(user: User, actor: User) -> None:
    """Raise `NotAllowed` when somebody acts on the own account."""
    if user.pk == actor.pk:
        raise NotAllowed(_("Nobody changes the own roles or closes the own account: ask a colleague."), code="self")


def _open_administration(user: User, *, is_open: bool) -> None:
    """Let system administrators into the read-only administration site, and nobody else."""
    user.is_staff = is_open
    user.save(update_fields=["is_staff"])
