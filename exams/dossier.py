"""What is known of an exam: its stages with marks, times, irregularities and verdicts, read for people who judge it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from exams.models import Attempt, MarkEntry, StageRun
from exams.queries.attempts import stage_runs
from exams.queries.marks import checklist, current_entries
from exams.scoring import StageVerdict, score_stage
from schemes.models import Stage, Step


@dataclass(frozen=True, slots=True)
class MarkedStep:
    """A step with its current mark; `entry` is None when it was never marked."""

    step: Step
    entry: MarkEntry | None

    @property
    def value(self) -> bool | None:
        """Met, not met, or None while unmarked."""
        return self.entry.value if self.entry else None

    @property
    def badge(self) -> str:
        """The mark as its badge names it."""
        return self.entry.badge if self.entry else "unmarked"


@dataclass(frozen=True, slots=True)
class StageDossier:
    """A stage with its steps and marks; `run` is None while it has not begun."""

    stage: Stage
    run: StageRun | None
    steps: tuple[MarkedStep, ...]

    @property
    def verdict(self) -> StageVerdict | None:
        """The verdict by the rules of the stage; None while it has not begun."""
        if self.run is None:
            return None
        marks = {one.step.code: one.value for one in self.steps if one.value is not None}
        return verdict_of(self.stage, [one.step for one in self.steps], marks)

    @property
    def missed_critical(self) -> tuple[Step, ...]:
        """The critical steps that were not met."""
        return tuple(one.step for one in self.steps if one.step.critical and one.value is False)


@dataclass(frozen=True, slots=True)
class Dossier:
    """An exam as a whole."""

    attempt: Attempt
    stages: tuple[StageDossier, ...]

    @property
    def irregularities(self) -> tuple["Irregularity", ...]:
        """What departed from the rules of time, with the reason that the panel gave."""
        return tuple(irregularities(self.attempt, [one.run for one in self.stages if one.run]))


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
        minutes, seconds = divmod(int(self.duration.total_seconds()), 60)
        return f"{minutes}:{seconds:02d}"


def dossier_of(attempt: Attempt) -> Dossier:
    """Return the exam with every stage, step, current mark, time and irregularity.

    Pass an attempt of `queries.attempts.attempts()`, so that nothing is read twice.
    """
    return Dossier(attempt, tuple(_stage_dossier(stage, run, attempt) for stage, run in stage_runs(attempt)))


def _stage_dossier(stage: Stage, run: StageRun | None, attempt: Attempt) -> StageDossier:
    if run is None:
        return StageDossier(stage, None, ())
    run.attempt = attempt
    return StageDossier(stage, run, tuple(marked_steps(run)))


def marked_steps(run: StageRun) -> list[MarkedStep]:
    """Return the steps of a stage in checklist order, each with its current mark."""
    entries = {entry.step_id: entry for entry in current_entries(run)}
    return [MarkedStep(step, entries.get(step.pk)) for step in checklist(run)]


def verdict_of(stage: Stage, steps: list[Step], marks: dict[str, bool]) -> StageVerdict:
    """Score marks by the rules of a stage."""
    return score_stage(steps, marks, stage.threshold_percent, stage.all_critical)


def exam_duration(runs: list[StageRun]) -> timedelta | None:
    """Return the time from the first stage's start to the last one's end; None while one runs or none began."""
    starts = [run.started_at for run in runs if run.started_at]
    ends = [run.ended_at for run in runs if run.ended_at]
    if not starts or len(ends) < len(runs):
        return None
    return max(ends) - min(starts)


def exam_start(runs: list[StageRun]) -> datetime | None:
    """Return when the first stage started."""
    return min((run.started_at for run in runs if run.started_at), default=None)


def is_short(run: StageRun) -> bool:
    """Tell whether the stage took less than the minimum that the scheme sets (coach: P1 at least 25 minutes)."""
    minimum, duration = run.stage.min_minutes, run.duration
    return minimum is not None and duration is not None and duration < timedelta(minutes=minimum)


def is_overtime(attempt: Attempt, runs: list[StageRun]) -> bool:
    """Tell whether the exam took longer than the scheme allows (coach: 45 minutes)."""
    duration = exam_duration(runs)
    return duration is not None and duration > timedelta(minutes=attempt.session.scheme_version.exam_minutes)


def irregularities(attempt: Attempt, runs: list[StageRun]) -> list[Irregularity]:
    """Return the departures from the rules of time, short stages first."""
    found = [
        Irregularity("short", run.stage, run.duration, run.stage.min_minutes, run.short_reason)
        for run in runs
        if is_short(run) and run.duration is not None and run.stage.min_minutes
    ]
    duration = exam_duration(runs)
    if duration is not None and is_overtime(attempt, runs):
        limit = attempt.session.scheme_version.exam_minutes
        found.append(Irregularity("overtime", None, duration, limit, attempt.overtime_reason))
    return found
