"""Unsent marks as a file: taken in once, by an officer, with a word on every one of them."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from audit.models import AuditEntry
from audit.queries import timeline
from exams.models import DeviceReport, ExamSession, MarkEvent, StageRun
from exams.services.takein import LARGEST_FILE, TakenFile, device_token, take_in_file
from exams.wire import MOST_EVENTS
from tests.exams.factories import (
    DEVICE,
    OTHER_DEVICE,
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
from tests.exams.refusals import code_of
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def a_file(assessor: User, *events: Any, runs: tuple[StageRun, ...] = (), **changes: Any) -> dict[str, Any]:
    """Return what a device saves: its events, with the tokens of the stages that its pages were opened for."""
    return {
        "format": "certbody-unsent-marks",
        "v": 1,
        "site": "example.az",
        "assessor": assessor.pk,
        "device": str(DEVICE),
        "saved_at": 1_795_000_000_000,
        "tokens": {str(run.pk): device_token(sheet_of(run, assessor)) for run in runs},
        "events": list(events),
        **changes,
    }


def taken_in(session: ExamSession, content: dict[str, Any], actor: User) -> TakenFile:
    return take_in_file(session, json.dumps(content).encode(), actor=actor)


def refusal(session: ExamSession, content: object, actor: User) -> str:
    """Take in what has to be refused as a whole, and return the code; nothing is stored, and the trail is silent."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    before = MarkEvent.objects.count()
    code = code_of(take_in_file, session, body, actor=actor)
    assert MarkEvent.objects.count() == before
    assert not AuditEntry.objects.filter(verb="stage.take_in").exists()
    return code


def outcomes(taken: TakenFile) -> list[tuple[str, str]]:
    return [(event.outcome, event.code) for event in taken.events]


def test_marks_of_a_file_stay_their_authors(session, run, assessor, officer):
    event = an_event(run, "BQ.2", False)

    taken = taken_in(session, a_file(assessor, event, an_event(run, None, comment="Sakit"), runs=(run,)), officer)

    assert outcomes(taken) == [("new", ""), ("new", "")]
    stored = MarkEvent.objects.get(pk=event["id"])
    assert (stored.author, stored.taken_in_by, stored.value, stored.device) == (assessor, officer, False, DEVICE)
    assert not DeviceReport.objects.exists(), "the device itself was not heard of"


def test_board_forgets_unsent_marks_that_came_in_a_file(session, run, assessor, officer):
    sheet = sheet_of(run, assessor)
    moment = timezone.now()
    for device, unsent in ((DEVICE, 3), (OTHER_DEVICE, 5)):
        DeviceReport.objects.create(sheet=sheet, device=device, unsent=unsent, skew_ms=0, seen_at=moment)
    here = an_event(run, "BQ.2")
    content = a_file(assessor, here, an_event(run, "BQ.4"), an_event(run, "no"), runs=(run,))

    taken_in(session, content, officer)
    taken_in(session, content, officer)

    left = dict(DeviceReport.objects.values_list("device", "unsent"))
    assert left == {DEVICE: 1, OTHER_DEVICE: 5}, "what was refused is still on the device alone"
    assert set(DeviceReport.objects.values_list("seen_at", flat=True)) == {moment}
    many = [an_event(run, "BQ.2") for _number in range(4)]
    assert taken_in(session, a_file(assessor, *many, runs=(run,)), officer).new == 4
    assert DeviceReport.objects.get(device=DEVICE).unsent == 0


def test_trail_names_the_officer_on_exam_and_session(session, run, assessor, officer):
    taken_in(session, a_file(assessor, an_event(run, "BQ.2"), an_event(run, "no"), runs=(run,)), officer)

    entry = AuditEntry.objects.get(verb="stage.take_in")
    assert entry.actor == officer
    assert (entry.after["stored"], entry.after["known"], entry.after["refused"]) == (1, 0, 1)
    assert entry.after["assessor"] == str(assessor)
    assert len(entry.after["sha256"]) == 64
    assert entry in timeline(run.attempt)
    assert entry in timeline(session)


