"""Every page of exams in a browser: accessible, within the window, in both languages and widths."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import User
from exams.sheets import marked_sheet
from tests.browser import PHONE, assert_accessible, assert_fits
from tests.exams.factories import (
    accepted_application,
    ended_stage,
    marked_stage,
    new_attempt,
    released_attempt,
    running_stage,
    sealed_stage,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def check(page, *paths: str) -> None:
    for path in paths:
        response = page.goto(path)
        assert response is not None
        assert response.status == 200, path
        assert_accessible(page)
        assert_fits(page)


@pytest.fixture
def stories(session, candidate, version) -> dict[str, int]:
    """An exam ahead, one under way, one ready to seal, one to sign off, one released; and someone who waits."""
    session.capacity = 6
    session.save()
    ahead = new_attempt(session)
    under_way = running_stage(new_attempt(session))
    ending = marked_stage(ended_stage(new_attempt(session)), missed=["BQ.2", "BQ.4"])
    sealed = sealed_stage(marked_stage(ended_stage(new_attempt(session)), missed=["BQ.4"]))
    done = released_attempt(new_attempt(session, user=candidate), missed=["BQ.2"])
    accepted_application(version)
    return {
        "ahead": ahead.pk,
        "run": under_way.pk,
        "ending": ending.pk,
        "sealed": sealed.pk,
        "receipt": sealed.sheets.get().pk,
        "done": done.pk,
        "session": session.pk,
    }


# Azerbaijani at both widths is tests/e2e/test_pages; here is the other language on the smaller screen.
@pytest.mark.parametrize(("language", "viewport"), [("en", PHONE)], ids=["en-phone"])
def test_pages_are_accessible_and_fit(new_context, stories, officer, assessor, candidate, viewport, language):
    def page_of(user: User):
        return new_context(user, viewport=viewport, language=language).new_page()

    def path(name: str, key: str = "", *more: object) -> str:
        return reverse(f"exams:{name}", args=[stories[key], *more] if key else [])

    check(
        page_of(officer),
        path("sessions"),
        path("sessions") + "?search=yoxdur",
        path("new"),
        path("session", "session"),
        path("panel", "session"),
        path("candidates", "session"),
        path("cancel", "session"),
        path("attempt", "ahead"),
        path("attempt", "done"),
        path("reschedule", "ahead"),
        path("remove", "ahead"),
        path("identity", "ahead"),
    )
    check(
        page_of(assessor),
        path("panels"),
        path("session", "session"),
        path("marking", "ending"),
        path("marking", "sealed"),
        path("seal", "run"),
        path("seal", "sealed"),
        path("run_panel", "sealed"),
        path("sign_off", "sealed"),
        path("receipt", "receipt"),
    )
    check(page_of(candidate), path("mine"), path("result", "done"))


def test_exam_goes_from_identity_to_release_by_hand(new_context, attempt, officer, assessor, candidate):
    page = new_context(assessor).new_page()
    page.goto(reverse("exams:attempt", args=[attempt.pk]))
    page.locator(".whatnow a").click()
    page.locator("[name=document]").first.check()
    page.locator("main form [name=save]").click()
    for code in ("P1", "P2"):
        page.locator(".whatnow a").click()
        page.locator("[name=scenario]").fill("S-07")
        if code == "P1":
            page.locator("[name=client_kind]").first.check()
        page.locator("main form [name=save]").click()
        expect(page.locator("#marking-status")).to_have_attribute("data-on-server", "0")
        run = attempt.stages.get(stage__code=code)
        for button in page.locator(".mark-met").all():
            button.click()
        page.locator("#marking-end button").click()
        page.locator("#confirm button[value=yes]").click()
        page.locator("#marking-seal").click()
        expect(page.locator("#seal")).to_have_attribute("data-ready", "1")
        receipt = page.locator("[data-code]").inner_text()
        if code == "P1":
            page.locator("[name=short_reason]").fill("Sınaq")
        page.locator("main form [name=save]").click()
        expect(page.locator("h1")).to_contain_text(receipt)
        sheet = run.sheets.get()
        assert (sheet.receipt, sheet.digest) == (receipt, marked_sheet(sheet).digest)
        page.goto(reverse("exams:attempt", args=[attempt.pk]))
    page = new_context(officer).new_page()
    page.goto(reverse("exams:attempt", args=[attempt.pk]))
    page.locator(".whatnow button").click()
    expect(page.locator(".message-success").first).to_be_visible()
    page = new_context(candidate).new_page()
    page.goto(reverse("exams:mine"))
    page.locator("main a.btn-primary").click()
    expect(page.locator(".state-band")).to_have_text("Keçib")
    attempt.refresh_from_db()
    assert (attempt.state, attempt.passed) == ("released", True)


def test_marking_page_says_that_it_needs_javascript(browser, live_server, run, assessor, new_context):
    cookies = new_context(assessor).cookies()
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(reverse("exams:marking", args=[run.pk]))
    expect(page.locator("noscript + *")).to_be_visible()
    assert "JavaScript" in page.content()
    context.close()
