"""Every page of the site, as each role sees it in the demo: usable by everyone, whole in both languages, and light."""

import gzip
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from itertools import filterfalse
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page

from certbody.demo.cast import DEMO_PASSWORD
from core.catalogs import read_part
from tests.browser import DESKTOP, PHONE, assert_accessible, assert_fits
from tests.e2e.demo import DemoSite, demo_site
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.browser

LIMIT = 150_000  # bytes of a first load: page, styles and scripts, compressed
DARK = ("/", "/applications/", "/exams/", "/certificates/", "/decisions/", "/verify/", "/accounts/login/", "/trail/")

# The words of a page: each text node, and each attribute that is read out; without those marked as another language's.
WORDS = """(language, page) => {
  const found = new Set();
  const add = (text) => { const words = text.replace(/\\s+/g, " ").trim(); if (words) found.add(words); };
  const foreign = (element) => (element.closest("[lang]")?.lang ?? language) !== language;
  const walker = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!parent.closest("script, style, code, textarea") && !foreign(parent)) add(walker.currentNode.textContent);
  }
  for (const element of page.body.querySelectorAll("*")) {
    if (foreign(element)) continue;
    for (const name of ["aria-label", "title", "placeholder", "alt"]) add(element.getAttribute(name) ?? "");
    if (element.matches("input[type=submit]")) add(element.value);
  }
  add(page.title.split(" · ")[0]);
  return [...found];
}"""
SHOWN = f"(language) => ({WORDS})(language, document)"
FETCHED = f"""async ([address, language]) => {{
  const answer = await fetch(address);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return {{url: answer.url, lang: page.documentElement.lang, words: ({WORDS})(language, page)}};
}}"""


# A code and an invitation that nobody has; a mailbox that only development has.
UNKNOWN = {f"/v/{'0' * 16}/", "/people/invitation/no-such-token/", "/operations/mailbox/"}


@pytest.fixture(scope="module")
def site(browser: Browser, django_db_setup: None, django_db_blocker: Any) -> Iterator[DemoSite]:
    """The demo, committed for the server's threads; no test here changes it."""
    with django_db_blocker.unblock(), demo_site(browser) as running:
        yield running


@cache
def texts(language: str) -> frozenset[str]:
    """Return the texts that belong to the other language only: they have no place on a page in `language`."""
    pairs = [
        (str(one), str(other))
        for part in settings.TRANSLATED_PARTS
        for message in read_part(part)
        if message.id
        for one, other in zip(_forms(message.id), _forms(message.string), strict=False)
    ]
    english, azerbaijani = {one for one, _other in pairs}, {other for _one, other in pairs}
    return frozenset(english - azerbaijani if language == "az" else azerbaijani - english)


def _forms(text: Any) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def look_at(site: DemoSite, visitor: Visitor, address: str, language: str, *, closely: bool) -> Iterator[str]:
    """Open a page and give what is wrong with it; `closely` asks axe as well."""
    page = visitor.page
    page.set_viewport_size(DESKTOP)
    response = page.goto(address)
    assert response is not None
    if response.status != (404 if address in UNKNOWN else 200):
        yield f"{address}: {response.status}"
    if "/accounts/reauthenticate/?" in page.url:
        page.locator("[name=password]").fill(DEMO_PASSWORD)
        page.locator("main form:has([name=password]) [type=submit]").click()
        page.wait_for_url(site.url + address)
    if page.url != site.url + address:
        yield f"{address} leads to {page.url}"
    if page.locator("html").get_attribute("lang") != language:
        yield f"{address}: not in {language}"
    for text in sorted(texts(language).intersection(page.evaluate(SHOWN, language))):
        yield f"{address}: “{text}” is not in {language}"
    yield from failures(assert_fits, page)
    page.set_viewport_size(PHONE)
    yield from failures(assert_fits, page)
    if closely:
        yield from failures(assert_accessible, page)


def failures(check: Any, page: Page) -> Iterator[str]:
    """Give what a check says instead of raising it."""
    try:
        check(page)
    except AssertionError as failure:
        yield str(failure).partition("\nassert")[0]


