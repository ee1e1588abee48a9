"""Due dates and exam sessions as an iCalendar (RFC 5545) to which calendar programs subscribe."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from certificates.duewords import how_computed, title_of
from certificates.models import CalendarFeed, Certificate, Duty
from certificates.queries.feeds import (
    Revision,
    duties_in_feed,
    expiring_in_feed,
    revisions_of_duties,
    revisions_of_sessions,
    sessions_in_feed,
)
from certificates.states import OwedBy
from exams.models import ExamSession
from exams.queries.sessions import planned_end
from exams.states import SessionState

REFRESH = timedelta(hours=6)
CLOCK_SINCE = date(2020, 1, 1)  # Baku has not put its clock back or forward since: the file names no older rules
CONFIRMED, CANCELLED = "CONFIRMED", "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """Something on a day, or from one moment to another.

    `uid` stays the same when it moves, so that it moves in the reader's calendar; `sequence` rises with each move and
    `changed` tells of the last change, by which a program that knows the event learns that this is the newer word.
    """

    uid: str
    start: date
    end: date
    summary: str
    description: str
    url: str
    changed: datetime
    sequence: int = 0
    location: str = ""
    status: str = CONFIRMED


def feed_calendar(feed: CalendarFeed) -> bytes:
    """Return what a feed shows, in its owner's language; no name of any person is in it."""
    with translation.override(feed.user.language):
        name = (
            _("Due dates and exam sessions of the certification body")
            if feed.for_office
            else _("My certificate: due dates")
        )
        return as_icalendar(name, _entries(feed), site=settings.BODY["site"])


def as_icalendar(name: str, entries: Iterable[FeedEntry], *, site: str) -> bytes:
    """Return the calendar as a file: the same entries give the same bytes. Its events block no time."""
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
    calendar.add_missing_timezones(first_date=CLOCK_SINCE)
    return bytes(calendar.to_ical())


def _event(entry: FeedEntry, site: str) -> Event:
    # What is published anew is stamped with its last change: nothing changes in a file of which nothing has changed.
    changed = entry.changed.astimezone(UTC).replace(microsecond=0)
    event = Event()
    event.add("uid", f"{entry.uid}@{site}")
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("sequence", entry.sequence)
    event.add("dtstart", entry.start)
    event.add("dtend", entry.end)
    event.add("summary", entry.summary)
    event.add("description", entry.description)
    if entry.location:
        event.add("location", entry.location)
    event.add("url", entry.url)
    event.add("status", entry.status)
    event.add("transp", "TRANSPARENT")
    return event


def _entries(feed: CalendarFeed) -> Iterator[FeedEntry]:
    """Give what is due, then the last days of validity, then the exam sessions, each with the times that it moved."""
    duties, sessions = list(duties_in_feed(feed)), list(sessions_in_feed(feed))
    moved = revisions_of_duties(duties)
    yield from (_duty(duty, moved[duty.pk], for_office=feed.for_office) for duty in duties)
    yield from map(_expiry, expiring_in_feed(feed))
    changed = revisions_of_sessions(sessions)
    yield from (_session(session, changed[session.pk]) for session in sessions)


def _duty(duty: Duty, revision: Revision, *, for_office: bool) -> FeedEntry:
    number = f": {duty.certificate.number}" if duty.certificate else ""
    facts = {"rule": duty.rule, "how": how_computed(duty)}
    words = duty.name if for_office and duty.owed_by == OwedBy.HOLDER else title_of(duty)
    return FeedEntry(
        uid=f"duty-{duty.pk}",
        start=duty.due_on,
        end=duty.due_on + timedelta(days=1),
        summary=f"{words}{number}",
        description=_("Contract %(rule)s. How the day came about: %(how)s.") % facts,
        url=settings.SITE_URL + reverse("certificates:duty", args=[duty.pk]),
        changed=revision.changed,
        sequence=revision.number,
    )


def _expiry(certificate: Certificate) -> FeedEntry:
    return FeedEntry(
        uid=f"expiry-{certificate.pk}",
        start=certificate.valid_until,  # set at issue, for good: it never moves
        end=certificate.valid_until + timedelta(days=1),
        summary=_("Last day of validity: %(number)s") % {"number": certificate.number},
        description=_("Apply for renewal before this day (contract H6)."),
        url=settings.SITE_URL + reverse("certificates:mine"),
        changed=certificate.issued_at,
    )


def _session(session: ExamSession, revision: Revision) -> FeedEntry:
    is_cancelled = session.state == SessionState.CANCELLED
    number = vars(session)["candidates"]  # annotated
    facts = {"scheme": session.scheme_version.scheme.name}
    return FeedEntry(
        uid=f"session-{session.pk}",
        start=timezone.localtime(session.starts_at),
        end=timezone.localtime(planned_end(session)),
        summary=(_("Cancelled: exam session, %(scheme)s") if is_cancelled else _("Exam session, %(scheme)s")) % facts,
        description=_("Candidates: %(number)s. Places: %(places)s.") % {"number": number, "places": session.capacity},
        url=settings.SITE_URL + reverse("exams:session", args=[session.pk]),
        changed=revision.changed,
        sequence=revision.number,
        location=session.place,
        status=CANCELLED if is_cancelled else CONFIRMED,
    )
