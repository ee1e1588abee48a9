"""Two people at the same moment, with real threads and real transactions."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction

from accounts.states import Role
from core.errors import RuleViolation
from exams.models import Attempt, ExamSession, MarkEntry
from exams.services.attendance import check_identity
from exams.services.marking import mark_step
from exams.services.scheduling import schedule_candidates
from exams.services.sessions import cancel_session, set_panel
from exams.services.sign_off import release_result, sign_off_stage
from exams.services.stages import start_stage
from tests.exams.factories import (
    a_mark,
    accepted_application,
    ended_stage,
    identified,
    marked_attempt,
    marked_stage,
    new_session,
    noon,
    running_stage,
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


def test_two_devices_that_mark_the_same_step_do_not_overwrite_each_other(run, assessor):
    outcome = at_once(
        lambda: mark_step(run, a_mark("BQ.2", True), actor=assessor),
        lambda: mark_step(run, a_mark("BQ.2", False), actor=assessor),
    )
    assert outcome == ["conflict", DONE]
    assert MarkEntry.objects.count() == 1


def test_same_mark_sent_by_two_tabs_is_stored_once(run, assessor):
    mark = a_mark("BQ.2", True)
    outcome = at_once(*[lambda: mark_step(run, mark, actor=assessor)] * 4)
    assert outcome == [DONE] * 4
    assert MarkEntry.objects.count() == 1


def test_two_sign_offs_sign_once(attempt, assessor):
    run = marked_stage(ended_stage(attempt))
    assert at_once(*[lambda: sign_off_stage(run, actor=assessor)] * 2) == [DONE, "signed"]


def test_mark_and_sign_off_come_one_after_the_other(attempt, assessor):
    run = marked_stage(ended_stage(attempt))
    last = MarkEntry.objects.get(step__code="BQ.2")
    outcome = at_once(
        lambda: sign_off_stage(run, actor=assessor),
        lambda: mark_step(run, a_mark("BQ.2", False, follows=last), actor=assessor),
    )
    run.refresh_from_db()
    changed = MarkEntry.objects.filter(follows=last).exists()
    assert outcome in ([DONE, DONE], [DONE, "signed"])
    assert changed == (outcome == [DONE, DONE])
    assert run.met == (26 if changed else 27)


def test_capacity_holds_when_officers_schedule_together(version, assessor, officer):
    session = new_session(version, assessor, capacity=2)
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
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            late = pool.submit(at_once, second)
            wait([late], timeout=0.5)
            assert not late.done()  # it waits for the row of the session
        assert late.result(timeout=10) == [refusal]
    assert attempt.session.panel.get().assessor == (assessor if exam_first else other)
    assert Attempt.objects.get().state == ("in_progress" if exam_first else "scheduled")


def test_assessor_seated_in_two_overlapping_sessions_at_once_is_seated_in_one(version, assessor, officer):
    sessions = [new_session(version, starts_at=noon() + timedelta(minutes=30 * number)) for number in range(2)]
    calls = [lambda session=session: set_panel(session, lead=assessor, actor=officer) for session in sessions]
    assert at_once(*calls) == ["busy", DONE]
    assert assessor.panel_seats.count() == 1


def test_parallel_marks_of_one_stage_are_all_stored(attempt, assessor):
    run = running_stage(attempt)
    codes = list(run.stage.steps.values_list("code", flat=True)[:8])
    outcome = at_once(*[lambda code=code: mark_step(run, a_mark(code, True), actor=assessor) for code in codes])
    assert outcome == [DONE] * 8
    assert set(MarkEntry.objects.values_list("step__code", flat=True)) == set(codes)
