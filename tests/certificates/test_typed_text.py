"""In a browser: what was typed into a long form survives a sign-in that had ended, for the same person alone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from accounts.states import Role
from certificates.models import Certificate
from schemes.models import SchemeVersion
from tests.browser import assert_accessible
from tests.certificates import factories
from tests.factories import PASSWORD, UserFactory

REASON = "Şikayət araşdırılır: sənədlər ikinci dəfə istənilib."
KEPT = "sessionStorage.getItem('unsent')"


@pytest.fixture
def typed(
    transactional_db: None, version: SchemeVersion, new_context: Callable[..., BrowserContext]
) -> Callable[[User], tuple[Page, Certificate]]:
    """Fill in the form of a suspension, end the session, and press the button."""

    def filled(user: User) -> tuple[Page, Certificate]:
        certificate = factories.certificate(version)
        page = new_context(user).new_page()
        page.goto(reverse("certificates:suspend", args=[certificate.pk]))
        page.locator("[name=ground]").select_option("misuse")
        page.locator("[name=reason]").fill(REASON)
        page.locator("[name=review_on]").fill((timezone.localdate() + timedelta(days=30)).isoformat())
        Session.objects.all().delete()
        page.locator("[name=save]").click()
        page.wait_for_url("**/accounts/login/**")
        return page, certificate

    return filled


def signs_in(page: Page, user: User) -> None:
    page.locator("[name=login]").fill(user.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")


def test_typed_text_is_put_back_after_signing_in_again(typed: Any) -> None:
    officer = UserFactory.create(roles=[Role.OFFICER])
    page, certificate = typed(officer)
    expect(page.locator(".message-warning")).to_be_visible()
    assert REASON in page.evaluate(KEPT)
    signs_in(page, officer)
    page.wait_for_url(f"**{reverse('certificates:suspend', args=[certificate.pk])}")
    expect(page.locator("[data-unsent]")).to_be_visible()
    expect(page.locator("[name=reason]")).to_have_value(REASON)
    expect(page.locator("[name=ground]")).to_have_value("misuse")
    assert page.evaluate(KEPT) is None
    assert_accessible(page)
    page.locator("[name=save]").click()
    page.wait_for_url(f"**{reverse('certificates:certificate', args=[certificate.pk])}")
    certificate.refresh_from_db()
    assert certificate.state == "suspended"
    assert page.evaluate(KEPT) is None  # it has arrived: no later page of this tab holds it


def test_typed_text_is_shown_to_nobody_else(typed: Any) -> None:
    officer, colleague = (UserFactory.create(roles=[Role.OFFICER]) for _one in range(2))
    page, certificate = typed(officer)
    signs_in(page, colleague)
    page.wait_for_url(f"**{reverse('certificates:suspend', args=[certificate.pk])}")
    expect(page.locator("[data-unsent]")).to_be_visible()
    expect(page.locator("[name=reason]")).to_have_value("")
    assert page.evaluate(KEPT) is None
    certificate.refresh_from_db()
    assert certificate.state == "valid"


def test_no_password_is_kept(transactional_db: None, new_context: Callable[..., BrowserContext]) -> None:
    officer = UserFactory.create(roles=[Role.OFFICER])
    page = new_context(officer).new_page()
    page.goto(reverse("account_change_password"))
    Session.objects.all().delete()
    for field in page.locator("[type=password]").all():
        field.fill(PASSWORD)
    page.locator("[type=password]").last.press("Enter")
    page.wait_for_load_state()
    assert PASSWORD not in (page.evaluate(KEPT) or "")
