"""What an officer is told of each morning."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q
from django.utils.functional import Promise

from certificates.models import Duty
from certificates.states import DutyKind, DutyState, OwedBy
from core.models import OutgoingMessage
from core.states import UNDELIVERED

UNDELIVERED_FOR = timedelta(days=6)
# What holders send in; what was planned years ahead is not news.
_SENT_IN = (
    DutyKind.SETTLE_CHANGE,
    DutyKind.EVALUATE_CIRCUMSTANCE,
    DutyKind.SETTLE_REPLACEMENT,
    DutyKind.SETTLE_MISUSE,
    DutyKind.REVIEW_SUSPENSION,
)


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One kind of duty: how many are due today, overdue, and new."""

    step: str | Promise
    by_holder: bool
    due_today: int
    overdue: int
    new: int


@dataclass(frozen=True, slots=True)
class Digest:
    """What this morning is told: the body's duties, the holders' overdue ones, what could not be delivered."""

    body: list[DigestLine]
    holders: list[DigestLine]
    undelivered: int

    def __bool__(self) -> bool:
        """Tell whether there is anything to tell."""
        return bool(self.body or self.holders or self.undelivered)


def digest_of(today: date, since: datetime, known: Q) -> Digest:
    """Return what is due on `today`, what is overdue, and what came in since; three queries.

    `known` is what its reader may know of duties: see `certificates.queries.duties.known_to`.
    """
    due = Duty.objects.filter(known, state=DutyState.OPEN, due_on__lte=today)
    counted = due.order_by().values("kind", "owed_by").annotate(
        due_today=Count("pk", filter=Q(due_on=today)), overdue=Count("pk", filter=Q(due_on__lt=today))
    )  # fmt: skip
    sent_in = Duty.objects.filter(
        known, state=DutyState.OPEN, owed_by=OwedBy.BODY, kind__in=_SENT_IN, created_at__gte=since
    ).order_by().values("kind").annotate(new=Count("pk"))  # fmt: skip
    new = {row["kind"]: row["new"] for row in sent_in}
    found = {(row["kind"], row["owed_by"]): (row["due_today"], row["overdue"]) for row in counted}
    for kind in new:
        found.setdefault((kind, OwedBy.BODY), (0, 0))
    lines = {
        owed_by: [
            DigestLine(kind.label, owed_by == OwedBy.HOLDER, *found[kind, owed_by], new.get(kind, 0))
            for kind in DutyKind
            if (kind, owed_by) in found
        ]
        for owed_by in OwedBy
    }
    lately = since - UNDELIVERED_FOR
    undelivered = OutgoingMessage.objects.filter(state__in=UNDELIVERED, created_at__gte=lately).count()
    return Digest(lines[OwedBy.BODY], [one for one in lines[OwedBy.HOLDER] if one.overdue], undelivered)
