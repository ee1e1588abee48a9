"""Calendar feeds: a secret address each, read by programs, without anybody's name."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from accounts.models import User
from accounts.states import Role
from audit.models import AuditEntry
from certificates.feeds import FeedEntry, as_icalendar
from certificates.models import CalendarFeed
from certificates.services.feeds import create_feed, revoke_feed
from certificates.states import DutyKind
from core.errors import RuleViolation
from tests.certificates.duties_factories import duty, person
from tests.certificates.factories import account, certificate
from tests.exams.racing import DONE, at_once
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


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
    entry = FeedEntry("duty-1", today, summary, "Müqavilə H8.", "https://sso.az/duties/1/", stamp)
    data = as_icalendar("Müddətlər", [entry], site="sso.az")
    assert max(len(line) for line in data.split(b"\r\n")) <= 75
    event: Any = Calendar.from_ical(data).walk("VEVENT")[0]
    assert [str(event["uid"]), str(event["summary"]), event["dtstart"].dt, event["dtend"].dt, event["transp"]] == [
        "duty-1@sso.az", summary, today, today + timedelta(days=1), "TRANSPARENT",
    ]  # fmt: skip
    assert event["dtstamp"].dt == stamp.replace(microsecond=0)
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
    assert set(shown) == {f"duty-{one.pk}" for one in (ours, late, of_others)}
    assert set(mine) == {f"duty-{own.pk}", f"duty-{renewal.pk}", f"expiry-{issued.pk}"}
    assert mine[f"expiry-{issued.pk}"]["dtstart"].dt == issued.valid_until
    assert str(shown[f"duty-{ours.pk}"]["summary"]).endswith(f": {issued.number}")
    assert {hidden.pk, far.pk, others.pk}.isdisjoint(int(uid.split("-")[1]) for uid in mine if uid.startswith("duty"))


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


@pytest.mark.django_db(transaction=True)
def test_two_addresses_made_at_once_leave_one(officer):
    assert at_once(*(lambda: create_feed(actor=officer, for_office=True) for _time in range(2))) == [DONE, DONE]
    assert CalendarFeed.objects.filter(revoked_at=None).count() == 1
