"""Decisions into which midnight comes: whichever look at the clock first finds the new day, that day is decided on."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.utils import timezone

from certificates.models import Certificate, CertificateEvent
from certificates.public import state_on, state_today
from certificates.queries.certificates import public_events
from certificates.services.certificates import issue_certificate
from certificates.services.lifecycle import revoke_certificate, suspend_certificate
from core.errors import RuleViolation
from core.oneday import in_one_day
from tests.certificates import factories
from tests.certificates.factories import because
from tests.certificates.life_factories import (
    in_days,
    noon,
    outcome,
    reinstate,
    renewed,
    revoke,
    suspend,
    undone,
    with_scopes,
    withdraw,
)
from tests.certificates.renewal_factories import agreed_contract, decided, standing


@contextmanager
def midnight_after(looks: int) -> Iterator[SimpleNamespace]:
    """Begin a second before midnight; after so many looks at the clock it is a second after it. Counts the looks."""
    night = timezone.make_aware(datetime.combine(timezone.localdate(), time(23, 59, 59)))
    asked, told = timezone.now, SimpleNamespace(looks=0, is_decided=False)
    with time_machine.travel(night, tick=False) as clock, pytest.MonkeyPatch.context() as patched:

        def now() -> datetime:
            if told.looks == looks and not told.is_decided:
                clock.shift(timedelta(seconds=2))
            told.looks += 1
            return asked()

        patched.setattr(timezone, "now", now)
        yield told


@pytest.fixture
def certificate(version, officer):
    return factories.certificate(with_scopes(version), officer=officer)


# What comes before, the decision, what it records when it is taken, and what it says when midnight comes into it.
DECISIONS = {
    "withdraw": (lambda one, by: revoke(one, by, 1), withdraw, ["withdraw"], "nothing_planned"),
    "revoke": (
        lambda one, by: (renewed(one, by), suspend(one, by)),
        lambda one, by: revoke_certificate(one, because(), actor=by),
        ["revoke", "revoke"],
        "",
    ),
    "revoke_renewal": (
        renewed,
        lambda one, by: revoke_certificate(Certificate.objects.get(renews=one), because(), actor=by),
        ["revoke", "withdraw"],
        "",
    ),
    "suspend_before_plan": (
        lambda one, by: revoke(one, by, 1),
        lambda one, by: suspend_certificate(one, because(), actor=by, review_on=in_days(9)),
        ["suspend"],
        "state",
    ),
    "reinstate": (suspend, reinstate, ["reinstate"], ""),
}


@pytest.mark.parametrize("name", DECISIONS)
def test_midnight_in_a_decision_has_all_of_it_taken_on_the_new_day(certificate, officer, name):
    prepare, decide, kinds, refusal = DECISIONS[name]
    prepare(certificate, officer)
    before = list(CertificateEvent.objects.values_list("pk", flat=True))
    looks, came, said = 0, True, []
    while came:
        with undone(), midnight_after(looks) as clock:
            said.append(outcome(lambda: decide(Certificate.objects.get(pk=certificate.pk), officer)))
            came, clock.is_decided = clock.looks > looks, True
            events = CertificateEvent.objects.exclude(pk__in=before).order_by("pk")
            assert [one.kind for one in events] == ([] if said[-1] else kinds)
            assert {timezone.localdate(one.recorded_at) for one in events} <= {timezone.localdate()}
            for one in Certificate.objects.all():
                told, today = public_events(one), timezone.localdate()
                assert state_today(one, told, today) == state_on(one, told, today)
        looks += 1 + looks // 3  # the first looks one by one, the later ones here and there
    assert said == [refusal] * (len(said) - 1) + [""]


def test_renewal_issued_across_midnight_is_one_of_the_new_day(certificate, officer):
    contract = agreed_contract(decided(standing(certificate)))
    with noon(certificate.valid_until + timedelta(days=4)):
        for looks in (1, 3, 9):
            with undone(), midnight_after(looks):
                renewal = issue_certificate(contract, actor=officer)
                assert renewal.valid_from == timezone.localdate(renewal.issued_at) == timezone.localdate()
                assert certificate.events.get(kind="supersede").effective_on == renewal.valid_from


@pytest.mark.django_db
def test_refusal_on_the_same_day_is_no_reason_to_ask_again():
    asked = []

    @in_one_day
    def refuse():
        asked.append(timezone.localdate())
        raise RuleViolation("no", code="no")

    with pytest.raises(RuleViolation):
        refuse()
    assert len(asked) == 1
