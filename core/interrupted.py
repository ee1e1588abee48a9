"""What becomes of a press of a button, or a form, that comes when the sign-in has ended.

Nothing is done. The person signs in, comes back to the page on which they pressed, and is told to press again: the
address to which they had sent may be one that only takes a POST.
"""

from time import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
UNSENT = "unsent"  # tags the message by which static/js/drafts.js knows that what was typed is to be put back
LONGEST_AGO = 30 * 60  # seconds: after that nobody remembers what they pressed
_MARK = "interrupted_at"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_HAS_ENDED = _("Your sign-in has ended, so nothing was done. Sign in, and you come back to the page.")
_PRESS_AGAIN = _("Your sign-in had ended, so nothing was done. Look at what stands here, then press again.")
_WAS_OLD = _("This page was from before you last signed in, so nothing was done. Look at it again, then press again.")


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """Lead to the sign-in page, and from there to the page that was asked for, or on which something was pressed."""
    if request.method in SAFE_METHODS:
        asked = request.get_full_path()
        return _to_sign_in(asked if is_page(request.path) else page_above(request.path))
    if was_pressed(request):
        request.session[_MARK] = int(time())
        messages.warning(request, _HAS_ENDED)
    return _to_sign_in(referring_page(request) or page_above(request.path))


def _to_sign_in(page: str) -> HttpResponse:
    # Not Django's own redirect: its module needs the models, and permissions are wired before they are loaded.
    return HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': page}, safe='/')}")


def tell_interrupted(request: HttpRequest) -> None:
    """Say, once somebody is signed in again, that what they had pressed was not done."""
    if time() - request.session.pop(_MARK, 0) < LONGEST_AGO:
        messages.warning(request, _PRESS_AGAIN, extra_tags=UNSENT)


def back_to_old_page(request: HttpRequest) -> HttpResponse | None:
    """Lead somebody who sent a page from before their last sign-in back to it; None where no page of ours was sent."""
    page = referring_page(request)
    if not page or not request.user.is_authenticated or not was_pressed(request):
        return None
    messages.warning(request, _WAS_OLD, extra_tags=UNSENT)
    return HttpResponseRedirect(page)


def was_pressed(request: HttpRequest) -> bool:
    """Tell whether a person sent this with a button: not a script, which sends again by itself."""
    by_browser = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    return by_browser and request.content_type in _FORMS and "HX-Request" not in request.headers


def referring_page(request: HttpRequest) -> str:
    """Return the path of our page on which something was pressed, with its filters; "" when the browser names none."""
    referrer = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(referrer, {request.get_host()}, require_https=request.is_secure()):
        return ""
    parts = urlsplit(referrer)
    if not parts.netloc or not is_page(parts.path):
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def page_above(path: str) -> str:
    """Return the nearest page that an address lies under, or is: that of a thing for the buttons about it."""
    while path != "/":
        if is_page(path):
            return path
        path = path.rstrip("/").rpartition("/")[0] + "/"
    return path


def is_page(path: str) -> bool:
    """Tell whether one of our own pages, which a GET shows, has this path."""
    try:
        view: Any = getattr(resolve(path).func, "view_class", None)
    except Resolver404:
        return False
    is_ours = view is not None and (hasattr(view, "permission") or getattr(view, "opened", False))
    return bool(is_ours and hasattr(view, "get") and "get" in view.http_method_names)
