"""The demo data show every state, and only go into an empty database."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from audit.models import AuditEntry
from audit.verbs import known_verbs
from candidates.models import Application
from candidates.states import ApplicationState
from certificates.models import Certificate, Contract
from certificates.states import ContractState, Status
from exams.models import Attempt, ExamSession, MarkEntry
from exams.states import AttemptState, SessionState


@pytest.fixture
def demo(db):
    call_command("load_reference")
    call_command("load_demo")


def test_load_demo_shows_every_state(demo):
    assert set(Application.objects.values_list("state", flat=True)) == set(ApplicationState.values)
    assert set(Attempt.objects.values_list("state", flat=True)) == set(AttemptState.values) - {AttemptState.CANCELLED}
    assert set(ExamSession.objects.values_list("state", flat=True)) == {SessionState.PLANNED, SessionState.CLOSED}
    assert set(Contract.objects.values_list("state", flat=True)) == {ContractState.OFFERED, ContractState.CONCLUDED}
    assert {one.status for one in Certificate.objects.all()} == {
        Status.VALID,
        Status.SUSPENDED,
        Status.REVOKED,
        Status.EXPIRED,
    }
    expiring = Certificate.objects.get(person__surname="Talıbov").valid_until - timezone.localdate()
    assert 0 < expiring.days < 90
    missed = Attempt.objects.get(person__surname="Mirzəyeva").stages.get(stage__code="P1")
    assert (missed.met, missed.missed_critical, missed.passed) == (26, ["BQ.6"], False)
    below = Attempt.objects.get(person__surname="Nəsirov").stages.get(stage__code="P1")
    assert (below.met, below.missed_critical, below.passed) == (21, [], False)


def test_load_demo_has_an_account_for_each_role(demo):
    accounts = json.loads(Path(str(settings.DEMO_ACCOUNTS)).read_text(encoding="utf-8"))
    roles = [role for account in accounts for role in User.objects.get(email=account["email"]).roles]
    assert set(roles) == set(Role.values)
    assert all(User.objects.get(email=one["email"]).check_password(one["password"]) for one in accounts)


def test_load_demo_happens_in_the_past_and_today(demo):
    now = timezone.now()
    assert not AuditEntry.objects.filter(at__gt=now).exists()
    assert not MarkEntry.objects.filter(recorded_at__gt=now).exists()
    today = timezone.localdate()
    days = {timezone.localdate(session.starts_at) for session in ExamSession.objects.all()}
    assert (today in days, min(days) < today, max(days) > today) == (True, True, True)


def test_load_demo_leaves_a_trail_with_words_for_every_verb(demo):
    assert set(AuditEntry.objects.values_list("verb", flat=True)) - set(known_verbs()) == set()


def test_load_demo_refuses_a_database_in_use(demo):
    accounts = User.objects.count()
    with pytest.raises(CommandError, match="The database is in use"):
        call_command("load_demo")
    call_command("load_demo", if_empty=True)
    assert User.objects.count() == accounts
