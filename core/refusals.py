"""What is said with refusals that come without words: a method that an address does not take, too many requests."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.interrupted import page_above

METHOD_NOT_ALLOWED, TOO_MANY_REQUESTS = 405, 429
USUAL_WAIT = 5 * 60  # seconds; of limits that do not say how long (see ACCOUNT_RATE_LIMITS)


class RefusalsMiddleware:
    """Gives a 405 its page, with the way to the page that has the button, and a 429 the time to wait."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on; complete the answer."""
        response = self.get_response(request)
        if response.status_code == METHOD_NOT_ALLOWED and not response.streaming and not response.content:
            return _with_page(request, response)
        if response.status_code == TOO_MANY_REQUESTS:
            response.headers.setdefault("Retry-After", str(getattr(request, "retry_after", USUAL_WAIT)))
        return response


def _with_page(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if not request.accepts("text/html"):
        return response
    page = render(request, "405.html", {"back": page_above(request.path)}, status=METHOD_NOT_ALLOWED)
    page.headers["Allow"] = response.headers.get("Allow", "")
    return page
