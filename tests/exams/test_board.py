"""The officers' live board: what it says, and to whom."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.states import Role
from exams.models import (
    Attempt,
    CarriedStage,
    ExamSession,
    HelpCall,
)
from exams.services.sheets import abstain
from exams.states import AttemptState, SessionState
from tests.exams.boards import board, interruption, line_of, lines, minutes_after, reported, seat_of, stage_of
from tests.exams.factories import (
    OTHER_DEVICE,
    an_event,
    ended_stage,
    marked_attempt,
    marked_stage,
    new_attempt,
    new_session,
    noon,
    running_stage,
    sealed,
    sent,
    sheet_of,
    signed_stage,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

# ---- Who, and which exams


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.OFFICER, 200),
        (Role.AUDITOR, 200),
        (Role.ASSESSOR, 403),
        (Role.DECIDER, 403),
        (Role.CANDIDATE, 403),
        (Role.SYSADMIN, 403),
    ],
)
def test_board_is_for_officers_and_auditors(sign_in, run, role, status):
    client = sign_in(UserFactory.create(roles=[role]))

    assert client.get(reverse("exams:board")).status_code == status
    assert board(client).status_code == status


def test_officers_answer_calls_and_auditors_look_on(sign_in, run, officer, auditor, assessor):
    call = HelpCall.objects.create(attempt=run.attempt, note="Kamera", called_by=assessor, called_at=timezone.now())

    for_officer = board(sign_in(officer)).content.decode()
    for_auditor = board(sign_in(auditor)).content.decode()

    assert f'id="call-{call.pk}"' in for_officer
    assert reverse("exams:help_answer", args=[call.pk]) in for_officer
    assert f'id="call-{call.pk}"' in for_auditor
    assert reverse("exams:help_answer", args=[call.pk]) not in for_auditor


def test_answered_call_is_gone(officer, run, assessor):
    now = timezone.now()
    HelpCall.objects.create(
        attempt=run.attempt, called_by=assessor, called_at=now, answered_by=officer, answered_at=now
    )

    assert line_of(officer, run.attempt).call is None


def test_exams_of_today_and_those_still_under_way_are_shown(officer, version, assessor):
    today = new_attempt(new_session(version, assessor))
    still_on = running_stage(new_attempt(new_session(version, starts_at=noon(-1)))).attempt
    new_attempt(new_session(version, starts_at=noon(1)))
    new_attempt(new_session(version, starts_at=noon(-1)))
    called_off = new_session(version)
    new_attempt(called_off)
    ExamSession.objects.filter(pk=called_off.pk).update(state=SessionState.CANCELLED)
    removed = new_attempt(today.session)
    Attempt.objects.filter(pk=removed.pk).update(state=AttemptState.CANCELLED, state_reason="Xahiş")

    assert {line.pk for line in lines(officer)} == {today.pk, still_on.pk}


def test_one_session_shows_all_its_exams_and_no_others(sign_in, officer, version):
    past = new_attempt(new_session(version, starts_at=noon(-3)))
    running_stage(new_attempt(new_session(version)))

    response = sign_in(officer).get(reverse("exams:board"), {"session": past.session_id})

    assert [line.pk for line in response.context["board"].exams] == [past.pk]


@pytest.mark.parametrize("named", ["0", "x", "-1", "9" * 18, "9" * 5000, "1 OR 1"])
def test_session_that_does_not_exist_is_not_found(sign_in, officer, named):
    assert sign_in(officer).get(reverse("exams:board"), {"session": named}).status_code == 404


def test_own_exam_is_never_shown(version):
    officer = UserFactory.create(roles=[Role.OFFICER, Role.CANDIDATE])
    running_stage(new_attempt(new_session(version), user=officer))

    assert lines(officer) == []


def test_day_without_exams_says_so(sign_in, officer):
    assert 'id="board-no-exams"' in board(sign_in(officer)).content.decode()


# ---- What it says


def test_counts_are_of_steps_with_one_definite_mark(officer, run, assessor):
    first = an_event(run, "BQ.2", True)
    taken_back = an_event(run, "BQ.4", True)
    sent(run, first, an_event(run, "BQ.2", False, replaces=[first["id"]]), actor=assessor)
    sent(run, taken_back, an_event(run, "BQ.4", None, replaces=[taken_back["id"]]), actor=assessor)
    sent(run, an_event(run, "BQ.5", True), an_event(run, "BQ.6", comment="Aydın"), actor=assessor)
    sent(run, an_event(run, "BQ.5", False), actor=assessor, device=OTHER_DEVICE)

    seat = seat_of(officer, run)

    assert (seat.marked, seat.total, seat.state) == (1, run.stage.steps.count(), "open")


def test_each_assessor_is_counted_alone(officer, version, candidate):
    one, other = (UserFactory.create(roles=[Role.ASSESSOR]) for _seat in range(2))
    run = running_stage(new_attempt(new_session(version, one, other), user=candidate))
    sent(run, an_event(run, "BQ.2"), an_event(run, "BQ.4"), actor=one)
    sent(run, an_event(run, "BQ.2"), actor=other)

    assert [seat.marked for seat in stage_of(officer, run).seats] == [2, 1]


def test_marks_themselves_are_never_sent(sign_in, officer, run, assessor):
    sent(run, an_event(run, "BQ.2", False), an_event(run, "BQ.4", comment="Gizli rəy"), actor=assessor)

    text = board(sign_in(officer)).content.decode()

    assert "BQ.2" not in text
    assert "Gizli rəy" not in text


def test_sealed_sheet_says_so_with_its_steps(officer, attempt):
    run = marked_stage(ended_stage(attempt))
    sealed(sheet_of(run))

    seat = seat_of(officer, run)

    assert (seat.state, seat.marked, seat.is_complete) == ("sealed", run.stage.steps.count(), True)


def test_abstention_is_said(sign_in, officer, run, assessor):
    abstain(sheet_of(run), reason="Namizədi tanıyıram", actor=assessor)

    assert seat_of(officer, run).state == "abstained"
    assert board(sign_in(officer)).status_code == 200


def test_unsent_marks_are_told_with_the_minute_of_the_last_report(officer, run):
    first = reported(run, unsent=3, ago=timedelta(minutes=9))
    reported(run, device=OTHER_DEVICE, unsent=0)

    seat = seat_of(officer, run)

    assert seat.unsent == 3
    assert seat.unsent_at == first.seen_at.replace(second=0, microsecond=0)
    assert seat.is_alarming


@pytest.mark.parametrize(("seconds", "is_silent"), [(100, False), (140, True)])
def test_device_is_silent_after_two_minutes(officer, attempt, seconds, is_silent):
    run = running_stage(attempt, since_minutes=10)
    report = reported(run, ago=timedelta(seconds=seconds))

    assert seat_of(officer, run).silent_since == (report.seen_at if is_silent else None)


def test_stage_without_any_device_is_told_after_two_minutes(sign_in, officer, attempt):
    run = running_stage(attempt, since_minutes=3)

    seat = seat_of(officer, run)

    assert (seat.silent_since, seat.was_heard) == (run.started_at, False)
    assert board(sign_in(officer)).status_code == 200


def test_silence_after_the_stage_is_none(officer, attempt):
    run = ended_stage(attempt, ago=10)
    reported(run, ago=timedelta(minutes=10))

    assert seat_of(officer, run).silent_since is None


@pytest.mark.parametrize(
    ("skew_ms", "behind"), [(0, 0), (119_000, 0), (-119_000, 0), (180_000, 3), (-300_000, -5), (10**15, 16_666_666_667)]
)
def test_clock_difference_is_told_above_two_minutes(sign_in, officer, run, skew_ms, behind):
    reported(run, skew_ms=skew_ms)

    assert seat_of(officer, run).minutes_behind == behind
    assert board(sign_in(officer)).status_code == 200


def test_time_of_the_exam_runs_from_the_first_stage_without_interruptions(officer, attempt):
    run = ended_stage(attempt, minutes=30, ago=2)
    interruption(attempt, begun=20, over=15, run=run)
    running_stage(attempt, "P2", since_minutes=1)

    minutes = attempt.session.scheme_version.exam_minutes + 5
    assert line_of(officer, attempt).ends_at == minutes_after(run.started_at, minutes)


def test_interruption_that_lasts_stops_the_clock(officer, attempt):
    run = running_stage(attempt, since_minutes=10)
    pause = interruption(attempt, begun=4, run=run)

    line = line_of(officer, attempt)

    assert line.paused_since == pause.started_at
    assert line.ends_at == minutes_after(run.started_at, attempt.session.scheme_version.exam_minutes)


def test_minimum_of_the_stage_moves_with_its_interruptions(officer, attempt):
    run = running_stage(attempt, since_minutes=10)
    interruption(attempt, begun=8, over=6, run=run)

    assert stage_of(officer, run).minimum_at == minutes_after(run.started_at, (run.stage.min_minutes or 0) + 2)


def test_stage_to_come_is_named_until_it_begins(officer, attempt):
    run = ended_stage(attempt)
    assert line_of(officer, attempt).next_stage.startswith("P2")
    assert line_of(officer, attempt).ends_at is not None

    ended_stage(run.attempt, "P2", minutes=5)

    assert line_of(officer, attempt).next_stage == ""
    assert line_of(officer, attempt).ends_at is None


def test_carried_stage_is_not_to_come(officer, version, candidate, assessor):
    former = new_attempt(new_session(version, assessor, starts_at=noon(-9)), user=candidate)
    passed = signed_stage(former, "P1")
    Attempt.objects.filter(pk=former.pk).update(state=AttemptState.STOPPED, state_reason="Kəsildi")
    again = new_attempt(new_session(version, assessor), former.application)
    CarriedStage.objects.create(attempt=again, run=passed)

    assert line_of(officer, again).next_stage.startswith("P2")


def test_exam_in_any_state_can_be_drawn(sign_in, officer, version):
    session = new_session(version)
    marked_attempt(new_attempt(session))
    absent = new_attempt(session)
    Attempt.objects.filter(pk=absent.pk).update(state=AttemptState.NO_SHOW, state_reason="Gəlmədi")
    stopped = running_stage(new_attempt(session)).attempt
    Attempt.objects.filter(pk=stopped.pk).update(state=AttemptState.STOPPED, state_reason="Kəsildi")

    response = board(sign_in(officer))

    assert response.status_code == 200
    assert len(response.context["board"].exams) == 3
