"""The pages of django-allauth in our look: they open in both languages, and nothing of them stays English."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import User

OPEN = ["account_login", "account_signup", "account_reset_password", "account_reset_password_done",
        "account_email_verification_sent", "account_inactive"]  # fmt: skip
OWN = ["account_change_password", "account_email", "account_logout", "account_reauthenticate", "mfa_index",
       "mfa_list_webauthn"]  # fmt: skip
ENGLISH = re.compile(r"\b(the|your|password|e-?mail address|sign|code|key|name|remember|again)\b", re.IGNORECASE)


def text_of(html: str) -> str:
    main = html[html.index("<main") : html.index("</main>")]
    return " ".join(re.sub(r"<script.*?</script>|<[^>]+>", " ", main, flags=re.DOTALL).split())


def page(client: Client, name: str, language: str) -> str:
    client.cookies["django_language"] = language
    response = client.get(reverse(name))
    assert response.status_code == 200, (name, response.status_code)
    return response.content.decode()


@pytest.mark.parametrize("name", OPEN)
def test_open_page_in_azerbaijani_has_no_english(client: Client, db: None, name: str) -> None:
    html = page(client, name, "az")
    assert '<html lang="az">' in html
    assert ENGLISH.findall(text_of(html)) == []
    assert html.count("<h1") == 1


@pytest.mark.parametrize("name", OWN)
def test_own_page_in_azerbaijani_has_no_english(client: Client, officer: User, name: str) -> None:
    client.force_login(officer)
    html = page(client, name, "az")
    assert ENGLISH.findall(text_of(html).replace(officer.email, "")) == []
    assert html.count("<h1") == 1


@pytest.mark.parametrize("name", [*OPEN, *OWN])
def test_page_in_english_has_one_heading(client: Client, officer: User, name: str) -> None:
    if name in OWN:
        client.force_login(officer)
    html = page(client, name, "en")
    assert '<html lang="en">' in html
    assert html.count("<h1") == 1


@pytest.mark.parametrize("name", [*OPEN, *OWN])
def test_page_has_no_inline_script_or_style(client: Client, officer: User, name: str) -> None:
    if name in OWN:
        client.force_login(officer)
    html = page(client, name, "az")
    inline = re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", html)
    assert inline == []
    assert re.findall(r"<style|\sstyle=|\son\w+=", html) == []


def test_wrong_password_is_explained_in_azerbaijani(client: Client, officer: User) -> None:
    with translation.override("az"):
        response = client.post(reverse("account_login"), {"login": officer.email, "password": "yanlis"})
    assert "E-poçt ünvanı və ya şifrə düzgün deyil." in text_of(response.content.decode())
