"""The pages: what a form does and says, what the address of marks answers, and what a page costs."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.states import Role
from core.models import OutgoingMessage
from exams.models import Attempt, ExamSession, MarkEntry
from exams.services.notices import tell_cancelled, tell_moved, tell_released, tell_scheduled
from exams.services.sign_off import release_result
from tests.exams.factories import (
    accepted_application,
    ended_stage,
    identified,
    marked_attempt,
    marked_stage,
    new_attempt,
    new_session,
    released_attempt,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def said(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


# --- The address of marks --------------------------------------------------------------------------------------------


@pytest.fixture
def send(run, assessor, sign_in):
    """Send one mark as the page does, with what is given in place of the usual."""
    client = sign_in(assessor)

    def sent(**changes: object):
        mark = {
            "id": str(uuid4()),
            "step": "BQ.2",
            "value": True,
            "comment": "",
            "follows": None,
            "assessor": assessor.pk,
            **changes,
        }
        return client.post(reverse("exams:marks", args=[run.pk]), json.dumps(mark), content_type="application/json")

    return sent


def test_stored_mark_is_answered_with_what_stands(send, assessor):
    answer = send(id="0b7e3a52-6a9f-4d0c-9d3f-0f8f6a6e1c11", comment="aydın").json()
    assert answer["id"] == "0b7e3a52-6a9f-4d0c-9d3f-0f8f6a6e1c11"
    assert answer["current"] == {
        "id": answer["id"],
        "step": "BQ.2",
        "value": True,
        "comment": "aydın",
        "by": str(assessor),
        "mine": True,
        "at": MarkEntry.objects.get().recorded_at.isoformat(),
    }


def test_same_mark_again_is_answered_the_same(send):
    identifier = str(uuid4())
    first, second = send(id=identifier), send(id=identifier)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert MarkEntry.objects.count() == 1


def test_same_identifier_with_another_mark_is_refused(send):
    identifier = str(uuid4())
    send(id=identifier)
    answer = send(id=identifier, value=False)
    assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")


def test_mark_that_overlooks_another_is_answered_with_it(send):
    first = send().json()["id"]
    answer = send(value=False)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert answer.json()["current"]["id"] == first


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"step": "BQ.1"}, 422, "step"),
        ({"step": ""}, 422, "step"),
        ({"comment": "ə" * 2001}, 422, "comment"),
        ({"assessor": 0}, 403, "other_user"),
        ({"id": "seven"}, 400, "malformed"),
        ({"id": None}, 400, "malformed"),
        ({"id": 7}, 400, "malformed"),
        ({"value": 1}, 400, "malformed"),
        ({"value": "true"}, 400, "malformed"),
        ({"value": []}, 400, "malformed"),
        ({"step": 2}, 400, "malformed"),
        ({"step": "\0"}, 400, "malformed"),
        ({"comment": None}, 400, "malformed"),
        ({"comment": "\0"}, 400, "malformed"),
        ({"comment": "\ud83d"}, 400, "malformed"),  # half an emoji
        ({"follows": "x"}, 400, "malformed"),
        ({"assessor": True}, 400, "malformed"),
        ({"surprise": 1}, 400, "malformed"),
    ],
)
def test_bad_mark_is_refused_with_its_reason(send, changes, status, code):
    answer = send(**changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["message"]
    assert MarkEntry.objects.count() == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'{"id": 1}'])
def test_body_that_is_no_mark_is_refused(run, assessor, sign_in, body):
    answer = sign_in(assessor).post(reverse("exams:marks", args=[run.pk]), body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_mark_after_sign_off_is_refused(attempt, assessor, sign_in):
    run = marked_stage(ended_stage(attempt))
    client = sign_in(assessor)
    client.post(reverse("exams:sign_off", args=[run.pk]), {})
    mark = {"id": str(uuid4()), "step": "BQ.2", "value": False, "comment": "", "follows": None, "assessor": assessor.pk}
    answer = client.post(reverse("exams:marks", args=[run.pk]), json.dumps(mark), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "signed")


def test_marks_can_be_read(send, run, assessor, sign_in):
    send()
    answer = sign_in(assessor).get(reverse("exams:marks", args=[run.pk])).json()
    assert ([entry["step"] for entry in answer["entries"]], answer["signed"]) == (["BQ.2"], False)


def test_mark_costs_a_fixed_number_of_queries_whatever_was_marked_before(send):
    with CaptureQueriesContext(connection) as first:
        send()
    for code in ("BQ.4", "BQ.5", "BQ.6"):
        send(step=code)
    with CaptureQueriesContext(connection) as later:
        send(step="BQ.7")
    assert len(later) == len(first) <= 16


# --- Forms -----------------------------------------------------------------------------------------------------------


def session_form(version, assessor, **changes) -> dict[str, object]:
    day = timezone.localdate() + timedelta(days=7)
    return {
        "version": version.pk,
        "date": day.isoformat(),
        "time": "11:00",
        "place": "Bakı, otaq 5",
        "capacity": "4",
        "lead": assessor.pk,
        **changes,
    }


def test_officer_schedules_a_session_and_goes_on_to_it(officer, version, assessor, sign_in):
    response = sign_in(officer).post(reverse("exams:new"), session_form(version, assessor))
    session = ExamSession.objects.get()
    assert response["Location"] == reverse("exams:session", args=[session.pk])
    assert timezone.localtime(session.starts_at).strftime("%H:%M") == "11:00"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"date": "2020-01-01"}, "keçmişdədir"),
        ({"date": "sabah"}, ""),
        ({"capacity": "0"}, ""),
        ({"capacity": "101"}, ""),
        ({"lead": ""}, ""),
        ({"place": "x" * 201}, ""),
    ],
)
def test_refused_session_keeps_what_was_typed(officer, version, assessor, sign_in, changes, words):
    response = sign_in(officer).post(reverse("exams:new"), session_form(version, assessor, **changes))
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert ('value="11:00"' in page, ExamSession.objects.count()) == (True, 0)


def test_double_click_on_every_button_gives_a_message_and_changes_nothing(attempt, officer, assessor, sign_in):
    run = ended_stage(attempt)
    again = sign_in(assessor).post(reverse("exams:end", args=[run.pk]))
    assert said(again) == ["Mərhələ artıq bitib."]
    marked_stage(run)
    client, path = sign_in(assessor), reverse("exams:sign_off", args=[run.pk])
    assert client.post(path, {}).status_code == 302
    assert client.post(path, {}).status_code == 422
    release = reverse("exams:release", args=[attempt.pk])
    assert "vəziyyəti" in said(sign_in(officer).post(release))[0]


def test_start_form_asks_for_the_client_only_in_a_client_session(attempt, assessor, sign_in):
    identified(attempt)
    client = sign_in(assessor)
    p1, p2 = (reverse("exams:start", args=[attempt.pk, code]) for code in ("P1", "P2"))
    assert 'name="client_kind"' in client.get(p1).content.decode()
    assert 'name="client_kind"' not in client.get(p2).content.decode()
    response = client.post(p1, {"scenario": "S-07", "client_kind": "real"})
    assert response["Location"] == reverse("exams:marking", args=[attempt.stages.get().pk])


def test_sign_off_page_asks_for_the_reason_of_a_short_stage(attempt, assessor, sign_in):
    run = marked_stage(ended_stage(attempt, minutes=20))
    client, path = sign_in(assessor), reverse("exams:sign_off", args=[run.pk])
    assert client.post(path, {}).status_code == 422
    assert client.post(path, {"short_reason": "Müştəri getdi"}).status_code == 302
    run.refresh_from_db()
    assert run.short_reason == "Müştəri getdi"


def test_result_page_explains_and_keeps_comments_back(attempt, candidate, assessor, sign_in):
    run = ended_stage(attempt, ago=12)
    client = sign_in(assessor)
    mark = {"id": str(uuid4()), "step": "BQ.2", "value": False, "comment": "gizli qeyd", "follows": None}
    client.post(
        reverse("exams:marks", args=[run.pk]),
        json.dumps({**mark, "assessor": assessor.pk}),
        content_type="application/json",
    )
    marked_stage(run, without=["BQ.2"])
    client.post(reverse("exams:sign_off", args=[run.pk]), {})
    p2 = marked_stage(ended_stage(attempt, "P2", minutes=10))
    client.post(reverse("exams:sign_off", args=[p2.pk]), {})
    attempt.refresh_from_db()
    release_result(attempt, actor=UserFactory.create(roles=[Role.OFFICER]))
    page = sign_in(candidate).get(reverse("exams:result", args=[attempt.pk])).content.decode()
    statement = run.stage.steps.get(code="BQ.2").statement_az
    assert "26 / 27" in page
    assert statement in page
    assert "gizli qeyd" not in page


def test_candidate_sees_no_verdict_before_release(attempt, candidate, sign_in):
    marked_attempt(attempt, missed=["BQ.2"])
    page = sign_in(candidate).get(reverse("exams:mine")).content.decode()
    assert ("Keçməyib" in page, "Gözlənilir" in page) == (False, True)


def test_mail_texts_are_complete_in_both_languages(version, officer):
    for language in ("az", "en"):
        application = accepted_application(version, language=language, given_name="D'Arsi")
        attempt = new_attempt(new_session(version), application)
        tell_scheduled(attempt)
        tell_moved(attempt, event=1)
        tell_cancelled(attempt, reason="Qəza")
        tell_released(attempt)
        for message in OutgoingMessage.objects.filter(language=language):
            assert message.subject
            assert "D'Arsi" in message.body
            assert "http" in message.body
    assert OutgoingMessage.objects.count() == 8


# --- What a page costs -----------------------------------------------------------------------------------------------


def queries(client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    "filters", ["", "?state=planned&scheme=coach-6&search=otaq", "?day=2026-01-01", "?day=x&state=y"]
)
def test_list_of_sessions_costs_the_same_for_one_and_three(version, officer, sign_in, filters):
    path, client = reverse("exams:sessions") + filters, sign_in(officer)
    new_attempt(new_session(version))
    one = queries(client, path)
    for _ in range(2):
        new_attempt(new_session(version))
    assert queries(client, path) == one


def test_list_of_own_sessions_costs_the_same_for_one_and_three(version, assessor, sign_in):
    path, client = reverse("exams:panels"), sign_in(assessor)
    for days in (0, -3):
        new_session(version, assessor, starts_at=timezone.now() + timedelta(days=days))
    one = queries(client, path)
    for days in (0, 1, -3, -4):
        new_session(version, assessor, starts_at=timezone.now() + timedelta(days=days))
    assert queries(client, path) == one


def test_session_page_costs_the_same_for_one_and_three_candidates(session, officer, sign_in):
    path, client = reverse("exams:session", args=[session.pk]), sign_in(officer)
    ended_stage(new_attempt(session))
    one = queries(client, path)
    for _ in range(2):
        ended_stage(new_attempt(session))
    assert queries(client, path) == one


def test_own_exams_cost_the_same_for_one_and_three(session, version, candidate, sign_in):
    path, client = reverse("exams:mine"), sign_in(candidate)
    first = new_attempt(session, user=candidate)
    released = released_attempt(first, missed=["BQ.2"])
    one = queries(client, path)
    for _ in range(2):
        again = Attempt.objects.create(
            session=new_session(version),
            application=released.application,
            person=released.person,
            starts_at=timezone.now(),
        )
        released_attempt(again, missed=["BQ.2"])
    assert queries(client, path) == one


def test_marking_page_costs_the_same_marked_and_unmarked(run, assessor, sign_in):
    path, client = reverse("exams:marking", args=[run.pk]), sign_in(assessor)
    unmarked = queries(client, path)
    marked_stage(run)
    assert queries(client, path) == unmarked
