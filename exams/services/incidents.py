"""What happens at an exam besides marking: recorded with its time, never changed; interruptions end once."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from core.errors import RuleViolation
from core.transitions import locked
from exams.models import Attempt, Incident, StageRun
from exams.queries.attempts import stage_runs
from exams.queries.sessions import start_of_day
from exams.services.breaches import open_case
from exams.services.guards import need_recorder, need_session_day, stated
from exams.states import AttemptState, IncidentKind

LATE_AFTER = timedelta(minutes=10)
"""From how long after its time on the start of an exam is recorded as late: the body's choice, no source names one."""

RECORDED_ON_THE_DAY = frozenset(
    {AttemptState.SCHEDULED, AttemptState.IN_PROGRESS, AttemptState.MARKED, AttemptState.STOPPED}
)
# In which states of the exam each kind is recorded by hand. A suspicion may come up when the result is out already; it
# then keeps the decision on certification waiting.
_STATES = {
    IncidentKind.EQUIPMENT: RECORDED_ON_THE_DAY,
    IncidentKind.OTHER: RECORDED_ON_THE_DAY,
    IncidentKind.CHEATING: RECORDED_ON_THE_DAY | {AttemptState.RELEASED},
}


@transaction.atomic
def record_incident(attempt: Attempt, *, kind: str, note: str, at: datetime | None = None, actor: User) -> Incident:
    """Record what happened (equipment, other, cheating), now or at an earlier moment; cheating opens a breach case.

    It is tied to the stage that was under way at that moment.
    Raises `NotAllowed` "recorder"; `RuleViolation` "kind", "reason", "reason_length", "state" when the exam does not
    take place or its result is out, "concluded" when the application is, "future", "day" before the day of the exam.
    """
    need_recorder(actor, attempt)
    if kind not in _STATES:
        raise RuleViolation(_("Choose what happened."), code="kind")
    note = stated(note)
    attempt = locked(attempt)
    if attempt.state not in _STATES[IncidentKind(kind)]:
        raise RuleViolation(_("The exam does not take place, or its result is already released."), code="state")
    if attempt.application.concluded_at:
        raise RuleViolation(_("The application is concluded: nothing can be added to its exam."), code="concluded")
    moment = _moment(attempt, at)
    incident = _write(attempt, IncidentKind(kind), note, moment, run_at(attempt, moment), actor)
    if kind == IncidentKind.CHEATING:
        open_case(incident, actor=actor)
    return incident


@transaction.atomic
def interrupt(attempt: Attempt, *, note: str, at: datetime | None = None, actor: User) -> Incident:
    """Interrupt an exam now, or from an earlier moment on: until it is resumed, no time counts.

    Raises `NotAllowed` "recorder"; `RuleViolation` "reason", "reason_length", "state" unless the exam is under way,
    "day", "interrupted" the second time, "over" when every stage has ended, "future", "moment" before the last start
    or end of a stage or of an interruption.
    """
    need_recorder(actor, attempt)
    note = stated(note)
    attempt = locked(attempt)
    if attempt.state != AttemptState.IN_PROGRESS:
        raise RuleViolation(_("The exam is not under way: there is nothing to interrupt."), code="state")
    need_session_day(attempt)
    if open_interruption(attempt):
        raise RuleViolation(_("The exam is already interrupted."), code="interrupted")
    runs = [run for _stage, run in stage_runs(attempt)]
    if all(run is not None and run.ended_at for run in runs):
        raise RuleViolation(_("Every stage has ended: there is nothing to interrupt."), code="over")
    moment = _after_last_event(attempt, _moment(attempt, at))
    run = next((run for run in runs if run is not None and run.is_running), None)
    return _write(attempt, IncidentKind.INTERRUPTION, note, moment, run, actor)


@transaction.atomic
def resume(attempt: Attempt, *, actor: User) -> Incident:
    """Go on with an interrupted exam: its time counts again from now on.

    Raises `NotAllowed` "recorder"; `RuleViolation` "not_interrupted".
    """
    need_recorder(actor, attempt)
    attempt = locked(attempt)
    ended = end_interruption(attempt, at=timezone.now(), actor=actor)
    if ended is None:
        raise RuleViolation(_("The exam is not interrupted."), code="not_interrupted")
    return ended


