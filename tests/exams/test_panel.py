"""Several assessors: nobody sees another's marks too early; differences are settled; the panel signs off."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.states import Role
from audit.models import AuditEntry
from audit.queries import timeline
from core.errors import NotAllowed, RuleViolation
from exams.dossier import stage_dossier
from exams.models import Attempt, ExamSession, MarkEvent, Settlement, Sheet, StageRun
from exams.protocols import held_exam
from exams.queries.marks import is_unveiled
from exams.services.handover import leave_seat, seat_substitute
from exams.services.settling import settle
from exams.services.sheets import abstain, seal_sheet
from exams.services.sign_off import sign_off_stage
from exams.sheets import marked_sheet
from schemes.models import SchemeVersion
from tests.exams.factories import (
    an_event,
    ended_stage,
    interest,
    marked_stage,
    new_attempt,
    new_session,
    sealed,
    sealed_stage,
    sent,
    sheet_of,
    sign_off,
)
from tests.exams.racing import DONE, at_once
from tests.factories import UserFactory
from tests.schemes.factories import small_version

pytestmark = pytest.mark.django_db

SECRET = "gizli qeyd"


@pytest.fixture
def member(db: None) -> User:
    return UserFactory.create(roles=[Role.ASSESSOR])


@pytest.fixture
def observer(db: None) -> User:
    return UserFactory.create(roles=[Role.ASSESSOR])


@pytest.fixture
def session(version: SchemeVersion, assessor: User, member: User, observer: User) -> ExamSession:
    """A session of today with a lead, a further assessor and an observer."""
    return new_session(version, assessor, member, observers=[observer])


@pytest.fixture
def ended(attempt: Attempt) -> StageRun:
    """Stage P1, ended, with two open sheets."""
    return ended_stage(attempt)


@pytest.fixture
def differing(ended: StageRun, assessor: User, member: User) -> StageRun:
    """The same, sealed by both: they differ on BQ.2 and BQ.4."""
    sent(ended, an_event(ended, "BQ.2", comment=SECRET), actor=assessor)
    marked_stage(ended, assessor=assessor)
    marked_stage(ended, assessor=member, missed=["BQ.2", "BQ.4"])
    return sealed_stage(ended)


def address(run: StageRun, name: str = "run_panel", *more: object) -> str:
    return reverse(f"exams:{name}", args=[run.pk, *more])


def step(run: StageRun, code: str):
    return run.stage.steps.get(code=code)


def refused_code(call) -> str:
    with pytest.raises(RuleViolation) as refusal:
        call()
    return refusal.value.code


# --- Sealed until all have sealed ------------------------------------------------------------------------------------


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


# --- Settling --------------------------------------------------------------------------------------------------------


def test_lead_settles_by_the_form_and_returns_to_the_step(differing, assessor, member, sign_in):
    client = sign_in(assessor)
    path = address(differing, "settle", "BQ.2") + "?show=differing"
    answer = client.post(path, {"value": "not_met", "reason": "Sual qapalı idi"})
    assert answer["Location"] == address(differing) + "?show=differing#step-BQ.2"
    said = Settlement.objects.get()
    assert (said.step.code, said.value, said.reason, said.settled_by) == ("BQ.2", False, "Sual qapalı idi", assessor)
    assert timeline(differing)[0].verb == "stage.settle"
    marks = {mark.sheet.assessor: mark.value for mark in stage_dossier(differing).settled[0].marks}
    assert marks == {assessor: True, member: False}
    assert "Sual qapalı idi" in client.get(address(differing)).content.decode()


def test_settlement_may_change_until_sign_off(differing, assessor, sign_in):
    settle(differing, step(differing, "BQ.2"), value=True, reason="Bir", actor=assessor)
    client = sign_in(assessor)
    page = client.get(address(differing, "settle", "BQ.2"))
    assert page.context["form"].initial == {"value": "met", "reason": "Bir"}
    client.post(address(differing, "settle", "BQ.2"), {"value": "not_met", "reason": "İki"})
    assert list(Settlement.objects.values_list("value", "reason")) == [(False, "İki")]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"value": "met", "reason": " "}, 422),
        ({"value": "", "reason": "Səbəb"}, 422),
        ({"value": "maybe", "reason": "Səbəb"}, 422),
        ({"value": "met", "reason": "ə" * 1001}, 422),
    ],
)
def test_refused_settlement_keeps_what_was_typed(differing, assessor, sign_in, data, status):
    answer = sign_in(assessor).post(address(differing, "settle", "BQ.2"), data)
    assert (answer.status_code, Settlement.objects.count()) == (status, 0)
    assert data["reason"].strip() in answer.content.decode()


def test_step_on_which_all_agree_is_not_settled(differing, assessor, sign_in):
    answer = sign_in(assessor).post(address(differing, "settle", "BQ.5"), {"value": "met", "reason": "Səbəb"})
    assert (answer.status_code, Settlement.objects.count()) == (422, 0)


def test_step_of_another_stage_is_not_found(differing, assessor, sign_in):
    foreign = differing.stage.version.stages.get(code="P2").steps.exclude(code__in=_codes(differing)).first()
    assert foreign is not None
    assert sign_in(assessor).get(address(differing, "settle", foreign.code)).status_code == 404


def _codes(run: StageRun) -> list[str]:
    return list(run.stage.steps.values_list("code", flat=True))


def test_nothing_is_settled_before_all_have_sealed(ended, assessor):
    marked_stage(ended, assessor=assessor)
    sealed(sheet_of(ended, assessor))
    call = lambda: settle(ended, step(ended, "BQ.2"), value=True, reason="Səbəb", actor=assessor)  # noqa: E731
    assert refused_code(call) == "sealing"


def test_nothing_is_settled_after_sign_off(differing, assessor):
    for code in ("BQ.2", "BQ.4"):
        settle(differing, step(differing, code), value=True, reason="Səbəb", actor=assessor)
    sign_off_stage(differing, actor=assessor)
    call = lambda: settle(differing, step(differing, "BQ.2"), value=False, reason="Səbəb", actor=assessor)  # noqa: E731
    assert refused_code(call) == "signed"


def test_member_speaks_when_the_lead_has_abstained(ended, assessor, member):
    marked_stage(ended, assessor=member)
    abstain(sheet_of(ended, assessor), reason="Xəstələndim", actor=assessor)
    sealed(sheet_of(ended, member))
    with pytest.raises(NotAllowed):
        sign_off_stage(ended, actor=assessor)
    assert sign_off_stage(ended, actor=member).passed is True


def test_member_speaks_when_the_lead_has_an_interest(differing, attempt, assessor, member):
    interest(attempt.person, assessor)
    assert (
        refused_code(lambda: settle(differing, step(differing, "BQ.2"), value=True, reason="S", actor=assessor))
        == "lead"
    )
    assert settle(differing, step(differing, "BQ.2"), value=True, reason="S", actor=member).value is True


# --- Sign-off --------------------------------------------------------------------------------------------------------


def test_sign_off_waits_for_the_open_differences_and_names_them(differing, assessor, sign_in):
    client = sign_in(assessor)
    answer = client.post(address(differing, "sign_off"), {})
    assert answer.status_code == 422
    assert "BQ.2, BQ.4" in answer.content.decode()
    assert client.get(address(differing)).context["sign_off_form"] is None


def test_panel_signs_off_what_it_settled(differing, assessor, sign_in):
    settle(differing, step(differing, "BQ.2"), value=False, reason="Səbəb", actor=assessor)
    settle(differing, step(differing, "BQ.4"), value=True, reason="Səbəb", actor=assessor)
    client = sign_in(assessor)
    assert client.get(address(differing)).context["sign_off_form"] is not None
    assert client.post(address(differing, "sign_off"), {})["Location"] == address(differing)
    differing.refresh_from_db()
    assert (differing.met, differing.total, differing.signed_off_by) == (26, 27, assessor)
    assert client.post(address(differing, "sign_off"), {}).status_code == 422


def test_sign_off_of_a_short_stage_asks_for_the_reason(attempt, assessor, sign_in):
    run = sealed_stage(marked_stage(ended_stage(attempt, minutes=20)))
    client = sign_in(assessor)
    assert 'name="short_reason"' in client.get(address(run)).content.decode()
    assert client.post(address(run, "sign_off"), {}).status_code == 422
    assert client.post(address(run, "sign_off"), {"short_reason": "Müştəri getdi"}).status_code == 302
    run.refresh_from_db()
    assert run.short_reason == "Müştəri getdi"


def test_verdict_so_far_names_what_is_open_and_what_was_missed(differing, assessor, sign_in):
    client = sign_in(assessor)
    critical = differing.stage.steps.filter(critical=True, code__in=["BQ.2", "BQ.4"]).first()
    page = client.get(address(differing)).content.decode()
    assert "2 addım üzrə heyət hələ qərar verməlidir: BQ.2, BQ.4." in page
    for code in ("BQ.2", "BQ.4"):
        settle(differing, step(differing, code), value=False, reason="Səbəb", actor=assessor)
    page = client.get(address(differing)).content.decode()
    assert critical is not None
    assert f"<li><strong>{critical.code}</strong> {critical.statement}</li>" in page


# --- Abstaining ------------------------------------------------------------------------------------------------------


def abstaining(sheet: Sheet) -> str:
    return reverse("exams:abstain", args=[sheet.pk])


@pytest.mark.parametrize("by", ["member", "assessor", "officer"])
def test_sheet_is_closed_by_its_assessor_the_lead_or_an_officer(request, ended, member, by, sign_in):
    actor, sheet = request.getfixturevalue(by), sheet_of(ended, member)
    client = sign_in(actor)
    assert client.get(abstaining(sheet)).status_code == 200
    assert client.post(abstaining(sheet), {"reason": ""}).status_code == 422
    assert client.post(abstaining(sheet), {"reason": "Xəstələndi"})["Location"] == address(ended)
    sheet.refresh_from_db()
    assert (sheet.state, sheet.closed_by, sheet.closed_reason) == ("abstained", actor, "Xəstələndi")
    assert client.post(abstaining(sheet), {"reason": "Yenə"}).status_code == 422
    assert "Xəstələndi" in client.get(address(ended)).content.decode()


def test_nobody_else_closes_a_sheet(ended, assessor, member, observer, auditor, candidate, sign_in):
    sheet = sheet_of(ended, assessor)
    for actor in (member, observer, auditor, candidate):
        assert sign_in(actor).post(abstaining(sheet), {"reason": "Səbəb"}).status_code == 403
    sheet.refresh_from_db()
    assert sheet.is_open


def test_page_says_whose_sealed_marks_have_to_be_taken_out(differing, assessor, member, officer, sign_in):
    interest(differing.attempt.person, member)
    sheet = sheet_of(differing, member)
    for reader, may in ((assessor, {sheet.pk}), (officer, {sheet.pk}), (member, {sheet.pk})):
        page = sign_in(reader).get(address(differing))
        assert (page.context["closable"], page.context["sign_off_form"]) == (may, None)
        assert str(member) in str(page.context["next_step"].step)
    assert sign_in(assessor).post(abstaining(sheet), {"reason": "Bildirdi"})["Location"] == address(differing)
    page = sign_in(assessor).get(address(differing))
    assert page.context["next_step"].step != ""
    assert page.context["closable"] == set()


def test_sealed_marks_are_not_taken_back_by_abstaining(differing, member, sign_in):
    sheet = sheet_of(differing, member)
    assert sign_in(member).post(abstaining(sheet), {"reason": "Səbəb"}).status_code == 422
    sheet.refresh_from_db()
    assert sheet.is_sealed


def test_marks_of_who_abstained_are_kept_but_neither_shown_nor_counted(ended, assessor, member, sign_in):
    sent(ended, an_event(ended, "BQ.4", value=False), an_event(ended, "BQ.4", comment=SECRET), actor=member)
    marked_stage(ended, assessor=assessor)
    abstain(sheet_of(ended, member), reason="Namizədi tanıyır", actor=member)
    sealed(sheet_of(ended, assessor))
    page = sign_in(assessor).get(address(ended))
    assert (SECRET in page.content.decode(), len(page.context["part"].sealed)) == (False, 1)
    assert sign_off_stage(ended, actor=assessor).met == 27
    assert MarkEvent.objects.filter(sheet__assessor=member).count() == 2


def test_stage_of_which_everyone_abstained_shows_nothing_and_says_what_follows(ended, officer, sign_in):
    for sheet in Sheet.objects.select_related("assessor"):
        abstain(sheet, reason="Səbəb", actor=sheet.assessor)
    page = sign_in(officer).get(address(ended))
    assert (page.context["part"].is_unveiled, page.context["rows"]) == (
        False,
        [(one, None) for one in page.context["part"].steps],
    )
    assert 'class="panel-mark"' not in page.content.decode()


# --- Comments, notes and observers -----------------------------------------------------------------------------------


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


# --- Two at once -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_people_settling_at_once_leave_one_word(ended, assessor, member):
    marked_stage(ended, assessor=assessor)
    marked_stage(ended, assessor=member, missed=["BQ.2"])
    sealed_stage(ended)
    one = step(ended, "BQ.2")
    outcome = at_once(
        lambda: settle(ended, one, value=True, reason="Bir", actor=assessor),
        lambda: settle(ended, one, value=False, reason="İki", actor=assessor),
    )
    assert outcome == [DONE, DONE]
    said = Settlement.objects.get()
    assert (said.value, said.reason) in {(True, "Bir"), (False, "İki")}
    assert [entry.verb for entry in timeline(ended)][:2] == ["stage.settle"] * 2


@pytest.mark.django_db(transaction=True)
def test_settlement_and_sign_off_come_one_after_the_other(ended, assessor, member):
    marked_stage(ended, assessor=assessor)
    marked_stage(ended, assessor=member, missed=["BQ.2"])
    sealed_stage(ended)
    one = step(ended, "BQ.2")
    settle(ended, one, value=True, reason="Bir", actor=assessor)
    outcome = at_once(
        lambda: settle(ended, one, value=False, reason="İki", actor=assessor),
        lambda: sign_off_stage(ended, actor=assessor),
    )
    ended.refresh_from_db()
    changed = Settlement.objects.get().value is False
    assert outcome == ([DONE, DONE] if changed else [DONE, "signed"])
    assert ended.met == (26 if changed else 27)


@pytest.mark.django_db(transaction=True)
def test_two_sign_offs_of_the_panel_sign_once(ended, assessor):
    sealed_stage(marked_stage(ended))
    assert at_once(*[lambda: sign_off_stage(ended, actor=assessor)] * 2) == [DONE, "signed"]


@pytest.mark.django_db(transaction=True)
def test_seal_and_late_event_come_one_after_the_other(ended, assessor):
    marked_stage(ended)
    sheet = sheet_of(ended, assessor)
    standing = MarkEvent.objects.get(sheet=sheet, step__code="BQ.2")
    late = an_event(ended, "BQ.2", value=False, replaces=[str(standing.pk)])
    shown = marked_sheet(sheet).digest
    taken = []
    outcome = at_once(
        lambda: seal_sheet(sheet, digest=shown, notes={}, actor=assessor),
        lambda: taken.append(sent(ended, late, actor=assessor)),
    )
    sheet.refresh_from_db()
    stored = MarkEvent.objects.filter(pk=late["id"]).exists()
    # Stored first: the device showed other marks, so nothing is sealed. Sealed first: the mark is refused with a word.
    assert outcome == (["digest", DONE] if stored else [DONE, DONE])
    assert sheet.is_sealed != stored
    assert [one.code for one in taken[0].refused] == ([] if stored else ["sealed"])


@pytest.mark.django_db(transaction=True)
def test_abstention_and_seal_of_the_same_sheet_close_it_once(ended, assessor, officer):
    marked_stage(ended)
    sheet = sheet_of(ended, assessor)
    outcome = at_once(lambda: sealed(sheet), lambda: abstain(sheet_of(ended, assessor), reason="Xəstə", actor=officer))
    sheet.refresh_from_db()
    assert outcome == sorted([DONE, "state"])
    assert sheet.state in {"sealed", "abstained"}
