"""The checklist of a stage as a table: the panel's mark, everybody's own, and what was said of a step beneath it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from exams.documents.kinds import AmendmentState, SeatRole, SheetState
from exams.documents.snapshots import SeatSnapshot
from exams.documents.stage_snapshots import (
    AmendmentSnapshot,
    CommentSnapshot,
    CriticalNoteSnapshot,
    SettlementSnapshot,
    SheetSnapshot,
    StageSnapshot,
    StepSnapshot,
)
from exams.documents.wording import MARKS, SIGNS, Words, day_and_time, said

Signs = Mapping[int, str]
"""The short sign of each assessor, as the panel's table introduces it: Q1, Q2, ..."""

MOST_ASSESSORS = 7
"""Beyond them columns grow no narrower: no scheme asks for half as many."""

LONGEST_WHOLE = 20
"""Line breaks in a note that is kept together: with its 2000 characters it still fits on a page."""


@dataclass(frozen=True)
class Cell:
    """A mark in the table; `differs` where an assessor saw it otherwise than the panel."""

    value: bool | None
    minute: int | None = None
    differs: bool = False

    @property
    def sign(self) -> str:
        """Its shape."""
        return SIGNS[self.value]

    @property
    def words(self) -> Words:
        """Its name."""
        return MARKS[self.value]


@dataclass(frozen=True)
class Note:
    """Something said beneath a step, or of the stage: by whom, what it is, and the words themselves."""

    what: Words
    text: str
    who: str = ""
    minute: int | None = None
    weighty: bool = False

    @property
    def is_long(self) -> bool:
        """Whether it may take more than a page, so that it has to be broken over two."""
        return self.text.count("\n") > LONGEST_WHOLE


@dataclass(frozen=True)
class Row:
    """A step with its marks and the notes that stand beneath it."""

    step: StepSnapshot
    panel: Cell
    cells: tuple[Cell, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Checklist:
    """The table: `columns` are the signs of the assessors, none where one assessor's marks are the panel's."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def crowd(self) -> int:
        """How many assessors share the room beside the statements; the style sheet knows up to seven."""
        return min(len(self.columns), MOST_ASSESSORS)

    @property
    def span(self) -> int:
        """How many columns a note spans: the statement, the panel's mark, and everybody's."""
        return 2 + len(self.columns)


def seat_signs(panel: Iterable[SeatSnapshot]) -> Signs:
    """Number those who assess, in the order of their seats: Q1, Q2, ... Observers have no sign: they never mark."""
    assessors = [seat for seat in panel if seat.role is not SeatRole.OBSERVER]
    return {seat.key: f"Q{number}" for number, seat in enumerate(assessors, 1)}


def checklist_of(stage: StageSnapshot, signs: Signs) -> Checklist:
    """Lay out the checklist of a stage."""
    sheets = [sheet for sheet in stage.sheets if _has_marks(sheet)]
    first = _first_marks(stage)
    alone = len(sheets) == 1 and not any(
        mark.value != first[mark.step] for mark in sheets[0].marks if mark.value is not None
    )
    return Checklist(
        columns=() if alone else tuple(signs.get(sheet.assessor, "") for sheet in sheets),
        rows=tuple(_row(step, stage, sheets, alone=alone, first=first[step.code], signs=signs) for step in stage.steps),
    )


def stage_notes(stage: StageSnapshot, signs: Signs) -> tuple[Note, ...]:
    """Return the comments on the stage as a whole."""
    return tuple(_comment(one, sheet, signs) for sheet in stage.sheets for one in sheet.comments if not one.step)


def _has_marks(sheet: SheetSnapshot) -> bool:
    marked = any(mark.value is not None for mark in sheet.marks)
    return marked or sheet.state in {SheetState.OPEN, SheetState.SEALED}


def _first_marks(stage: StageSnapshot) -> dict[str, bool | None]:
    """Return the panel's marks as they were before any amendment: what the assessors' own are compared with."""
    first = {step.code: step.mark for step in stage.steps}
    for amendment in reversed(stage.amendments):
        if amendment.state is AmendmentState.APPROVED:
            first[amendment.step] = amendment.first
    return first


def _row(
    step: StepSnapshot,
    stage: StageSnapshot,
    sheets: list[SheetSnapshot],
    *,
    alone: bool,
    first: bool | None,
    signs: Signs,
) -> Row:
    cells = tuple(_cell(step, sheet, first) for sheet in sheets)
    minute = cells[0].minute if alone else None
    return Row(step, Cell(step.mark, minute), () if alone else cells, tuple(_notes(step, stage, signs)))


def _cell(step: StepSnapshot, sheet: SheetSnapshot, first: bool | None) -> Cell:  # noqa: FBT001 -- a mark
    for mark in sheet.marks:
        if mark.step == step.code:
            differs = None not in {mark.value, first} and mark.value != first
            return Cell(mark.value, mark.minute if mark.value is not None else None, differs)
    return Cell(None)


def _notes(step: StepSnapshot, stage: StageSnapshot, signs: Signs) -> Iterable[Note]:
    for sheet in stage.sheets:
        yield from (_comment(one, sheet, signs) for one in sheet.comments if one.step == step.code)
    yield from (_critical_note(one, signs) for one in stage.critical_notes if one.step == step.code)
    yield from (_settlement(one) for one in stage.settlements if one.step == step.code)
    yield from (_amended(one) for one in stage.amendments if one.step == step.code)


def _comment(comment: CommentSnapshot, sheet: SheetSnapshot, signs: Signs) -> Note:
    audience = said(comment.audience)
    what = Words(f"rəy, {audience.az}", f"comment, {audience.en}")
    return Note(what, comment.text, signs.get(sheet.assessor, ""), comment.minute)


def _critical_note(note: CriticalNoteSnapshot, signs: Signs) -> Note:
    what = Words("həlledici addım üzrə izah", "note on a critical step")
    return Note(what, note.note, signs.get(note.assessor, ""))


def _settlement(settlement: SettlementSnapshot) -> Note:
    sign, words, when = SIGNS[settlement.value], MARKS[settlement.value], day_and_time(settlement.settled_at)
    what = Words(f"fərq həll edilib: {sign} {words.az}", f"difference settled: {words.en}")
    return Note(what, settlement.reason, f"Heyət ({settlement.settled_by}, {when})", weighty=True)


def _amended(amendment: AmendmentSnapshot) -> Note:
    change, state = f"{SIGNS[amendment.first]} → {SIGNS[amendment.value]}", said(amendment.state)
    what = Words(f"düzəliş {change}, {state.az.lower()}", f"amendment, {state.en.lower()}; see below")
    return Note(what, "", weighty=True)
