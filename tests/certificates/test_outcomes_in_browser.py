"""A form whose outcome needs further fields, in a browser: only those of the chosen outcome are shown."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from certificates.models import Surveillance
from certificates.services.surveillance import announce_surveillance
from tests.browser import assert_accessible
from tests.certificates import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FIELDS = ("follow_up_on", "review_on", "public_reason", "public_reason_en", "confirmation")
SHOWN = {
    "confirmed": set(),
    "follow_up": {"follow_up_on"},
    "suspension": {"review_on", "public_reason", "public_reason_en"},
    "revocation": {"public_reason", "public_reason_en", "confirmation"},
}


@pytest.fixture
def address(version, officer):
    certificate = factories.certificate(version)
    planned = announce_surveillance(certificate.surveillances.earliest("due_on"), actor=officer)
    return reverse("certificates:surveillance_hold", args=[planned.pk])


def shown(page: Page) -> set[str]:
    return {name for name in FIELDS if page.locator(f"[name={name}]").is_visible()}


def test_only_the_fields_of_the_chosen_outcome_are_shown(new_context, officer, address):
    page = new_context(officer).new_page()
    page.goto(address)
    assert shown(page) == set()
    button = page.locator("form[data-outcome] [type=submit]")
    for outcome, fields in SHOWN.items():
        page.locator(f"[name=result][value={outcome}]").check()
        assert shown(page) == fields
        takes_away = outcome in {"suspension", "revocation"}
        assert ("btn-danger" in (button.get_attribute("class") or "")) is takes_away
    assert_accessible(page)
    # What is wrong is in sight on the page that comes back, with the choice as it was.
    page.locator("[name=held_on]").fill(timezone.localdate().isoformat())
    page.locator("[name=report]").fill("Hər şey qaydasındadır, pozuntu yoxdur.")
    button.click()
    expect(page.locator(".error-summary")).to_be_visible()
    assert shown(page) == SHOWN["revocation"]
    assert "btn-danger" in (button.get_attribute("class") or "")
    page.locator("[name=result][value=confirmed]").check()
    button.click()
    expect(page.locator(".error-summary")).to_have_count(0)
    assert Surveillance.objects.filter(result="confirmed").count() == 1


def test_all_fields_are_there_without_scripts(browser, live_server, new_context, officer, address):
    signed_in = new_context(officer)
    context = browser.new_context(
        base_url=live_server.url, java_script_enabled=False, storage_state=signed_in.storage_state()
    )
    page = context.new_page()
    page.goto(address)
    assert shown(page) == set(FIELDS)
    page.locator("[name=held_on]").fill(timezone.localdate().isoformat())
    page.locator("[name=report]").fill("Uyğunsuzluq aşkar edildi, aradan qaldırılmalıdır.")
    page.locator("[name=result][value=follow_up]").check()
    page.locator("[name=follow_up_on]").fill((timezone.localdate() + timedelta(days=30)).isoformat())
    page.locator("[name=confirmation]").fill("nothing that would be asked for")
    page.locator("form[data-outcome] [type=submit]").click()
    expect(page.locator(".error-summary")).to_have_count(0)
    assert Surveillance.objects.filter(result="follow_up").count() == 1
    context.close()
