"""The promise of marking: whatever dies, at every step of a stage, no mark is lost and none is stored twice.

A stage is marked step by step on a tablet with a disk of its own, against a server in a process of its own. At each
step something else fails. What the page shows as stored is counted in the database at once, and everything at the end.
"""

import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import cycle

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, Route, expect

from accounts.models import User
from accounts.states import Role
from exams.models import MarkEvent, StageRun
from exams.sheets import marked_sheet
from tests.browser import session_of
from tests.e2e.server import Server, running_server
from tests.e2e.tablet import Tablet, a_tablet
from tests.exams.factories import new_attempt, new_session, running_stage, sheet_of
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MARKS = "**/exams/marks/"


def eventually(check: Callable[[], object]) -> None:
    """Wait for something that no element of a page shows; the site's policy keeps Playwright from waiting itself."""
    deadline = time.monotonic() + 15
    while not check():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)


@dataclass
class Desk:
    """An assessor at a tablet, the page in front of them, and every tap that was made anywhere."""

    tablet: Tablet
    server: Server
    run: StageRun
    assessor: User
    other: User
    chromium: Browser
    page: Page = field(init=False)
    taps: list[tuple[str, bool | None]] = field(default_factory=list)

    def open(self, *, offline: bool = False) -> None:
        """Open the marking page in a tab of its own."""
        self.page = self.tablet.context.new_page()
        self.page.goto(f"{self.server.url}/exams/runs/{self.run.pk}/")
        expect(self.where).to_have_attribute("data-on-server", re.compile(r"\d"))
        if not offline:
            eventually(lambda: self.page.evaluate("async () => Boolean(await caches.match(location.href))"))

    def sign_in(self, user: User, context: BrowserContext | None = None) -> None:
        """Let somebody sign in on the tablet, or elsewhere."""
        cookies = {settings.SESSION_COOKIE_NAME: session_of(user), settings.LANGUAGE_COOKIE_NAME: "en"}
        (context or self.tablet.context).add_cookies(
            [{"name": name, "value": value, "url": self.server.url} for name, value in cookies.items()]
        )

    @property
    def where(self) -> Locator:
        """What the page says of where the marks are."""
        return self.page.locator("#marking-status")

    def row(self, code: str, page: Page | None = None) -> Locator:
        """The row of a step."""
        return (page or self.page).locator(f'.mark-row[data-step="{code}"]')

    def tap(self, code: str, *, value: bool, page: Page | None = None) -> None:
        """Mark a step."""
        self.row(code, page).locator(".mark-met" if value else ".mark-not").click()
        self.taps.append((code, value))

    def expect_kept(self, code: str) -> None:
        """The device has the mark for good, or the server does."""
        expect(self.row(code).locator(".mark-save")).to_have_attribute("data-state", re.compile("here|stored"))

    def expect_stored(self, code: str) -> None:
        """The page shows the mark as stored, at the latest when the device tries again."""
        expect(self.row(code).locator(".mark-save")).to_have_attribute("data-state", "stored", timeout=30_000)

    def shown_as_stored(self) -> set[str]:
        """The steps that the page shows as stored at this moment."""
        found = self.page.locator('.mark-row:has(.mark-save[data-state="stored"])')
        return {str(row.get_attribute("data-step")) for row in found.all()}


# --- What can happen at a step ----------------------------------------------------------------------------------------
def reloaded_without_network(desk: Desk, code: str, value: bool) -> None:
    desk.tablet.context.set_offline(True)
    desk.tap(code, value=value)
    desk.expect_kept(code)
    desk.page.reload()
    expect(desk.row(code).locator(".mark-save")).to_have_attribute("data-state", "here")
    desk.tablet.context.set_offline(False)


def tab_closed(desk: Desk, code: str, value: bool) -> None:
    desk.tablet.context.set_offline(True)
    desk.tap(code, value=value)
    desk.expect_kept(code)
    desk.page.close()
    desk.tablet.context.set_offline(False)
    desk.open()


def power_lost(desk: Desk, code: str, value: bool) -> None:
    desk.tap(code, value=value)
    desk.expect_kept(code)
    desk.tablet.cut_power()
    desk.tablet.switch_on().set_offline(True)
    desk.open(offline=True)
    desk.expect_kept(code)
    desk.page.close()
    desk.tablet.context.set_offline(False)
    desk.sign_in(desk.assessor)  # a browser forgets sessions with its process
    desk.open()


