"""Taking in what devices send: marks and comments, each stored once, whatever is sent again, late or out of order.

Nothing is lost: an event is called stored only when its row is read back in the transaction that is committed before
the answer leaves; until then the device keeps it and sends it again, and it is recognised by its identifier. Nothing
happens twice: the identifier is the primary key. Nothing is overwritten: rows are only ever inserted. The sheet's row
is locked, so that a mark and the sealing of the sheet at the same moment come one after the other; a mark that comes
after is refused, and the device shows it.

A save is four statements in one transaction: the sheet with all that decides about the marks, locked; one insert of
all rows, which passes over those that are there; the sheet's events, which tell what became of each; the device's
report. Each stage has a transaction of its own, and a refusal in one does not touch another.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import RuleViolation
from core.integrity import constraint_errors
from exams.marklog import Board, Place, board
from exams.models import MarkEvent, Sheet
from exams.wire import Batch, Refused, SentEvent

EARLIEST = timedelta(days=1)
LATEST = timedelta(hours=1)
"""How far before the start of the stage, and after now, the moment of a mark may lie."""

NOT_YOURS = _("These marks are not yours to make: you do not assess this exam.")
SEALED = _("The marks are sealed: nothing can be added to them.")
CLOSED = _("Your marking of this stage has ended: nothing can be added to it.")
NOT_ON_PANEL = _("Only an assessor of the session's panel who has no interest in the candidate may do this.")
NOT_STARTED = _("The stage has not been started.")
CLOCK = _("The clock of the device is far off: by it, the mark was not made during this exam.")
ID_TAKEN = _("Another mark has the same identifier.")
SEQUENCE = _("Another mark of this device has the same number.")

# This is the busiest place of the project, a hundred assessors at once: what the ORM would put together anew for each
# mark, though it is always the same, is written out. Who may assess is the rule that the triggers keep as well.
_LOCKED_SHEET = """
    SELECT s.*, r.started_at, exams_may_assess(r.attempt_id, s.assessor_id) AS may_mark,
        (SELECT coalesce(json_object_agg(t.code, t.id), '{}')::text FROM schemes_step t
         WHERE t.stage_id = r.stage_id AND t.code = ANY (%s::text[])) AS named
    FROM exams_sheet s JOIN exams_stagerun r ON r.id = s.run_id
    WHERE s.run_id = %s AND s.assessor_id = %s
    FOR NO KEY UPDATE OF s
"""
_EVENTS = "SELECT * FROM exams_markevent WHERE sheet_id = %s ORDER BY received_at, seq"
_REPORT = """
    INSERT INTO exams_devicereport (sheet_id, device, skew_ms, seen_at, unsent)
    SELECT one.sheet, %s::uuid, %s, %s, one.unsent FROM unnest(%s::bigint[], %s::int[]) AS one (sheet, unsent)
    ON CONFLICT (sheet_id, device)
    DO UPDATE SET unsent = excluded.unsent, skew_ms = excluded.skew_ms, seen_at = excluded.seen_at
"""

Problem = tuple[str, str | Promise]
"""Why an event cannot be stored: the code, and the words."""


@dataclass(slots=True)
class Taken:
    """What became of the events of one sheet, by identifier and by place in the batch; `board` is what stands now."""

    sheet: Sheet | None
    stored: list[UUID] = field(default_factory=list)
    new: set[int] = field(default_factory=set)
    refused: list[Refused] = field(default_factory=list)
    board: Board = field(default_factory=lambda: Board({}))
    touched: dict[Place, UUID] = field(default_factory=dict)

    @property
    def unknown(self) -> list[MarkEvent]:
        """What stands on the places touched and is not just what the device sent last."""
        found = [(last, self.board.heads.get(place, ())) for place, last in self.touched.items()]
        return [event for last, heads in found if [head.pk for head in heads] != [last] for event in heads]


def take_in(batch: Batch, *, actor: User, taken_in_by: User | None = None) -> dict[int, Taken]:
    """Store the events of a batch, stage by stage, and note how the device stands; `actor` is their author.

    `taken_in_by` is the officer who brings them in a file; the device itself has then not been heard of.
    Returns what became of them by stage; what could not even be read is in `batch.refused`.
    """
    by_run: dict[int, list[SentEvent]] = defaultdict(list)
    for event in batch.events:
        by_run[event.run].append(event)
    taken = {run: _take_in(run, by_run[run], batch, actor, taken_in_by) for run in sorted(by_run)}
    others = batch.unsent.keys() - by_run.keys()
    if others and taken_in_by is None:
        own = Sheet.objects.filter(run__in=others, assessor=actor).order_by("pk")
        _note_device(dict(own.values_list("pk", "run")), batch)
    return taken


def _take_in(run: int, events: Sequence[SentEvent], batch: Batch, actor: User, taken_in_by: User | None) -> Taken:
    """Store one stage's events; when the database refuses, e.g. a seat left at this moment, look again and say so."""
    try:
        with constraint_errors({"exams_mark_by_panel": NOT_ON_PANEL, "exams_marked_while_open": CLOSED}):
            return _attempt(run, events, batch, actor, taken_in_by)
    except RuleViolation:
        with transaction.atomic():
            return _attempt(run, events, batch, actor, taken_in_by)


