"""The language of the pages is a cookie: no query is spent on it, and public pages have it too."""

from django.conf import settings
from django.http.response import HttpResponseBase


def remember_language(response: HttpResponseBase, language: str) -> None:
    """Show the pages that follow in `language`."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 24 * 60 * 60,
        path=settings.LANGUAGE_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
