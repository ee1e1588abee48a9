"""The marking page in a real browser: what it shows, says and asks; that nothing is lost is in test_device_*.py."""

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Locator, Page, Route, ViewportSize, expect

from accounts.models import User
from exams.models import HelpCall, Incident, MarkEvent, Phrase, Sheet, StageRun
from exams.sheets import marked_sheet
from tests.browser import DESKTOP, PHONE, TABLET, assert_accessible, assert_fits
from tests.exams.factories import (
    OTHER_DEVICE,
    an_event,
    ended_stage,
    marked_stage,
    running_stage,
    sealed,
    sent,
    sheet_of,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Opener = Callable[..., BrowserContext]
LANDSCAPE: ViewportSize = {"width": 1180, "height": 820}


def marking_page(new_context: Opener, run: StageRun, user: User, **options: object) -> Page:
    page = new_context(user, **options).new_page()
    page.goto(f"/exams/runs/{run.pk}/")
    expect_ready(page)
    return page


def expect_ready(page: Page) -> None:
    expect(page.locator("#marking-status")).to_have_attribute("data-on-server", re.compile(r"\d"))


def row(page: Page, code: str) -> Locator:
    return page.locator(f'.mark-row[data-step="{code}"]')


def met(page: Page, code: str) -> Locator:
    return row(page, code).locator(".mark-met")


def not_met(page: Page, code: str) -> Locator:
    return row(page, code).locator(".mark-not")


def expect_kept(page: Page, code: str, state: str) -> None:
    expect(row(page, code).locator(".mark-save")).to_have_attribute("data-state", state)


def expect_counts(page: Page, on_server: int, only_here: int) -> None:
    status = page.locator("#marking-status")
    expect(status).to_have_attribute("data-only-here", str(only_here))
    expect(status).to_have_attribute("data-on-server", str(on_server))
    expect(status).to_contain_text(re.compile(rf"\b{on_server}\b.*\b{only_here}\b"))


def marks(run: StageRun) -> dict[str, bool]:
    return marked_sheet(sheet_of(run)).marks


def look_again(page: Page) -> None:
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def comment_on(page: Page, code: str, text: str) -> None:
    row(page, code).locator("[data-comment]").click()
    expect(row(page, code).locator("textarea")).to_be_focused()
    page.keyboard.type(text)


def test_taps_are_events_in_their_order_and_the_page_says_where_they_are(new_context, run, assessor):
    page = marking_page(new_context, run, assessor)
    expect_counts(page, 0, 0)
    for choose in (met, not_met, met, not_met):
        choose(page, "BQ.2").click()
    expect(not_met(page, "BQ.2")).to_have_attribute("aria-pressed", "true")
    expect_kept(page, "BQ.2", "stored")
    expect_counts(page, 1, 0)
    events = MarkEvent.objects.order_by("seq")
    assert [(event.value, event.minute) for event in events] == [(True, 0), (False, 0), (True, 0), (False, 0)]
    expect(page.locator("#marking-count")).to_have_text("1 / 27")
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    met(page, "BQ.4").click()
    row(page, "BQ.2").locator("[data-clear]").click()
    expect_kept(page, "BQ.4", "here")
    expect_counts(page, 1, 2)
    expect(page.locator("#marking-status")).to_have_attribute("data-state", "failing")
    page.context.set_offline(False)
    expect_counts(page, 1, 0)
    assert marks(run) == {"BQ.4": True}


def test_difference_between_devices_is_shown_and_the_assessor_chooses(new_context, run, assessor):
    page = marking_page(new_context, run, assessor)
    met(page, "BQ.2").click()
    expect_kept(page, "BQ.2", "stored")
    sent(run, an_event(run, "BQ.2", False), actor=assessor, device=OTHER_DEVICE)
    look_again(page)
    expect_kept(page, "BQ.2", "differs")
    choices = row(page, "BQ.2").locator(".mark-choose")
    expect(choices).to_have_count(2)
    expect(row(page, "BQ.2").locator(".mark-question")).to_contain_text("D000")
    expect(page.locator('[data-jump="BQ.2"]')).to_have_attribute("data-asks", "true")
    assert marks(run) == {}
    choices.filter(has_text="D000").click()
    expect_kept(page, "BQ.2", "stored")
    expect(row(page, "BQ.2")).to_be_focused()
    assert marks(run) == {"BQ.2": False}
    assert MarkEvent.objects.count() == 3


def test_comment_changed_elsewhere_is_never_overwritten_by_what_is_typed(new_context, run, assessor):
    page = marking_page(new_context, run, assessor)
    row(page, "BQ.2").locator("[data-comment]").click()
    theirs = an_event(run, "BQ.2", comment="Oradan")
    sent(run, theirs, actor=assessor, device=OTHER_DEVICE)
    page.keyboard.type("Bura")
    look_again(page)
    expect(row(page, "BQ.2").locator(".mark-choose")).to_have_count(2)
    assert MarkEvent.objects.get(pk=theirs["id"]).text == "Oradan"
    row(page, "BQ.2").locator(".mark-choose").filter(has_text="Bura").click()
    expect_kept(page, "BQ.2", "stored")
    expect(row(page, "BQ.2").locator("textarea")).to_have_value("Bura")
    comment = marked_sheet(sheet_of(run)).board.comment(run.stage.steps.get(code="BQ.2").pk)
    assert comment is not None
    assert comment.text == "Bura"


def tap_by_another_clock(page: Page, code: str, *, hours: int) -> None:
    """Set the clock of the device on and mark a step before the device can have noticed."""
    page.evaluate(
        """([code, ahead]) => {
            const now = Date.now;
            Date.now = () => now() + ahead;
            document.querySelector(`.mark-row[data-step="${code}"] .mark-met`).click();
        }""",
        [code, hours * 3_600_000],
    )


def test_refused_mark_says_why_and_can_be_made_again(new_context, run, assessor):
    page = marking_page(new_context, run, assessor)
    tap_by_another_clock(page, "BQ.2", hours=5)
    expect_kept(page, "BQ.2", "refused")
    expect(met(page, "BQ.2")).to_have_attribute("aria-pressed", "false")
    assert marks(run) == {}
    row(page, "BQ.2").locator(".mark-question .btn-primary").click()
    expect_kept(page, "BQ.2", "stored")
    assert marks(run) == {"BQ.2": True}
    tap_by_another_clock(page, "BQ.4", hours=5)
    row(page, "BQ.4").locator(".mark-question .btn-secondary").click()
    expect_kept(page, "BQ.4", "")
    expect(row(page, "BQ.4")).to_be_focused()
    assert marks(run) == {"BQ.2": True}


def test_phrases_are_found_by_a_few_letters_and_kept_from_a_comment(new_context, run, assessor, officer):
    for number, text in enumerate(["Sual açıq idi.", "Müştərinin sözləri əks olundu.", *"1234567"]):
        Phrase.objects.create(owner=assessor if number else None, text=text, created_by=officer)
    page = marking_page(new_context, run, assessor)
    comment_on(page, "BQ.2", "Yaxşı. mus eks")
    chips = row(page, "BQ.2").locator(".phrase")
    expect(chips).to_have_text(["Müştərinin sözləri əks olundu."])
    page.keyboard.press("ArrowDown")
    expect(chips.first).to_be_focused()
    page.keyboard.press("Enter")
    field = row(page, "BQ.2").locator("textarea")
    expect(field).to_have_value("Yaxşı. Müştərinin sözləri əks olundu.")
    row(page, "BQ.2").locator('input[value="candidate"]').check()
    row(page, "BQ.2").locator("[data-keep]").click()
    expect(row(page, "BQ.2").locator("[data-keep]")).to_have_text(re.compile("Saved|saxlan", re.IGNORECASE))
    row(page, "BQ.2").locator("[data-done]").click()
    page.locator("#stage-comment [data-comment]").click()
    page.locator("#stage-comment .phrase").filter(has_text="Yaxşı.").click()
    page.keyboard.press("Escape")
    expect_kept(page, "BQ.2", "stored")
    expect(page.locator("#stage-comment .mark-save")).to_have_attribute("data-state", "stored")
    page.reload()
    expect(row(page, "BQ.2").locator(".mark-said")).to_contain_text("əks olundu")
    last = MarkEvent.objects.order_by("-seq").values_list("step__code", "text", "audience")
    text = "Yaxşı. Müştərinin sözləri əks olundu."
    assert list(last[:2]) == [(None, text, "internal"), ("BQ.2", text, "candidate")]
    assert Phrase.objects.filter(owner=assessor, text=text).count() == 1


def test_keyboard_alone_marks_and_comments(new_context, run, assessor):
    page = marking_page(new_context, run, assessor)
    codes = list(run.stage.steps.order_by("order").values_list("code", flat=True))
    for key in ("j", "y", "ArrowDown", "n", "c"):
        page.keyboard.press(key)
    page.keyboard.type("yn")
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    expect(row(page, codes[2])).to_be_focused()
    page.keyboard.press("k")
    expect(row(page, codes[1])).to_be_focused()
    named = row(page, codes[1]).evaluate(
        "e => e.getAttribute('aria-labelledby').split(' ').every((id) => document.getElementById(id))"
    )
    assert named
    expect(page.locator(f"#word-{codes[1].replace('.', chr(92) + '.')}")).not_to_be_empty()
    expect_counts(page, 2, 0)
    assert marks(run) == {codes[0]: True, codes[1]: False}
    assert MarkEvent.objects.filter(step__code=codes[1], kind="comment").latest("seq").text == "yn"
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()


def test_filters_show_what_is_left_and_what_is_critical(new_context, run, assessor):
    page = marking_page(new_context, run, assessor)
    critical = run.stage.steps.filter(critical=True).count()
    rows = page.locator(".mark-row:visible")
    page.locator('[data-filter="critical"]').click()
    expect(rows).to_have_count(critical)
    page.locator('[data-jump="BQ.4"]').click()
    expect(row(page, "BQ.4")).to_be_focused()
    page.locator('[data-filter="unmarked"]').click()
    met(page, "BQ.4").click()
    expect(page.locator('[data-filter="unmarked"]')).to_have_attribute("aria-pressed", "true")
    expect(page.locator('[data-filter="unmarked"] [data-count]')).to_have_text("26")
    expect(row(page, "BQ.4")).to_be_visible()
    page.locator('[data-filter="unmarked"]').click()
    expect(row(page, "BQ.4")).to_be_hidden()


def test_clocks_are_right_after_sleep_and_leave_interruptions_out(new_context, attempt, assessor, officer):
    run = running_stage(attempt, since_minutes=20)
    started = timezone.now() - timedelta(minutes=20)
    begun = started + timedelta(minutes=5)
    Incident.objects.create(
        attempt=attempt, run=run, kind="interruption", note="Yanğın siqnalı", started_at=begun,
        ended_at=begun + timedelta(minutes=4), ended_by=officer, recorded_by=officer,
    )  # fmt: skip
    page = marking_page(new_context, run, assessor)
    stage, exam = (page.locator(f'[data-clock="{name}"]') for name in ("stage", "exam"))
    expect(stage.locator(".marking-time")).to_have_text(re.compile("^16:"))
    expect(stage).to_have_attribute("data-tone", "")
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)  # the server would tell that the clock was only put forward
    for minutes, tones in [(7, ("info", "")), (3, ("good", "")), (15, ("good", "warn")), (5, ("good", "bad"))]:
        page.evaluate("(n) => { const now = Date.now; Date.now = () => now() + n * 60_000; }", minutes)
        look_again(page)
        expect(stage).to_have_attribute("data-tone", tones[0])
        expect(exam).to_have_attribute("data-tone", tones[1])
    phases = page.evaluate("""async () => {
        const { elapsed, stagePhase, examPhase } = await import("/static/js/marking-clock.js");
        const minute = 60_000;
        const stage = (spent, more) => stagePhase({ spent: spent * minute, minMinutes: 25, ended: null, ...more }).name;
        const exam = (spent, more) => examPhase({ spent: spent * minute, maxMinutes: 45, ...more }).name;
        return [
            elapsed(0, 100, [[10, 30], [20, 40], [90, null], [150, 160]]),
            [22.9, 23, 24.9, 25].map((spent) => stage(spent)), stage(9, { paused: true }), stage(9, { ended: 1 }),
            [39.9, 40, 44, 45, 45.1].map((spent) => exam(spent)), exam(9, { paused: true }),
        ];
    }""")
    assert phases == [
        60,
        ["", "soon", "soon", "reached"], "interrupted", "below",
        ["", "left-5", "left-1", "left-1", "over"], "interrupted",
    ]  # fmt: skip
    expect(exam.locator(".marking-clock-state")).not_to_be_empty()
    expect(page.locator("#marking-time-said")).not_to_be_empty()
    StageRun.objects.filter(pk=run.pk).update(ended_at=started + timedelta(minutes=18))
    page.context.set_offline(False)
    with page.expect_response(re.compile(f"/runs/{run.pk}/marks/")):
        look_again(page)
    expect(stage.locator(".marking-time")).to_have_text("14:00")
    expect(stage).to_have_attribute("data-tone", "bad")
    expect(page.locator("#marking-seal")).to_be_visible()
    expect(page.locator("#marking-end")).to_be_hidden()


