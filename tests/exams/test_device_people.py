"""Several people at one device, and signing out: nobody sees another's pages and marks, and none is lost."""

import json
from collections import Counter
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from playwright.sync_api import BrowserContext, Error, Page, expect

from accounts.models import User
from exams.models import StageRun
from exams.states import SheetState
from tests.browser import PHONE, assert_accessible, assert_fits, session_of
from tests.exams.device import open_marking, stored, tap, wait_stored
from tests.exams.factories import new_attempt, new_session, running_stage
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OFFLINE, ONLINE = True, False
KEPT_PAGES = "caches.keys().then((names) => names.filter((name) => name.startsWith('certbody-pages-')))"


def with_unsent_mark(context: BrowserContext, run: StageRun) -> Page:
    """Mark one step without network."""
    page = open_marking(context.new_page(), run)
    context.set_offline(OFFLINE)
    tap(page, ("BQ.2", True))
    return page


def sign_in_as(context: BrowserContext, user: User | None, address: str) -> None:
    context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    if user:
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session_of(user), "url": address}])


def until_stored(page: Page, run: StageRun, expected: Counter[tuple[str, bool | None]]) -> None:
    for _try in range(200):
        if stored(run) == expected:
            return
        page.wait_for_timeout(25)
    assert stored(run) == expected


def no_pages_kept(page: Page) -> bool:
    for _try in range(200):
        if page.evaluate(KEPT_PAGES) == []:
            return True
        page.wait_for_timeout(25)
    return False


def block_sending(page: Page) -> None:
    page.route("**/exams/marks/", lambda route: route.abort())


def sign_out_button(page: Page):
    if page.locator(".account-menu[open]").count() == 0:
        page.locator(".account-menu > summary").click()
    return page.locator('.account-menu form[action$="/logout/"] button')


def test_second_person_sees_nothing_of_the_first_whose_marks_go_up_at_the_next_sign_in(
    new_context, live_server, assessor, version
):
    colleague = UserFactory.create(roles=["assessor"])
    run = running_stage(new_attempt(new_session(version, assessor, colleague)))
    context = new_context(assessor)
    left = with_unsent_mark(context, run)
    sign_in_as(context, colleague, live_server.url)
    left.close()  # in this moment the network is there for it again, but its author is gone
    context.set_offline(ONLINE)
    page = context.new_page()
    page.goto("/exams/panels/")
    assert no_pages_kept(page)
    expect(page.locator("#device [data-part=bar]")).to_be_hidden()
    context.set_offline(OFFLINE)
    with pytest.raises(Error, match="net::ERR_"):
        page.goto(f"/exams/runs/{run.pk}/")
    context.set_offline(ONLINE)
    open_marking(page, run)
    assert page.evaluate("[held.markOf('BQ.2').heads.length, held.status.waiting]") == [0, 0]
    assert stored(run) == Counter()
    sign_in_as(context, assessor, live_server.url)
    page.goto("/")
    until_stored(page, run, Counter([("BQ.2", True)]))
    assert run.sheets.get(assessor=assessor).events.count() == 1


def test_page_of_nobody_puts_kept_pages_away_but_no_marks(new_context, run, assessor, live_server):
    context = new_context(assessor)
    page = with_unsent_mark(context, run)
    block_sending(page)
    context.set_offline(ONLINE)
    sign_in_as(context, None, live_server.url)
    page.goto("/accounts/login/")
    assert no_pages_kept(page)
    sign_in_as(context, assessor, live_server.url)
    page.unroute_all()
    page.goto("/")
    until_stored(page, run, Counter([("BQ.2", True)]))


def test_session_that_ended_keeps_marks_and_says_so(new_context, run, assessor, live_server):
    context = new_context(assessor)
    page = open_marking(context.new_page(), run)
    sign_in_as(context, None, live_server.url)
    assert tap(page, ("BQ.2", True)) == [True]
    page.evaluate("until((status) => status.state === 'signed-out' && status.waiting === 1, 'not said')")
    sign_in_as(context, UserFactory.create(roles=["assessor"]), live_server.url)
    page.evaluate("held.flush()")
    page.evaluate("until((status) => status.state === 'other-user' && status.waiting === 1, 'not said')")
    assert stored(run) == Counter()
    sign_in_as(context, assessor, live_server.url)
    page.evaluate("held.flush()")
    wait_stored(page)
    assert stored(run) == Counter([("BQ.2", True)])


