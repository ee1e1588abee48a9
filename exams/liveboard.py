"""The officers' live board: how far each exam is, drawn up from what was read; pure code.

Nothing in it changes by the mere passing of time, but for a device that falls silent: the page counts minutes itself,
from the moments given here. So the board of two looks is the same as long as nothing happened, and is not sent again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from exams.models import Attempt, DeviceReport, HelpCall, Incident, Sheet, StageRun, paused_within
from exams.states import AttemptState, SheetState
from exams.times import exam_start
from schemes.models import Stage

SILENCE = timedelta(minutes=2)
"""A device not heard of for longer, while its stage runs, is said to be silent; it reports every 30 seconds."""
CLOCK_DIFFERENCE = timedelta(minutes=2)
"""A device's clock that is further off than this is shown."""
MINUTES_OF_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Seat:
    """How far one assessor is with a stage: counts, never marks."""

    sheet: int
    assessor: str
    state: str
    marked: int
    total: int
    unsent: int
    unsent_at: datetime | None
    silent_since: datetime | None
    was_heard: bool
    minutes_behind: int

    @property
    def is_open(self) -> bool:
        """Whether marks are still being made."""
        return self.state == SheetState.OPEN

    @property
    def is_complete(self) -> bool:
        """Whether every step has a mark."""
        return self.marked >= self.total

    @property
    def minutes_ahead(self) -> int:
        """By how many minutes the device's clock is fast; negative or 0 when it is not."""
        return -self.minutes_behind

    @property
    def is_days_off(self) -> bool:
        """Whether the device's clock is wrong by more than a day: then the minutes do not matter."""
        return abs(self.minutes_behind) > MINUTES_OF_A_DAY

    @property
    def is_alarming(self) -> bool:
        """Whether an officer should look after the device."""
        return bool(self.unsent or self.silent_since)


@dataclass(frozen=True, slots=True)
class StageLine:
    """A stage that has begun."""

    run: int
    code: str
    name: str
    started_at: datetime | None
    ended_at: datetime | None
    is_signed_off: bool
    minimum_at: datetime | None
    seats: tuple[Seat, ...]

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class Call:
    """A call for help that nobody has answered yet."""

    pk: int
    note: str
    called_by: str
    called_at: datetime


@dataclass(frozen=True, slots=True)
class ExamLine:
    """One exam. `ends_at` is when its time is over, interruptions so far not counted; None unless it is under way."""

    pk: int
    session: int
    place: str
    starts_at: datetime
    candidate: str
    state: str
    stages: tuple[StageLine, ...]
    next_stage: str
    ends_at: datetime | None
    paused_since: datetime | None
    call: Call | None

    @property
    def is_alarming(self) -> bool:
        """Whether an officer should look after it."""
        return bool(self.call or any(seat.is_alarming for stage in self.stages for seat in stage.seats))


@dataclass(frozen=True, slots=True)
class LiveBoard:
    """All exams that are shown."""

    exams: tuple[ExamLine, ...]

    @property
    def calls(self) -> list[ExamLine]:
        """The exams from which help is called, oldest call first."""
        calling = [(exam.call.called_at, exam) for exam in self.exams if exam.call]
        return [exam for _called_at, exam in sorted(calling, key=lambda pair: pair[0])]

    def number(self, *states: str) -> int:
        """Return how many exams are in these states."""
        return sum(1 for exam in self.exams if exam.state in states)

    @property
    def under_way(self) -> int:
        """How many exams are under way."""
        return self.number(AttemptState.IN_PROGRESS)

    @property
    def not_begun(self) -> int:
        """How many have not begun."""
        return self.number(AttemptState.SCHEDULED)

    @property
    def over(self) -> int:
        """How many are over, or did not take place."""
        return len(self.exams) - self.under_way - self.not_begun


def open_sheets(attempts: Iterable[Attempt]) -> list[int]:
    """Return the sheets whose marks have to be counted: a closed one says itself how many it has."""
    return [
        sheet.pk for attempt in attempts for run in attempt.stages.all() for sheet in run.sheets.all() if sheet.is_open
    ]


