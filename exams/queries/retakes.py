"""Reads of stages that were passed in an earlier exam and still count (fields `retake`, `passed_stage_months`).

A stage counts within its scheme version: the stages of another version are other stages, with other steps. It counts
from an exam that was not passed as a whole, or was stopped after the stage was signed off; never from one on which a
suspicion of cheating is open or was confirmed.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from exams.models import Attempt, BreachCase, ExamSession, StageRun
from exams.states import AttemptState, BreachState
from schemes.models import SchemeVersion, Stage


@dataclass(frozen=True, slots=True)
class PassedBefore:
    """A stage that was passed in an earlier exam, with the last day on which it counts."""

    run: StageRun
    until: date


def passed_before(run: StageRun, version: SchemeVersion) -> PassedBefore:
    """Return a passed stage with the last day on which it counts by the rules of its version."""
    if run.ended_at is None:
        raise ValueError("a passed stage has ended")
    return PassedBefore(run, months_after(timezone.localdate(run.ended_at), version.passed_stage_months))


def months_after(day: date, months: int) -> date:
    """Return the same day so many months later; the last of the month where that month is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def counting(session: ExamSession, persons: Iterable[int]) -> dict[int, list[PassedBefore]]:
    """Return, by person, the passed stages that count on the day of the session, in the order of the stages.

    Of a stage that was passed twice the later one counts. One query for all persons.
    """
    version, day = session.scheme_version, timezone.localdate(session.starts_at)
    if not version.carries_passed_stages:
        return {}
    found: dict[int, dict[int, PassedBefore]] = {}
    for run in _passed(version, persons):
        one = passed_before(run, version)
        if day <= one.until:
            found.setdefault(run.attempt.person_id, {})[run.stage_id] = one
    return {person: sorted(stages.values(), key=lambda one: one.run.stage.order) for person, stages in found.items()}


def counting_for(attempt: Attempt) -> list[PassedBefore]:
    """Return the passed stages that count in an exam: those fixed when it began, or that will count until then."""
    return counting_in(attempt.session, [attempt])[attempt.pk]


def counting_in(session: ExamSession, exams: Sequence[Attempt]) -> dict[int, list[PassedBefore]]:
    """Return the same for exams of one session, by exam; reads once for all (give exams with `carried` prefetched)."""
    waiting = [exam.person_id for exam in exams if exam.state == AttemptState.SCHEDULED]
    announced = counting(session, waiting) if waiting else {}
    return {
        exam.pk: announced.get(exam.person_id, [])
        if exam.state == AttemptState.SCHEDULED
        else _fixed(exam, session.scheme_version)
        for exam in exams
    }


def _fixed(exam: Attempt, version: SchemeVersion) -> list[PassedBefore]:
    fixed = [passed_before(one.run, version) for one in exam.carried.all()]
    return sorted(fixed, key=lambda one: one.run.stage.order)


def stages_to_hold(session: ExamSession, before: Iterable[PassedBefore]) -> list[Stage]:
    """Return the stages of an exam that are still to be held."""
    done = {one.run.stage_id for one in before}
    return [stage for stage in session.scheme_version.stages.order_by("order") if stage.pk not in done]


def _passed(version: SchemeVersion, persons: Iterable[int]) -> QuerySet[StageRun]:
    suspicions = BreachCase.objects.filter(attempt=OuterRef("attempt")).exclude(state=BreachState.DISMISSED)
    return (
        StageRun.objects.filter(attempt__person__in=list(persons), stage__version=version, passed=True)
        .filter(Q(attempt__state=AttemptState.STOPPED) | Q(attempt__state=AttemptState.RELEASED, attempt__passed=False))
        .exclude(Exists(suspicions))
        .select_related("stage", "attempt", "signed_off_by")
        .order_by("ended_at", "id")
    )
