"""What every page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language


def body(request: HttpRequest) -> dict[str, Any]:
    """Give the certification body's name and address in the reader's language."""
    language = "en" if get_language() == "en" else "az"
    facts = {
        **settings.BODY,
        "name": settings.BODY[f"name_{language}"],
        "address": settings.BODY[f"address_{language}"],
    }
    return {"body": facts, "environment": settings.ENVIRONMENT, "csrf_cookie_name": settings.CSRF_COOKIE_NAME}
