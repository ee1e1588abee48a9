"""The marking page in a real browser: nothing is called saved that is not, and nothing made is ever lost."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, Route, expect

from accounts.models import User
from exams.models import MarkEntry, StageRun
from exams.queries.marks import current_marks
from exams.services.marking import mark_step
from exams.services.sign_off import sign_off_stage
from tests.browser import DESKTOP, PHONE, TABLET, assert_accessible, assert_fits
from tests.exams.factories import a_mark, ended_stage, marked_stage, new_attempt, new_session, running_stage
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Opener = Callable[..., BrowserContext]


def marking_page(new_context: Opener, run: StageRun, user: User, **options: object) -> Page:
    page = new_context(user, **options).new_page()
    page.goto(f"/exams/runs/{run.pk}/")
    return page


def row(page: Page, code: str):
    return page.locator(f'.mark-row[data-step="{code}"]')


def met(page: Page, code: str):
    return row(page, code).locator(".mark-met")


def not_met(page: Page, code: str):
    return row(page, code).locator(".mark-not")


def expect_state(page: Page, code: str, state: str) -> None:
    expect(row(page, code).locator(".mark-save")).to_have_attribute("data-state", state)


def expect_stored(page: Page) -> None:
    expect(page.locator("#marking-status")).to_have_attribute("data-state", "stored")


def until(page: Page, done: Callable[[], object]) -> None:
    """Let the page go on until something has happened in this test."""
    for _try in range(400):
        if done():
            return
        page.wait_for_timeout(25)
    raise AssertionError("it did not happen within ten seconds")


def kept(page: Page) -> int:
    return int(page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('marking:')).length"))


def test_one_tap_stores_a_mark(new_context, run, assessor):
    page = marking_page(new_context, run, assessor)
    met(page, "BQ.2").click()
    expect(met(page, "BQ.2")).to_have_attribute("aria-pressed", "true")
    expect_state(page, "BQ.2", "saved")
    assert current_marks(run) == {"BQ.2": True}
    assert kept(page) == 0
    expect(page.locator("#marking-count")).to_have_text("1 / 27")


def test_rapid_taps_keep_their_order(new_context, run, assessor):
    page = marking_page(new_context, run, assessor)
    for choose in (met, not_met, met, not_met):
        choose(page, "BQ.2").click()
    expect_stored(page)
    assert current_marks(run) == {"BQ.2": False}
    values = list(MarkEntry.objects.order_by("recorded_at").values_list("value", flat=True))
    assert values == [True, False, True, False]


def test_dropped_request_is_sent_again(new_context, run, assessor):
    page = marking_page(new_context, run, assessor)
    dropped: list[Route] = []

    def drop_twice(route: Route) -> None:
        if route.request.method == "POST" and len(dropped) < 2:
            dropped.append(route)
            route.abort()
        else:
            route.continue_()

    page.route(re.compile("/marks/$"), drop_twice)
    met(page, "BQ.2").click()
    expect_state(page, "BQ.2", "retrying")
    expect(page.locator("#marking-status")).to_have_attribute("data-state", "failing")
    not_met(page, "BQ.4").click()
    expect_stored(page)
    expect_state(page, "BQ.2", "saved")
    assert current_marks(run) == {"BQ.2": True, "BQ.4": False}
    assert MarkEntry.objects.count() == 2


def test_answer_that_is_lost_is_not_stored_twice(new_context, run, assessor):
    page = marking_page(new_context, run, assessor)
    lost: list[int] = []

    def lose_the_first_answer(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.route(re.compile("/marks/$"), lose_the_first_answer)
    met(page, "BQ.2").click()
    expect_state(page, "BQ.2", "saved")
    assert lost == [200]
    assert MarkEntry.objects.count() == 1


def test_unsent_marks_survive_a_reload(new_context, run, assessor):
    page = marking_page(new_context, run, assessor)
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.route(re.compile("/marks/$"), lambda route: route.abort())
    met(page, "BQ.2").click()
    row(page, "BQ.4").locator("[data-comment]").click()
    row(page, "BQ.4").locator("textarea").fill("Sual qapalı idi")
    not_met(page, "BQ.4").click()
    expect_state(page, "BQ.4", "retrying")
    assert MarkEntry.objects.count() == 0
    page.unroute_all()
    page.reload()
    assert asked == ["beforeunload"]
    expect_stored(page)
    expect(met(page, "BQ.2")).to_have_attribute("aria-pressed", "true")
    assert current_marks(run) == {"BQ.2": True, "BQ.4": False}
    assert MarkEntry.objects.filter(step__code="BQ.4").latest("recorded_at").comment == "Sual qapalı idi"
    assert kept(page) == 0


def test_comment_is_stored_on_a_pause(new_context, run, assessor):
    page = marking_page(new_context, run, assessor)
    row(page, "BQ.2").locator("[data-comment]").click()
    page.keyboard.type("Çox yaxşı")
    expect_state(page, "BQ.2", "saved")
    assert MarkEntry.objects.get().comment == "Çox yaxşı"


def open_two(new_context: Opener, run: StageRun, user: User) -> tuple[Page, Page]:
    context = new_context(user)
    first, second = context.new_page(), context.new_page()
    for page in (first, second):
        page.goto(f"/exams/runs/{run.pk}/")
        page.route(
            re.compile("/marks/$"), lambda route: route.abort() if route.request.method == "GET" else route.continue_()
        )
    met(first, "BQ.2").click()
    expect_state(first, "BQ.2", "saved")
    not_met(second, "BQ.2").click()
    expect_state(second, "BQ.2", "clash")
    return first, second


def test_second_tab_shows_both_marks_and_overwrites_nothing(new_context, run, assessor):
    _first, second = open_two(new_context, run, assessor)
    assert current_marks(run) == {"BQ.2": True}
    expect(row(second, "BQ.2").locator(".mark-clash button")).to_have_count(2)
    assert_accessible(second)


def test_second_tab_can_take_its_own_mark(new_context, run, assessor):
    _first, second = open_two(new_context, run, assessor)
    row(second, "BQ.2").locator(".mark-clash button").nth(1).click()
    expect_state(second, "BQ.2", "saved")
    assert current_marks(run) == {"BQ.2": False}
    assert MarkEntry.objects.count() == 2


def test_second_tab_can_take_the_other_mark(new_context, run, assessor):
    _first, second = open_two(new_context, run, assessor)
    row(second, "BQ.2").locator(".mark-clash button").first.click()
    expect(met(second, "BQ.2")).to_have_attribute("aria-pressed", "true")
    assert MarkEntry.objects.count() == 1
    assert kept(second) == 0


def test_unanswered_question_survives_a_reload(new_context, run, assessor):
    _first, second = open_two(new_context, run, assessor)
    second.reload()
    expect_state(second, "BQ.2", "clash")
    expect(row(second, "BQ.2").locator(".mark-clash button")).to_have_count(2)


def test_keyboard_alone_marks_and_comments(new_context, run, assessor):
    page = marking_page(new_context, run, assessor)
    codes = list(run.stage.steps.order_by("order").values_list("code", flat=True))
    page.keyboard.press("j")
    page.keyboard.press("y")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("n")
    page.keyboard.press("c")
    page.keyboard.type("yn")
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    expect(row(page, codes[2])).to_be_focused()
    page.keyboard.press("k")
    expect(row(page, codes[1])).to_be_focused()
    expect_stored(page)
    assert current_marks(run) == {codes[0]: True, codes[1]: False}
    assert MarkEntry.objects.filter(step__code=codes[1]).latest("recorded_at").comment == "yn"
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()


def test_session_that_ended_keeps_marks_until_the_next_sign_in(new_context, run, assessor):
    context = new_context(assessor)
    page = context.new_page()
    page.goto(f"/exams/runs/{run.pk}/")
    cookies = [cookie for cookie in context.cookies() if cookie["name"] == "sessionid"]
    context.clear_cookies(name="sessionid")
    met(page, "BQ.2").click()
    expect(page.locator("#marking-notice")).to_be_visible()
    expect_state(page, "BQ.2", "retrying")
    assert (MarkEntry.objects.count(), kept(page)) == (0, 1)
    context.add_cookies(cookies)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect_stored(page)
    assert current_marks(run) == {"BQ.2": True}


def test_other_user_neither_sees_nor_sends_the_marks_of_the_first(new_context, assessor, version):
    colleague = UserFactory.create(roles=["assessor"])
    run = running_stage(new_attempt(new_session(version, assessor, colleague)))
    context = new_context(assessor)
    page = context.new_page()
    page.goto(f"/exams/runs/{run.pk}/")
    page.route(re.compile("/marks/$"), lambda route: route.abort())
    met(page, "BQ.2").click()
    expect_state(page, "BQ.2", "retrying")
    theirs = new_context(colleague).cookies()
    context.add_cookies([cookie for cookie in theirs if cookie["name"] == "sessionid"])
    page.unroute_all()
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect_stored(page)
    expect(met(page, "BQ.2")).to_have_attribute("aria-pressed", "false")
    assert (MarkEntry.objects.count(), kept(page)) == (0, 1)


def test_late_answer_about_all_marks_does_not_hide_a_newer_one(new_context, run, assessor):
    mark_step(run, a_mark("BQ.2", True), actor=assessor)
    page = marking_page(new_context, run, assessor)
    held: list[Route] = []
    page.route(
        re.compile("/marks/$"), lambda route: held.append(route) if route.request.method == "GET" else route.continue_()
    )
    with page.expect_request(lambda request: request.url.endswith("/marks/")):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    until(page, lambda: held)
    old = held[0].fetch()
    not_met(page, "BQ.2").click()
    expect_state(page, "BQ.2", "saved")
    expect_stored(page)
    with page.expect_response(lambda response: response.request.method == "GET"):
        held[0].fulfill(response=old)
    page.wait_for_timeout(100)
    expect(not_met(page, "BQ.2")).to_have_attribute("aria-pressed", "true")
    met(page, "BQ.2").click()
    expect_state(page, "BQ.2", "saved")
    assert current_marks(run) == {"BQ.2": True}


def test_clock_that_is_set_back_does_not_turn_the_order_of_marks_round(new_context, run, assessor):
    page = marking_page(new_context, run, assessor)
    page.route(re.compile("/marks/$"), lambda route: route.abort())
    met(page, "BQ.2").click()
    expect_state(page, "BQ.2", "retrying")
    page.evaluate("const now = Date.now; Date.now = () => now() - 3_600_000")
    not_met(page, "BQ.2").click()
    page.on("dialog", lambda dialog: dialog.accept())
    page.unroute_all()
    page.reload()
    expect_stored(page)
    expect_state(page, "BQ.2", "saved")
    assert current_marks(run) == {"BQ.2": False}


def test_comment_being_typed_at_sign_off_elsewhere_is_refused_in_words(new_context, attempt, assessor):
    run = marked_stage(ended_stage(attempt))
    page = marking_page(new_context, run, assessor)
    row(page, "BQ.2").locator("[data-comment]").click()
    sign_off_stage(run, actor=assessor)
    page.keyboard.type("Gec")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(row(page, "BQ.2").locator(".mark-clash")).to_contain_text("Gec")
    expect_state(page, "BQ.2", "refused")


def test_mark_made_after_sign_off_elsewhere_is_refused_in_words(new_context, attempt, assessor):
    run = ended_stage(attempt)
    page = marking_page(new_context, run, assessor)
    marked_stage(run)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#marking-count")).to_have_text("27 / 27")
    run.refresh_from_db()
    sign_off_stage(run, actor=assessor)
    not_met(page, "BQ.2").click()
    expect_state(page, "BQ.2", "refused")
    expect(row(page, "BQ.2").locator(".mark-clash")).to_contain_text("təsdiqlənib")
    expect(met(page, "BQ.4")).to_be_disabled()
    assert current_marks(run)["BQ.2"] is True


def test_sign_off_with_blanks_is_refused_and_leads_to_the_blank_step(new_context, attempt, assessor):
    run = marked_stage(ended_stage(attempt), without=["BQ.9"])
    page = marking_page(new_context, run, assessor)
    page.locator("#marking-sign-off").click()
    expect(page.locator("#marking-notice")).to_be_visible()
    expect(row(page, "BQ.9")).to_be_focused()
    page.goto(f"/exams/runs/{run.pk}/sign-off/")
    expect(page.locator("main form button[type=submit]")).to_have_count(0)
    page.locator(".message-error a").click()
    met(page, "BQ.9").click()
    expect_state(page, "BQ.9", "saved")
    page.locator("#marking-sign-off").click()
    assert_accessible(page)
    page.locator("main form button[type=submit]").click()
    expect(page).to_have_url(re.compile(rf"/exams/attempts/{attempt.pk}/$"))
    run.refresh_from_db()
    assert (run.passed, run.met) == (True, 27)


def test_sign_off_waits_for_marks_that_are_only_on_this_device(new_context, attempt, assessor):
    run = marked_stage(ended_stage(attempt), without=["BQ.9"])
    page = marking_page(new_context, run, assessor)
    page.route(re.compile("/marks/$"), lambda route: route.abort())
    met(page, "BQ.9").click()
    expect_state(page, "BQ.9", "retrying")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"/exams/runs/{run.pk}/sign-off/")
    expect(page).to_have_url(re.compile("#sign-off$"))
    assert current_marks(run).get("BQ.9") is None
    page.unroute_all()
    expect(page).to_have_url(re.compile("/sign-off/$"))
    assert current_marks(run)["BQ.9"] is True


def test_clocks_show_the_time_since_the_server_stamped_it(new_context, attempt, assessor):
    run = ended_stage(attempt, minutes=24.5)
    page = marking_page(new_context, run, assessor)
    expect(page.locator('[data-clock="stage"] .marking-time')).to_have_text("24:30")
    expect(page.locator('[data-clock="stage"]')).to_have_attribute("data-tone", "bad")
    expect(page.locator('[data-clock="exam"] .marking-time')).to_have_text("24:30")


@pytest.mark.parametrize("language", ["az", "en"])
@pytest.mark.parametrize("viewport", [DESKTOP, TABLET, PHONE], ids=["desktop", "tablet", "phone"])
def test_marking_page_is_accessible_and_fits(new_context, run, assessor, viewport, language):
    first = mark_step(run, a_mark("BQ.2", True, comment="Aydın"), actor=assessor).entry
    assert first.comment == "Aydın"
    mark_step(run, a_mark("BQ.4", False), actor=assessor)
    page = marking_page(new_context, run, assessor, viewport=viewport, language=language)
    expect_state(page, "BQ.4", "saved")
    assert_accessible(page)
    assert_fits(page)
    for button in row(page, "BQ.5").locator(".mark-button").all():
        box = button.bounding_box()
        assert box is not None
        assert min(box["height"], box["width"]) >= 44
