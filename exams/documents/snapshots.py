"""What the papers of an exam print, frozen as JSON when a paper is asked for.

The field names are the file format: a new field needs a default, and none is ever renamed. Names of people are written
as they are to be printed. Members of the panel are told apart by `key`, steps by `code` within their stage. Text that
is not known is "", and what has not happened is None.
"""

from dataclasses import dataclass
from datetime import date, datetime

from core.snapshots import Snapshot, SnapshotError
from exams.documents.kinds import (
    BreachState,
    ExamState,
    IdentityDocument,
    IncidentKind,
    Outcome,
    SeatRole,
    SessionState,
    TimeRule,
)
from exams.documents.stage_snapshots import StageSnapshot


@dataclass(frozen=True, kw_only=True)
class BodySnapshot(Snapshot):
    """The certification body as it is named on the day. E-mail and telephone may be empty."""

    name_az: str
    name_en: str
    short_name: str
    address_az: str
    address_en: str
    site: str
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, kw_only=True)
class SchemeSnapshot(Snapshot):
    """The scheme and the version of it that the exam was held under."""

    code: str
    version: int
    name_az: str
    name_en: str
    level: int
    exam_minutes: int
    assessors_required: int
    hide_critical: bool = False


@dataclass(frozen=True, kw_only=True)
class SessionSnapshot(Snapshot):
    """When and where the exams were held. `state_reason` says why a session was cancelled."""

    number: int
    starts_at: datetime
    place: str
    state: SessionState
    capacity: int
    state_reason: str = ""


@dataclass(frozen=True, kw_only=True)
class SeatSnapshot(Snapshot):
    """A seat on the panel, in the order of printing. `substitutes` names whose seat it took over, if anybody's."""

    key: int
    name: str
    role: SeatRole
    left_at: datetime | None = None
    left_reason: str = ""
    substitutes: str = ""


@dataclass(frozen=True, kw_only=True)
class CandidateSnapshot(Snapshot):
    """The candidate. `patronymic` includes oğlu or qızı."""

    surname: str
    given_name: str
    patronymic: str = ""
    fin: str = ""
    date_of_birth: date | None = None

    @property
    def full(self) -> str:
        """Surname, given name, patronymic: the official order."""
        return " ".join(part for part in (self.surname, self.given_name, self.patronymic) if part)


@dataclass(frozen=True, kw_only=True)
class IdentityCheckSnapshot(Snapshot):
    """By which document, by whom and when the candidate's identity was checked."""

    document: IdentityDocument
    checked_by: str
    checked_at: datetime


@dataclass(frozen=True, kw_only=True)
class IncidentSnapshot(Snapshot):
    """What happened on the day; `stage` is its code or "", `ended_at` belongs to an interruption."""

    kind: IncidentKind
    note: str
    recorded_by: str
    recorded_at: datetime
    started_at: datetime
    ended_at: datetime | None = None
    stage: str = ""


@dataclass(frozen=True, kw_only=True)
class IrregularitySnapshot(Snapshot):
    """A departure from the rules of time, with the reason that the panel gave."""

    kind: TimeRule
    duration_seconds: int
    limit_minutes: int
    reason: str
    stage: str = ""


@dataclass(frozen=True, kw_only=True)
class BreachSnapshot(Snapshot):
    """A case of suspected cheating."""

    facts: str
    opened_by: str
    opened_at: datetime
    state: BreachState
    conclusion: str = ""
    settled_by: str = ""
    settled_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ExamSnapshot(Snapshot):
    """One candidate's exam. `passed` is the verdict that holds; `state_reason` why it was cancelled or stopped."""

    number: int
    application: str
    candidate: CandidateSnapshot
    starts_at: datetime
    state: ExamState
    stages: tuple[StageSnapshot, ...]
    state_reason: str = ""
    identity: IdentityCheckSnapshot | None = None
    duration_seconds: int | None = None
    passed: bool | None = None
    released_at: datetime | None = None
    irregularities: tuple[IrregularitySnapshot, ...] = ()
    incidents: tuple[IncidentSnapshot, ...] = ()
    breaches: tuple[BreachSnapshot, ...] = ()