def open_interruption(attempt: Attempt) -> Incident | None:
    """Return the interruption that lasts, or None."""
    return attempt.incidents.filter(kind=IncidentKind.INTERRUPTION, ended_at=None).first()


def end_interruption(attempt: Attempt, *, at: datetime, actor: User) -> Incident | None:
    """End the interruption that lasts, if there is one; the caller holds the lock of the exam.

    So does whatever shows that the exam goes on, or is over: a stage that starts or ends, and stopping the exam.
    """
    current = open_interruption(attempt)
    if current is None:
        return None
    current.ended_at, current.ended_by = max(at, current.started_at), actor
    current.save(update_fields=["ended_at", "ended_by"])
    record(
        actor=actor,
        verb="attempt.resume",
        obj=current,
        after={"ended_at": current.ended_at},
        related=[attempt, attempt.session],
    )
    return current


def record_late_start(run: StageRun, *, reason: str, actor: User) -> Incident | None:
    """Record that the first stage of an exam started late, if it did; the caller holds the lock of the exam."""
    attempt = run.attempt
    if run.started_at is None or not is_late(attempt, run.started_at):
        return None
    note = stated(reason) if reason.strip() else ""
    return _write(attempt, IncidentKind.LATE_START, note, run.started_at, run, actor)


def is_late(attempt: Attempt, moment: datetime) -> bool:
    """Tell whether a first stage that starts at `moment` starts late."""
    return moment > attempt.starts_at + LATE_AFTER


def record_stop(attempt: Attempt, *, reason: str, moment: datetime, run: StageRun | None, actor: User) -> Incident:
    """Record that an exam was stopped; the caller holds its lock and moves it."""
    return _write(attempt, IncidentKind.STOPPED, reason, moment, run, actor)


def run_at(attempt: Attempt, moment: datetime) -> StageRun | None:
    """Return the stage that was under way at a moment, or None."""
    for run in attempt.stages.all():
        if run.started_at and run.started_at <= moment and (run.ended_at is None or moment <= run.ended_at):
            return run
    return None


def _write(
    attempt: Attempt, kind: IncidentKind, note: str, moment: datetime, run: StageRun | None, actor: User
) -> Incident:
    incident = Incident.objects.create(
        attempt=attempt, run=run, kind=kind, note=note, started_at=moment, recorded_by=actor
    )
    record(
        actor=actor,
        verb="attempt.incident",
        obj=incident,
        after={"kind": kind, "started_at": moment, "stage": run.stage.code if run else None},
        reason=note,
        related=[attempt, attempt.session],
    )
    return incident


def _moment(attempt: Attempt, at: datetime | None) -> datetime:
    """Return the moment given, or now; raise "future" or "day" for one at which it cannot have happened."""
    now = timezone.now()
    moment = at or now
    if moment > now:
        raise RuleViolation(_("This moment lies in the future."), code="future")
    if moment < start_of_day(attempt.starts_at):
        raise RuleViolation(_("This lies before the day of the exam."), code="day")
    return moment


def _after_last_event(attempt: Attempt, moment: datetime) -> datetime:
    """Return a moment after the last start or end, so that no time is taken off twice; raise "moment" for one before.

    People give moments to the minute: one within the minute of the last event is taken as that event's.
    """
    runs = [time for run in attempt.stages.all() for time in (run.started_at, run.ended_at) if time]
    pauses = [one.ended_at for one in attempt.incidents.filter(kind=IncidentKind.INTERRUPTION) if one.ended_at]
    last = max([*runs, *pauses], default=moment)
    if moment < last.replace(second=0, microsecond=0):
        raise RuleViolation(
            _("The interruption cannot begin before the last stage or interruption began or ended, at %(time)s.")
            % {"time": timezone.localtime(last).strftime("%H:%M")},
            code="moment",
        )
    return max(moment, last)
