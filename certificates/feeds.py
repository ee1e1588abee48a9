"""Due dates as an iCalendar (RFC 5545) to which calendar programs subscribe."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from certificates.duewords import how_computed
from certificates.models import CalendarFeed, Certificate, Duty
from certificates.queries.feeds import duties_in_feed, expiring_in_feed

REFRESH = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """Something that is due on a day. `uid` stays the same when it moves, so that it moves in the reader's calendar."""

    uid: str
    day: date
    summary: str
    description: str
    url: str
    stamp: datetime


def feed_calendar(feed: CalendarFeed) -> bytes:
    """Return what a feed shows, in its owner's language; no name of any person is in it."""
    with translation.override(feed.user.language):
        entries = chain(map(_duty, duties_in_feed(feed)), map(_expiry, expiring_in_feed(feed)))
        name = _("Due dates of the certification body") if feed.for_office else _("My certificate: due dates")
        return as_icalendar(name, entries, site=settings.BODY["site"])


def as_icalendar(name: str, entries: Iterable[FeedEntry], *, site: str) -> bytes:
    """Return the calendar as a file: the same entries give the same bytes. All-day events that block no time."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{site}//due dates//")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for entry in entries:
        calendar.add_component(_event(entry, site))
    return bytes(calendar.to_ical())


def _event(entry: FeedEntry, site: str) -> Event:
    event = Event()
    event.add("uid", f"{entry.uid}@{site}")
    event.add("dtstamp", entry.stamp.replace(microsecond=0))
    event.add("dtstart", entry.day)
    event.add("dtend", entry.day + timedelta(days=1))
    event.add("summary", entry.summary)
    event.add("description", entry.description)
    event.add("url", entry.url)
    event.add("transp", "TRANSPARENT")
    return event


def _duty(duty: Duty) -> FeedEntry:
    number = f": {duty.certificate.number}" if duty.certificate else ""
    facts = {"rule": duty.rule, "how": how_computed(duty)}
    return FeedEntry(
        uid=f"duty-{duty.pk}",
        day=duty.due_on,
        summary=f"{duty.get_kind_display()}{number}",
        description=_("Contract %(rule)s. How the day came about: %(how)s.") % facts,
        url=settings.SITE_URL + reverse("certificates:duty", args=[duty.pk]),
        stamp=duty.created_at,
    )


def _expiry(certificate: Certificate) -> FeedEntry:
    return FeedEntry(
        uid=f"expiry-{certificate.pk}",
        day=certificate.valid_until,
        summary=_("Last day of validity: %(number)s") % {"number": certificate.number},
        description=_("Apply for renewal before this day (contract H6)."),
        url=settings.SITE_URL + reverse("certificates:mine"),
        stamp=certificate.issued_at,
    )
