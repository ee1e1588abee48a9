"""Reads of the ledger of duties and of the working-day calendar."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.postgres.search import SearchQuery
from django.db.models import BooleanField, DateField, ExpressionWrapper, F, Max, Q, QuerySet, Value
from django.utils import timezone

from accounts.models import User
from audit.queries import timeline
from candidates.models import Person
from certificates.models import CalendarCorrection, Certificate, Duty
from certificates.queries.searching import number_beginning
from certificates.states import DUTIES, DueUnit, DutyKind, DutyState, OwedBy
from core.text import prefix_query
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
    text: str = "", *, kind: str = "", owed_by: str = "", state: str = "", until: date | None = None
) -> QuerySet[Duty]:
    """Return duties by words of the person's name or the beginning of the certificate's number, and by what they are.

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
    return found.filter(_about_whom(text)) if text.strip() else found


def _in_state(state: str, today: date) -> Q:
    if state == ANY_STATE:
        return Q()
    if state == OVERDUE:
        return Q(state=DutyState.OPEN, due_on__lt=today)
    if state in {"", DutyState.OPEN}:
        return Q(state=DutyState.OPEN)
    return Q(state=state, settled_at__isnull=False)


def _about_whom(text: str) -> Q:
    """Return the condition for the search field: what has a digit is the beginning of a number, else words of a name.

    Which persons or certificates is asked first: each has its index, and so have their duties.
    """
    words = prefix_query(text)
    if not words or any(character.isdigit() for character in text):
        named = Certificate.objects.filter(number__startswith=number_beginning(text))
        return Q(certificate__in=named.values("pk"))
    return Q(person__names=SearchQuery(words, search_type="raw", config="simple"))


def known_to(user: User) -> Q:
    """Return the condition under which somebody who reads cases may know of a duty: their own is not hidden from them.

    Who they are is asked first: most have no file of their own, and a list of millions is not joined for it.
    """
    own = Person.objects.filter(user=user).values_list("pk", flat=True).first()
    return ~Q(person_id=own, shown_to_holder=False) if own else Q()


def duties_of(certificate: Certificate) -> QuerySet[Duty]:
    """Return what is and was owed under a certificate: what is open first, by due day."""
    is_settled = ExpressionWrapper(~Q(state=DutyState.OPEN), output_field=BooleanField())
    return duties().filter(certificate=certificate).order_by(is_settled.asc(), "due_on", "id")


def duties_of_person(user: User) -> QuerySet[Duty]:
    """Return what the person whose account this is owes at present and may see, by due day."""
    return duties().filter(person__user=user, owed_by=OwedBy.HOLDER, state=DutyState.OPEN, shown_to_holder=True)


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
    What an officer owes or is owed as a holder waits for their colleagues. Two queries, whatever the number of kinds.
    """
    today = timezone.localdate()
    reach = {DutyKind.REVIEW_SUSPENSION: today + REVIEW_NOTICE, DutyKind.HOLD_SURVEILLANCE: today + _longest_notice()}
    reach |= dict.fromkeys(CHASED, today - timedelta(days=1))
    waiting = [_waiting(kind, reach.get(kind), user, most) for kind in (*OFFICE, *CHASED)]
    first, *others = (rows.values_list("pk", flat=True) for rows in waiting)
    return list(duties().filter(pk__in=list(first.union(*others, all=True))))


def _waiting(kind: DutyKind, until: date | None, user: User, most: int) -> QuerySet[Duty]:
    found = Duty.objects.filter(state=DutyState.OPEN, owed_by=DUTIES[kind].owed_by, kind=kind)
    if until:
        found = found.filter(due_on__lte=until)
    if kind == DutyKind.HOLD_SURVEILLANCE:
        notice = F("certificate__scheme_version__surveillance_notice_days")
        told = ExpressionWrapper(Value(timezone.localdate()) + notice, output_field=DateField())
        found = found.filter(due_on__lte=told)
    return found.exclude(person__user=user).order_by("due_on", "id")[:most]


def _longest_notice() -> timedelta:
    longest = SchemeVersion.objects.aggregate(longest=Max("surveillance_notice_days"))["longest"]
    return timedelta(days=longest or 0)
