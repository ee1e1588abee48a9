"""The live board in a real browser: it renews itself in place, says calls for help, and rests while nobody looks."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from accounts.states import Role
from exams.models import HelpCall, StageRun
from tests.browser import PHONE, assert_accessible, assert_fits
from tests.exams.factories import an_event, new_attempt, new_session, running_stage, sent
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def run(version: Any) -> StageRun:
    """A stage under way, of which a mark has come in."""
    assessor = UserFactory.create(roles=[Role.ASSESSOR])
    run = running_stage(new_attempt(new_session(version, assessor)), since_minutes=10)
    sent(run, an_event(run, "BQ.2"), actor=assessor)
    return run


def opened(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto(reverse("exams:board"))
    return page


def look_again(page: Page) -> int:
    """Let the board ask now, not in ten seconds, and return the status of the answer."""
    with page.expect_response(re.compile(r"/exams/board/")) as answer:
        page.evaluate("window.dispatchEvent(new Event('online'))")
    return answer.value.status


def test_board_renews_itself_in_place(new_context: Callable[..., BrowserContext], officer: User, run: StageRun) -> None:
    page = opened(new_context(officer, language="en"))
    total = run.stage.steps.count()
    expect(page.locator("#board-exams")).to_contain_text(f"1 of {total}")
    expect(page.locator("[data-until]")).to_have_text("34 min left")
    link = page.locator(f"#open-{run.attempt_id}")
    link.focus()
    page.evaluate("window.notReloaded = true")

    assert look_again(page) == 304
    sent(run, an_event(run, "BQ.4"), actor=run.sheets.get().assessor)
    assert look_again(page) == 200

    expect(page.locator("#board-exams")).to_contain_text(f"2 of {total}")
    expect(link).to_be_focused()
    assert page.evaluate("window.notReloaded")
    assert look_again(page) == 304


def test_call_for_help_is_said_and_answered(
    new_context: Callable[..., BrowserContext], officer: User, run: StageRun
) -> None:
    page = opened(new_context(officer, language="en"))
    expect(page.locator("#board-said")).to_have_text("")
    call = HelpCall.objects.create(
        attempt=run.attempt, note="Camera", called_by=run.sheets.get().assessor, called_at=timezone.now()
    )

    look_again(page)

    expect(page.locator("#board-said")).to_have_text(re.compile(r"^Call for help: "))
    expect(page.locator("#board-calls")).to_contain_text("Camera")
    assert_accessible(page)
    page.locator(f"#answer-{call.pk}").click()
    expect(page.locator("#board-calls li")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/exams/board/$"))
    call.refresh_from_db()
    assert call.answered_by == officer


def test_board_rests_while_it_is_hidden(
    new_context: Callable[..., BrowserContext], officer: User, run: StageRun
) -> None:
    page = opened(new_context(officer))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(
        """() => {
            Object.defineProperty(document, "visibilityState", { get: () => window.seen ?? "hidden" });
            document.dispatchEvent(new Event("visibilitychange"));
            window.dispatchEvent(new Event("online"));
        }"""
    )
    page.wait_for_timeout(300)
    assert [url for url in asked if "/exams/" in url] == []

    with page.expect_response(re.compile(r"/exams/board/")):
        page.evaluate("window.seen = 'visible'; document.dispatchEvent(new Event('visibilitychange'))")


def test_board_says_when_it_cannot_be_renewed(
    new_context: Callable[..., BrowserContext], officer: User, run: StageRun
) -> None:
    context = new_context(officer, language="en")
    page = opened(context)
    context.set_offline(True)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#board-trouble")).to_contain_text("has not been brought up to date since")

    context.set_offline(False)
    look_again(page)

    expect(page.locator("#board-trouble")).to_be_hidden()


def test_board_says_when_one_is_signed_out(
    new_context: Callable[..., BrowserContext], officer: User, run: StageRun
) -> None:
    context = new_context(officer, language="en")
    page = opened(context)
    context.clear_cookies()
    page.evaluate("window.dispatchEvent(new Event('online'))")

    expect(page.locator("#board-trouble")).to_contain_text("signed out")


def test_board_fits_a_telephone(new_context: Callable[..., BrowserContext], officer: User, run: StageRun) -> None:
    page = opened(new_context(officer, viewport=PHONE))

    assert_fits(page)
    assert_accessible(page)
