"""The language of the pages is a cookie: no query is spent on it, and public pages have it too."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

_CHOSEN = "language_chosen"


def note_choice(request: HttpRequest) -> None:
    """Remember that a visitor chose the language with the switch: signing in does not take it back in this session."""
    request.session[_CHOSEN] = True


def was_chosen(request: HttpRequest) -> bool:
    """Tell whether the language was chosen with the switch before signing in."""
    return bool(request.session.get(_CHOSEN))


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
