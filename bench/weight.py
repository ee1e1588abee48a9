"""What goes over the line until an assessor has made the first mark, in a real browser with nothing cached."""

import os
import shutil
from typing import Any

from playwright.sync_api import sync_playwright

_CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def weight_to_first_mark(port: int, desk: Any, csrf: str) -> tuple[int, int]:
    """Return the bytes received, compressed as they came, and the taps that one mark took."""
    address = f"http://127.0.0.1:{port}"
    run_id, code = desk.steps[0]
    received: list[int] = []
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _CHROMIUM)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        context = browser.new_context()
        context.add_cookies(
            [
                {"name": "sessionid", "value": desk.session, "url": address},
                {"name": "csrftoken", "value": csrf, "url": address},
            ]
        )
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.on("Network.loadingFinished", lambda event: received.append(int(event["encodedDataLength"])))
        page.goto(f"{address}/exams/runs/{run_id}/")
        row = page.locator(f'[data-step="{code}"]').first
        with page.expect_response("**/exams/marks/"):
            row.locator('[data-value="false"]').click()
        browser.close()
    return sum(received), 1
