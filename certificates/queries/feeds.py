"""Whose a calendar address is, what it shows, and how often that has moved."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from audit.models import AuditEntry
from audit.references import reference
from certificates.models import CalendarFeed, Certificate, Duty
from certificates.queries.certificates import not_replaced
from certificates.queries.duties import duties, duties_of_person, known_to
from certificates.states import FINAL_STATES, DutyState, OwedBy
from exams.models import ExamSession
from exams.queries.sessions import sessions, start_of_day

# An officer's calendar shows what is overdue and what is near: the ledger has all of it, years ahead.
OFFICE_AHEAD = timedelta(days=90)
# Exam sessions that are over stay a while: a calendar is looked into afterwards too.
OFFICE_BACK = timedelta(days=30)
MOST = 500

# What the trail tells of a move, and of what else an event in a calendar says.
DUTY_MOVES = frozenset({"duty.move", "duty.reschedule"})
SESSION_MOVES = frozenset({"session.edit", "session.cancel"})
SESSION_CHANGES = SESSION_MOVES | {"session.schedule", "attempt.schedule", "attempt.cancel"}


@dataclass(frozen=True, slots=True)
class Revision:
    """How often something has moved, and when it was last changed."""

    number: int
    changed: datetime


def digest_of(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def feeds_of(user: User) -> QuerySet[CalendarFeed]:
    """Return the addresses that a person has at present."""
    return CalendarFeed.objects.filter(user=user, revoked_at=None)


def feed_by_token(token: str) -> CalendarFeed | None:
    """Return the feed of an address; None for an unknown or ended one, and when its owner may no longer read it.

    The digest is looked up in an index: how long that takes tells nothing about a token that is in use.
    """
    feed = CalendarFeed.objects.select_related("user").filter(token_sha256=digest_of(token), revoked_at=None).first()
    if feed is None or not feed.user.has_role(Role.OFFICER if feed.for_office else Role.CANDIDATE):
        return None
    return feed


def duties_in_feed(feed: CalendarFeed) -> QuerySet[Duty]:
    """Return what the body owes until ninety days ahead, the longest overdue first; or what a holder owes and may see.

    An officer who is a holder is not shown what is kept from them about themselves.
    """
    if not feed.for_office:
        return duties_of_person(feed.user)[:MOST]
    near = timezone.localdate() + OFFICE_AHEAD
    owed = duties().filter(known_to(feed.user), state=DutyState.OPEN, owed_by=OwedBy.BODY, due_on__lte=near)
    return owed[:MOST]


def expiring_in_feed(feed: CalendarFeed) -> QuerySet[Certificate]:
    """Return the holder's own certificates whose last day is still told; an officer's feed has none.

    One that has been renewed is not: the day that counts is the renewal's.
    """
    if feed.for_office:
        return Certificate.objects.none()
    own = Certificate.objects.filter(person__user=feed.user).exclude(state__in=FINAL_STATES).filter(not_replaced())
    return own.order_by("valid_until", "id")[:MOST]


def sessions_in_feed(feed: CalendarFeed) -> QuerySet[ExamSession]:
    """Return the exam sessions of an officer's feed, cancelled ones among them, with their number of `candidates`.

    From thirty days ago to ninety ahead, in the order of their times; a holder's feed has none.
    """
    if not feed.for_office:
        return ExamSession.objects.none()
    today = start_of_day(timezone.now())
    near = sessions().filter(starts_at__gte=today - OFFICE_BACK, starts_at__lt=today + OFFICE_AHEAD)
    return near.order_by("starts_at", "id")[:MOST]


def revisions_of_duties(duties: Sequence[Duty]) -> dict[int, Revision]:
    """Return by key how often each due day was moved, by a corrected calendar or with its surveillance."""
    told = _told(map(reference, duties), DUTY_MOVES)
    return {duty.pk: _revision(told[reference(duty)], DUTY_MOVES, duty.created_at) for duty in duties}


def revisions_of_sessions(found: Sequence[ExamSession]) -> dict[int, Revision]:
    """Return by key how often time, place or places of each session were changed, its cancelling among them.

    Who is scheduled or taken out changes what the event says, but moves nothing.
    """
    told = _told(map(reference, found), SESSION_CHANGES)
    return {one.pk: _revision(told[reference(one)], SESSION_MOVES, one.created_at) for one in found}


def _told(references: Iterable[str], verbs: frozenset[str]) -> dict[str, list[tuple[str, datetime]]]:
    """Return what the trail tells of each object with these verbs; one query, however many they are."""
    told: dict[str, list[tuple[str, datetime]]] = {name: [] for name in references}
    entries = AuditEntry.objects.filter(subjects__overlap=list(told), verb__in=verbs).order_by()
    for subjects, verb, at in entries.values_list("subjects", "verb", "at") if told else ():
        for name in told.keys() & set(subjects):
            told[name].append((verb, at))
    return told


def _revision(told: list[tuple[str, datetime]], moves: frozenset[str], made: datetime) -> Revision:
    """Return the revision that follows from what was told of an object since it was made."""
    return Revision(sum(verb in moves for verb, _at in told), max((made, *(at for _verb, at in told))))
