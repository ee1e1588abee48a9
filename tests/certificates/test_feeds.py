"""Calendar feeds: a secret address each, read by programs, without anybody's name."""

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar
from time_machine import travel

from accounts.models import User
from accounts.states import Role
from audit.models import AuditEntry
from audit.references import reference
from certificates.feeds import FeedEntry, as_icalendar
from certificates.models import CalendarFeed, Duty
from certificates.queries.duties import work_calendar
from certificates.services.calendar import correct_day
from certificates.services.feeds import create_feed, revoke_feed
from certificates.services.surveillance import reschedule_surveillance
from certificates.states import DutyKind
from core.errors import RuleViolation
from exams.services.scheduling import remove_candidate, schedule_candidates
from exams.services.sessions import cancel_session, edit_session
from tests.certificates.duties_factories import duty, person
from tests.certificates.factories import account, certificate
from tests.exams.factories import accepted_application, new_session, noon
from tests.exams.racing import DONE, at_once
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NOTE = "Nazirlər Kabinetinin qərarı, 12 oktyabr 2026."


@pytest.fixture
def today() -> date:
    return timezone.localdate()


def address(token: str) -> str:
    return reverse("certificates:feed", args=[token])


def events(answer: Any) -> dict[str, Any]:
    """Return the events by the part of their UID before the site."""
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    return {str(event["uid"]).partition("@")[0]: event for event in Calendar.from_ical(answer.content).walk("VEVENT")}


def test_entries_become_a_calendar_that_programs_read(today):
    summary = (
        "Sertifikatın əslini təhvil verin, çünki şəklə, ünvana və «istifadəyə» dair qaydalar; uzun başlıq, üç sətir"
    )
    stamp = timezone.now()
    tomorrow = today + timedelta(days=1)
    entry = FeedEntry(
        uid="duty-1", start=today, end=tomorrow, summary=summary, description="Müqavilə H8.",
        url="https://sso.az/duties/1/", changed=stamp, sequence=2,
    )  # fmt: skip
    data = as_icalendar("Müddətlər", [entry], site="sso.az")
    assert max(len(line) for line in data.split(b"\r\n")) <= 75
    event: Any = Calendar.from_ical(data).walk("VEVENT")[0]
    assert [str(event["uid"]), str(event["summary"]), event["dtstart"].dt, event["dtend"].dt, event["transp"]] == [
        "duty-1@sso.az", summary, today, today + timedelta(days=1), "TRANSPARENT",
    ]  # fmt: skip
    assert event["dtstamp"].dt == event["last-modified"].dt == stamp.replace(microsecond=0)
    assert (event["sequence"], str(event["status"]), "location" in event) == (2, "CONFIRMED", False)
    assert as_icalendar("Müddətlər", [entry], site="sso.az") == data


def test_feeds_show_what_is_near_and_own_and_no_name(officer, version, client, today):
    issued = certificate(version, surname="Quliyeva")
    about: dict[str, Any] = {"person": issued.person, "certificate": issued}
    ours = duty(DutyKind.SETTLE_CHANGE, start_on=today, **about)
    own = duty(DutyKind.RETURN_COPY, start_on=today, **about)
    hidden = duty(DutyKind.ANSWER_HEARING, start_on=today, shown_to_holder=False, **about)
    late = duty(DutyKind.SETTLE_REPLACEMENT, start_on=today - timedelta(days=400), **about)
    kept_back = duty(DutyKind.SETTLE_MISUSE, start_on=today, shown_to_holder=False, person=person(user=officer))
    of_others = duty(DutyKind.SETTLE_MISUSE, start_on=today, shown_to_holder=False, **about)
    far = duty(DutyKind.HOLD_SURVEILLANCE, start_on=today, due_on=today + timedelta(days=700), **about)
    others = duty(DutyKind.RETURN_COPY, start_on=today)
    _feed, office = create_feed(actor=officer, for_office=True)
    _feed, holder = create_feed(actor=account(issued), for_office=False)
    answers = [client.get(address(token)) for token in (office, holder)]
    assert [b"Quliyeva" in answer.content for answer in answers] == [False, False]
    shown, mine = map(events, answers)
    renewal = issued.duties.get(kind=DutyKind.APPLY_FOR_RENEWAL)
    # What is overdue stays, however long; an officer reads nothing that is kept from them about themselves.
    assert (next(iter(shown)), f"duty-{kept_back.pk}" in shown) == (f"duty-{late.pk}", False)
    dues = {uid for uid in shown if not uid.startswith("session-")}
    assert dues == {f"duty-{one.pk}" for one in (ours, late, of_others)}
    assert set(mine) == {f"duty-{own.pk}", f"duty-{renewal.pk}", f"expiry-{issued.pk}"}
    assert mine[f"expiry-{issued.pk}"]["dtstart"].dt == issued.valid_until
    assert str(shown[f"duty-{ours.pk}"]["summary"]).endswith(f": {issued.number}")
    assert {hidden.pk, far.pk, others.pk}.isdisjoint(int(uid.split("-")[1]) for uid in mine if uid.startswith("duty"))