def _attempt(run: int, events: Sequence[SentEvent], batch: Batch, actor: User, taken_in_by: User | None) -> Taken:
    sheet = _locked_sheet(run, actor, {event.step for event in events})
    if sheet is None:
        return Taken(None, refused=[_refuse(event, ("run", NOT_YOURS)) for event in events])
    taken = _store(sheet, events, batch.device, taken_in_by)
    if taken_in_by is None:
        _note_device({sheet.pk: sheet.run_id}, batch)
    return taken


def _locked_sheet(run: int, actor: User, codes: Iterable[str | None]) -> Sheet | None:
    """Return the author's sheet of the stage, locked against sealing, with all that decides about what is sent.

    `may_mark` tells whether they may mark on it, `started_at` when the stage began, and `named` has the keys of those
    of the steps `codes` that the stage has.
    """
    named = [code for code in codes if code is not None]
    return next(iter(Sheet.objects.raw(_LOCKED_SHEET, [named, run, actor.pk])), None)


def _store(sheet: Sheet, events: Sequence[SentEvent], device: UUID, taken_in_by: User | None) -> Taken:
    """Insert what may be stored, then read what is there: a row that is not there was refused, and this says why."""
    steps: dict[str | None, int | None] = {None: None}
    steps.update(json.loads(getattr(sheet, "named")))  # noqa: B009 -- a column of the query
    problems = {event.index: _problem(sheet, event, steps) for event in events}
    rows = {
        event.index: _row(sheet, event, steps[event.step], device, taken_in_by)
        for event in events
        if event.step in steps
    }
    MarkEvent.objects.bulk_create([row for index, row in rows.items() if not problems[index]], ignore_conflicts=True)
    there = list(MarkEvent.objects.raw(_EVENTS, [sheet.pk]))
    taken = Taken(sheet, board=board(there))
    known = {row.pk: row for row in there}
    numbers = {(row.device, row.seq) for row in there}
    for event in events:
        row = rows.get(event.index)
        found = known.get(event.id)
        if row and found and _says_the_same(found, row):
            _note_stored(taken, event, found, row)
        else:
            unstored = ("sequence", SEQUENCE) if (device, event.seq) in numbers else ("id_taken", ID_TAKEN)
            problem = ("id_taken", ID_TAKEN) if found else problems[event.index] or unstored
            taken.refused.append(_refuse(event, problem))
    return taken


def _note_stored(taken: Taken, event: SentEvent, found: MarkEvent, row: MarkEvent) -> None:
    taken.stored.append(event.id)
    taken.touched[found.step_id, found.kind] = found.pk
    # The row got its moment when it was inserted just now; one that was there before has another.
    if found.received_at == row.received_at:
        taken.new.add(event.index)


def _problem(sheet: Sheet, event: SentEvent, steps: dict[str | None, int | None]) -> Problem | None:
    """Return why the event cannot be stored if it is not there yet."""
    if event.step not in steps:
        return "step", _("The step %(code)s is not in this stage.") % {"code": str(event.step)[:30]}
    if not sheet.is_open:
        return "sealed", SEALED if sheet.is_sealed else CLOSED
    if not getattr(sheet, "may_mark"):  # noqa: B009 -- a column of the query
        return "panel", NOT_ON_PANEL
    started = getattr(sheet, "started_at")  # noqa: B009 -- a column of the query
    if started is None:
        return "not_started", NOT_STARTED
    if not _is_plausible(event, started):
        return "clock", CLOCK
    return None


def _is_plausible(event: SentEvent, started: datetime) -> bool:
    try:
        return started - EARLIEST <= event.moment <= timezone.now() + LATEST
    except OverflowError:
        return False


def _row(sheet: Sheet, event: SentEvent, step: int | None, device: UUID, taken_in_by: User | None) -> MarkEvent:
    return MarkEvent(
        id=event.id,
        sheet=sheet,
        step_id=step,
        kind=event.kind,
        value=event.value,
        text=event.text,
        audience=event.audience,
        device=device,
        seq=event.seq,
        minute=event.minute,
        device_time=event.at,
        skew_ms=event.skew_ms,
        replaces=list(event.replaces),
        author_id=sheet.assessor_id,
        taken_in_by=taken_in_by,
    )


_MADE = ("step_id", "kind", "value", "text", "audience", "device", "seq", "replaces")


def _says_the_same(known: MarkEvent, sent: MarkEvent) -> bool:
    """Tell whether what is stored under the identifier is what was sent; who brought it does not matter."""
    return all(getattr(known, name) == getattr(sent, name) for name in _MADE)


def _refuse(event: SentEvent, problem: Problem) -> Refused:
    code, message = problem
    return Refused(event.index, str(event.id), code, message)


def _note_device(sheets: Mapping[int, int], batch: Batch) -> None:
    """Keep what the device says of itself, by sheet and run, for the officer's live board."""
    now = timezone.now()
    skew = round(now.timestamp() * 1000) - batch.now
    unsent = [batch.unsent.get(run, 0) for run in sheets.values()]
    with connection.cursor() as cursor:
        cursor.execute(_REPORT, [str(batch.device), skew, now, list(sheets), unsent])
