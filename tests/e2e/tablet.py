"""A tablet with a disk of its own: it can be switched off without warning, and on again."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import CHROMIUM_ARGUMENTS, chromium_path

_PATIENCE = 20


@dataclass
class Tablet:
    """A browser whose profile lies on the disk; what it keeps there outlives its process."""

    chromium: Browser
    profile: Path
    process: subprocess.Popen[bytes] | None = None
    context: BrowserContext = field(init=False)

    def switch_on(self) -> BrowserContext:
        """Start the browser and take hold of it."""
        told = self.profile / "DevToolsActivePort"
        told.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [chromium_path(), *CHROMIUM_ARGUMENTS, "--headless=new", "--remote-debugging-port=0",
             f"--user-data-dir={self.profile}", "--window-size=820,1180", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + _PATIENCE
        while not (told.exists() and told.read_text().count("\n")):
            assert time.monotonic() < deadline, "the browser did not start"
            time.sleep(0.05)
        connected = self.chromium.browser_type.connect_over_cdp(f"http://127.0.0.1:{told.read_text().split()[0]}")
        self.context = connected.contexts[0]
        self.context.set_default_timeout(15_000)
        return self.context

    def cut_power(self) -> None:
        """Kill the browser with everything in it."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def sleep_and_wake(self, page: Page) -> None:
        """Freeze a page as a sleeping device does, and wake it."""
        devtools: Any = self.context.new_cdp_session(page)
        devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
        time.sleep(0.3)
        devtools.send("Page.setWebLifecycleState", {"state": "active"})


@contextmanager
def a_tablet(chromium: Browser, folder: Path) -> Iterator[Tablet]:
    """Give a tablet that is switched on, and switch it off in the end."""
    tablet = Tablet(chromium, folder / "profile")
    tablet.switch_on()
    try:
        yield tablet
    finally:
        tablet.cut_power()
