"""What the papers of an exam print of a stage: its checklist, everybody's marks, and what became of them.

The rules of the format are those of `snapshots`.
"""

from dataclasses import dataclass
from datetime import date, datetime

from core.snapshots import Snapshot, SnapshotError
from exams.documents.kinds import AmendmentState, Audience, ClientKind, SheetState
from exams.scoring import StageVerdict


@dataclass(frozen=True, kw_only=True)
class StepSnapshot(Snapshot):
    """A step of the checklist. `mark` is the panel's mark that holds now: settled and amended; None without one."""

    code: str
    critical: bool
    statement_az: str
    statement_en: str
    mark: bool | None


@dataclass(frozen=True, kw_only=True)
class MarkSnapshot(Snapshot):
    """An assessor's own mark of a step, with the minute of the session; None for a cleared mark."""

    step: str
    value: bool | None
    minute: int | None = None


@dataclass(frozen=True, kw_only=True)
class CommentSnapshot(Snapshot):
    """A comment on a step, or on the whole stage where `step` is ""."""

    text: str
    audience: Audience
    step: str = ""
    minute: int | None = None


@dataclass(frozen=True, kw_only=True)
class ReceiptSnapshot(Snapshot):
    """What the server signed off: `stored` of `total` steps, at what time, and the short code of the digest."""

    stored: int
    total: int
    at: datetime
    code: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class SheetSnapshot(Snapshot):
    """One assessor's marks of a stage. `closed_*` tell of an abstention or a hand-over; `receipt` of a sealed sheet."""

    assessor: int
    state: SheetState
    marks: tuple[MarkSnapshot, ...] = ()
    comments: tuple[CommentSnapshot, ...] = ()
    receipt: ReceiptSnapshot | None = None
    closed_at: datetime | None = None
    closed_by: str = ""
    closed_reason: str = ""


@dataclass(frozen=True, kw_only=True)
class SettlementSnapshot(Snapshot):
    """The panel's word on a step that its assessors marked differently."""

    step: str
    value: bool
    reason: str
    settled_by: str
    settled_at: datetime


@dataclass(frozen=True, kw_only=True)
class CriticalNoteSnapshot(Snapshot):
    """An assessor's note on a critical step that they had marked as not met before they knew it to be critical."""

    assessor: int
    step: str
    note: str


@dataclass(frozen=True, kw_only=True)
class AmendmentSnapshot(Snapshot):
    """A change of the panel's mark after sign-off, or the proposal of one.

    `first` is the mark before, `value` the mark proposed; `passed_before` and `passed_after` the verdict of the exam.
    """

    step: str
    first: bool | None
    value: bool
    why: str
    proposed_by: str
    proposed_at: datetime
    state: AmendmentState
    evidence: str = ""
    file_name: str = ""
    settled_by: str = ""
    settled_at: datetime | None = None
    settled_reason: str = ""
    passed_before: bool | None = None
    passed_after: bool | None = None


@dataclass(frozen=True, kw_only=True)
class PauseSnapshot(Snapshot):
    """An interruption of a stage, whose time does not count; `ended_at` is None where it was never resumed."""

    started_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class CarriedSnapshot(Snapshot):
    """The earlier exam in which a stage was passed that still counts."""

    exam: int
    held_at: datetime
    counts_until: date | None = None


@dataclass(frozen=True, kw_only=True)
class VerdictSnapshot(Snapshot):
    """The verdict on a stage: the fields of `exams.scoring.StageVerdict` (`VerdictSnapshot(**asdict(verdict))`)."""

    met: int
    total: int
    missed_critical: tuple[str, ...]
    unmarked: tuple[str, ...]
    threshold_percent: int
    all_critical: bool

    def scored(self) -> StageVerdict:
        """Return the verdict itself, which can explain what it says."""
        return StageVerdict(
            met=self.met,
            total=self.total,
            missed_critical=self.missed_critical,
            unmarked=self.unmarked,
            threshold_percent=self.threshold_percent,
            all_critical=self.all_critical,
        )


@dataclass(frozen=True, kw_only=True)
class StageSnapshot(Snapshot):
    """A stage of an exam. `duration_seconds` is without the pauses; `verdict` is None while it has not begun.

    `steps` are in the order of the checklist, `sheets` in the order of the panel's seats, `amendments` from the oldest.
    A stage that was not held keeps `started_at` None; `carried` then tells from which exam it counts, if it does.
    """

    code: str
    name_az: str
    name_en: str
    steps: tuple[StepSnapshot, ...]
    min_minutes: int | None = None
    scenario: str = ""
    client: ClientKind | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    pauses: tuple[PauseSnapshot, ...] = ()
    duration_seconds: int | None = None
    sheets: tuple[SheetSnapshot, ...] = ()
    settlements: tuple[SettlementSnapshot, ...] = ()
    critical_notes: tuple[CriticalNoteSnapshot, ...] = ()
    amendments: tuple[AmendmentSnapshot, ...] = ()
    verdict: VerdictSnapshot | None = None
    carried: CarriedSnapshot | None = None
    signed_off_at: datetime | None = None
    signed_off_by: str = ""

    def __post_init__(self) -> None:
        """Refuse what refers to a step that the stage does not have: it would not be printed."""
        known = {step.code for step in self.steps}
        named = [
            *(one.step for one in self.settlements),
            *(one.step for one in self.critical_notes),
            *(one.step for one in self.amendments),
            *(mark.step for sheet in self.sheets for mark in sheet.marks),
            *(comment.step for sheet in self.sheets for comment in sheet.comments if comment.step),
        ]
        if strange := [code for code in named if code not in known]:
            raise SnapshotError(f"StageSnapshot {self.code}: no step {strange[0]}")
