"""What the decision dossier of a renewal prints, frozen as JSON when it is asked for.

The field names are the file format: a new field needs a default, and none is ever renamed. Text that is not known is
"", and what has not happened is None.
"""

from dataclasses import dataclass
from datetime import date, datetime

from certificates.documents.snapshots import ScopeSnapshot
from core.snapshots import Snapshot
from exams.documents.snapshots import (
    ApplicationSnapshot,
    BodySnapshot,
    DecisionSnapshot,
    QuestionSnapshot,
    SchemeSnapshot,
)


@dataclass(frozen=True, kw_only=True)
class LineSnapshot(Snapshot):
    """Something that happened on a day: what, in which words, by whom. `en` is "" where a text is in one language."""

    on: date
    what_az: str
    what_en: str
    details_az: str = ""
    details_en: str = ""
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class RenewalSnapshot(Snapshot):
    """What is asked for: the certificate that is to be renewed, when it was applied for, the practice as described.

    `is_late` tells that it was applied for after the last day (contract B10); `scopes` are those that the certificate
    holds for at that moment.
    """

    number: str
    state_az: str
    state_en: str
    valid_from: date
    valid_until: date
    applied_at: datetime
    needs_az: str
    needs_en: str
    evidence: str = ""
    is_late: bool = False
    scopes: tuple[ScopeSnapshot, ...] = ()


@dataclass(frozen=True, kw_only=True)
class InterestSnapshot(Snapshot):
    """Who may not decide on the holder, and why."""

    name: str
    kind_az: str
    kind_en: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class RenewalDossierSnapshot(Snapshot):
    """All that a decision on a renewal rests on which takes no exam ("renewal_dossier").

    `reviewed` is how the application was handled, `life` what became of the certificate, `earlier` the exams and
    decisions before. Where no decision stands, the place for one is left blank.
    """

    made_at: datetime
    body: BodySnapshot
    scheme: SchemeSnapshot
    application: ApplicationSnapshot
    renewal: RenewalSnapshot
    reviewed: tuple[LineSnapshot, ...] = ()
    questions: tuple[QuestionSnapshot, ...] = ()
    life: tuple[LineSnapshot, ...] = ()
    earlier: tuple[LineSnapshot, ...] = ()
    interests: tuple[InterestSnapshot, ...] = ()
    decision: DecisionSnapshot | None = None
