"""What is said at a closed door: a sign-in that has ended, a method that is not taken, too many requests."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from accounts.models import User
from accounts.states import Role
from core.interrupted import LONGEST_AGO, is_page, page_above
from core.models import OutgoingMessage
from core.ratelimit import too_many
from core.refusals import USUAL_WAIT, RefusalsMiddleware
from core.states import MessageState
from tests.factories import PASSWORD, UserFactory

SignIn = Callable[[User], Client]
HOST = "http://testserver"
BUTTON = "operations:resend_message"
PAGE = "operations:message"


@pytest.fixture
def failed(db: None) -> OutgoingMessage:
    return OutgoingMessage.objects.create(
        key="test:1", kind="application_received", recipient="person@example.az", language="az", subject="Mövzu",
        body="Mətn", state=MessageState.FAILED, due_at=timezone.now(),
    )  # fmt: skip


def said(response: Any) -> list[tuple[str, str]]:
    """Return the messages that a page shows, with what marks them."""
    return [(str(one), one.extra_tags) for one in response.context["messages"]]


def pressed(client: Client, message: OutgoingMessage, referrer: str = "", **headers: str) -> Any:
    """Press the button of a page, whose address the browser names."""
    url = reverse(BUTTON, args=[message.pk])
    named = {"Referer": referrer} if referrer else {}
    return client.post(url, headers={**named, **headers})


def signed_in_again(client: Client, user: User, answer: Any) -> Any:
    """Sign in on the page to which `answer` leads, and go where that leads."""
    client.get(answer.headers["Location"])
    next_page = answer.headers["Location"].partition("next=")[2]
    return client.post(
        reverse("account_login"), {"login": user.email, "password": PASSWORD, "next": next_page}, follow=True
    )


# --- A press after the sign-in has ended ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["az", "en"])
def test_press_after_the_session_ended_leads_back_to_its_page_and_says_so(
    failed: OutgoingMessage, language: str
) -> None:
    officer = UserFactory.create(roles=[Role.OFFICER], language=language)
    client = Client(headers={"accept-language": language})
    page = reverse(PAGE, args=[failed.pk])
    answer = pressed(client, failed, f"{HOST}{page}")
    assert answer.headers["Location"] == f"{reverse('account_login')}?next={page}"
    failed.refresh_from_db()
    assert failed.state == MessageState.FAILED
    shown = signed_in_again(client, officer, answer)
    assert (shown.redirect_chain[-1][0], shown.status_code) == (page, 200)
    words = {"az": "Girişiniz bitmişdi", "en": "Your sign-in had ended"}[language]
    assert [(told.startswith(words), tag) for told, tag in said(shown)][-1] == (True, "unsent")
    assert "data-unsent" in shown.content.decode()
    # Once only: the next page does not say it again.
    assert said(client.get(page)) == []


@pytest.mark.parametrize(
    ("referrer", "expected"),
    [
        ("", "message"),
        ("https://evil.example/operations/messages/1/", "message"),
        ("//evil.example/", "message"),
        ("javascript:alert(1)", "message"),
        (f"{HOST}//evil.example/", "message"),
        (f"{HOST}/no/such/page/", "message"),
        (f"{HOST}/accounts/login/", "message"),
        (f"{HOST}/operations/messages/?state=failed&q=a%20b", "/operations/messages/%3Fstate%3Dfailed%26q%3Da%2520b"),
    ],
)
def test_only_our_own_pages_are_gone_back_to(failed: OutgoingMessage, referrer: str, expected: str) -> None:
    answer = pressed(Client(), failed, referrer)
    page = reverse(PAGE, args=[failed.pk]) if expected == "message" else expected
    assert answer.headers["Location"] == f"{reverse('account_login')}?next={page}"


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Mode": "cors"}, {"HX-Request": "true"}, {"Sec-Fetch-Mode": "same-origin"}]
)
def test_a_script_that_sends_again_by_itself_leaves_no_word(failed: OutgoingMessage, headers: dict[str, str]) -> None:
    officer, client = UserFactory.create(roles=[Role.OFFICER]), Client()
    answer = pressed(client, failed, **headers)
    assert answer.status_code == 302
    assert [tag for _words, tag in said(signed_in_again(client, officer, answer)) if tag == "unsent"] == []


def test_data_of_a_script_leave_no_word(failed: OutgoingMessage) -> None:
    client = Client()
    client.post(reverse(BUTTON, args=[failed.pk]), "{}", content_type="application/json")
    assert "interrupted_at" not in client.session


def test_what_was_pressed_long_ago_is_not_spoken_of(failed: OutgoingMessage) -> None:
    officer, client = UserFactory.create(roles=[Role.OFFICER]), Client()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        answer = pressed(client, failed)
        clock.shift(LONGEST_AGO)
        assert [tag for _words, tag in said(signed_in_again(client, officer, answer)) if tag == "unsent"] == []
    assert "interrupted_at" not in client.session


def test_whoever_may_not_see_the_page_is_told_so(failed: OutgoingMessage) -> None:
    holder, client = UserFactory.create(roles=[Role.CANDIDATE]), Client()
    assert signed_in_again(client, holder, pressed(client, failed)).status_code == 403


def test_page_from_before_the_last_sign_in_leads_back_with_a_word(failed: OutgoingMessage, officer: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(officer)
    page = reverse(PAGE, args=[failed.pk])
    answer = pressed(client, failed, f"{HOST}{page}")
    assert (answer.status_code, answer.headers["Location"]) == (302, page)
    assert [tag for _words, tag in said(client.get(page))] == ["unsent"]
    failed.refresh_from_db()
    assert failed.state == MessageState.FAILED


@pytest.mark.parametrize(
    ("is_signed_in", "referrer", "headers"),
    [
        (False, f"{HOST}/operations/messages/", {}),
        (True, "https://evil.example/", {}),
        (True, "", {}),
        (True, f"{HOST}/operations/messages/", {"Sec-Fetch-Mode": "cors"}),
    ],
)
def test_form_of_somebody_else_is_refused_as_before(
    failed: OutgoingMessage, officer: User, is_signed_in: bool, referrer: str, headers: dict[str, str]
) -> None:
    client = Client(enforce_csrf_checks=True)
    if is_signed_in:
        client.force_login(officer)
    assert pressed(client, failed, referrer, **headers).status_code == 403


# --- Pages and addresses that are none --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/operations/messages/7/resend/", "/operations/messages/7/"),
        ("/operations/messages/7/", "/operations/messages/7/"),
        ("/batches/6b1fd2f2-0ed6-4a1c-8a1a-3d7b61f0a0f7/retry/", "/batches/6b1fd2f2-0ed6-4a1c-8a1a-3d7b61f0a0f7/"),
        ("/accounts/login/", "/"),
        ("/no/such/place", "/"),
        ("//evil.example/x/", "/"),
        ("", "/"),
    ],
)
def test_page_above_is_the_nearest_that_a_get_shows(path: str, expected: str) -> None:
    assert page_above(path or "/") == expected


@pytest.mark.parametrize(("path", "expected"), [("/", True), ("/healthz/", False), ("/admin/", False), ("x", False)])
def test_pages_are_those_of_the_house(path: str, expected: bool) -> None:
    assert is_page(path) == expected


@pytest.mark.parametrize("language", ["az", "en"])
def test_get_of_a_button_shows_a_page_with_the_way_to_it(
    sign_in: SignIn, failed: OutgoingMessage, language: str
) -> None:
    client = sign_in(UserFactory.create(roles=[Role.OFFICER], language=language))
    client.cookies["django_language"] = language
    answer = client.get(reverse(BUTTON, args=[failed.pk]))
    text = answer.content.decode()
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert f'href="{reverse(PAGE, args=[failed.pk])}"' in text
    assert f'<html lang="{language}"' in text


def test_get_of_a_button_before_signing_in_leads_to_its_page(failed: OutgoingMessage) -> None:
    answer = Client().get(reverse(BUTTON, args=[failed.pk]))
    assert answer.headers["Location"] == f"{reverse('account_login')}?next={reverse(PAGE, args=[failed.pk])}"
    deep = Client().get(reverse("operations:messages"), {"state": "failed"})
    assert deep.headers["Location"].endswith("?next=/operations/messages/%3Fstate%3Dfailed")


def test_get_of_a_button_for_programs_stays_without_page(sign_in: SignIn, failed: OutgoingMessage) -> None:
    client = sign_in(UserFactory.create(roles=[Role.OFFICER]))
    answer = client.get(reverse(BUTTON, args=[failed.pk]), headers={"accept": "application/json"})
    assert (answer.status_code, answer.content) == (405, b"")


# --- Words for each reader --------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.CANDIDATE, Role.AUDITOR])
def test_closed_page_speaks_of_roles_to_staff_alone(sign_in: SignIn, role: Role) -> None:
    user = UserFactory.create(roles=[role], language="az")
    text = sign_in(user).get(reverse("accounts:invite")).content.decode()
    assert (("Rolunuz" in text), (user.email in text.partition("<main")[2])) == (
        role == Role.AUDITOR,
        role == Role.CANDIDATE,
    )


def test_refusal_of_too_many_says_how_long_to_wait(rf: RequestFactory) -> None:
    request = rf.get("/")
    assert [too_many(request, "doors", limit=1, seconds=600) for _time in range(2)] == [False, True]

    def refused(_request: object) -> HttpResponse:
        return HttpResponse(status=429)

    assert RefusalsMiddleware(refused)(request).headers["Retry-After"] == "600"
    assert RefusalsMiddleware(refused)(rf.get("/")).headers["Retry-After"] == str(USUAL_WAIT)

    def own(_request: object) -> HttpResponse:
        return HttpResponse(status=429, headers={"Retry-After": "7"})

    assert RefusalsMiddleware(own)(request).headers["Retry-After"] == "7"


@pytest.mark.django_db
def test_too_many_searches_by_a_stranger_promise_nothing_of_what_was_saved(
    sign_in: SignIn, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("certificates.views.public.CHECKS_PER_MINUTE", 0)
    answers = [client.post(reverse("certificates:verify"), {}) for client in (Client(), sign_in(officer))]
    texts = [answer.content.decode() for answer in answers]
    assert [(answer.status_code, answer.headers["Retry-After"]) for answer in answers] == [(429, "60")] * 2
    with translation.override("az"):
        promise = gettext("What you have saved is safe.")
    assert [promise in text for text in texts] == [False, True]
