"""Two people at the same moment, with real threads and real transactions."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from accounts.models import User
from accounts.states import Role
from core.errors import RuleViolation
from exams.dossier import stage_dossier
from exams.models import Attempt, ExamSession, MarkEvent, Settlement, Sheet, StageRun
from exams.services.attendance import check_identity
from exams.services.scheduling import schedule_candidates
from exams.services.sessions import cancel_session, set_panel
from exams.services.settling import settle
from exams.services.sheets import abstain, seal_sheet
from exams.services.sign_off import release_result, seal_and_sign_off, sign_off_stage
from exams.services.stages import start_stage
from exams.sheets import marked_sheet
from schemes.models import SchemeVersion
from tests.exams.factories import (
    DEVICE,
    OTHER_DEVICE,
    accepted_application,
    an_event,
    ended_stage,
    identified,
    marked_attempt,
    marked_stage,
    new_attempt,
    new_session,
    noon,
    running_stage,
    sealed,
    sealed_stage,
    sent,
    sheet_of,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

DONE = "done"


def at_once(*calls: Callable[[], object]) -> list[str]:
    """Run the calls in threads that start together; return "done" or the code of the refusal, sorted."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], object]) -> str:
        try:
            barrier.wait(timeout=10)
            call()
        except RuleViolation as violation:
            return violation.code
        else:
            return DONE
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(pool.map(run, calls))


