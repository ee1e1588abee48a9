"""Duties and accounts for the tests of the ledger."""

from datetime import date
from itertools import count
from typing import Any

from django.utils import timezone

from candidates.models import Person
from certificates.models import Duty
from certificates.queries.duties import work_calendar
from certificates.services.duties import due_day
from certificates.states import DUTIES, DutyKind
from tests.certificates.factories import IDENTITY, holder
from tests.factories import next_fin

_numbers = count(1)


def person(**changes: Any) -> Person:
    """Return a person with an account."""
    return Person.objects.create(**{**IDENTITY, "fin": next_fin(), "user": holder(), **changes})


def duty(kind: DutyKind = DutyKind.REPORT_CHANGE, *, start_on: date, due_on: date | None = None, **facts: Any) -> Duty:
    """Return an open duty, due on the day that its catalogue says, or on the one that is set."""
    return Duty.objects.create(**unsaved(kind, start_on=start_on, due_on=due_on, **facts))


def duties_at_once(number: int, *, start_on: date, owner: Person) -> list[Duty]:
    """Return many open duties of one person."""
    rows = [Duty(**unsaved(DutyKind.REPORT_CHANGE, start_on=start_on, person=owner)) for _number in range(number)]
    return Duty.objects.bulk_create(rows)


def unsaved(kind: DutyKind, *, start_on: date, due_on: date | None = None, **facts: Any) -> dict[str, Any]:
    """Return what a row of the ledger says."""
    rule, number = DUTIES[kind], next(_numbers)
    counted = {"unit": rule.unit, "amount": rule.amount} if due_on is None else {"unit": "date", "amount": None}
    owner = facts.get("person") or person()
    return {
        "key": f"{kind}:test:{number}",
        "kind": kind,
        "owed_by": rule.owed_by,
        "about": f"candidates.person:{owner.pk}",
        "start_on": start_on,
        "due_on": due_on or due_day(start_on, rule.amount, rule.unit, work_calendar()),
        "created_at": timezone.now(),
        **counted,
        **facts,
        "person": owner,
    }
