"""A locked row can still be referred to: two who act on each other at once do not end in a deadlock."""

import threading

import pytest
from django.db import connection, connections, transaction

from accounts.models import User
from accounts.services.roles import grant_role
from accounts.states import Role
from core.errors import RuleViolation
from core.integrity import race_errors
from core.transitions import locked
from tests.factories import UserFactory


@pytest.mark.django_db(transaction=True)
def test_locked_account_can_still_act_on_others() -> None:
    first, second, third = (UserFactory.create(roles=[Role.SYSADMIN]) for _one in range(3))
    failures: list[Exception] = []

    def act() -> None:
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '2s'")
                grant_role(third, Role.OFFICER, actor=first)
        except Exception as failure:  # noqa: BLE001 -- shown by the assertion
            failures.append(failure)
        finally:
            connections.close_all()

    with transaction.atomic():
        locked(first)
        thread = threading.Thread(target=act)
        thread.start()
        thread.join()
    assert failures == []
    assert third.has_role(Role.OFFICER)
    assert not second.has_role(Role.OFFICER)


@pytest.mark.django_db(transaction=True)
def test_deadlock_ends_with_a_message_for_one_of_the_two() -> None:
    first, second = UserFactory.create(), UserFactory.create()
    both_hold_one, outcomes = threading.Barrier(2), []

    def act(one: User, other: User) -> None:
        try:
            with race_errors(), transaction.atomic():
                locked(one)
                both_hold_one.wait()
                locked(other)
            outcomes.append("done")
        except RuleViolation as violation:
            outcomes.append(violation.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act, args=pair) for pair in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["busy", "done"]
