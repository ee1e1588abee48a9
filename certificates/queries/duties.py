"""Reads of the ledger of duties and of the working-day calendar."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import BooleanField, DateField, ExpressionWrapper, F, Max, Q, QuerySet, Value
from django.utils import timezone

from accounts.models import User
from audit.queries import timeline
from certificates.models import CalendarCorrection, Certificate, Duty, Reminder
from certificates.queries.confidences import near_persons
from certificates.queries.searching import holder_is, is_number, number_is
from certificates.states import (
    DUTIES,
    ENDS_WITH_CERTIFICATE,
    ENDS_WITH_SURVEILLANCE,
    FINAL_STATES,
    DueUnit,
    DutyKind,
    DutyState,
    OwedBy,
)
from core.workdays import WorkCalendar, holidays_of
from schemes.models import SchemeVersion

OVERDUE = "overdue"
ANY_STATE = "all"
# What the body does itself, from the day on which it arose. A case of misuse has its own queue: it may wait for an
# answer.
OFFICE = (
    DutyKind.SETTLE_CHANGE,
    DutyKind.EVALUATE_CIRCUMSTANCE,
    DutyKind.SETTLE_REPLACEMENT,
    DutyKind.REVIEW_SUSPENSION,
    DutyKind.HOLD_SURVEILLANCE,
)
# What holders have left undone and officers ask for. Whoever does not renew lets the certificate expire.
CHASED = (
    DutyKind.ACCEPT_CONTRACT,
    DutyKind.RETURN_COPY,
    DutyKind.RETURN_ENDED,
    DutyKind.EXTRA_ASSESSMENT,
    DutyKind.FOLLOW_UP,
    DutyKind.ACCEPT_TERMS,
)
# A review has weeks to go when the suspension begins: it comes into the queue when it draws near.
REVIEW_NOTICE = timedelta(days=14)


def work_calendar() -> WorkCalendar:
    """Return the working days as they stand: the law's holidays, with the newest correction of each day."""
    newest = CalendarCorrection.objects.order_by("day", "-id").distinct("day").values_list("day", "is_working")
    return WorkCalendar(dict(newest))