def server_killed(desk: Desk, code: str, value: bool) -> None:
    desk.server.kill()
    desk.tap(code, value=value)
    expect(desk.row(code).locator(".mark-save")).to_have_attribute("data-state", "here")
    desk.server.start()


def server_killed_at_the_tap(desk: Desk, code: str, value: bool) -> None:
    desk.tap(code, value=value)
    desk.server.kill()
    desk.server.start()


def answer_lost(desk: Desk, code: str, value: bool) -> None:
    lost: list[int] = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort()

    desk.page.route(MARKS, lose, times=1)
    desk.tap(code, value=value)
    desk.expect_stored(code)
    assert lost == [HTTPStatus.OK]


def second_device(desk: Desk, code: str, value: bool) -> None:
    """Another device of the assessor says otherwise meanwhile; the assessor is asked, and chooses."""
    desk.tablet.context.set_offline(True)
    desk.tap(code, value=value)
    desk.expect_kept(code)
    context = desk.chromium.new_context(locale="en")
    desk.sign_in(desk.assessor, context)
    page = context.new_page()
    page.goto(f"{desk.server.url}/exams/runs/{desk.run.pk}/")
    desk.tap(code, value=not value, page=page)
    expect(desk.row(code, page).locator(".mark-save")).to_have_attribute("data-state", "stored")
    context.close()
    desk.tablet.context.set_offline(False)
    word = "Met" if value else "Not met"
    desk.row(code).locator(".mark-choose", has=desk.page.get_by_text(word, exact=True)).click()
    desk.taps.append((code, value))


def somebody_else_signs_in(desk: Desk, code: str, value: bool) -> None:
    kept = f"certbody-pages-{desk.assessor.pk}"
    desk.tablet.context.set_offline(True)
    desk.tap(code, value=value)
    desk.expect_kept(code)
    desk.sign_in(desk.other)
    desk.page.close()
    desk.tablet.context.set_offline(False)
    page = desk.tablet.context.new_page()
    page.goto(f"{desk.server.url}/")
    eventually(lambda: not page.evaluate(f"async () => (await caches.keys()).includes('{kept}')"))
    desk.tablet.context.set_offline(True)
    with pytest.raises(Error, match="ERR_"):
        page.goto(f"{desk.server.url}/exams/runs/{desk.run.pk}/")
    desk.tablet.context.set_offline(False)
    assert (code, value) not in stored(desk.run)
    page.close()
    desk.sign_in(desk.assessor)
    page = desk.tablet.context.new_page()
    page.goto(f"{desk.server.url}/")  # any page of theirs: nothing has to be pressed
    expect(page.locator("#device [data-part=bar]")).to_have_class(re.compile("success"))
    page.close()
    desk.open()


def slept(desk: Desk, code: str, value: bool) -> None:
    desk.tap(code, value=value)
    desk.tablet.sleep_and_wake(desk.page)


HAPPENINGS: tuple[Callable[[Desk, str, bool], None], ...] = (
    reloaded_without_network, server_killed, tab_closed, answer_lost, power_lost, second_device,
    server_killed_at_the_tap, somebody_else_signs_in, slept,
)  # fmt: skip


def stored(run: StageRun) -> Counter[tuple[str, bool | None]]:
    events = MarkEvent.objects.filter(sheet__run=run, kind="mark")
    return Counter(events.values_list("step__code", "value"))


def test_nothing_is_lost_whatever_dies_at_every_step_of_a_stage(browser, tmp_path, version):
    assessor, other = UserFactory.create(roles=[Role.ASSESSOR]), UserFactory.create(roles=[Role.ASSESSOR])
    run = running_stage(new_attempt(new_session(version, assessor)))
    expected: dict[str, bool] = {}
    with running_server(tmp_path) as server, a_tablet(browser, tmp_path) as tablet:
        desk = Desk(tablet, server, run, assessor, other, browser)
        desk.sign_in(assessor)
        desk.open()
        for number, (step, happens) in enumerate(zip(run.stage.steps.order_by("order"), cycle(HAPPENINGS))):
            expected[step.code] = number % 2 == 0
            happens(desk, step.code, expected[step.code])
            shown = desk.shown_as_stored()
            assert shown <= {code for code, _value in stored(run)}, happens.__name__
            desk.expect_stored(step.code)
            assert stored(run) == Counter(desk.taps), happens.__name__
        expect(desk.where).to_have_attribute("data-on-server", str(len(expected)))
        expect(desk.where).to_have_attribute("data-only-here", "0")
    assert stored(run) == Counter(desk.taps)
    assert marked_sheet(sheet_of(run)).marks == expected
