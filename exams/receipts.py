"""The receipt of a sealed sheet, counted again from the log."""

from dataclasses import dataclass

from exams.models import Sheet
from exams.sheets import MarkedSheet, marked_sheet


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was stored when an assessor sealed their marks, and what the log says of it at this moment."""

    found: MarkedSheet

    @property
    def sheet(self) -> Sheet:
        """The sealed sheet."""
        return self.found.sheet

    @property
    def stored(self) -> int:
        """How many steps have a mark in the log now."""
        return len(self.found.marks)

    @property
    def total(self) -> int:
        """How many steps were sealed."""
        return self.sheet.steps or 0

    @property
    def counted(self) -> str:
        """The digest computed from the log now; "" while a step has no mark, so that there is none."""
        return self.found.digest if self.found.is_complete else ""

    @property
    def agrees(self) -> bool:
        """Whether the log still says what was sealed."""
        return self.stored == self.total and self.counted == self.sheet.digest

    @property
    def badge(self) -> str:
        """Whether it agrees, as its badge names it."""
        return "agrees" if self.agrees else "differs"


def receipt_of(sheet: Sheet) -> Receipt:
    """Return the receipt of a sealed sheet; the log is read and counted anew."""
    return Receipt(marked_sheet(sheet))