def test_event_whose_day_moves_stays_the_same_event_with_a_higher_sequence(officer, version, client, today):
    issued = certificate(version)
    moving = duty(DutyKind.SETTLE_CHANGE, start_on=today, person=issued.person, certificate=issued)
    still = duty(DutyKind.REVIEW_SUSPENSION, start_on=today, due_on=today + timedelta(days=9), person=issued.person)
    first, due = work_calendar().after(today, 1), moving.due_on
    _feed, token = create_feed(actor=officer, for_office=True)

    def told() -> list[tuple[int, date, datetime]]:
        found = events(client.get(address(token)))
        return [
            (event["sequence"], event["dtstart"].dt, event["last-modified"].dt)
            for event in (found[f"duty-{one.pk}"] for one in (moving, still))
        ]

    at_first = told()
    assert [one[:2] for one in at_first] == [(0, due), (0, still.due_on)]
    with travel(timezone.now() + timedelta(minutes=5)):
        correct_day(first, is_working=False, note=NOTE, actor=officer)
    moved, unmoved = told()
    assert (moved[0], moved[1] > due, moved[2] > at_first[0][2], unmoved) == (1, True, True, at_first[1])
    with travel(timezone.now() + timedelta(minutes=9)):
        correct_day(first, is_working=True, note=NOTE, actor=officer)  # back again: the day of old, and a newer word
    back = told()[0]
    assert (back[0], back[1], back[2] > moved[2]) == (2, due, True)
    surveillance = issued.surveillances.earliest("due_on")
    held = Duty.objects.get(about=reference(surveillance))
    reason = "Yoxlayan xəstələnib, gün dəyişir."
    reschedule_surveillance(surveillance, due_on=today + timedelta(days=60), reason=reason, actor=officer)
    assert events(client.get(address(token)))[f"duty-{held.pk}"]["sequence"] == 1


def test_officers_feed_has_the_exam_sessions_without_names(officer, version, client):
    User.objects.filter(pk=officer.pk).update(language="en")
    soon = new_session(version, starts_at=noon(7), capacity=4, place="Bakı, otaq 5; ikinci mərtəbə")
    far, past = new_session(version, starts_at=noon(91)), new_session(version, starts_at=noon(-31))
    [exam] = schedule_candidates(soon, [accepted_application(version)], actor=officer)
    _feed, token = create_feed(actor=officer, for_office=True)
    answer = client.get(address(token))
    event = events(answer)[f"session-{soon.pk}"]
    minutes = 4 * (version.exam_minutes + 15)
    assert (event["dtstart"].dt, event["dtend"].dt) == (noon(7), noon(7) + timedelta(minutes=minutes))
    assert (event["dtstart"].params["TZID"], b"BEGIN:VTIMEZONE" in answer.content) == ("Asia/Baku", True)
    assert [str(event[name]) for name in ("location", "status", "sequence")] == [soon.place, "CONFIRMED", "0"]
    assert str(event["description"]) == "Candidates: 1. Places: 4."
    assert str(event["url"]).endswith(reverse("exams:session", args=[soon.pk]))
    assert exam.person.surname.encode() not in answer.content
    assert {f"session-{far.pk}", f"session-{past.pk}"}.isdisjoint(events(answer))
    edit_session(soon, starts_at=noon(8), place="Gəncə", capacity=4, actor=officer)
    remove_candidate(exam, reason="Namizəd xəstədir.", actor=officer)
    event = events(client.get(address(token)))[f"session-{soon.pk}"]
    assert (event["sequence"], event["dtstart"].dt, str(event["location"])) == (1, noon(8), "Gəncə")
    assert str(event["description"]) == "Candidates: 0. Places: 4."
    cancel_session(soon, reason="Zal yararsızdır.", actor=officer)
    answer = client.get(address(token))
    event = events(answer)[f"session-{soon.pk}"]
    assert (event["sequence"], str(event["status"])) == (2, "CANCELLED")
    assert "Zal yararsızdır".encode() not in answer.content


def test_feed_costs_the_same_for_one_and_three(officer, version, client, today):
    _feed, token = create_feed(actor=officer, for_office=True)
    costs = []
    for _round in range(2):
        duty(DutyKind.SETTLE_CHANGE, start_on=today)
        new_session(version, starts_at=noon(7))
        client.get(address(token))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(token)).status_code == 200
        costs.append(len(queries))
        duty(DutyKind.SETTLE_CHANGE, start_on=today)
        new_session(version, starts_at=noon(8))
    assert costs[0] == costs[1]


