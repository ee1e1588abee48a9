"""One assessor's sheet of a stage: what stands on it, and its canonical text."""

from dataclasses import dataclass

from exams.canonical import canonical_text, digest
from exams.marklog import Board, board
from exams.models import Sheet
from exams.queries.marks import checklist, events_of
from schemes.models import Step


@dataclass(frozen=True, slots=True)
class MarkedSheet:
    """A sheet with the steps of its stage and what stands on them."""

    sheet: Sheet
    steps: tuple[Step, ...]
    board: Board

    @property
    def marks(self) -> dict[str, bool]:
        """The marks by step code, as scoring takes them; a step that is unmarked, or differs, is absent."""
        marks = self.board.marks
        return {step.code: marks[step.pk] for step in self.steps if step.pk in marks}

    @property
    def unmarked(self) -> tuple[Step, ...]:
        """The steps without a mark that holds."""
        marks = self.board.marks
        return tuple(step for step in self.steps if step.pk not in marks)

    @property
    def differing(self) -> tuple[Step, ...]:
        """The steps on which the assessor's own devices differ, in the mark or in the comment."""
        places = {step_id for step_id, _kind in self.board.differing}
        return tuple(step for step in self.steps if step.pk in places)

    @property
    def is_complete(self) -> bool:
        """Whether every step has a mark, and nothing differs."""
        return not self.unmarked and not self.board.differing

    @property
    def text(self) -> str:
        """The canonical text (exams.canonical); raises KeyError while a step is unmarked."""
        comments = {}
        for step in (None, *self.steps):
            event = self.board.comment(step.pk if step else None)
            if event:
                comments[step.code if step else None] = (event.audience, event.text)
        codes = [step.code for step in self.steps]
        return canonical_text(self.sheet.run_id, self.sheet.assessor_id, codes, self.marks, comments)

    @property
    def digest(self) -> str:
        """The SHA-256 of the canonical text; raises KeyError while a step is unmarked."""
        return digest(self.text)


def board_of(sheet: Sheet) -> Board:
    """Return what stands on a sheet."""
    return board(events_of(sheet))


def marked_sheet(sheet: Sheet) -> MarkedSheet:
    """Return a sheet with all that stands on it."""
    return MarkedSheet(sheet, tuple(checklist(sheet.run)), board_of(sheet))