def live_board(attempts: Iterable[Attempt], marked: Mapping[int, int], now: datetime) -> LiveBoard:
    """Draw up the board; `marked` is how many steps of each open sheet have a mark (queries.board.marked_steps)."""
    return LiveBoard(tuple(_exam(attempt, marked, now) for attempt in attempts))


def _exam(attempt: Attempt, marked: Mapping[int, int], now: datetime) -> ExamLine:
    version = attempt.session.scheme_version
    totals = {stage.pk: getattr(stage, "total") for stage in version.stages.all()}  # noqa: B009 -- an annotation
    runs = list(attempt.stages.all())
    interruptions = list(attempt.incidents.all())
    to_come = _to_come(attempt, runs)
    is_timed = attempt.state == AttemptState.IN_PROGRESS and (to_come or any(run.is_running for run in runs))
    return ExamLine(
        pk=attempt.pk,
        session=attempt.session_id,
        place=attempt.session.place,
        starts_at=attempt.starts_at,
        candidate=str(attempt.person),
        state=attempt.state,
        stages=tuple(_stage(run, totals[run.stage_id], interruptions, marked, now) for run in runs),
        next_stage=str(to_come[0]) if to_come else "",
        ends_at=_shifted(exam_start(runs), version.exam_minutes, interruptions) if is_timed else None,
        paused_since=next((one.started_at for one in interruptions if one.ended_at is None), None),
        call=next((_call(call) for call in attempt.help_calls.all()), None),
    )


def _to_come(attempt: Attempt, runs: Sequence[StageRun]) -> list[Stage]:
    held = {run.stage_id for run in runs} | {one.run.stage_id for one in attempt.carried.all()}
    return [stage for stage in attempt.session.scheme_version.stages.all() if stage.pk not in held]


def _stage(
    run: StageRun, total: int, interruptions: Sequence[Incident], marked: Mapping[int, int], now: datetime
) -> StageLine:
    own = [one for one in interruptions if one.run_id == run.pk]
    return StageLine(
        run=run.pk,
        code=run.stage.code,
        name=run.stage.name,
        started_at=run.started_at,
        ended_at=run.ended_at,
        is_signed_off=run.is_signed_off,
        minimum_at=_shifted(run.started_at, run.stage.min_minutes, own) if run.is_running else None,
        seats=tuple(_seat(sheet, run, total, marked, now) for sheet in run.sheets.all()),
    )


def _shifted(start: datetime | None, minutes: int | None, interruptions: Sequence[Incident]) -> datetime | None:
    """Return when so many minutes have passed since `start`, the interruptions that are over not counted."""
    if start is None or minutes is None:
        return None
    pauses = [(one.started_at, one.ended_at) for one in interruptions if one.ended_at]
    latest = max((over for _begun, over in pauses if over), default=start)
    return start + timedelta(minutes=minutes) + paused_within(pauses, start, latest)


def _seat(sheet: Sheet, run: StageRun, total: int, marked: Mapping[int, int], now: datetime) -> Seat:
    devices = sorted(sheet.devices.all(), key=lambda device: device.seen_at)
    waiting = [device for device in devices if device.unsent]
    heard_at = devices[-1].seen_at if devices else run.started_at
    is_silent = sheet.is_open and run.is_running and heard_at is not None and now - heard_at > SILENCE
    return Seat(
        sheet=sheet.pk,
        assessor=str(sheet.assessor),
        state=sheet.state,
        marked=sheet.steps or marked.get(sheet.pk, 0),
        total=total,
        unsent=sum(device.unsent for device in waiting),
        unsent_at=waiting[-1].seen_at.replace(second=0, microsecond=0) if waiting else None,
        silent_since=heard_at if is_silent else None,
        was_heard=bool(devices),
        minutes_behind=_minutes_behind(devices),
    )


def _minutes_behind(devices: Sequence[DeviceReport]) -> int:
    """Return by how many minutes the clock that is furthest off is slow (negative: fast); 0 when all are right."""
    differences = [timedelta(milliseconds=device.skew_ms) for device in devices]
    furthest = max(differences, key=abs, default=timedelta())
    return round(furthest / timedelta(minutes=1)) if abs(furthest) > CLOCK_DIFFERENCE else 0


def _call(call: HelpCall) -> Call:
    return Call(pk=call.pk, note=call.note, called_by=str(call.called_by), called_at=call.called_at)
