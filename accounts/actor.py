"""Who acts in a request."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.models import User


def actor_of(request: HttpRequest) -> User:
    """Return who is signed in; raises `PermissionDenied` for a visitor, whom `core.access` lets in nowhere anyway."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