def test_clock_of_the_device_that_is_off_is_said_and_harmless(new_context, run, assessor):
    page = new_context(assessor).new_page()
    page.add_init_script("const now = Date.now; Date.now = () => now() - 600_000")
    page.goto(f"/exams/runs/{run.pk}/")
    expect(page.locator('[data-notice="clock"]')).to_contain_text("10")
    met(page, "BQ.2").click()
    expect_kept(page, "BQ.2", "stored")
    event = MarkEvent.objects.get()
    assert event.minute == 0
    assert abs(event.skew_ms - 600_000) < 60_000


def test_sealing_leads_to_the_blank_step_and_then_to_the_same_receipt(new_context, attempt, assessor):
    run = marked_stage(ended_stage(attempt), without=["BQ.9"], missed=["BQ.4"])
    page = marking_page(new_context, run, assessor, viewport=PHONE)
    page.locator("#marking-seal").click()
    expect(row(page, "BQ.9")).to_be_focused()
    expect(page.locator('[data-notice="seal"]')).to_be_visible()
    page.goto(f"/exams/runs/{run.pk}/seal/")
    expect(page.locator("#seal form")).to_have_count(0)
    page.locator(".message-error a").click()
    expect_ready(page)
    page.context.set_offline(True)
    met(page, "BQ.9").click()
    page.locator("#marking-seal").click()
    expect(page.locator('[data-notice="seal"]')).to_be_visible()
    page.context.set_offline(False)
    page.wait_for_url(f"**/exams/runs/{run.pk}/seal/")
    expect(page.locator("#seal")).to_have_attribute("data-ready", "1")
    assert_accessible(page)
    assert_fits(page)
    code = page.locator("[data-code]").inner_text()
    page.locator("#seal form [type=submit]").click()
    page.wait_for_url("**/exams/receipts/**")
    expect(page.locator("main")).to_contain_text(code)
    run.refresh_from_db()
    assert (Sheet.objects.get().receipt, run.passed, run.met) == (code, True, 26)
    page.goto(f"/exams/runs/{run.pk}/")
    expect(met(page, "BQ.9")).to_have_attribute("aria-pressed", "true")
    expect(met(page, "BQ.9")).to_be_disabled()
    expect(page.locator(".message-success")).to_contain_text(code)
    assert_accessible(page)
    assert_fits(page)