def corrections() -> QuerySet[CalendarCorrection]:
    """Return the corrections of the calendar, newest first."""
    return CalendarCorrection.objects.select_related("made_by").order_by("-made_at", "-id")


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day that is not like every other of its kind: a holiday, or one that was corrected."""

    day: date
    is_working: bool
    name: str
    correction: CalendarCorrection | None


def calendar_days(year: int, language: str) -> list[CalendarDay]:
    """Return the holidays of a year and the days that were corrected, with their names; plain weekends are left out."""
    newest = {
        one.day: one
        for one in CalendarCorrection.objects.filter(day__year=year)
        .select_related("made_by")
        .order_by("day", "-id")
        .distinct("day")
    }
    calendar = WorkCalendar({day: one.is_working for day, one in newest.items()})
    names = holidays_of(year, language)
    return [
        CalendarDay(day, calendar.is_working(day), names.get(day, ""), newest.get(day))
        for day in sorted({*names, *newest})
    ]


def duties() -> QuerySet[Duty]:
    """Return all duties with what a row shows, in the order in which they are due."""
    return Duty.objects.select_related("person", "certificate", "settled_by").order_by("due_on", "id")


def duties_across(day: date) -> QuerySet[Duty]:
    """Return the open duties whose term of working days is counted across `day`: no other is moved by correcting it."""
    return Duty.objects.select_related("person", "certificate").filter(
        state=DutyState.OPEN, unit=DueUnit.WORKING_DAYS, start_on__lt=day, due_on__gte=day
    )


def search_duties(
    text: str = "",
    *,
    kind: str = "",
    owed_by: str = "",
    state: str = "",
    until: date | None = None,
    first: bool = False,
) -> QuerySet[Duty]:
    """Return duties by words of the person's name or (a part of) the certificate's number, and by what they are.

    `state` is one of DutyState, "overdue", or "all"; without it the open ones. Open ones come in the order in which
    they are due, settled ones the last settled first, all of them the newest first: each has its index.
    """
    found = duties().filter(_in_state(state, timezone.localdate()))
    if state == ANY_STATE:
        found = found.order_by("-id")
    if state in {DutyState.MET, DutyState.WAIVED, DutyState.LAPSED}:
        found = found.order_by("-settled_at", "-id")
    if kind:
        found = found.filter(kind=kind, owed_by=DUTIES[DutyKind(kind)].owed_by)
    if owed_by:
        found = found.filter(owed_by=owed_by)
    if until:
        found = found.filter(due_on__lte=until)
    return found.filter(_about_whom(text, first=first)) if text.strip() else found


def _in_state(state: str, today: date) -> Q:
    if state == ANY_STATE:
        return Q()
    if state == OVERDUE:
        return Q(state=DutyState.OPEN, due_on__lt=today)
    if state in {"", DutyState.OPEN}:
        return Q(state=DutyState.OPEN)
    return Q(state=state, settled_at__isnull=False)


def _about_whom(text: str, *, first: bool) -> Q:
    """Return the condition for the search field: a number or a part of one, else words of a name (see searching).

    Which certificates is asked apart: their numbers have an index, and so have their duties.
    """
    if is_number(text):
        return Q(certificate__in=Certificate.objects.filter(number_is(text)).order_by().values("pk"))
    return holder_is(text, first=first)


def returns_due(certificates: Iterable[int]) -> dict[int, date]:
    """Return by when the original of each certificate is to be handed in because it ended, where that is owed still."""
    owed = Duty.objects.filter(certificate__in=list(certificates), kind=DutyKind.RETURN_ENDED, state=DutyState.OPEN)
    return dict(owed.values_list("certificate_id", "due_on"))


def known_to(user: User) -> Q:
    """Return the condition under which somebody who reads cases may know of a duty.

    What is hidden from a holder is hidden from them as an officer too, and from whoever has an interest in them.
    """
    near = near_persons(user)
    return ~Q(person__in=near, shown_to_holder=False) if near else Q()


def duties_of(certificate: Certificate) -> QuerySet[Duty]:
    """Return what is and was owed under a certificate: what is open first, by due day."""
    is_settled = ExpressionWrapper(~Q(state=DutyState.OPEN), output_field=BooleanField())
    found = duties().select_related("certificate__scheme_version").filter(certificate=certificate)
    return found.order_by(is_settled.asc(), "due_on", "id")


def duties_of_person(user: User) -> QuerySet[Duty]:
    """Return what the person whose account this is owes at present and may see, by due day."""
    owed = duties().filter(person__user=user, owed_by=OwedBy.HOLDER, state=DutyState.OPEN, shown_to_holder=True)
    return owed.exclude(overtaken())


def overtaken() -> Q:
    """Return the condition for an open duty that nobody will have to fulfil: its certificate is to end before its day.

    It is owed again when what is planned is withdrawn, and ends with the certificate otherwise (services.ending).
    """
    return Q(
        kind__in=[*ENDS_WITH_CERTIFICATE, *ENDS_WITH_SURVEILLANCE],
        certificate__next_state__in=FINAL_STATES,
        certificate__next_from__lte=F("due_on"),
    )


def is_overtaken(duty: Duty, certificate: Certificate) -> bool:
    """Tell of a duty under a certificate what `overtaken` asks in SQL."""
    ends_on = certificate.next_from if certificate.next_state in FINAL_STATES else None
    ends_with_it = duty.kind in {*ENDS_WITH_CERTIFICATE, *ENDS_WITH_SURVEILLANCE}
    return ends_with_it and ends_on is not None and ends_on <= duty.due_on


def work_due_from(duty: Duty) -> date:
    """Return the day from which a duty is the office's work: since then it waits in the queue.

    What a holder has left undone waits from the day after its last one, a surveillance from the day of its notice, the
    review of a suspension from so many days ahead; all else from the day on which it arose.
    """
    kind = DutyKind(duty.kind)
    if kind in CHASED:
        return duty.due_on + timedelta(days=1)
    if kind == DutyKind.HOLD_SURVEILLANCE and duty.certificate:
        ahead = timedelta(days=duty.certificate.scheme_version.surveillance_notice_days)
        return max(duty.start_on, duty.due_on - ahead)
    return max(duty.start_on, duty.due_on - REVIEW_NOTICE) if kind == DutyKind.REVIEW_SUSPENSION else duty.start_on


def is_work(duty: Duty, today: date) -> bool:
    """Tell whether an open duty is in the queue of officers today (see `queue_duties`)."""
    return duty.kind in {*OFFICE, *CHASED} and work_due_from(duty) <= today


def last_reminder(duty: Duty) -> Reminder | None:
    """Return the last reminder of a duty that became a message."""
    told = duty.reminders.filter(message__isnull=False).select_related("message")
    return told.order_by("-settled_at", "-id").first()


@dataclass(frozen=True, slots=True)
class DueMove:
    """That a corrected calendar moved a due day: when, from which day to which, and for what reason."""

    at: datetime
    before: date
    after: date
    reason: str


def moves_of(duty: Duty) -> list[DueMove]:
    """Return how corrected calendars moved the due day, the last move first."""
    return [
        DueMove(
            entry.at,
            date.fromisoformat(entry.before["due_on"]),
            date.fromisoformat(entry.after["due_on"]),
            entry.reason,
        )
        for entry in timeline(duty).filter(verb="duty.move")
    ]


def queue_duties(user: User, *, most: int) -> list[Duty]:
    """Return what officers do next of the ledger: of each kind at most so many, those that are due first.

    The body's own duties (a surveillance from its notice on, a review when it draws near) and what holders left undone.
    What an officer owes or is owed as a holder, and what concerns somebody in whom they have an interest, waits for
    their colleagues. Few queries, whatever the number of kinds.
    """
    today = timezone.localdate()
    reach = {DutyKind.REVIEW_SUSPENSION: today + REVIEW_NOTICE, DutyKind.HOLD_SURVEILLANCE: today + _longest_notice()}
    reach |= dict.fromkeys(CHASED, today - timedelta(days=1))
    near = near_persons(user)
    waiting = [_waiting(kind, reach.get(kind), near, most) for kind in (*OFFICE, *CHASED)]
    first, *others = (rows.values_list("pk", flat=True) for rows in waiting)
    found = duties().select_related("certificate__scheme_version")
    return list(found.filter(pk__in=list(first.union(*others, all=True))))


def _waiting(kind: DutyKind, until: date | None, near: list[int], most: int) -> QuerySet[Duty]:
    found = Duty.objects.filter(state=DutyState.OPEN, owed_by=DUTIES[kind].owed_by, kind=kind)
    if until:
        found = found.filter(due_on__lte=until)
    if kind == DutyKind.HOLD_SURVEILLANCE:
        notice = F("certificate__scheme_version__surveillance_notice_days")
        told = ExpressionWrapper(Value(timezone.localdate()) + notice, output_field=DateField())
        found = found.filter(due_on__lte=told).exclude(overtaken())
    return (found.exclude(person__in=near) if near else found).order_by("due_on", "id")[:most]


def _longest_notice() -> timedelta:
    longest = SchemeVersion.objects.aggregate(longest=Max("surveillance_notice_days"))["longest"]
    return timedelta(days=longest or 0)
