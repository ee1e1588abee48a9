"""Accounts: how they come to be, change, are closed and opened again."""

from collections.abc import Iterable

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import RoleAssignment, User
from accounts.services.roles import keep_a_sysadmin, refuse_self, require_sysadmin
from accounts.states import Role
from audit.services import record
from core.errors import RuleViolation
from core.integrity import constraint_errors
from core.transitions import locked

_TAKEN = {"accounts_email_unique": _("There is an account with this e-mail address already.")}


@transaction.atomic
def register_candidate(
    *, email: str, password: str, surname: str, given_name: str, patronymic: str, language: str
) -> User:
    """Create the account of somebody who signs up; the address is verified afterwards, by the link in the message.

    Raises `RuleViolation` (accounts_email_unique) when the address has an account.
    """
    with constraint_errors(_TAKEN):
        user = User.objects.create_user(
            email, password, surname=surname, given_name=given_name, patronymic=patronymic, language=language
        )
    RoleAssignment.objects.create(user=user, role=Role.CANDIDATE)
    record(actor=user, verb="account.sign_up", obj=user, after={"email": user.email, "role": Role.CANDIDATE})
    return user


@transaction.atomic
def create_account(
    *,
    email: str,
    password: str | None,
    surname: str,
    given_name: str,
    patronymic: str = "",
    language: str = "az",
    roles: Iterable[Role] = (),
    actor: User | None,
) -> User:
    """Create an account whose address is known to be the person's own, with roles; `actor` None is the system.

    Raises `RuleViolation` (accounts_email_unique) when the address has an account.
    """
    roles = tuple(roles)
    with constraint_errors(_TAKEN):
        user = User.objects.create_user(
            email, password, surname=surname, given_name=given_name, patronymic=patronymic, language=language,
            is_staff=Role.SYSADMIN in roles,
        )  # fmt: skip
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    RoleAssignment.objects.bulk_create(RoleAssignment(user=user, role=role, granted_by=actor) for role in roles)
    record(actor=actor, verb="account.create", obj=user, after={"email": user.email, "roles": roles})
    return user


@transaction.atomic
def change_details(user: User, *, surname: str, given_name: str, patronymic: str, actor: User) -> User:
    """Change the name that the account shows; what was signed or issued under the old name keeps it."""
    current = locked(user)
    names = {"surname": surname, "given_name": given_name, "patronymic": patronymic}
    before = {field: getattr(current, field) for field in names}
    if before != names:
        for field, value in names.items():
            setattr(current, field, value)
        current.save(update_fields=list(names))
        record(actor=actor, verb="account.change_details", obj=current, before=before, after=names)
    return current


@transaction.atomic
def change_language(user: User, *, language: str, actor: User) -> User:
    """Change the language of the person's pages and messages; choosing the same one again does nothing."""
    current = locked(user)
    before = current.language
    if before != language:
        current.language = language
        current.save(update_fields=["language"])
        record(
            actor=actor, verb="account.change_language", obj=current,
            before={"language": before}, after={"language": language},
        )  # fmt: skip
    return current


@transaction.atomic
def deactivate(user: User, *, actor: User, reason: str) -> User:
    """Close an account: the person is signed out everywhere at the next click; roles are kept for its return.

    Raises `NotAllowed` unless `actor` is a system administrator, or for one's own account; `RuleViolation` with code
    "reason", "state" (closed already) or "last_sysadmin".
    """
    require_sysadmin(actor)
    refuse_self(user, actor)
    if not reason.strip():
        raise RuleViolation(_("Please give the reason: it is kept with the decision."), code="reason")
    keep_a_sysadmin(without=user)
    current = locked(user)
    if not current.is_active:
        raise RuleViolation(_("This account is closed already."), code="state")
    current.is_active = False
    current.save(update_fields=["is_active"])
    record(
        actor=actor, verb="account.deactivate", obj=current, reason=reason,
        before={"is_active": True}, after={"is_active": False},
    )  # fmt: skip
    return current


@transaction.atomic
def reactivate(user: User, *, actor: User) -> User:
    """Open a closed account again, with the roles that it had.

    Raises `NotAllowed` unless `actor` is a system administrator; `RuleViolation` with code "state" when it is open.
    """
    require_sysadmin(actor)
    refuse_self(user, actor)
    current = locked(user)
    if current.is_active:
        raise RuleViolation(_("This account is open already."), code="state")
    current.is_active = True
    current.save(update_fields=["is_active"])
    record(
        actor=actor, verb="account.reactivate", obj=current,
        before={"is_active": False}, after={"is_active": True},
    )  # fmt: skip
    return current