def test_device_that_never_showed_the_marks_shows_them_before_it_seals(new_context, attempt, assessor):
    run = marked_stage(ended_stage(attempt))
    page = new_context(assessor).new_page()
    visited: list[str] = []
    page.on("framenavigated", lambda frame: visited.append(frame.url.partition("/exams/")[2]))
    page.goto(f"/exams/runs/{run.pk}/seal/")
    expect(page.locator("#seal[data-ready]")).to_be_visible()
    assert visited[0] == f"runs/{run.pk}/seal/"
    assert f"runs/{run.pk}/#seal" in visited
    assert marked_sheet(sheet_of(run)).digest == page.locator('input[name="digest"]').input_value()


def test_comment_being_written_when_the_sheet_is_closed_elsewhere_is_refused_in_words(new_context, attempt, assessor):
    run = marked_stage(ended_stage(attempt))
    page = marking_page(new_context, run, assessor)
    row(page, "BQ.5").locator("[data-comment]").click()
    sealed(sheet_of(run))
    page.keyboard.type("Gec")
    look_again(page)
    expect_kept(page, "BQ.5", "refused")
    expect(row(page, "BQ.5").locator(".mark-question")).to_contain_text("Gec")
    expect(row(page, "BQ.5").locator(".mark-question button")).to_have_count(1)
    expect(page.locator('[data-notice="closed"]')).to_be_visible()
    expect(met(page, "BQ.4")).to_be_disabled()
    assert MarkEvent.objects.filter(kind="comment").count() == 0


