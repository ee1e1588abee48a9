"""Roles given and ended, accounts closed and opened; nobody acts on the own account, somebody is always left."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts.models import RoleAssignment, User
from accounts.services.people import deactivate, reactivate
from accounts.services.roles import end_role, grant_role
from accounts.states import Role
from audit.models import AuditEntry
from core.errors import NotAllowed, RuleViolation
from tests.factories import UserFactory


def roles_of(user: User) -> frozenset[str]:
    """Return the roles as another request sees them."""
    return User.objects.get(pk=user.pk).roles


@pytest.mark.django_db
def test_grant_role_is_written_with_its_trace(sysadmin: User, assessor: User) -> None:
    assignment = grant_role(assessor, Role.DECIDER, actor=sysadmin)
    assert assignment.granted_by == sysadmin
    assert roles_of(assessor) == {Role.ASSESSOR, Role.DECIDER}
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor, entry.after) == ("role.grant", sysadmin, {"role": "decider"})


@pytest.mark.django_db
def test_grant_role_twice_is_refused(sysadmin: User, assessor: User) -> None:
    with pytest.raises(RuleViolation) as refusal:
        grant_role(assessor, Role.ASSESSOR, actor=sysadmin)
    assert refusal.value.code == "accounts_role_once"


@pytest.mark.django_db
def test_grant_role_to_closed_account_is_refused(sysadmin: User) -> None:
    with pytest.raises(RuleViolation) as refusal:
        grant_role(UserFactory.create(is_active=False), Role.ASSESSOR, actor=sysadmin)
    assert refusal.value.code == "state"


@pytest.mark.django_db
@pytest.mark.parametrize("role", [role for role in Role if role != Role.SYSADMIN])
def test_grant_role_by_anyone_else_is_refused(role: Role, candidate: User) -> None:
    actor = UserFactory.create(roles=[role])
    with pytest.raises(NotAllowed):
        grant_role(candidate, Role.ASSESSOR, actor=actor)


@pytest.mark.django_db
def test_nobody_acts_on_the_own_account(sysadmin: User) -> None:
    UserFactory.create(roles=[Role.SYSADMIN])
    acts: list[Callable[[], Any]] = [
        lambda: grant_role(sysadmin, Role.DECIDER, actor=sysadmin),
        lambda: end_role(sysadmin, Role.SYSADMIN, actor=sysadmin, reason="Yoruldum"),
        lambda: deactivate(sysadmin, actor=sysadmin, reason="Yoruldum"),
    ]
    for act in acts:
        with pytest.raises(NotAllowed) as refusal:
            act()
        assert refusal.value.code == "self"
    assert roles_of(sysadmin) == {Role.SYSADMIN}


@pytest.mark.django_db
def test_sysadmin_role_opens_and_closes_the_administration_site(sysadmin: User, officer: User) -> None:
    grant_role(officer, Role.SYSADMIN, actor=sysadmin)
    assert User.objects.get(pk=officer.pk).is_staff
    end_role(officer, Role.SYSADMIN, actor=sysadmin, reason="Vəzifəsi dəyişib")
    assert not User.objects.get(pk=officer.pk).is_staff


@pytest.mark.django_db
def test_end_role_keeps_its_history(sysadmin: User, assessor: User) -> None:
    end_role(assessor, Role.ASSESSOR, actor=sysadmin, reason="Müqavilə bitib")
    assert roles_of(assessor) == frozenset()
    assert RoleAssignment.objects.get(user=assessor).ended_at is not None
    assert AuditEntry.objects.get().reason == "Müqavilə bitib"
    grant_role(assessor, Role.ASSESSOR, actor=sysadmin)
    assert RoleAssignment.objects.filter(user=assessor).count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "reason", "code"), [("assessor", " ", "reason"), ("decider", "Səbəb", "state")])
def test_end_role_refused(sysadmin: User, assessor: User, role: str, reason: str, code: str) -> None:
    with pytest.raises(RuleViolation) as refusal:
        end_role(assessor, Role(role), actor=sysadmin, reason=reason)
    assert refusal.value.code == code


@pytest.mark.django_db
def test_last_sysadmin_with_open_account_stays(sysadmin: User) -> None:
    closed = UserFactory.create(roles=[Role.SYSADMIN], is_active=False)
    other = UserFactory.create(roles=[Role.SYSADMIN])
    deactivate(other, actor=sysadmin, reason="Getdi")
    # the account was closed while the person was signed in elsewhere with an older copy of it
    for act in (
        lambda: end_role(sysadmin, Role.SYSADMIN, actor=other, reason="Səbəb"),
        lambda: deactivate(sysadmin, actor=other, reason="Səbəb"),
    ):
        with pytest.raises(RuleViolation) as refusal:
            act()
        assert refusal.value.code == "last_sysadmin"
    assert not User.objects.get(pk=closed.pk).is_active


@pytest.mark.django_db(transaction=True)
def test_two_sysadmins_end_each_other_at_the_same_moment() -> None:
    first, second = (UserFactory.create(roles=[Role.SYSADMIN]) for _number in range(2))
    assert first.roles == second.roles == {Role.SYSADMIN}  # asked now, as a request asks before it gets to the service
    start = Barrier(2)

    def attempt(pair: tuple[User, User]) -> str:
        actor, target = pair
        try:
            start.wait(5)
            end_role(target, Role.SYSADMIN, actor=actor, reason="Səbəb")
        except RuleViolation as violation:
            return violation.code
        else:
            return "ended"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(attempt, [(first, second), (second, first)]))
    assert outcomes == ["ended", "last_sysadmin"]
    assert RoleAssignment.objects.filter(role=Role.SYSADMIN, ended_at=None).count() == 1


@pytest.mark.django_db
def test_deactivate_and_reactivate(sysadmin: User, assessor: User) -> None:
    deactivate(assessor, actor=sysadmin, reason="Məzuniyyət")
    closed = User.objects.get(pk=assessor.pk)
    assert (closed.is_active, closed.has_role(Role.ASSESSOR)) == (False, False)
    with pytest.raises(RuleViolation):
        deactivate(assessor, actor=sysadmin, reason="Məzuniyyət")
    reactivate(assessor, actor=sysadmin)
    assert User.objects.get(pk=assessor.pk).has_role(Role.ASSESSOR)
    with pytest.raises(RuleViolation):
        reactivate(assessor, actor=sysadmin)
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == ["account.deactivate", "account.reactivate"]


@pytest.mark.django_db
@pytest.mark.parametrize("service", ["deactivate", "reactivate"])
def test_account_state_changed_by_officer_is_refused(officer: User, assessor: User, service: str) -> None:
    acts = {
        "deactivate": lambda: deactivate(assessor, actor=officer, reason="Səbəb"),
        "reactivate": lambda: reactivate(assessor, actor=officer),
    }
    with pytest.raises(NotAllowed):
        acts[service]()