def test_holders_feed_has_no_exam_session(version, client):
    new_session(version, starts_at=noon(7))
    _feed, token = create_feed(actor=account(certificate(version)), for_office=False)
    answer = client.get(address(token))
    assert (b"session-" in answer.content, b"VTIMEZONE" in answer.content) == (False, False)


def test_feed_is_in_the_language_of_its_owner_and_unchanged_is_not_sent_again(client, today):
    somebody = person(user=UserFactory.create(roles=[Role.CANDIDATE], language="en"))
    assert somebody.user is not None
    one = duty(DutyKind.RETURN_COPY, start_on=today, person=somebody)
    feed, token = create_feed(actor=somebody.user, for_office=False)
    first = client.get(address(token))
    assert str(events(first)[f"duty-{one.pk}"]["summary"]) == "Hand in the replaced original"
    again = client.get(address(token), headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    feed.refresh_from_db()
    assert feed.last_read_at is not None


def test_address_ends_when_it_is_revoked_or_made_anew_or_its_owner_may_no_more(officer, client):
    first, token = create_feed(actor=officer, for_office=True)
    second, newer = create_feed(actor=officer, for_office=True)
    assert (len(newer), CalendarFeed.objects.filter(token_sha256__contains=newer).count()) == (43, 0)
    codes = [client.get(address(one)).status_code for one in (token, newer, "no-such-token")]
    assert codes == [404, 200, 404]
    officer.role_assignments.update(ended_at=timezone.now())
    assert client.get(address(newer)).status_code == 404
    officer.role_assignments.update(ended_at=None)
    User.objects.filter(pk=officer.pk).update(is_active=False)
    unknown = client.get(address("no-such-token"))
    assert client.get(address(newer)).content == unknown.content == b""
    User.objects.filter(pk=officer.pk).update(is_active=True)
    revoke_feed(second, actor=officer)
    with pytest.raises(RuleViolation) as twice:
        revoke_feed(first, actor=officer)
    assert (client.get(address(newer)).status_code, twice.value.code) == (404, "revoked")
    verbs = AuditEntry.objects.filter(verb__startswith="feed.").order_by("pk")
    assert [entry.verb for entry in verbs] == ["feed.create", "feed.revoke", "feed.create", "feed.revoke"]
    assert not verbs.filter(after__icontains=newer).exists()


def test_feed_is_for_those_whom_it_concerns(officer, candidate, assessor, sign_in):
    feed, _token = create_feed(actor=officer, for_office=True)
    with pytest.raises(RuleViolation) as office:
        create_feed(actor=candidate, for_office=True)
    with pytest.raises(RuleViolation) as stranger:
        revoke_feed(feed, actor=candidate)
    assert [office.value.code, stranger.value.code] == ["role", "not_owner"]
    page, revoke = reverse("certificates:feeds"), reverse("certificates:feed_revoke", args=[feed.pk])
    assert [sign_in(one).get(page).status_code for one in (officer, candidate, assessor)] == [200, 200, 403]
    assert sign_in(candidate).post(revoke).status_code == 403


def test_pages_show_a_new_address_once(officer, sign_in):
    client, page = sign_in(officer), reverse("certificates:feeds")
    made = client.post(reverse("certificates:feed_create"), {"kind": "office"})
    found = re.search(r"/calendar/feeds/[\w-]{43}\.ics", made.content.decode())
    assert (made.status_code, made["Cache-Control"], found is not None) == (200, "private, no-store", True)
    assert client.get(found[0] if found else "").status_code == 200
    listed = client.get(page)
    assert (".ics" in listed.content.decode(), listed.context["kinds"][0]["feed"].user) == (False, officer)
    feed = listed.context["kinds"][0]["feed"]
    assert client.post(reverse("certificates:feed_revoke", args=[feed.pk])).url == page
    assert client.get(page).context["kinds"][0]["feed"] is None


def test_feed_is_not_read_without_end(officer, client, monkeypatch):
    monkeypatch.setattr("certificates.views.feeds.READS_PER_MINUTE", 2)
    _feed, token = create_feed(actor=officer, for_office=True)
    assert [client.get(address(token)).status_code for _time in range(3)] == [200, 200, 429]
    # A calendar service reads other people's feeds from the same address, and guesses have a limit of their own.
    _other, another = create_feed(actor=UserFactory.create(roles=[Role.OFFICER]), for_office=True)
    assert client.get(address(another)).status_code == 200
    monkeypatch.setattr("certificates.views.feeds.GUESSES_PER_MINUTE", 2)
    assert [client.get(address("unknown")).status_code for _time in range(3)] == [404, 404, 429]
    assert client.get(address(another)).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_addresses_made_at_once_leave_one(officer):
    assert at_once(*(lambda: create_feed(actor=officer, for_office=True) for _time in range(2))) == [DONE, DONE]
    assert CalendarFeed.objects.filter(revoked_at=None).count() == 1
