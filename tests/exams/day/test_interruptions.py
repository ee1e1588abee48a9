"""Interruptions: they are resumed once, and their time does not count."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings, strategies as st

from accounts.models import User
from audit.queries import timeline
from exams.models import Attempt, Incident, StageRun, paused_within
from exams.services.incidents import interrupt, resume
from exams.services.sign_off import sign_off_stage
from exams.services.stages import end_stage
from exams.services.stopping import stop_exam
from exams.times import exam_duration
from tests.exams.day.acts import fresh, start
from tests.exams.factories import ended_stage, marked_stage, new_attempt, new_session, running_stage, sealed_stage
from tests.exams.refusals import code_of, database_refusal

pytestmark = pytest.mark.django_db


def pause(attempt: Attempt, actor: User, start: datetime, end: datetime | None, run: StageRun | None) -> Incident:
    return Incident.objects.create(
        attempt=attempt, run=run, kind="interruption", note="Yanğın siqnalı", started_at=start, recorded_by=actor,
        ended_at=end, ended_by=actor if end else None,
    )  # fmt: skip


def test_interruption_is_resumed_once_and_its_time_does_not_count(attempt, assessor, officer):
    run = running_stage(attempt, since_minutes=30)
    pause = interrupt(attempt, note="Yanğın siqnalı", at=timezone.now() - timedelta(minutes=10), actor=assessor)
    assert (pause.run, pause.ended_at) == (run, None)
    assert code_of(interrupt, attempt, note="x", actor=officer) == "interrupted"
    assert resume(attempt, actor=officer).ended_by == officer
    assert code_of(resume, attempt, actor=officer) == "not_interrupted"
    ended = StageRun.objects.get(pk=end_stage(run, actor=assessor).pk)
    assert ended.duration is not None
    assert timedelta(minutes=19.9) < ended.duration < timedelta(minutes=20.1)
    assert [entry.verb for entry in timeline(attempt)] == ["stage.end", "attempt.resume", "attempt.incident"]


def test_stage_shorter_only_by_its_interruption_wants_the_reason(attempt, assessor):
    run = running_stage(attempt, since_minutes=30)
    interrupt(attempt, note="Siqnal", at=timezone.now() - timedelta(minutes=10), actor=assessor)
    end_stage(run, actor=assessor)
    run = sealed_stage(marked_stage(StageRun.objects.get(pk=run.pk)))
    assert code_of(sign_off_stage, run, actor=assessor) == "short_reason"
    assert sign_off_stage(run, short_reason="Siqnal", actor=assessor).short_reason == "Siqnal"


def test_ending_a_stage_ends_its_interruption_at_that_moment(run, assessor):
    interrupt(run.attempt, note="x", actor=assessor)
    ended = end_stage(run, actor=assessor)
    assert Incident.objects.get().ended_at == ended.ended_at


def test_starting_a_stage_ends_the_interruption_between_two(attempt, assessor):
    ended_stage(attempt, minutes=30)
    pause = interrupt(attempt, note="x", actor=assessor)
    assert pause.run is None
    start(fresh(attempt), assessor, "P2")
    pause.refresh_from_db()
    assert pause.ended_at is not None


def test_interruption_does_not_begin_before_the_last_event(attempt, assessor):
    running_stage(attempt, since_minutes=10)
    early = timezone.now() - timedelta(minutes=12)
    assert code_of(interrupt, attempt, note="x", at=early, actor=assessor) == "moment"
    interrupt(attempt, note="x", at=timezone.now() - timedelta(minutes=5), actor=assessor)
    resume(attempt, actor=assessor)
    again = timezone.now() - timedelta(minutes=3)
    assert code_of(interrupt, attempt, note="y", at=again, actor=assessor) == "moment"


def test_interruption_given_to_the_minute_of_the_start_begins_with_the_stage(run, assessor):
    minute = run.started_at.replace(second=0, microsecond=0)
    assert interrupt(run.attempt, note="x", at=minute, actor=assessor).started_at == run.started_at


def test_nothing_is_interrupted_when_every_stage_has_ended(attempt, assessor):
    ended_stage(attempt, "P1", minutes=30, ago=12)
    ended_stage(attempt, "P2", minutes=8)
    assert code_of(interrupt, attempt, note="x", actor=assessor) == "over"


def test_exam_left_open_overnight_is_not_interrupted_but_can_be_stopped(version, assessor):
    attempt = new_attempt(new_session(version, assessor, starts_at=timezone.now() - timedelta(days=1)))
    running_stage(attempt, since_minutes=24 * 60)
    assert code_of(interrupt, attempt, note="x", actor=assessor) == "day"
    assert stop_exam(fresh(attempt), reason="Unudulub", actor=assessor).state == "stopped"


MINUTES = st.integers(min_value=0, max_value=60)


@given(st.lists(MINUTES, min_size=2, max_size=9, unique=True), MINUTES, MINUTES, st.booleans())
def test_paused_time_is_that_of_a_model_that_counts_minutes(cuts, one, other, open_end):
    zero = timezone.now().replace(second=0, microsecond=0)
    cuts = sorted(cuts)[: len(cuts) // 2 * 2]
    spans = list(zip(cuts[::2], cuts[1::2], strict=True))
    start, end = sorted((one, other))
    last_open = open_end and bool(spans)
    pauses = [
        (zero + timedelta(minutes=a), None if last_open and (a, b) == spans[-1] else zero + timedelta(minutes=b))
        for a, b in spans
    ]
    lasting = [*spans[:-1], (spans[-1][0], 10_000)] if last_open else spans
    model = sum(1 for minute in range(start, end) if any(a <= minute < b for a, b in lasting))
    found = paused_within(pauses, zero + timedelta(minutes=start), zero + timedelta(minutes=end))
    assert found == timedelta(minutes=model)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.integers(min_value=1, max_value=44), min_size=2, max_size=6, unique=True))
def test_database_wants_a_reason_for_a_short_stage_just_when_the_model_does(version, assessor, cuts):
    attempt = new_attempt(new_session(version, assessor))
    run = ended_stage(attempt, minutes=45)
    zero = run.started_at
    assert zero is not None
    cuts = sorted(cuts)[: len(cuts) // 2 * 2]
    for begun, over in zip(cuts[::2], cuts[1::2], strict=True):
        pause(attempt, assessor, zero + timedelta(minutes=begun), zero + timedelta(minutes=over), run)
    paused = sum(over - begun for begun, over in zip(cuts[::2], cuts[1::2], strict=True))
    run = StageRun.objects.get(pk=run.pk)
    assert run.duration == timedelta(minutes=45 - paused)
    assert exam_duration(fresh(attempt), [run]) == run.duration
    sealed_stage(marked_stage(run))
    refused = database_refusal(
        "UPDATE exams_stagerun SET signed_off_at = now(), signed_off_by_id = %s, passed = true, met = 27, total = 27 "
        "WHERE id = %s", assessor.pk, run.pk,
    ) if 45 - paused < 25 else ""  # fmt: skip
    assert refused == ("exams_short_has_reason" if 45 - paused < 25 else "")
    if not refused:
        assert sign_off_stage(run, actor=assessor).passed is True