def test_sign_out_with_unsent_marks_is_asked_about(new_context, run, assessor, live_server):
    context = new_context(assessor)
    page = with_unsent_mark(context, run)
    block_sending(page)
    context.set_offline(ONLINE)
    page.goto("/")
    bar = page.locator("#device [data-part=bar]")
    expect(bar).to_contain_text("1.")
    assert_accessible(page)
    sign_out_button(page).click()
    dialog = page.locator("#device dialog")
    expect(dialog).to_be_visible()
    assert_accessible(page)
    with page.expect_download() as download:
        dialog.locator("[data-part=file]").click()
    assert_is_file_of_unsent(json.loads(download.value.path().read_text()), run, assessor, live_server.url)
    dialog.locator("button[value=stay]").click()
    expect(page.locator(".account-menu")).to_have_count(1)
    assert page.evaluate(KEPT_PAGES) == [f"certbody-pages-{assessor.pk}"]
    page.set_viewport_size(PHONE)
    sign_out_button(page).click()
    expect(dialog).to_be_visible()
    assert_fits(page)
    dialog.locator("button[value=leave]").click()
    expect(page.locator("a.sign-in")).to_be_visible()
    assert no_pages_kept(page)
    context.set_offline(OFFLINE)
    with pytest.raises(Error, match="net::ERR_"):
        page.goto(f"/exams/runs/{run.pk}/")
    context.set_offline(ONLINE)
    sign_in_as(context, assessor, live_server.url)
    page.unroute_all()
    page.goto("/")
    until_stored(page, run, Counter([("BQ.2", True)]))
    expect(bar).to_have_class("message message-success")


def assert_is_file_of_unsent(saved: dict[str, Any], run: StageRun, assessor: User, address: str) -> None:
    about = ("format", "v", "site", "assessor")
    expected = ("certbody-unsent-marks", 1, address.removeprefix("http://"), assessor.pk)
    assert tuple(saved[key] for key in about) == expected
    assert (list(saved["tokens"]), all(saved["tokens"].values())) == ([str(run.pk)], True)
    assert [(one["step"], one["value"], one["seq"]) for one in saved["events"]] == [("BQ.2", True, 1)]


def test_sign_out_without_unsent_marks_asks_nothing_and_closes_every_marking_page(new_context, run, assessor):
    context = new_context(assessor)
    marking = open_marking(context.new_page(), run)
    tap(marking, ("BQ.2", True))
    wait_stored(marking)
    page = context.new_page()
    page.goto("/")
    sign_out_button(page).click()
    expect(page.locator("a.sign-in")).to_be_visible()
    assert no_pages_kept(page)
    marking.wait_for_url("**/accounts/login/**")


def test_mark_that_the_server_refused_is_shown_with_its_reason_and_in_the_bar(new_context, run, assessor):
    context = new_context(assessor)
    page = with_unsent_mark(context, run)
    sheet = run.sheets.get()
    type(sheet).objects.filter(pk=sheet.pk).update(
        state=SheetState.ABSTAINED, closed_at=sheet.opened_at, closed_by=assessor, closed_reason="Xəstələndi"
    )
    cache.clear()
    context.set_offline(ONLINE)
    page.evaluate("until((status) => status.refused.length === 1, 'not refused')")
    refused = page.evaluate("held.status.refused[0]")
    assert (refused["step"], refused["refusal"]["code"]) == ("BQ.2", "sealed")
    page.goto("/")
    link = page.locator("#device [data-part=bar] a")
    expect(link).to_have_attribute("href", f"/exams/runs/{run.pk}/")


def test_person_who_never_marks_loads_next_to_nothing(new_context, candidate):
    page = new_context(candidate).new_page()
    page.goto("/", wait_until="networkidle")
    loaded = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name.split('/').at(-1))")
    assert [name for name in loaded if name.startswith(("device", "mark")) and name.endswith(".js")] == ["device.js"]
    assert (settings.PROJECT_DIR / "static" / "js" / "device.js").stat().st_size < 4096
    assert page.evaluate("indexedDB.databases()") == []