def test_file_taken_in_again_changes_nothing(session, run, assessor, officer, other_officer):
    content = a_file(assessor, an_event(run, "BQ.2"), an_event(run, "BQ.4"), runs=(run,))
    taken_in(session, content, officer)

    again = taken_in(session, content, other_officer)

    assert outcomes(again) == [("known", "")] * 2
    assert set(MarkEvent.objects.values_list("taken_in_by", flat=True)) == {officer.pk}


def test_marks_that_came_in_meanwhile_are_recognised(session, run, assessor, officer):
    here, missing = an_event(run, "BQ.2"), an_event(run, "BQ.4")
    sent(run, here, actor=assessor)

    taken = taken_in(session, a_file(assessor, here, missing, runs=(run,)), officer)

    assert outcomes(taken) == [("known", ""), ("new", "")]
    assert (taken.new, taken.known, taken.refused) == (1, 1, 0)


def test_every_mark_of_a_long_file_is_taken_in(session, run, assessor, officer):
    events = [an_event(run, "BQ.2") for _number in range(MOST_EVENTS + 20)]

    assert taken_in(session, a_file(assessor, *events, runs=(run,)), officer).new == MOST_EVENTS + 20


def test_marks_that_are_wrong_are_listed_with_the_reason_in_their_place(session, run, assessor, officer):
    wrong = [7, an_event(run, "BQ.2", colour="red"), an_event(run, "BQ.1"), an_event(run, "BQ.2", at=0)]

    taken = taken_in(session, a_file(assessor, *wrong, an_event(run, "BQ.2"), runs=(run,)), officer)

    assert outcomes(taken) == [
        ("refused", "malformed"),
        ("refused", "unknown_field"),
        ("refused", "step"),
        ("refused", "clock"),
        ("new", ""),
    ]
    assert [event.number for event in taken.events] == [1, 2, 3, 4, 5]
    assert all(str(event.message) for event in taken.events if event.outcome == "refused")


def test_sealed_stage_takes_no_file(attempt, assessor, officer):
    run = marked_stage(ended_stage(attempt))
    content = a_file(assessor, an_event(run, "BQ.2", False), runs=(run,))
    sealed(sheet_of(run))

    assert outcomes(taken_in(attempt.session, content, officer)) == [("refused", "sealed")]


def test_marks_of_another_session_are_left_to_it(version, run, session, assessor, officer):
    other = running_stage(new_attempt(new_session(version, assessor, place="Gəncə")))
    content = a_file(assessor, an_event(other, "BQ.2"), an_event(run, "BQ.2"), runs=(run, other))

    assert outcomes(taken_in(session, content, officer)) == [("refused", "session"), ("new", "")]
    assert outcomes(taken_in(other.attempt.session, content, officer)) == [("new", ""), ("refused", "session")]


def test_file_of_another_session_alone_is_refused(version, run, session, assessor, officer):
    other = running_stage(new_attempt(new_session(version, assessor, place="Gəncə")))

    assert refusal(session, a_file(assessor, an_event(other, "BQ.2"), runs=(other,)), officer) == "session"


def test_stage_without_proof_is_refused_and_the_rest_is_kept(version, run, session, assessor, officer):
    other = running_stage(new_attempt(session))
    content = a_file(assessor, an_event(other, "BQ.2"), an_event(run, "BQ.2"), runs=(run,))

    assert outcomes(taken_in(session, content, officer)) == [("refused", "token"), ("new", "")]


@pytest.mark.parametrize("token", [None, 5, "", "forged", "WzEsMV0:abc:def", ["x"]])
def test_forged_token_is_refused(session, run, assessor, officer, token):
    content = a_file(assessor, an_event(run, "BQ.2"), tokens={str(run.pk): token})

    assert refusal(session, content, officer) == "token"


