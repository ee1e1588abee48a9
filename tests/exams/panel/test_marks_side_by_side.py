"""Marks are sealed until all have sealed; then the panel and its readers see them side by side."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.states import Role
from audit.models import AuditEntry
from audit.queries import timeline
from exams.dossier import stage_dossier
from exams.models import Settlement, StageRun
from exams.protocols import held_exam
from exams.queries.marks import is_unveiled
from exams.services.handover import leave_seat, seat_substitute
from exams.services.settling import settle
from exams.services.sheets import abstain
from exams.services.sign_off import sign_off_stage
from tests.exams.factories import (
    an_event,
    ended_stage,
    marked_stage,
    new_attempt,
    new_session,
    sealed,
    sealed_stage,
    sent,
    sheet_of,
    sign_off,
)
from tests.exams.panel.steps import SECRET, address, refused_code, step
from tests.factories import UserFactory
from tests.schemes.factories import small_version

pytestmark = pytest.mark.django_db


# --- Sealed until all have sealed -------------------------------------------------------------------------------------
def test_nobody_sees_anothers_marks_before_all_have_sealed(
    ended, assessor, member, observer, officer, auditor, sign_in
):
    sent(ended, an_event(ended, "BQ.2", comment=SECRET), actor=assessor)
    marked_stage(ended, assessor=assessor, missed=["BQ.4"])
    receipt = sealed(sheet_of(ended, assessor))
    addresses = [
        address(ended),
        address(ended) + "?show=differing",
        reverse("exams:attempt", args=[ended.attempt_id]),
        reverse("exams:session", args=[ended.attempt.session_id]),
    ]
    for reader in (member, observer, officer, auditor):
        client = sign_in(reader)
        for path in addresses:
            page = client.get(path)
            assert page.status_code == 200
            text = page.content.decode()
            assert SECRET not in text, path
            assert 'class="panel-mark"' not in text, path
            assert receipt.digest not in text, path
            assert receipt.receipt not in text, path
        assert client.get(reverse("exams:receipt", args=[receipt.pk])).status_code == 403
    entry = AuditEntry.objects.get(verb="sheet.seal")
    for reader in (officer, auditor):
        text = sign_in(reader).get(reverse("audit:entry", args=[entry.pk])).content.decode()
        assert (receipt.digest in text, receipt.receipt in text) == (False, False)
    assert receipt.digest not in str(held_exam(ended.attempt))
    for reader in (observer, officer, auditor):
        assert sign_in(reader).get(address(ended, "marking")).status_code == 403
        assert sign_in(reader).get(address(ended, "run_marks")).status_code == 403
    own = sign_in(member).get(address(ended, "run_marks")).content.decode()
    assert (SECRET in own, '"heads": []' in own) == (False, True)


@pytest.fixture
def short(assessor: User, member: User, officer: User) -> StageRun:
    """A stage that needs two assessors: one has sealed, the other has abstained."""
    pair = new_session(small_version(), assessor, member)
    run = marked_stage(ended_stage(new_attempt(pair), "S1"), missed=["S1.1"])
    sent(run, an_event(run, None, comment=SECRET), actor=assessor)
    sealed(sheet_of(run, assessor))
    abstain(sheet_of(run, member), reason="Xəstələndi", actor=member)
    return run


def test_marks_of_a_short_panel_stay_veiled_and_are_not_settled(short, assessor, officer, auditor, sign_in):
    for reader in (assessor, officer, auditor):
        client = sign_in(reader)
        for path in (address(short), reverse("exams:attempt", args=[short.attempt_id])):
            page = client.get(path)
            assert (SECRET in page.content.decode(), 'class="panel-mark"' in page.content.decode()) == (False, False)
            assert page.context["next_step"] is not None
    assert (stage_dossier(short).is_unveiled, is_unveiled(short), stage_dossier(short).verdict) == (False, False, None)
    one = short.stage.steps.first()
    assert refused_code(lambda: settle(short, one, value=True, reason="Səbəb", actor=assessor)) == "panel_short"
    assert refused_code(lambda: sign_off_stage(short, actor=assessor)) == "panel_short"
    client = sign_in(assessor)
    assert client.post(address(short, "settle", one.code), {"value": "met", "reason": "x"}).status_code == 422
    assert not Settlement.objects.exists()


def test_substitute_of_a_short_panel_marks_without_knowing_and_then_all_is_unveiled(short, member, officer, sign_in):
    stand_in = UserFactory.create(roles=[Role.ASSESSOR])
    seat = leave_seat(short.attempt.session.panel.get(assessor=member), reason="Xəstələndi", actor=member)
    seat_substitute(seat, stand_in, actor=officer)
    assert SECRET not in sign_in(stand_in).get(address(short)).content.decode()
    marked_stage(short, assessor=stand_in)
    sealed(sheet_of(short, stand_in))
    assert SECRET in sign_in(stand_in).get(address(short)).content.decode()
    assert (stage_dossier(short).is_unveiled, is_unveiled(short)) == (True, True)


def test_what_the_panel_settled_is_not_told_on_the_page_of_the_session(differing, assessor):
    settle(differing, step(differing, "BQ.2"), value=False, reason="Səbəb", actor=assessor)
    settle(differing, step(differing, "BQ.4"), value=False, reason="Səbəb", actor=assessor)
    sign_off_stage(differing, actor=assessor)
    verbs = {entry.verb for entry in timeline(differing.attempt.session)}
    assert verbs & {"stage.settle", "stage.sign_off"} == set()
    assert {"stage.settle", "stage.sign_off"} <= {entry.verb for entry in timeline(differing.attempt)}


def test_panel_page_says_who_has_sealed_and_whom_it_waits_for(ended, assessor, member, sign_in):
    marked_stage(ended, assessor=assessor)
    sealed(sheet_of(ended, assessor))
    page = sign_in(assessor).get(address(ended))
    assert [sheet.assessor for sheet in page.context["waiting"]] == [member]
    assert (page.context["sealed"], page.context["next_step"].who) == (1, str(member))
    own = sign_in(member).get(address(ended)).context["next_step"]
    assert own.url == address(ended, "marking")


@pytest.mark.parametrize("reader", ["assessor", "member", "observer", "officer", "auditor"])
def test_everyone_who_reads_the_exam_sees_the_marks_side_by_side_afterwards(request, differing, reader, sign_in):
    page = sign_in(request.getfixturevalue(reader)).get(address(differing))
    assert [one.step.code for one, _form in page.context["rows"] if not one.agreed] == ["BQ.2", "BQ.4"]
    text = page.content.decode()
    assert "25 / 27" in text or "27-dən 25" in text
    assert SECRET in text
    assert sign_in(request.getfixturevalue(reader)).get(address(differing) + "?show=differing").context["rows"] != []


def test_panel_page_is_closed_to_strangers_and_to_the_candidate(differing, candidate, sign_in):
    outsider = UserFactory.create(roles=[Role.ASSESSOR])
    for reader in (outsider, candidate, UserFactory.create(roles=[Role.SYSADMIN])):
        for name in ("run_panel", "sign_off"):
            assert sign_in(reader).get(address(differing, name)).status_code == 403
        assert sign_in(reader).get(address(differing, "settle", "BQ.2")).status_code == 403


def test_candidate_who_is_an_officer_does_not_see_their_own_panel(ended, candidate, sign_in):
    candidate.role_assignments.create(role=Role.OFFICER)
    assert sign_in(candidate).get(address(ended)).status_code == 403


def test_filter_shows_only_the_steps_that_differ(differing, assessor, sign_in):
    page = sign_in(assessor).get(address(differing) + "?show=differing")
    assert [one.step.code for one, _form in page.context["rows"]] == ["BQ.2", "BQ.4"]
    assert all(form is not None for _one, form in page.context["rows"])


def test_only_who_speaks_for_the_panel_gets_forms(differing, member, observer, officer, auditor, sign_in):
    for reader in (member, observer, officer, auditor):
        page = sign_in(reader).get(address(differing))
        assert [form for _one, form in page.context["rows"] if form] == []
        assert sign_in(reader).post(address(differing, "settle", "BQ.2"), {}).status_code == 403
        assert sign_in(reader).post(address(differing, "sign_off"), {}).status_code == 403


def test_panel_of_one_shows_its_sealed_marks(version, assessor, sign_in):
    run = sign_off(marked_stage(ended_stage(new_attempt(new_session(version, assessor))), missed=["BQ.2"]))
    page = sign_in(assessor).get(address(run))
    assert (page.context["next_step"], page.context["sign_off_form"]) == (None, None)
    assert page.content.decode().count('class="panel-mark"') == 27


def test_panel_page_costs_the_same_for_one_assessor_and_three(version, officer, sign_in):
    def cost(number: int) -> int:
        people = [UserFactory.create(roles=[Role.ASSESSOR]) for _ in range(number)]
        run = sealed_stage(marked_stage(ended_stage(new_attempt(new_session(version, *people)))))
        client = sign_in(officer)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address(run)).status_code == 200
        return len(captured)

    assert cost(1) == cost(3)


def test_sealing_page_costs_the_same_while_one_or_three_have_not_sealed(version, officer, sign_in):
    def cost(number: int) -> int:
        people = [UserFactory.create(roles=[Role.ASSESSOR]) for _ in range(number)]
        run = ended_stage(new_attempt(new_session(version, *people)))
        client = sign_in(officer)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address(run)).status_code == 200
        return len(captured)

    assert cost(1) == cost(3)


# --- Comments, notes and observers ------------------------------------------------------------------------------------
def test_stage_comment_is_shown_with_its_audience(ended, assessor, member, sign_in):
    sent(ended, an_event(ended, None, comment="Ümumilikdə sakit"), actor=assessor)
    sealed_stage(marked_stage(ended))
    page = sign_in(member).get(address(ended)).content.decode()
    assert "Ümumilikdə sakit" in page


def test_confirmation_of_a_hidden_critical_step_is_shown(ended, assessor, member, sign_in):
    critical = ended.stage.steps.filter(critical=True).first()
    assert critical is not None
    marked_stage(ended, missed=[critical.code])
    sheet_of(ended, assessor).critical_notes.create(step=critical, note="Müqavilə ümumiyyətlə yoxlanılmadı")
    sealed_stage(ended)
    assert "Müqavilə ümumiyyətlə yoxlanılmadı" in sign_in(member).get(address(ended)).content.decode()


def test_observer_reads_but_has_nothing_to_mark(attempt, ended, observer, sign_in):
    client = sign_in(observer)
    assert client.get(reverse("exams:attempt", args=[attempt.pk])).status_code == 200
    assert client.get(address(ended)).context["closable"] == set()
    session_page = client.get(reverse("exams:session", args=[attempt.session_id]))
    assert (session_page.status_code, address(ended, "marking") in session_page.content.decode()) == (200, False)
    for name in ("marking", "end", "seal"):
        assert client.post(address(ended, name), {}).status_code in {403, 405}
