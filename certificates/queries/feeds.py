"""Whose a calendar address is, and what it shows."""

import hashlib
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from certificates.models import CalendarFeed, Certificate, Duty
from certificates.queries.duties import duties, duties_of_person, known_to
from certificates.states import FINAL_STATES, DutyState, OwedBy

# An officer's calendar shows what is overdue and what is near: the ledger has all of it, years ahead.
OFFICE_AHEAD = timedelta(days=90)
MOST = 500


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
    """Return the holder's own certificates whose last day is still told; an officer's feed has none."""
    if feed.for_office:
        return Certificate.objects.none()
    own = Certificate.objects.filter(person__user=feed.user).exclude(state__in=FINAL_STATES)
    return own.order_by("valid_until", "id")[:MOST]