def refused_after(first: Callable[[], object], second: Callable[[], object]) -> list[str]:
    """Run the first call, let the second one start before it is committed, and return what became of the second."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            late = pool.submit(at_once, second)
            wait([late], timeout=0.3)
            assert not late.done()  # it waits for a row that the first one holds
        return late.result(timeout=10)


def mark(run: StageRun, event: dict[str, Any], *, actor: User, device: UUID = DEVICE) -> None:
    """Send one mark; a refusal is raised as one."""
    taken = sent(run, event, actor=actor, device=device)
    for one in taken.refused:
        raise RuleViolation(one.message, code=one.code)
    assert taken.stored == [UUID(event["id"])]


@pytest.fixture
def second(db: None) -> User:
    """Another assessor."""
    return UserFactory.create(roles=[Role.ASSESSOR])


@pytest.fixture
def panel(version: SchemeVersion, assessor: User, second: User) -> StageRun:
    """A stage that has ended, marked by both assessors of its panel, who differ on one step."""
    run = marked_stage(ended_stage(new_attempt(new_session(version, assessor, second))), assessor=assessor)
    return marked_stage(run, assessor=second, missed=["BQ.4"])


def test_two_devices_that_mark_the_same_step_do_not_overwrite_each_other(run, assessor):
    events = an_event(run, "BQ.2", True), an_event(run, "BQ.2", False)
    outcome = at_once(
        lambda: mark(run, events[0], actor=assessor),
        lambda: mark(run, events[1], actor=assessor, device=OTHER_DEVICE),
    )
    found = marked_sheet(sheet_of(run))
    assert outcome == [DONE, DONE]
    assert {str(event.pk) for heads in found.board.heads.values() for event in heads} == {one["id"] for one in events}
    assert ([step.code for step in found.differing], found.marks) == (["BQ.2"], {})


def test_same_mark_sent_by_two_tabs_is_stored_once(run, assessor):
    event = an_event(run, "BQ.2", True)
    outcome = at_once(*[lambda: mark(run, event, actor=assessor)] * 4)
    assert outcome == [DONE] * 4
    assert MarkEvent.objects.count() == 1


@pytest.mark.parametrize(("same", "refusal"), [("id", "id_taken"), ("seq", "sequence")])
def test_two_marks_under_one_identifier_or_number_are_not_mixed_up(run, assessor, same, refusal):
    first, other = an_event(run, "BQ.2", True), an_event(run, "BQ.4", False)
    other[same] = first[same]
    outcome = at_once(*[lambda event=event: mark(run, event, actor=assessor) for event in (first, other)])
    assert outcome == sorted([DONE, refusal])
    assert MarkEvent.objects.count() == 1


def test_parallel_marks_of_one_stage_are_all_stored(attempt, assessor):
    run = running_stage(attempt)
    codes = list(run.stage.steps.values_list("code", flat=True)[:8])
    outcome = at_once(
        *[
            lambda number=number, code=code: mark(run, an_event(run, code), actor=assessor, device=UUID(int=number))
            for number, code in enumerate(codes)
        ]
    )
    assert outcome == [DONE] * 8
    assert marked_sheet(sheet_of(run)).marks == dict.fromkeys(codes, True)


def test_two_seals_seal_once(attempt, assessor):
    sheet = sheet_of(marked_stage(ended_stage(attempt)))
    assert at_once(*[lambda: sealed(Sheet.objects.get(pk=sheet.pk))] * 2) == [DONE, "state"]


def test_two_who_seal_and_sign_off_in_one_step_do_it_once(attempt, assessor):
    sheet = sheet_of(marked_stage(ended_stage(attempt)))
    digest = marked_sheet(sheet).digest
    call = lambda: seal_and_sign_off(sheet_of(sheet.run), digest=digest, notes={}, actor=assessor)  # noqa: E731
    assert at_once(call, call) == [DONE, "state"]


def test_two_sign_offs_sign_once(attempt, assessor):
    run = sealed_stage(marked_stage(ended_stage(attempt)))
    assert at_once(*[lambda: sign_off_stage(run, actor=assessor)] * 2) == [DONE, "signed"]


def test_mark_and_sealing_come_one_after_the_other(attempt, assessor):
    run = marked_stage(ended_stage(attempt))
    last = MarkEvent.objects.get(step__code="BQ.2")
    digest = marked_sheet(sheet_of(run)).digest
    event = an_event(run, "BQ.2", False, replaces=[str(last.pk)])
    outcome = at_once(
        lambda: seal_sheet(sheet_of(run), digest=digest, notes={}, actor=assessor),
        lambda: mark(run, event, actor=assessor),
    )
    sheet, changed = sheet_of(run), MarkEvent.objects.filter(pk=event["id"]).exists()
    assert outcome in (["digest", DONE], [DONE, "sealed"])
    assert (changed, sheet.is_sealed) == (("digest" in outcome), ("sealed" in outcome))
    assert marked_sheet(sheet).marks["BQ.2"] is not changed
    assert sheet.digest == ("" if changed else marked_sheet(sheet).digest)


@pytest.mark.parametrize(("seal_first", "refusal"), [(True, "sealed"), (False, "digest")])
def test_mark_and_sealing_wait_for_one_another(attempt, assessor, seal_first, refusal):
    run = marked_stage(ended_stage(attempt))
    sheet, last = sheet_of(run), MarkEvent.objects.get(step__code="BQ.2")
    digest = marked_sheet(sheet).digest
    calls: list[Callable[[], object]] = [
        lambda: seal_sheet(sheet, digest=digest, notes={}, actor=assessor),
        lambda: mark(run, an_event(run, "BQ.2", False, replaces=[str(last.pk)]), actor=assessor),
    ]
    first, second = calls if seal_first else reversed(calls)
    assert refused_after(first, second) == [refusal]
    assert sheet_of(run).is_sealed == seal_first


def test_assessors_of_a_panel_seal_at_once(panel, assessor, second):
    sheets = [sheet_of(panel, one) for one in (assessor, second)]
    assert at_once(*[lambda sheet=sheet: sealed(sheet) for sheet in sheets]) == [DONE, DONE]
    assert len(stage_dossier(panel).sealed) == 2


def test_seal_and_abstention_end_a_sheet_once(panel, second):
    outcome = at_once(
        lambda: sealed(sheet_of(panel, second)),
        lambda: abstain(sheet_of(panel, second), reason="Namizədi tanıyıram", actor=second),
    )
    assert outcome == [DONE, "state"]
    assert sheet_of(panel, second).state in {"sealed", "abstained"}


def test_difference_settled_twice_at_once_has_one_word(panel, assessor):
    sealed_stage(panel)
    step = panel.stage.steps.get(code="BQ.4")
    calls = [
        lambda value=value: settle(panel, step, value=value, reason="Yazıya baxdıq", actor=assessor)
        for value in (True, False)
    ]
    assert at_once(*calls) == [DONE, DONE]
    assert Settlement.objects.count() == 1


def test_settlement_and_sign_off_come_one_after_the_other(panel, assessor):
    sealed_stage(panel)
    step = panel.stage.steps.get(code="BQ.4")
    settle(panel, step, value=True, reason="Yazıya baxdıq", actor=assessor)
    outcome = at_once(
        lambda: settle(panel, step, value=False, reason="Yenə baxdıq", actor=assessor),
        lambda: sign_off_stage(panel, actor=assessor),
    )
    panel.refresh_from_db()
    settled = Settlement.objects.get().value
    assert outcome in ([DONE, DONE], [DONE, "signed"])
    assert settled == (outcome == [DONE, "signed"])
    assert panel.met == (27 if settled else 26)


def test_capacity_holds_when_officers_schedule_together(version, assessor, officer):
    session = new_session(version, assessor, capacity=2, starts_at=noon(1))
    applications = [accepted_application(version) for _ in range(4)]
    calls = [
        lambda application=application: schedule_candidates(session, [application], actor=officer)
        for application in applications
    ]
    outcome = at_once(*calls)
    assert outcome == [DONE, DONE, "exams_session_full", "exams_session_full"]
    assert session.attempts.values("starts_at").distinct().count() == 2


def test_one_candidate_scheduled_in_two_sessions_at_once_is_scheduled_once(version, officer):
    application = accepted_application(version)
    sessions = [new_session(version) for _ in range(2)]
    calls = [lambda session=session: schedule_candidates(session, [application], actor=officer) for session in sessions]
    assert at_once(*calls) == [DONE, "exams_one_open_attempt"]
    assert Attempt.objects.count() == 1


def test_two_assessors_start_a_stage_once(attempt, assessor):
    identified(attempt)
    stage = attempt.session.scheme_version.stages.get(code="P1")
    call = lambda: start_stage(attempt, stage, scenario="S-1", client_kind="real", actor=assessor)  # noqa: E731
    assert at_once(call, call) == [DONE, "started"]


def test_identity_checked_at_once_is_recorded_once(attempt, assessor, officer):
    outcome = at_once(
        lambda: check_identity(attempt, document="passport", actor=assessor),
        lambda: check_identity(attempt, document="identity_card", actor=officer),
    )
    assert outcome == ["checked", DONE]


def test_two_releases_release_once(attempt, officer, other_officer):
    marked = marked_attempt(attempt)
    outcome = at_once(
        lambda: release_result(Attempt.objects.get(pk=marked.pk), actor=officer),
        lambda: release_result(Attempt.objects.get(pk=marked.pk), actor=other_officer),
    )
    assert outcome == [DONE, "state"]


def test_session_is_not_cancelled_under_an_exam_that_begins(attempt, assessor, officer):
    identified(attempt)
    stage = attempt.session.scheme_version.stages.get(code="P1")
    outcome = at_once(
        lambda: start_stage(attempt, stage, scenario="S-1", client_kind="real", actor=assessor),
        lambda: cancel_session(attempt.session, reason="Qəza", actor=officer),
    )
    attempt.refresh_from_db()
    session = ExamSession.objects.get()
    assert DONE in outcome
    assert (attempt.state, session.state) in {("in_progress", "planned"), ("cancelled", "cancelled")}


def test_panel_is_not_changed_under_an_exam_that_begins(attempt, assessor, officer):
    identified(attempt)
    stage = attempt.session.scheme_version.stages.get(code="P1")
    other = UserFactory.create(roles=[Role.ASSESSOR])
    outcome = at_once(
        lambda: start_stage(attempt, stage, scenario="S-1", client_kind="real", actor=assessor),
        lambda: set_panel(attempt.session, lead=other, actor=officer),
    )
    began = Attempt.objects.get().state == "in_progress"
    assert outcome in (["begun", DONE], [DONE, "panel"])
    assert began == (outcome == ["begun", DONE])
    assert attempt.session.panel.get().assessor == (assessor if began else other)


@pytest.mark.parametrize(("exam_first", "refusal"), [(True, "begun"), (False, "panel")])
def test_begin_and_panel_change_wait_for_one_another(attempt, assessor, officer, exam_first, refusal):
    identified(attempt)
    stage = attempt.session.scheme_version.stages.get(code="P1")
    other = UserFactory.create(roles=[Role.ASSESSOR])
    calls: list[Callable[[], object]] = [
        lambda: start_stage(attempt, stage, scenario="S-1", client_kind="real", actor=assessor),
        lambda: set_panel(attempt.session, lead=other, actor=officer),
    ]
    first, second = calls if exam_first else reversed(calls)
    assert refused_after(first, second) == [refusal]
    assert attempt.session.panel.get().assessor == (assessor if exam_first else other)
    assert Attempt.objects.get().state == ("in_progress" if exam_first else "scheduled")


def test_assessor_seated_in_two_overlapping_sessions_at_once_is_seated_in_one(version, assessor, officer):
    sessions = [new_session(version, starts_at=noon() + timedelta(minutes=30 * number)) for number in range(2)]
    calls = [lambda session=session: set_panel(session, lead=assessor, actor=officer) for session in sessions]
    assert at_once(*calls) == ["busy", DONE]
    assert assessor.panel_seats.count() == 1