@dataclass(frozen=True, kw_only=True)
class HeldExamSnapshot(Snapshot):
    """An exam with its session, panel and scheme version: all that its protocol tells."""

    scheme: SchemeSnapshot
    session: SessionSnapshot
    panel: tuple[SeatSnapshot, ...]
    exam: ExamSnapshot

    def __post_init__(self) -> None:
        """Refuse marks of somebody who has no seat."""
        check_seats(self.panel, self.exam)


@dataclass(frozen=True, kw_only=True)
class ExamProtocolSnapshot(Snapshot):
    """The protocol of one candidate's exam ("exam_protocol"). `made_at` dates the file."""

    made_at: datetime
    body: BodySnapshot
    held: HeldExamSnapshot


@dataclass(frozen=True, kw_only=True)
class SessionProtocolSnapshot(Snapshot):
    """The protocol of a whole session ("session_protocol"), exams in the order of their times."""

    made_at: datetime
    body: BodySnapshot
    scheme: SchemeSnapshot
    session: SessionSnapshot
    panel: tuple[SeatSnapshot, ...]
    exams: tuple[ExamSnapshot, ...]

    def __post_init__(self) -> None:
        """Refuse marks of somebody who has no seat."""
        for exam in self.exams:
            check_seats(self.panel, exam)


@dataclass(frozen=True, kw_only=True)
class RequirementSnapshot(Snapshot):
    """A requirement of the application and how it was met; `met` is None where nobody has said yet."""

    title_az: str
    title_en: str
    met: bool | None
    how: str = ""


@dataclass(frozen=True, kw_only=True)
class DocumentSnapshot(Snapshot):
    """A document received with the application: what it is, its title, and the day it came."""

    kind_az: str
    kind_en: str
    title: str
    received_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class ApplicationSnapshot(Snapshot):
    """The application and how its requirements were met."""

    reference: str
    candidate: CandidateSnapshot
    submitted_at: datetime | None = None
    accepted_at: datetime | None = None
    accepted_by: str = ""
    special_needs: str = ""
    requirements: tuple[RequirementSnapshot, ...] = ()
    documents: tuple[DocumentSnapshot, ...] = ()


@dataclass(frozen=True, kw_only=True)
class QuestionSnapshot(Snapshot):
    """Something that the decision-maker has to see to before deciding: a flag, an open breach case, an amendment."""

    title_az: str
    title_en: str
    details: str = ""
    since: datetime | None = None
    settled: bool = False


@dataclass(frozen=True, kw_only=True)
class DecisionSnapshot(Snapshot):
    """The decision on certification as it stands. `flag` says what has come up since, if anything has."""

    outcome: Outcome
    reasons: str
    decided_by: str
    decided_at: datetime
    appeal_until: date | None = None
    flag: str = ""


@dataclass(frozen=True, kw_only=True)
class DecisionDossierSnapshot(Snapshot):
    """All that a decision rests on ("decision_dossier"); every exam of the application, the oldest first.

    `scheme` is the version that the application is for. Where no decision stands, the place for one is left blank.
    """

    made_at: datetime
    body: BodySnapshot
    scheme: SchemeSnapshot
    application: ApplicationSnapshot
    exams: tuple[HeldExamSnapshot, ...]
    questions: tuple[QuestionSnapshot, ...] = ()
    decision: DecisionSnapshot | None = None


def check_seats(panel: tuple[SeatSnapshot, ...], exam: ExamSnapshot) -> None:
    """Raise SnapshotError when an assessor who marked the exam is not on *panel*."""
    seated = {seat.key for seat in panel}
    for stage in exam.stages:
        for assessor in [*(one.assessor for one in stage.sheets), *(one.assessor for one in stage.critical_notes)]:
            if assessor not in seated:
                raise SnapshotError(f"ExamSnapshot {exam.number}: assessor {assessor} has no seat")
