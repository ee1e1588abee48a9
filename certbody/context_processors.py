"""What every page of the site knows."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from certbody.navigation import entries_for


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Give the entries of the main navigation that this person may open; asked for only by pages that show it."""
    return {"nav": SimpleLazyObject(lambda: entries_for(request))}
