"""A real browser for tests: Debian's or the system's Chromium, driven by Playwright, judged by axe."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.signals import request_finished, request_started
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from accounts.models import User

# Playwright's loop runs in this thread, and Django would refuse the database next to it; no coroutine is involved.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

_CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# No calls home: the machine that tests may have no way out.
CHROMIUM_ARGUMENTS = [
    "--disable-background-networking", "--disable-component-update", "--disable-gpu", "--disable-quic",
    "--disable-sync", "--no-first-run", "--no-sandbox",
]  # fmt: skip
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
TABLET: ViewportSize = {"width": 820, "height": 1180}
PHONE: ViewportSize = {"width": 390, "height": 844}

# All of axe's rules; of what it found, only what is wrong comes back.
_VIOLATIONS = "axe.run({resultTypes: ['violations']}).then(({violations}) => ({violations}))"


def chromium_path() -> str:
    """Return where the browser is."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _CHROMIUM)), None)
    assert path, "No Chromium found: script/test installs it, or set CHROMIUM to its path."
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run of a worker; what is expected of a page may take its time on a busy machine."""
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def new_context(browser: Browser, live_server: Any) -> Iterator[Callable[..., BrowserContext]]:
    """Open a browser profile of its own, signed in as `user` if one is given, on the live server."""
    contexts: list[BrowserContext] = []

    def opened(
        user: User | None = None, *, language: str = "az", viewport: ViewportSize | None = None
    ) -> BrowserContext:
        context = browser.new_context(
            base_url=live_server.url, viewport=viewport or DESKTOP, locale=language, reduced_motion="reduce"
        )
        context.set_default_timeout(15_000)
        cookies = {settings.LANGUAGE_COOKIE_NAME: language}
        if user:
            cookies[settings.SESSION_COOKIE_NAME] = session_of(user)
        context.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()])
        contexts.append(context)
        return context

    yield opened
    for context in contexts:
        context.close()
    _wait_for_the_server()


_at_work: set[int] = set()  # threads of the live server that are answering


def _begun(**_signal: Any) -> None:
    if threading.current_thread() is not threading.main_thread():
        _at_work.add(threading.get_ident())


def _done(**_signal: Any) -> None:
    _at_work.discard(threading.get_ident())


request_started.connect(_begun)
request_finished.connect(_done)


def _wait_for_the_server() -> None:
    """Wait for requests that a closed page had sent: emptying the tables would meet them in a deadlock."""
    quiet = 0
    for _try in range(250):
        quiet = 0 if _at_work else quiet + 1
        if quiet == 5:
            return
        time.sleep(0.02)


def session_of(user: User) -> str:
    """Sign `user` in on the server and return the key of the session."""
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def assert_accessible(page: Page) -> None:
    """Fail with what axe found on the page as it stands."""
    page.evaluate(AXE_SCRIPT)
    results = AxeResults(page.evaluate(_VIOLATIONS))
    assert results.violations_count == 0, f"{page.url}\n{results.generate_report()}"


def assert_fits(page: Page) -> None:
    """Fail when the page scrolls sideways."""
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"{page.url} is {overflow} px wider than the window"
