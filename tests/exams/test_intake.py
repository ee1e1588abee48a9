"""POST /exams/marks/ under a hostile network and a hostile user: nothing is lost, doubled, overwritten or leaked."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from exams.models import DeviceReport, MarkEvent, PanelMember
from exams.services import intake
from exams.services.sheets import abstain
from exams.sheets import board_of
from exams.views.intake import MOST_BYTES
from exams.wire import MOST_EVENTS
from tests.exams.factories import (
    OTHER_DEVICE,
    a_batch,
    an_event,
    ended_stage,
    interest,
    marked_stage,
    new_attempt,
    new_session,
    running_stage,
    sealed,
    sent,
    sheet_of,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

MARKS = "/exams/marks/"


def post(client: Client, body: dict[str, Any] | bytes, **extra: Any) -> Any:
    """Send a batch as a device does."""
    content = body if isinstance(body, bytes) else json.dumps(body)
    return client.post(MARKS, content, content_type="application/json", **extra)


@pytest.fixture
def device(sign_in: Callable[[User], Client], assessor: User) -> Client:
    """The browser of `assessor`."""
    return sign_in(assessor)


def answer(client: Client, assessor: User, *events: Any, **changes: Any) -> dict[str, Any]:
    """Send events, and return the answer to a batch that was read."""
    response = post(client, a_batch(assessor, *events, **changes))
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    return found


def refusals(found: dict[str, Any]) -> list[tuple[str | None, str]]:
    return [(one["id"], one["code"]) for one in found["refused"]]


def test_mark_is_stored_and_told(device, assessor, run):
    event = an_event(run, "BQ.2", False)

    found = answer(device, assessor, event, unsent={str(run.pk): 2})

    assert found["stored"] == [event["id"]]
    assert found["refused"] == []
    assert found["runs"] == {str(run.pk): {"marked": 1, "state": "open", "heads": []}}
    assert MarkEvent.objects.get().value is False
    assert DeviceReport.objects.get().unsent == 2


def test_save_costs_four_statements_beyond_session_and_user(device, assessor, run):
    answer(device, assessor, an_event(run, "BQ.5"))

    with CaptureQueriesContext(connection) as captured:
        answer(device, assessor, an_event(run, "BQ.2"))

    own = [one["sql"] for one in captured if "exams_" in one["sql"]]
    assert len(own) == 4
    assert len([sql for sql in own if sql.strip().startswith("INSERT")]) == 2


def test_save_costs_the_same_with_many_events(device, assessor, run):
    with CaptureQueriesContext(connection) as one:
        answer(device, assessor, an_event(run, "BQ.5"))
    with CaptureQueriesContext(connection) as many:
        answer(device, assessor, *(an_event(run, code) for code in ("BQ.2", "BQ.6", "BQ.7")))

    assert len(many) == len(one)


def test_heartbeat_reports_stages_that_are_the_senders_only(device, assessor, run, version):
    other = running_stage(new_attempt(new_session(version)))

    found = answer(device, assessor, unsent={str(run.pk): 3, str(other.pk): 9, "999999999": 1})

    assert found == {"now": found["now"], "stored": [], "refused": [], "runs": {}}
    assert list(DeviceReport.objects.values_list("sheet__run", "unsent")) == [(run.pk, 3)]


def test_clock_of_the_device_is_kept_however_wrong(device, assessor, run):
    for now in (0, 8_640_000_000_000_000, -8_640_000_000_000_000):
        answer(device, assessor, an_event(run, "BQ.2"), now=now)

    assert MarkEvent.objects.count() == 3
    assert abs(DeviceReport.objects.get().skew_ms) > 8_000_000_000_000_000


def test_foreign_stage_and_unknown_stage_are_refused_and_the_rest_is_kept(device, assessor, run, version):
    foreign = running_stage(new_attempt(new_session(version)))
    good, bad = an_event(run, "BQ.2"), an_event(foreign, "BQ.2")
    unknown = {**an_event(run, "BQ.2"), "run": 999_999_999}

    found = answer(device, assessor, bad, unknown, good)

    assert found["stored"] == [good["id"]]
    assert refusals(found) == [(bad["id"], "run"), (unknown["id"], "run")]
    assert list(found["runs"]) == [str(run.pk)]


def test_step_of_the_other_stage_is_refused(device, assessor, run):
    other = run.attempt.session.scheme_version.steps.filter(stage__code="P2").first().code

    found = answer(device, assessor, an_event(run, other), an_event(run, ""), an_event(run, "no" * 5000))

    assert [code for _id, code in refusals(found)] == ["step"] * 3
    assert other in found["refused"][0]["message"]


def test_sealed_stage_takes_nothing_more_but_knows_what_it_has(device, assessor, attempt):
    run = marked_stage(ended_stage(attempt))
    known = an_event(run, "BQ.2", comment="Aydın")
    sent(run, known, actor=assessor)
    sealed(sheet_of(run))
    late = an_event(run, "BQ.2", False)

    found = answer(device, assessor, known, late)

    assert found["stored"] == [known["id"]]
    assert refusals(found) == [(late["id"], "sealed")]
    assert found["runs"][str(run.pk)]["state"] == "sealed"


def test_abstained_sheet_takes_nothing_more(device, assessor, run):
    abstain(sheet_of(run), reason="Namizədi tanıyıram", actor=assessor)

    assert refusals(answer(device, assessor, an_event(run, "BQ.2")))[0][1] == "sealed"


@pytest.mark.parametrize(
    "changes",
    [
        {"at": 0},
        {"at": 4_000_000_000_000},
        {"skew": 400 * 24 * 3600 * 1000},
        {"at": -62_135_596_800_000, "skew": -1},
        {"at": 253_402_300_799_999, "skew": 1},
    ],
)
def test_clock_years_off_is_refused_and_the_rest_is_kept(device, assessor, run, changes):
    good, bad = an_event(run, "BQ.2"), an_event(run, "BQ.6", **changes)

    found = answer(device, assessor, bad, good)

    assert refusals(found) == [(bad["id"], "clock")]
    assert found["stored"] == [good["id"]]


def test_clock_hours_off_is_believed_with_its_difference(device, assessor, run):
    hours = 5 * 3600 * 1000
    event = an_event(run, "BQ.2", skew=hours)
    event["at"] -= hours

    assert answer(device, assessor, event)["stored"] == [event["id"]]


def test_replayed_batch_changes_nothing(device, assessor, run):
    batch = a_batch(assessor, an_event(run, "BQ.2"), an_event(run, "BQ.6", comment="Aydın"))

    answers = [post(device, batch).json() for _again in range(3)]

    assert MarkEvent.objects.count() == 2
    assert all(one["stored"] == answers[0]["stored"] and one["refused"] == [] for one in answers)


def test_replay_after_a_later_mark_tells_what_stands(device, assessor, run):
    first = an_event(run, "BQ.2", True)
    later = an_event(run, "BQ.2", False, replaces=[first["id"]])
    answer(device, assessor, first)
    answer(device, assessor, later)

    found = answer(device, assessor, first)

    assert [head["id"] for head in found["runs"][str(run.pk)]["heads"]] == [later["id"]]


@pytest.mark.parametrize("keep", [1, 20, 200, -1])
def test_truncated_batch_stores_nothing(device, assessor, run, keep):
    body = json.dumps(a_batch(assessor, an_event(run, "BQ.2"), an_event(run, "BQ.6"))).encode()

    response = post(device, body[:keep])

    assert response.status_code == 400
    assert response.json()["code"] == "malformed"
    assert not MarkEvent.objects.exists()


def test_batch_of_ten_thousand_is_taken_in_part_and_the_rest_named(device, assessor, run):
    events = [an_event(run, "BQ.2") for _number in range(10_000)]

    found = answer(device, assessor, *events)

    assert found["stored"] == [event["id"] for event in events[:MOST_EVENTS]]
    assert refusals(found) == [(event["id"], "batch") for event in events[MOST_EVENTS:]]
    assert MarkEvent.objects.count() == MOST_EVENTS


def test_batch_without_end_is_too_large(device, assessor, run):
    response = post(device, b" " * (MOST_BYTES + 1))

    assert (response.status_code, response.json()["code"]) == (413, "too_large")


def test_events_that_cannot_be_read_leave_the_rest(device, assessor, run):
    good = an_event(run, "BQ.2")
    wrong = [an_event(run, "BQ.2", colour="red"), {**an_event(run, "BQ.2"), "value": "met"}, 7, an_event(run, "\0")]

    found = answer(device, assessor, *wrong, good)

    assert found["stored"] == [good["id"]]
    assert [one["code"] for one in found["refused"]] == ["unknown_field", "value", "malformed", "step"]
    assert [one["index"] for one in found["refused"]] == [0, 1, 2, 3]
    assert all(one["message"] for one in found["refused"])


def test_identifier_twice_in_a_batch_is_one_event(device, assessor, run):
    event = an_event(run, "BQ.2")

    found = answer(device, assessor, event, event, {**event, "value": False})

    assert found["stored"] == [event["id"]]
    assert refusals(found) == [(event["id"], "id_taken")]
    assert MarkEvent.objects.get().value is True


def test_identifier_of_somebody_elses_event_is_refused_and_the_rest_is_kept(device, assessor, run, version):
    other = running_stage(new_attempt(new_session(version)))
    theirs = an_event(other, "BQ.2", False)
    sent(other, theirs, actor=other.attempt.session.panel.get().assessor)
    good = an_event(run, "BQ.6")

    found = answer(device, assessor, an_event(run, "BQ.2", id=theirs["id"]), good)

    assert found["stored"] == [good["id"]]
    assert refusals(found) == [(theirs["id"], "id_taken")]
    assert MarkEvent.objects.get(pk=theirs["id"]).value is False


def test_number_of_another_event_is_refused(device, assessor, run):
    first = an_event(run, "BQ.2")
    answer(device, assessor, first)
    second, third = an_event(run, "BQ.6", seq=first["seq"]), an_event(run, "BQ.7")

    found = answer(device, assessor, second, third, an_event(run, "BQ.8", seq=third["seq"]))

    assert [code for _id, code in refusals(found)] == ["sequence", "sequence"]
    assert found["stored"] == [third["id"]]


def test_interest_declared_later_ends_the_marking(device, assessor, run):
    kept = an_event(run, "BQ.2")
    answer(device, assessor, kept)
    interest(run.attempt.person, assessor)
    late = an_event(run, "BQ.6")

    found = answer(device, assessor, kept, late)

    assert found["stored"] == [kept["id"]]
    assert refusals(found) == [(late["id"], "panel")]


def test_seat_left_ends_the_marking(device, assessor, run):
    PanelMember.objects.filter(assessor=assessor).update(left_at=timezone.now(), left_reason="Xəstələndi")

    assert refusals(answer(device, assessor, an_event(run, "BQ.2")))[0][1] == "panel"


def test_seat_left_between_look_and_insert_is_said_not_failed(assessor, run, monkeypatch):
    look: Any = intake._locked_sheet
    looks: list[Any] = []

    def stale(*args: Any) -> Any:
        """Look; the first time as it was a moment before the seat was left."""
        sheet = look(*args)
        sheet.may_mark = sheet.may_mark or not looks
        looks.append(sheet)
        return sheet

    monkeypatch.setattr(intake, "_locked_sheet", stale)
    PanelMember.objects.filter(assessor=assessor).update(left_at=timezone.now(), left_reason="Xəstələndi")

    taken = sent(run, an_event(run, "BQ.2"), actor=assessor)

    assert [one.code for one in taken.refused] == ["panel"]
    assert len(looks) == 2
    assert not MarkEvent.objects.exists()


def test_somebody_else_signed_in_stores_nothing(sign_in, assessor, run):
    other = UserFactory.create(roles=[Role.ASSESSOR])

    response = post(sign_in(other), a_batch(assessor, an_event(run, "BQ.2")))

    assert (response.status_code, response.json()["code"]) == (403, "other_user")
    assert not MarkEvent.objects.exists()
    assert not DeviceReport.objects.exists()


def test_signed_out_is_sent_to_the_sign_in_page(client, assessor, run):
    response = post(client, a_batch(assessor, an_event(run, "BQ.2")))

    assert response.status_code == 302
    assert "/login/" in response["Location"]
    assert not MarkEvent.objects.exists()


def test_without_token_nothing_is_stored(assessor, run):
    client = Client(enforce_csrf_checks=True)
    client.force_login(assessor)

    response = post(client, a_batch(assessor, an_event(run, "BQ.2")))

    assert response.status_code == 403
    assert not MarkEvent.objects.exists()


def test_with_token_it_is_stored(assessor, run):
    client = Client(enforce_csrf_checks=True)
    client.force_login(assessor)
    client.get(reverse("exams:panels"))
    token = client.cookies["csrftoken"].value if "csrftoken" in client.cookies else ""
    client.cookies["csrftoken"] = token = token or "a" * 32

    response = post(client, a_batch(assessor, an_event(run, "BQ.2")), headers={"X-CSRFToken": token})

    assert response.status_code == 200


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_other_methods_are_refused(device, method):
    assert getattr(device, method)(MARKS).status_code == 405


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_anything_but_json_is_refused(device, assessor, run, content_type):
    body = json.dumps(a_batch(assessor, an_event(run, "BQ.2")))

    assert device.generic("POST", MARKS, body, content_type=content_type).status_code == 400
    assert not MarkEvent.objects.exists()


@pytest.mark.parametrize("role", [Role.OFFICER, Role.AUDITOR, Role.DECIDER, Role.CANDIDATE, Role.SYSADMIN])
def test_nobody_but_assessors_sends_marks(sign_in, role):
    user = UserFactory.create(roles=[role])

    assert post(sign_in(user), a_batch(user)).status_code == 403


def test_two_devices_that_differ_are_both_kept_and_settled_by_a_third_mark(device, assessor, run):
    one, other = an_event(run, "BQ.2", True), an_event(run, "BQ.2", False)
    answer(device, assessor, one)

    found = answer(device, assessor, other, device=str(OTHER_DEVICE))
    heads = found["runs"][str(run.pk)]["heads"]
    assert {(head["id"], head["value"], head["here"]) for head in heads} == {
        (one["id"], True, False),
        (other["id"], False, True),
    }
    assert found["runs"][str(run.pk)]["marked"] == 0

    chosen = an_event(run, "BQ.2", False, replaces=[one["id"], other["id"]])
    assert answer(device, assessor, chosen)["runs"][str(run.pk)] == {"marked": 1, "state": "open", "heads": []}


def test_rapid_taps_keep_their_order(device, assessor, run):
    events: list[dict[str, Any]] = []
    for number in range(40):
        replaces = [events[-1]["id"]] if events else []
        events.append(an_event(run, "BQ.2", number % 2 == 0, replaces=replaces, at=events[0]["at"] if events else 1))
        events[0]["at"] = int(timezone.now().timestamp() * 1000)

    answer(device, assessor, *reversed(events))

    step = run.stage.steps.get(code="BQ.2")
    assert board_of(sheet_of(run)).value(step.pk) is False
    assert MarkEvent.objects.count() == 40


def test_marks_of_the_run_are_ones_own_only(sign_in, version, assessor, candidate):
    other = UserFactory.create(roles=[Role.ASSESSOR])
    run = running_stage(new_attempt(new_session(version, assessor, other), user=candidate))
    sent(run, an_event(run, "BQ.2", False), actor=other)

    found = sign_in(assessor).get(reverse("exams:run_marks", args=[run.pk])).json()

    assert found["heads"] == []
    assert (
        sign_in(UserFactory.create(roles=[Role.ASSESSOR])).get(reverse("exams:run_marks", args=[run.pk])).status_code
        == 403
    )
