"""A marking page whose modules tests speak to directly: what counts here is what is kept and sent, not how it looks."""

from collections import Counter
from typing import Any

from playwright.sync_api import Page

from exams.models import MarkEvent, StageRun

_OPEN = """async () => {
  const { openRun, device } = await import("/static/js/marks-device.js");
  const { run, urls, steps, heads, state, token } = JSON.parse(document.getElementById("marking-facts").textContent);
  window.held = await openRun({ run, url: urls.marks, steps, heads, state, token });
  window.store = (await device()).store;
  // The page's policy forbids Playwright's own way of waiting, which makes code out of text.
  window.until = (done, what) => new Promise((resolve, reject) => {
    const look = () => done(held.status) && resolve(true);
    held.addEventListener("change", look);
    setTimeout(() => reject(new Error(`${what}: ${JSON.stringify(held.status)}`)), 15_000);
    look();
  });
}"""


def open_marking(page: Page, run: StageRun, *, kept: bool = True) -> Page:
    """Open the marking page, and wait until it would open without network too."""
    page.goto(f"/exams/runs/{run.pk}/")
    return take_hold(page, kept=kept)


def take_hold(page: Page, *, kept: bool = True) -> Page:
    """Reach for the modules of a marking page that is open."""
    page.evaluate(_OPEN)
    if kept:
        page.evaluate("until((status) => status.kept, 'never kept')")
    return page


def tap(page: Page, *marks: tuple[str, bool | None]) -> list[bool]:
    """Mark steps and return, for each, whether the device has it for good."""
    kept = page.evaluate(
        "(marks) => Promise.all(marks.map(([step, value]) => held.mark(step, value, 1).kept))", list(marks)
    )
    assert isinstance(kept, list)
    return kept


def status(page: Page) -> dict[str, Any]:
    """Return what the page knows of the stage."""
    found = page.evaluate("held.status")
    assert isinstance(found, dict)
    return found


def marks_on(page: Page, *steps: str) -> list[bool | None]:
    """Return the marks that the page shows."""
    found = page.evaluate("(steps) => steps.map((step) => held.markOf(step).value)", list(steps))
    assert isinstance(found, list)
    return found


def wait_stored(page: Page) -> None:
    """Wait until the server has everything of the stage."""
    page.evaluate("until((status) => status.state === 'idle' && !status.waiting, 'never stored')")


def stored(run: StageRun) -> Counter[tuple[str, bool | None]]:
    """Count the events that the server has, by step and value."""
    events = MarkEvent.objects.filter(sheet__run=run, kind="mark")
    return Counter(events.values_list("step__code", "value"))
