"""Browsers store no page of somebody who is signed in, and may store public ones."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User


@pytest.mark.django_db
def test_page_of_somebody_signed_in_is_not_stored(sign_in: Callable[[User], Client], officer: User) -> None:
    response = sign_in(officer).get(reverse("accounts:me"))
    assert response.headers["Cache-Control"] == "private, no-store"


@pytest.mark.django_db
def test_public_page_may_be_stored(client: Client) -> None:
    assert "Cache-Control" not in client.get(reverse("schemes:list")).headers