def is_about_unknown(complaint: str) -> bool:
    """Tell whether a browser only says that it was given 404 where it had to be."""
    address, _colon, text = complaint.partition(": ")
    return urlsplit(address).path in UNKNOWN and "404" in text


def look_at_all(site: DemoSite, pages: list[tuple[str, str]], language: str, *, closely: bool = True) -> list[str]:
    """Open pages, each as its visitor, and return what is wrong with them."""
    visitors: dict[str, Visitor] = {}
    found: list[str] = []
    for login, address in pages:
        if login not in visitors:
            visitors[login] = Visitor(site.context(login, language), site.url)
        visitor = visitors[login]
        problems = look_at(site, visitor, address, language, closely=closely)
        found += [f"{login or 'nobody'}: {problem}" for problem in problems]
    for visitor in visitors.values():
        found += filterfalse(is_about_unknown, visitor.complaints)
        visitor.page.close()
    return found


def test_every_page_is_sound(site):
    found = look_at_all(site, site.main_pages, "az")
    assert found == [], "\n".join(found)


def test_every_page_is_whole_in_english(site):
    """The pages are built alike in both languages, and English words are the shorter ones: what counts is the text."""
    visitors: dict[str, Visitor] = {}
    found: list[str] = []
    for login, address in site.main_pages:
        if login not in visitors:
            visitors[login] = Visitor(site.context(login, "en"), site.url)
            visitors[login].page.goto("/verify/")
        fetched = visitors[login].page.evaluate(FETCHED, [address, "en"])
        if fetched["lang"] != "en":
            found.append(f"{address}: not in English")
        odd = texts("en").intersection(fetched["words"])
        found += [f"{login or 'nobody'}: {address}: “{text}” is not in English" for text in sorted(odd)]
    assert found == [], "\n".join(found)


def test_pages_in_every_state_are_sound(site):
    """In other states the same parts stand together: axe has seen each of them on the main pages."""
    found = look_at_all(site, site.pages_in_other_states, "az", closely=False)
    assert found == [], "\n".join(found)


def test_pages_are_accessible_in_the_dark(site):
    page = site.context("officer", "az", "dark").new_page()
    found: list[str] = []
    for address in DARK:
        page.goto(address)
        found += failures(assert_accessible, page)
    assert found == []


# --- Weight -----------------------------------------------------------------------------------------------------------
_IMPORTS = re.compile(r"""^@?import\b[^"';]*["']([^"']+)["']""", re.MULTILINE)


class Parts(HTMLParser):
    """Collects the addresses of a page's styles and scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "link" and values.get("rel") == "stylesheet":
            self.found.add(str(values["href"]))
        if tag == "script" and values.get("src"):
            self.found.add(str(values["src"]))


def packed(content: bytes) -> int:
    return len(gzip.compress(content, compresslevel=6))


class Scale:
    """Weighs pages; what several pages share is fetched once."""

    def __init__(self, site: DemoSite) -> None:
        self.site = site
        self.known: dict[str, tuple[int, set[str]]] = {}

    def weigh(self, login: str, address: str) -> int:
        """Return the compressed size of a page with all its styles and scripts."""
        html = self.site.context(login, "az").request.get(address).body()
        parts = Parts()
        parts.feed(html.decode())
        waiting, seen = {urljoin(self.site.url + address, one) for one in parts.found}, set[str]()
        total = packed(html)
        while waiting:
            part = waiting.pop()
            seen.add(part)
            size, imported = self.part(part)
            total += size
            waiting |= imported - seen
        return total

    def part(self, address: str) -> tuple[int, set[str]]:
        """Return the compressed size of a style sheet or script, and what it imports."""
        if address not in self.known:
            answer = self.site.context("", "az").request.get(address)
            assert answer.status == 200, address
            imported = _IMPORTS.findall(answer.text())
            self.known[address] = packed(answer.body()), {urljoin(address, one) for one in imported}
        return self.known[address]


def test_first_load_of_every_page_is_light(site):
    scale = Scale(site)
    weights = {address: scale.weigh(login, address) for login, address in site.main_pages}
    assert {address: weight for address, weight in weights.items() if weight > LIMIT} == {}
