"""The pages in a real browser: axe finds nothing, nothing scrolls sideways, and a part works without JavaScript."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, FilePayload, expect

from accounts.models import User
from accounts.states import Role
from schemes.models import SchemeVersion
from tests.browser import DESKTOP, PHONE, assert_accessible, assert_fits, session_of
from tests.candidates import factories as make
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
Contexts = Callable[..., BrowserContext]


def url(name: str, *args: Any) -> str:
    return reverse(f"candidates:{name}", args=args)


# Azerbaijani at both widths is tests/e2e/test_pages; here is the other language on the smaller screen.
@pytest.mark.parametrize(("language", "viewport"), [("en", PHONE)], ids=["en-phone"])
def test_applicants_pages_are_accessible(
    scheme_version: SchemeVersion, new_context: Contexts, language: str, viewport: dict[str, int]
) -> None:
    account = make.new_candidate()
    draft = make.draft(scheme_version, account)
    make.letter(draft, account)
    page = new_context(account, language=language, viewport=viewport).new_page()
    names = ("detail", "identity", "contact", "letters", "documents", "declarations", "review", "withdraw")
    for address in (url("own"), url("apply", "coach-6"), *(url(name, draft.pk) for name in names)):
        page.goto(address)
        assert_accessible(page)
        assert_fits(page)


# Azerbaijani at both widths is tests/e2e/test_pages; here is the other language on the smaller screen.
@pytest.mark.parametrize(("language", "viewport"), [("en", PHONE)], ids=["en-phone"])
def test_office_pages_are_accessible(
    scheme_version: SchemeVersion, new_context: Contexts, language: str, viewport: dict[str, int]
) -> None:
    officer: User = UserFactory.create(roles=[Role.OFFICER])
    make.person(fin="5ABC1D2", surname="Əliyeva")
    waiting = make.submitted(scheme_version, fin="5ABC1D2", surname="Həsənova")
    person = make.person_of(make.accepted(scheme_version, officer))
    page = new_context(officer, language=language, viewport=viewport).new_page()
    for address in (
        url("list"), url("paper"), url("persons"), url("person", person.pk), url("conflict", person.pk),
        url("unlink_account", person.pk), url("own_conflict"),
        *(url(name, waiting.pk) for name in ("detail", "accept", "return", "refuse")),
    ):  # fmt: skip
        page.goto(address)
        assert_accessible(page)
        assert_fits(page)


def test_part_works_without_javascript(scheme_version: SchemeVersion, browser: Browser, live_server: Any) -> None:
    account = make.new_candidate()
    draft = make.draft(scheme_version, account)
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="az")
    context.add_cookies([{"name": "sessionid", "value": session_of(account), "url": live_server.url}])
    page = context.new_page()
    page.goto(url("identity", draft.pk))
    page.fill("#id_fin", "5abcio2")
    page.click("button[name=save]")
    expect(page.locator(".error-summary")).to_have_count(1)
    expect(page.locator("#id_fin")).to_have_value("5abcio2")
    page.fill("#id_fin", "5abc1d2")
    page.click("button[name=save]")
    expect(page).to_have_url(live_server.url + url("contact", draft.pk))
    page.goto(url("documents", draft.pk))
    page.select_option("#id_kind", "identity")
    page.set_input_files("#id_file", {"name": "vəsiqə.pdf", "mimeType": "application/pdf", "buffer": make.PDF})
    page.click("button[name=save]")
    expect(page.locator(".attached > li")).to_have_count(1)
    page.click(".attached button")
    expect(page.locator(".attached > li")).to_have_count(0)
    draft.refresh_from_db()
    assert draft.fin == "5ABC1D2"
    context.close()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_paper_application_shown_again_keeps_its_letter(
    scheme_version: SchemeVersion, new_context: Contexts, viewport: dict[str, int]
) -> None:
    page = new_context(UserFactory.create(roles=[Role.OFFICER]), viewport=viewport).new_page()
    page.goto(url("paper"))
    page.get_by_text("Tövsiyə məktubu 2", exact=True).first.click()
    page.locator("#id_letter-2-issuer").fill("Bakı Tədris Mərkəzi")
    letter = FilePayload(name="məktub.pdf", mimeType="application/pdf", buffer=make.PDF)
    page.locator("#id_letter-2-file").set_input_files(letter)
    page.get_by_role("button", name="Daxil et və təqdim et").click()
    page.locator("#id_letter-2-leave_out").wait_for()
    page.wait_for_load_state()
    expect(page.locator("#id_letter-2-issuer")).to_have_value("Bakı Tədris Mərkəzi")
    expect(page.locator("#div_id_letter-2-file")).to_contain_text("məktub.pdf")
    expect(page.locator("#id_letter-3-issuer")).to_be_hidden()
    assert_accessible(page)
    assert_fits(page)
