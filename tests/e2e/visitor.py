"""Somebody before a browser who notices what a page must not do."""

from re import Pattern
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, expect

from tests.browser import assert_accessible, assert_fits


class Visitor:
    """One person's browser window: reads pages, fills in forms, and collects complaints of the browser."""

    def __init__(self, context: BrowserContext, home: str) -> None:
        self.page: Page = context.new_page()
        self.home = home
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))
        self.page.on("request", self._look)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def _look(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.netloc != urlsplit(self.home).netloc:
            self.complaints.append(f"{self.page.url} asks {request.url}")

    # --- Going ---
    def goes_to(self, address: str, heading: str | Pattern[str]) -> None:
        """Open an address (of this site) and look at the page."""
        self.page.goto(address)
        self.sees(heading)

    def follows(self, words: str, heading: str | Pattern[str], *, exact: bool = True) -> None:
        """Click a link of the page and look at where it leads."""
        self.clicks(words, exact=exact)
        self.sees(heading)

    def clicks(self, words: str, *, exact: bool = True) -> None:
        """Click a link of the page."""
        self.page.locator("main").get_by_role("link", name=words, exact=exact).first.click()

    def sees(self, heading: str | Pattern[str]) -> None:
        """Be on a page with this heading, that everyone can use."""
        expect(self.page.locator("h1")).to_have_text(heading)
        self.page.wait_for_load_state()  # the heading stands there before the rest of the page
        assert_accessible(self.page)
        assert_fits(self.page)

    # --- Filling in ---
    def fills(self, **values: str) -> None:
        """Type into the fields of the page's form, or choose from their lists, by the fields' names."""
        for name, value in values.items():
            field = self.page.locator(f'main [name="{name}"]')
            if field.evaluate("(element) => element.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)

    def attaches(self, name: str, content: bytes, kind: str) -> None:
        """Choose a file."""
        file = {"name": name, "mimeType": kind, "buffer": content}
        self.page.locator('main input[type="file"]').set_input_files(file)  # type: ignore[arg-type]  # a FilePayload

    def presses(self, words: str, heading: str | Pattern[str] | None = None) -> None:
        """Press a button of the page; with a heading, look at the page that follows."""
        self.button(words).click()
        if heading is not None:
            self.sees(heading)

    def button(self, words: str) -> Locator:
        """Find a button of the page by its words."""
        return self.page.locator("main").get_by_role("button", name=words, exact=True)

    # --- Reading ---
    def reads(self, *texts: str) -> None:
        """Find each text on the page."""
        for text in texts:
            expect(self.page.locator("main").get_by_text(text, exact=True).first).to_be_visible()

    def is_told(self, text: str) -> None:
        """Read the one message above the page."""
        expect(self.page.locator("#messages .message p")).to_have_text(text)

    def state(self) -> str:
        """Return the word beside the heading."""
        return self.page.locator(".page-title .state").first.inner_text()