def test_token_of_another_stage_or_assessor_proves_nothing(version, candidate, officer):
    one, other = (UserFactory.create(roles=[Role.ASSESSOR]) for _seat in range(2))
    run = running_stage(new_attempt(new_session(version, one, other), user=candidate))
    theirs = device_token(sheet_of(run, other))

    content = a_file(one, an_event(run, "BQ.2"), tokens={str(run.pk): theirs})

    assert refusal(run.attempt.session, content, officer) == "token"


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "marks"},
        {"v": 2},
        {"v": True},
        {"tokens": []},
        {"events": {}},
        {"events": []},
        {"events": [1, 2]},
        {"device": "tablet"},
        {"assessor": "5"},
        {"saved_at": "now"},
        {"colour": "red"},
    ],
)
def test_anything_but_such_a_file_is_refused(session, run, assessor, officer, changes):
    assert refusal(session, a_file(assessor, an_event(run, "BQ.2"), runs=(run,)) | changes, officer) == "file"


@pytest.mark.parametrize("body", [b"", b"\x00", b"PK\x03\x04", b"[" * 99_999, b"null", b"\xff\xfe", b"7" * 5000])
def test_bytes_that_are_no_file_are_refused(session, officer, body):
    assert refusal(session, body, officer) == "file"


def test_truncated_file_is_refused_whole(session, run, assessor, officer):
    body = json.dumps(a_file(assessor, an_event(run, "BQ.2"), an_event(run, "BQ.4"), runs=(run,))).encode()

    assert {refusal(session, body[:cut], officer) for cut in (1, 100, len(body) // 2, len(body) - 1)} == {"file"}


def test_huge_file_is_refused_unread(session, officer):
    assert refusal(session, b" " * (LARGEST_FILE + 1), officer) == "file"


def test_own_exam_is_for_another_officer(version, assessor):
    officer = UserFactory.create(roles=[Role.OFFICER, Role.CANDIDATE])
    run = running_stage(new_attempt(new_session(version, assessor), user=officer))

    content = a_file(assessor, an_event(run, "BQ.2"), runs=(run,))

    assert refusal(run.attempt.session, content, officer) == "own_case"


def test_exam_of_somebody_one_has_an_interest_in_is_for_another_officer(session, run, assessor, officer):
    interest(run.attempt.person, officer)

    assert refusal(session, a_file(assessor, an_event(run, "BQ.2"), runs=(run,)), officer) == "own_case"


@pytest.mark.parametrize("role", [Role.ASSESSOR, Role.AUDITOR, Role.DECIDER, Role.SYSADMIN])
def test_only_officers_take_files_in(session, run, assessor, role):
    content = a_file(assessor, an_event(run, "BQ.2"), runs=(run,))

    assert refusal(session, content, UserFactory.create(roles=[role])) == "officer"


# ---- The page


def upload(client: Client, session: ExamSession, content: bytes) -> Any:
    file = SimpleUploadedFile("marks-5.json", content, content_type="application/json")
    return client.post(reverse("exams:take_in", args=[session.pk]), {"file": file})


def test_page_says_of_every_mark_what_became_of_it(sign_in, session, run, assessor, officer):
    content = a_file(assessor, an_event(run, "BQ.2", False), an_event(run, "BQ.1"), "\ud800", runs=(run,))

    response = upload(sign_in(officer), session, json.dumps(content).encode())

    text = response.content.decode()
    assert response.status_code == 200
    assert text.count('<th scope="row" class="num">') == 3
    assert "BQ.2" in text
    assert str(assessor) in text
    assert [event.outcome for event in response.context["taken"].events] == ["new", "refused", "refused"]


def test_page_keeps_the_form_when_the_file_is_refused(sign_in, session, officer):
    response = upload(sign_in(officer), session, b"{}")

    assert response.status_code == 422
    assert not MarkEvent.objects.exists()


def test_page_refuses_what_is_too_large_before_reading_it(sign_in, session, officer):
    assert upload(sign_in(officer), session, b" " * (LARGEST_FILE + 1)).status_code == 422


@pytest.mark.parametrize("role", [Role.ASSESSOR, Role.AUDITOR, Role.CANDIDATE, Role.DECIDER, Role.SYSADMIN])
def test_page_is_for_officers(sign_in, session, role):
    client = sign_in(UserFactory.create(roles=[role]))

    assert client.get(reverse("exams:take_in", args=[session.pk])).status_code == 403
    assert upload(client, session, b"{}").status_code == 403
