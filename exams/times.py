"""How long stages and exams took, without their interruptions, and what departed from the rules of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from exams.models import Attempt, StageRun, paused_within
from exams.states import IncidentKind
from schemes.models import Stage


@dataclass(frozen=True, slots=True)
class Irregularity:
    """A departure from the rules of time: `kind` is "short" (a stage) or "overtime" (the whole exam)."""

    kind: str
    stage: Stage | None
    duration: timedelta
    limit: int
    reason: str

    @property
    def clock(self) -> str:
        """The duration as a clock shows it, in minutes and seconds."""
        return clock(self.duration)


def clock(duration: timedelta) -> str:
    """Return a duration as a clock shows it, in minutes and seconds."""
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    return f"{minutes}:{seconds:02d}"


def exam_duration(attempt: Attempt, runs: Sequence[StageRun]) -> timedelta | None:
    """Return the time from the first stage's start to the last one's end, without interruptions.

    None while a stage runs or none began.
    """
    starts = [run.started_at for run in runs if run.started_at]
    ends = [run.ended_at for run in runs if run.ended_at]
    if not starts or len(ends) < len(runs):
        return None
    pauses = [one.pause for one in attempt.incidents.all() if one.kind == IncidentKind.INTERRUPTION]
    return max(ends) - min(starts) - paused_within(pauses, min(starts), max(ends))


def exam_start(runs: Sequence[StageRun]) -> datetime | None:
    """Return when the first stage started."""
    return min((run.started_at for run in runs if run.started_at), default=None)


def is_short(run: StageRun) -> bool:
    """Tell whether the stage took less than the minimum that the scheme sets (coach: P1 at least 25 minutes)."""
    minimum, duration = run.stage.min_minutes, run.duration
    return minimum is not None and duration is not None and duration < timedelta(minutes=minimum)


def is_overtime(attempt: Attempt, runs: Sequence[StageRun]) -> bool:
    """Tell whether the exam took longer than the scheme allows (coach: 45 minutes)."""
    duration = exam_duration(attempt, runs)
    return duration is not None and duration > timedelta(minutes=attempt.session.scheme_version.exam_minutes)


def irregularities(attempt: Attempt, runs: Sequence[StageRun]) -> list[Irregularity]:
    """Return the departures from the rules of time, short stages first."""
    found = [
        Irregularity("short", run.stage, run.duration, run.stage.min_minutes, run.short_reason)
        for run in runs
        if is_short(run) and run.duration is not None and run.stage.min_minutes
    ]
    duration = exam_duration(attempt, runs)
    if duration is not None and is_overtime(attempt, runs):
        limit = attempt.session.scheme_version.exam_minutes
        found.append(Irregularity("overtime", None, duration, limit, attempt.overtime_reason))
    return found