def test_help_is_called_only_when_the_server_says_so(new_context, run, assessor):
    page = marking_page(new_context, run, assessor)
    page.locator(".marking-help").click()
    failing = re.compile("/help/")
    page.route(failing, lambda route: route.abort())
    page.locator("#help-note").fill("Kamera işləmir")
    page.keyboard.press("Enter")
    expect(page.locator("[data-answer]")).to_have_attribute("data-state", "failed")
    assert not HelpCall.objects.exists()
    page.unroute(failing)
    page.keyboard.press("Enter")
    expect(page.locator("[data-answer]")).to_have_attribute("data-state", "called")
    assert HelpCall.objects.get().note == "Kamera işləmir"


def test_signed_out_page_goes_on_and_says_so(new_context, run, assessor):
    page = marking_page(new_context, run, assessor)
    page.context.clear_cookies(name="sessionid")
    met(page, "BQ.2").click()
    expect(page.locator('[data-notice="signed-out"] a')).to_be_visible()
    expect_counts(page, 0, 1)


def test_page_too_old_for_the_server_keeps_marks_and_says_so(new_context, run, assessor):
    page = marking_page(new_context, run, assessor)

    def too_old(route: Route) -> None:
        route.fulfill(status=400, content_type="application/json", body=json.dumps({"code": "version", "message": ""}))

    page.route(re.compile("/exams/marks/$"), too_old)
    met(page, "BQ.2").click()
    expect(page.locator('[data-notice="version"]')).to_be_visible()
    expect_kept(page, "BQ.2", "here")


