"""The demo data show every state, and only go into an empty database."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from audit.models import AuditEntry
from audit.verbs import known_verbs
from candidates.models import Application
from candidates.states import ApplicationState
from certbody.demo.cast import DEMO_SCHEME, address_of
from certbody.demo.scoped import SCHEME_FILE
from certificates.documents.certificate import render_certificate
from certificates.history import standing_on
from certificates.models import (
    CalendarCorrection,
    Certificate,
    CertificateEvent,
    ChangeNotice,
    Circumstance,
    Contract,
    DecisionReview,
    Duty,
    MisuseCase,
    Reminder,
    RenewalPaper,
    Replacement,
    Surveillance,
    TermsChange,
)
from certificates.queries.renewals import renewals
from certificates.states import (
    ChangeState,
    CircumstanceState,
    ContractState,
    DutyState,
    EventKind,
    MisuseState,
    RenewalStage,
    ReplacementState,
    Status,
    SurveillanceState,
    TermsState,
)
from exams.models import (
    Amendment,
    Attempt,
    BreachCase,
    ExamSession,
    Incident,
    MarkEvent,
    PanelMember,
    Phrase,
    Settlement,
    Sheet,
    StageRun,
)
from exams.queries.retakes import counting as counting_stages
from exams.sheets import marked_sheet
from exams.states import (
    AmendmentState,
    AttemptState,
    BreachState,
    IncidentKind,
    PanelRole,
    SessionState,
    SheetState,
)
from schemes.models import Scheme
from schemes.services import SHIPPED
from schemes.states import RenewalNeeds
from tests.certificates.printed import words


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The demo data, loaded once for this module and rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_reference")
        call_command("load_demo")
        yield
        transaction.set_rollback(True)


@pytest.fixture
def demo(loaded: None, db: None) -> None:
    """What a test does to the demo is undone after it."""


def test_load_demo_shows_every_state(demo):
    assert set(Application.objects.values_list("state", flat=True)) == set(ApplicationState.values)
    assert set(Attempt.objects.values_list("state", flat=True)) == set(AttemptState.values)
    assert set(ExamSession.objects.values_list("state", flat=True)) == set(SessionState)
    assert set(Contract.objects.values_list("state", flat=True)) == {ContractState.OFFERED, ContractState.CONCLUDED}
    assert {one.status for one in Certificate.objects.all()} == set(Status)
    expiring = Certificate.objects.get(person__surname="Talıbov").valid_until - timezone.localdate()
    assert 0 < expiring.days < 90
    missed = Attempt.objects.get(person__surname="Mirzəyeva").stages.get(stage__code="P1")
    assert (missed.met, missed.missed_critical, missed.passed) == (26, ["BQ.6"], False)
    below = Attempt.objects.get(person__surname="Nəsirov").stages.get(stage__code="P1")
    assert (below.met, below.missed_critical, below.passed) == (21, [], False)


def test_load_demo_shows_panels_that_mark_seal_differ_and_settle(demo):
    assert set(Sheet.objects.values_list("state", flat=True)) == {
        SheetState.OPEN,
        SheetState.SEALED,
        SheetState.ABSTAINED,
    }
    for sheet in Sheet.objects.filter(state=SheetState.SEALED):
        assert marked_sheet(sheet).digest == sheet.digest
    signed = StageRun.objects.exclude(signed_off_at=None)
    assert not signed.filter(sheets__state=SheetState.OPEN).exists()
    settled = Settlement.objects.get()
    values = [marked_sheet(sheet).marks[settled.step.code] for sheet in settled.run.sheets.order_by("id")]
    assert (values, settled.value) == ([True, False], True)
    under_way = StageRun.objects.get(ended_at=None)
    assert [sheet.events.exists() for sheet in under_way.sheets.all()] == [True, True]
    roles = set(ExamSession.objects.values_list("panel__role", flat=True))
    assert roles == {PanelRole.LEAD, PanelRole.MEMBER, PanelRole.OBSERVER}


def test_load_demo_shows_what_can_happen_on_the_day_and_afterwards(demo):
    assert set(Incident.objects.values_list("kind", flat=True)) >= {
        IncidentKind.INTERRUPTION,
        IncidentKind.CHEATING,
        IncidentKind.STOPPED,
    }
    stopped = Attempt.objects.get(state=AttemptState.STOPPED)
    again = Attempt.objects.get(person=stopped.person, state=AttemptState.SCHEDULED)
    [counting] = counting_stages(again.session, [again.person_id])[again.person_id]
    assert (counting.run.attempt, counting.run.stage.code) == (stopped, "P1")
    assert BreachCase.objects.get().state == BreachState.OPEN
    states = dict(Amendment.objects.values_list("run__attempt__person__surname", "state"))
    assert states == {"Rüstəmova": AmendmentState.APPROVED, "Süleymanova": AmendmentState.PROPOSED}
    review = DecisionReview.objects.get()
    assert (review.decision.person.surname, review.state) == ("Rüstəmova", "open")
    left = PanelMember.objects.exclude(left_at=None).get()
    assert left.substitute.role == left.role
    assert Phrase.objects.filter(owner=None).exists()


def test_load_demo_shows_what_becomes_of_holders(demo):
    shown = {
        ChangeNotice: ChangeState,
        Circumstance: CircumstanceState,
        Replacement: ReplacementState,
        MisuseCase: MisuseState,
        Surveillance: SurveillanceState,
        Duty: DutyState,
    }
    for model, states in shown.items():
        assert set(model._default_manager.values_list("state", flat=True)) == set(states.values), model
    assert set(TermsChange.objects.values_list("state", flat=True)) == {TermsState.ANNOUNCED, TermsState.CANCELLED}
    assert set(CertificateEvent.objects.values_list("kind", flat=True)) == set(EventKind) - {EventKind.WITHDRAW}
    renewed = Certificate.objects.exclude(renews=None)
    assert {one.renews.status for one in renewed if one.renews} == {Status.VALID, Status.SUPERSEDED}
    changed = Certificate.objects.get(person__surname="Həsənzadə")
    assert [copy.snapshot["holder"]["surname"] for copy in changed.copies.order_by("number")] == [
        "Kərimova",
        "Həsənzadə",
    ]
    for one in Certificate.objects.prefetch_related("events"):
        day = timezone.localdate()
        told = standing_on(list(one.events.all()), valid_from=one.valid_from, valid_until=one.valid_until, day=day)
        assert told is not None
        assert told.status == one.status
    assert not Reminder.objects.filter(settled_at=None).exists()
    assert CalendarCorrection.objects.get().moved > 0


def test_load_demo_shows_a_scheme_of_its_own_with_scopes_and_says_so(demo, client):
    assert not (SHIPPED / SCHEME_FILE.name).exists()
    assert {one.code: one.name_en.startswith("Demo") for one in Scheme.objects.all()} == {
        "coach-6": False, DEMO_SCHEME: True,
    }  # fmt: skip
    reduced = Certificate.objects.get(events__kind=EventKind.REDUCE)
    assert (reduced.person.email, reduced.number[:5]) == (address_of("reduced"), "DEMO-")
    before, after = reduced.copies.order_by("number")
    names = [[scope["name_az"] for scope in copy.snapshot["scopes"]] for copy in (before, after)]
    assert names == [["Fərdi görüşlər", "Qrup görüşləri", "Onlayn görüşlər"], ["Fərdi görüşlər", "Onlayn görüşlər"]]
    public = client.get(reverse("certificates:public", args=[reduced.code])).content.decode()
    assert ("Onlayn görüşlər" in public, "Qrup görüşləri" in public) == (True, False)
    client.force_login(User.objects.get(email=address_of("officer")))
    page = client.get(reverse("certificates:certificate", args=[reduced.pk])).content.decode()
    assert ("Fərdi görüşlər, Onlayn görüşlər" in page, "qrup görüşləri aparmadığını" in page) == (True, True)
    printed = words(render_certificate(after.snapshot))
    assert ("Onlayn görüşlər" in printed, "Qrup görüşləri" in printed) == (True, False)


def test_load_demo_shows_renewals_on_evidence_decided_and_waiting(demo):
    on_evidence = renewals().filter(needs=RenewalNeeds.EVIDENCE)
    stages = {one.certificate.person.email: vars(one)["stage"] for one in on_evidence}
    assert stages == {address_of("practised"): RenewalStage.GRANTED, address_of("evidence"): RenewalStage.DECISION}
    paper = RenewalPaper.objects.get()
    assert paper.rendered.snapshot["decision"]["outcome"] == "granted"


def test_load_demo_has_an_account_for_each_role(demo):
    accounts = json.loads(Path(str(settings.DEMO_ACCOUNTS)).read_text(encoding="utf-8"))
    roles = [role for account in accounts for role in User.objects.get(email=account["email"]).roles]
    assert set(roles) == set(Role.values)
    assert all(User.objects.get(email=one["email"]).check_password(one["password"]) for one in accounts)


def test_load_demo_happens_in_the_past_and_today(demo):
    now = timezone.now()
    assert not AuditEntry.objects.filter(at__gt=now).exists()
    assert not MarkEvent.objects.filter(received_at__gt=now).exists()
    assert not MarkEvent.objects.exclude(device_time__lte=F("received_at")).exists()
    assert not Sheet.objects.exclude(closed_at=None, opened_at__lte=now).exclude(closed_at__lte=now).exists()
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
