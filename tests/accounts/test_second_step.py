"""The second step of sign-in: an authenticator app is enrolled, told of, traced, asked for."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.queries import has_second_step
from audit.models import AuditEntry
from core.models import OutgoingMessage
from tests.factories import PASSWORD, UserFactory


def code_now(secret: str) -> str:
    """Return what the app shows now."""
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def sign_in(user: User) -> Client:
    """Sign in with the password, as in the browser."""
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    return client


@pytest.mark.django_db
def test_app_is_enrolled_and_asked_for_at_the_next_sign_in(
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    user = UserFactory.create()
    client = sign_in(user)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    # The clock stands still, lest the code be of a half minute that is over.
    with django_capture_on_commit_callbacks(execute=True), time_machine.travel(time.time(), tick=False):
        assert client.post(reverse("mfa_activate_totp"), {"code": code_now(secret)}).status_code == 302
    assert has_second_step(user)
    traced = AuditEntry.objects.filter(verb="account.add_second_step").order_by("pk")
    assert {entry.after["type"] for entry in traced} == {"totp", "recovery_codes"}
    assert OutgoingMessage.objects.filter(kind="account_notice", recipient=user.email).count() >= 1
    with time_machine.travel(time.time() + 90, tick=False):  # a code is taken once
        again = sign_in(user)
        assert "_auth_user_id" not in again.session
        again.post(reverse("mfa_authenticate"), {"code": "000000"})
        assert "_auth_user_id" not in again.session
        again.post(reverse("mfa_authenticate"), {"code": code_now(secret)})
        assert again.session["_auth_user_id"] == str(user.pk)


@pytest.mark.django_db
def test_enrolling_asks_for_the_password_again() -> None:
    client = sign_in(UserFactory.create())
    response = client.get(reverse("mfa_activate_totp"))
    assert response.headers["Location"].startswith(reverse("account_reauthenticate"))
