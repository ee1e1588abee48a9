"""What a panel says: its assessors' sealed marks side by side, where they differ, and the mark that counts."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from exams.models import Amendment, MarkEvent, Settlement, Sheet
from schemes.models import Step


@dataclass(frozen=True, slots=True)
class SealedMark:
    """One assessor's sealed mark of a step, with the comment and the minute of the session.

    `note` is the assessor's confirmation of a critical step marked as not met, where the scheme hid which are.
    """

    sheet: Sheet
    value: bool | None
    minute: int | None
    comment: MarkEvent | None
    note: str = ""

    @property
    def badge(self) -> str:
        """The mark as its badge names it."""
        return mark_word(self.value)


@dataclass(frozen=True, slots=True)
class PanelStep:
    """A step with every assessor's sealed mark, the panel's settlement if they differ, and later amendments."""

    step: Step
    marks: tuple[SealedMark, ...] = ()
    settlement: Settlement | None = None
    amendments: Sequence[Amendment] = field(default=())

    @property
    def agreed(self) -> bool:
        """Whether every assessor marked alike."""
        values = {mark.value for mark in self.marks}
        return len(values) == 1 and None not in values

    @property
    def is_open(self) -> bool:
        """Whether the panel still has to settle a difference."""
        return bool(self.marks) and not self.agreed and self.settlement is None

    @property
    def agreement(self) -> str:
        """Whether the assessors agree, as its badge names it: agreed, settled by the panel, or open."""
        if self.settlement:
            return "settled"
        return "agreed" if self.agreed else "open"

    @property
    def first_value(self) -> bool | None:
        """The mark at sign-off: the panel's word, or what all assessors marked; None before there is one."""
        if self.settlement:
            return self.settlement.value
        return self.marks[0].value if self.agreed else None

    @property
    def first_badge(self) -> str:
        """The mark at sign-off as its badge names it."""
        return mark_word(self.first_value)

    @property
    def value(self) -> bool | None:
        """The mark that counts now: the last approved amendment, or the first mark."""
        return self.amendments[-1].value if self.amendments else self.first_value

    @property
    def badge(self) -> str:
        """The mark that counts as its badge names it."""
        return mark_word(self.value)

    @property
    def comments(self) -> tuple[SealedMark, ...]:
        """The marks that carry a comment."""
        return tuple(mark for mark in self.marks if mark.comment)


def mark_word(value: bool | None) -> str:  # noqa: FBT001 -- the value of a column
    """Return the name of a mark's badge."""
    return {True: "met", False: "not_met", None: "unmarked"}[value]


def values(steps: Sequence[PanelStep]) -> dict[str, bool]:
    """Return the marks that count by step code, as scoring takes them."""
    return {one.step.code: one.value for one in steps if one.value is not None}
