"""A passkey in a real browser: made on the account's pages, then enough to sign in."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from accounts.states import Role
from audit.models import AuditEntry
from tests.factories import PASSWORD, UserFactory

Contexts = Callable[..., BrowserContext]


def with_fingerprint_reader(context: BrowserContext) -> Page:
    """Open a page whose browser has a built-in authenticator that always recognises its owner."""
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page


@pytest.mark.django_db(transaction=True)
def test_passkey_is_enrolled_and_signs_in(new_context: Contexts, live_server: object) -> None:
    officer = UserFactory.create(roles=[Role.OFFICER])
    # Browsers make passkeys for names, not for numbers.
    site = f"http://localhost:{urlsplit(str(live_server)).port}"
    context = new_context()
    page = with_fingerprint_reader(context)
    page.goto(site + reverse("account_login"))
    page.locator("#id_login").fill(officer.email)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#id_password").press("Enter")
    page.wait_for_url(site + "/")
    page.goto(site + reverse("mfa_add_webauthn"))
    page.locator("#id_password").fill(PASSWORD)  # a key is made only by whoever has just shown the password
    page.locator("#id_password").press("Enter")
    page.locator("#id_name").fill("Noutbuk")
    page.locator("#id_passwordless").check()
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url(lambda address: reverse("mfa_add_webauthn") not in address)
    key = Authenticator.objects.get(user=officer, type=Authenticator.Type.WEBAUTHN)
    assert (str(key.wrap().name), key.wrap().is_passwordless) == ("Noutbuk", True)
    assert AuditEntry.objects.filter(verb="account.add_second_step", after__type="webauthn").count() == 1

    context.clear_cookies()
    page.goto(site + reverse("accounts:me"))
    expect(page).to_have_url(f"{site}{reverse('account_login')}?next={reverse('accounts:me')}")
    page.locator("#passkey_login").click()
    page.wait_for_url(site + reverse("accounts:me"))
    expect(page.locator("main")).to_contain_text(officer.email)
