"""Who sees and does what: every page of exams with every role, and with those who come near."""

from uuid import UUID

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.states import Role
from exams.models import Attempt, CriticalNote, MarkEvent, PanelMember, Settlement, Sheet
from exams.states import PanelRole
from tests.exams.factories import (
    ended_stage,
    interest,
    marked_attempt,
    marked_stage,
    new_attempt,
    new_session,
    released_attempt,
    running_stage,
    sealed_stage,
    sheet_of,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

ROLES = (
    "officer", "auditor", "assessor", "observer", "stranger", "decider", "sysadmin", "candidate", "other_candidate",
)  # fmt: skip
READERS = {"officer", "auditor", "assessor", "observer"}
ALLOWED = {
    "sessions": {"officer", "auditor"},
    "new": {"officer"},
    "panels": {"assessor", "observer", "stranger"},
    "mine": set(ROLES),
    "session": READERS,
    "edit": {"officer"},
    "panel": {"officer"},
    "candidates": {"officer"},
    "cancel": {"officer"},
    "attempt": READERS,
    "reschedule": {"officer"},
    "remove": {"officer"},
    "identity": {"officer", "assessor"},
    "no_show": {"officer", "assessor"},
    "start": {"assessor"},
    "marking": {"assessor"},
    "run_marks": {"assessor"},
    "seal": {"assessor"},
    "sign_off": set(),
    "run_panel": READERS,
    "result": set(),
}


@pytest.fixture
def people(officer, auditor, assessor, decider, sysadmin, candidate, version, attempt) -> dict[str, User]:
    """Everyone, with an observer, an assessor of another session and a candidate with an exam of their own."""
    observer, stranger = UserFactory.create_batch(2, roles=[Role.ASSESSOR])
    PanelMember.objects.create(session=attempt.session, assessor=observer, role=PanelRole.OBSERVER)
    other_candidate = UserFactory.create(roles=[Role.CANDIDATE])
    new_attempt(new_session(version, stranger), user=other_candidate)
    return {
        "officer": officer,
        "auditor": auditor,
        "assessor": assessor,
        "observer": observer,
        "stranger": stranger,
        "decider": decider,
        "sysadmin": sysadmin,
        "candidate": candidate,
        "other_candidate": other_candidate,
    }


def address(name: str, attempt: Attempt) -> str:
    run = attempt.stages.get()
    arguments: dict[str, list[object]] = {"start": [attempt.pk, "P2"]}
    if name in {"sessions", "new", "panels", "mine"}:
        return reverse(f"exams:{name}")
    if name in {"session", "edit", "panel", "candidates", "cancel"}:
        return reverse(f"exams:{name}", args=[attempt.session_id])
    if name in {"marking", "run_marks", "seal", "sign_off", "run_panel"}:
        return reverse(f"exams:{name}", args=[run.pk])
    return reverse(f"exams:{name}", args=arguments.get(name, [attempt.pk]))


def who_may(path: str, people: dict[str, User], sign_in) -> set[str]:
    answers = {name: sign_in(user).get(path).status_code for name, user in people.items()}
    assert set(answers.values()) <= {200, 403}, answers
    return {name for name, status in answers.items() if status == 200}


@pytest.mark.parametrize("name", ALLOWED)
def test_page_opens_to_whom_it_concerns(name, attempt, people, sign_in):
    running_stage(attempt)
    assert who_may(address(name, attempt), people, sign_in) == ALLOWED[name]


@pytest.mark.parametrize("name", ALLOWED)
def test_page_sends_strangers_to_sign_in(name, attempt):
    running_stage(attempt)
    path = address(name, attempt)
    assert Client().get(path)["Location"] == f"{reverse('account_login')}?next={path}"


def test_result_is_hidden_until_it_is_released(attempt, people, sign_in):
    path = reverse("exams:result", args=[attempt.pk])
    assert who_may(path, people, sign_in) == set()
    marked_attempt(attempt)
    assert who_may(path, people, sign_in) == set()


def test_released_result_is_the_candidates_alone(attempt, people, sign_in):
    released_attempt(attempt)
    assert who_may(reverse("exams:result", args=[attempt.pk]), people, sign_in) == {"candidate"}


def test_candidate_in_two_roles_sees_nothing_of_their_own_exam(version, sign_in):
    both = UserFactory.create(roles=[Role.CANDIDATE, Role.OFFICER])
    own = new_attempt(new_session(version), user=both)
    assert sign_in(both).get(reverse("exams:attempt", args=[own.pk])).status_code == 403
    assert sign_in(both).get(reverse("exams:identity", args=[own.pk])).status_code == 403


def test_sign_off_opens_to_the_lead_alone_once_all_have_sealed(attempt, people, sign_in):
    path = reverse("exams:sign_off", args=[sealed_stage(marked_stage(ended_stage(attempt))).pk])
    assert who_may(path, people, sign_in) == {"assessor"}


def test_marks_are_their_assessors_alone_until_all_have_sealed(version, assessor, sign_in):
    other = UserFactory.create(roles=[Role.ASSESSOR])
    run = marked_stage(running_stage(new_attempt(new_session(version, assessor, other))), missed=["BQ.2"])
    answer = sign_in(assessor).get(reverse("exams:run_marks", args=[run.pk])).json()
    assert (answer["marked"], answer["state"], answer["sheet"]) == (27, "open", sheet_of(run, assessor).pk)
    own = set(sheet_of(run, assessor).events.values_list("pk", flat=True))
    assert {UUID(head["id"]) for head in answer["heads"]} == own


def test_assessor_with_a_later_declared_interest_sees_their_marks_and_may_not_go_on(attempt, assessor, sign_in):
    run = running_stage(attempt)
    interest(attempt.person, assessor)
    client = sign_in(assessor)
    assert client.get(reverse("exams:marking", args=[run.pk])).status_code == 200
    assert client.get(reverse("exams:seal", args=[run.pk])).status_code == 403
    assert client.post(reverse("exams:end", args=[run.pk])).status_code == 403
    assert client.get(reverse("exams:start", args=[attempt.pk, "P2"])).status_code == 403


def test_assessor_whose_role_ended_may_not_mark(attempt, assessor, sign_in):
    run = running_stage(attempt)
    assessor.role_assignments.update(ended_at=run.started_at)
    assert sign_in(assessor).get(reverse("exams:marking", args=[run.pk])).status_code == 403


BUTTONS = {"close": {"officer"}, "end": {"assessor"}, "release": {"officer"}}


@pytest.mark.parametrize("name", BUTTONS)
def test_button_is_pressed_by_whom_it_concerns(name, attempt, people, sign_in):
    run = running_stage(attempt)
    key = {"close": attempt.session_id, "end": run.pk, "release": attempt.pk}[name]
    path = reverse(f"exams:{name}", args=[key])
    answers = {who: sign_in(user).post(path).status_code for who, user in people.items()}
    assert {who for who, status in answers.items() if status == 302} == BUTTONS[name]
    assert set(answers.values()) == {302, 403}


def test_button_does_nothing_on_get(attempt, assessor, sign_in):
    run = running_stage(attempt)
    assert sign_in(assessor).get(reverse("exams:end", args=[run.pk])).status_code == 405
    run.refresh_from_db()
    assert run.ended_at is None


def test_unknown_objects_are_not_found(officer, sign_in):
    for name in ("session", "attempt", "release"):
        path = reverse(f"exams:{name}", args=[999_999])
        assert sign_in(officer).post(path).status_code in {404, 405}
        assert sign_in(officer).get(path).status_code in {404, 405}


def test_administration_site_shows_exams_but_no_marks():
    tables = (Attempt, PanelMember, Sheet, MarkEvent, CriticalNote, Settlement)
    assert [table for table in tables if admin.site.is_registered(table)] == [Attempt, PanelMember]