@pytest.mark.parametrize(
    ("language", "viewport", "dark"),
    [("az", PHONE, False), ("en", TABLET, True), ("az", LANDSCAPE, False), ("en", DESKTOP, True)],
)
def test_marking_page_is_accessible_and_fits(new_context, run, assessor, viewport, language, dark):
    Phrase.objects.create(owner=None, text="Sual açıq idi.", created_by=assessor)
    said = an_event(run, "BQ.5", comment="Aydın", audience="candidate")
    sent(run, said, an_event(run, "BQ.4", False), an_event(run, "BQ.6", True), actor=assessor)
    sent(run, an_event(run, "BQ.6", False), actor=assessor, device=OTHER_DEVICE)
    page = new_context(assessor, viewport=viewport, language=language).new_page()
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.goto(f"/exams/runs/{run.pk}/")
    expect_kept(page, "BQ.6", "differs")
    comment_on(page, "BQ.2", "Sual")
    assert_accessible(page)
    assert_fits(page)
    small = page.evaluate("""() => [...document.querySelectorAll("main button, main summary, .mark-links a")]
        .filter((e) => e.checkVisibility() && !e.closest("[hidden]") && !e.disabled)
        .filter((e) => e.getBoundingClientRect().height < 43.5).map((e) => e.outerHTML.slice(0, 120))""")
    assert small == []


def test_phrases_page_is_accessible_and_fits(new_context, assessor):
    Phrase.objects.create(owner=assessor, text="Sual açıq idi.", created_by=assessor)
    page = new_context(assessor, viewport=PHONE).new_page()
    page.goto("/exams/phrases/")
    assert_accessible(page)
    assert_fits(page)
