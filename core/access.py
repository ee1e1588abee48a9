"""Every URL is closed unless opened.

A view class says who may enter (`permission`), or `opened = True` for the public; the middleware refuses a view that
says neither, so that a forgotten declaration shows as a closed door and fails the test that walks the URLconf.
"""

from collections.abc import Callable
from typing import Any, ClassVar, Protocol, TypeVar, cast

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.generic.base import View

from core.interrupted import SAFE_METHODS, sign_in_first


class Predicate(Protocol):
    """Who may: a user, and the object if there is one."""

    def __call__(self, user: Any, obj: Any = None, /) -> bool:
        """Tell whether the user may."""


V = TypeVar("V", bound=Callable[..., HttpResponseBase])

# Packages whose views guard themselves: sign-in pages and the read-only administration site.
_SELF_GUARDED = (
    "allauth.",
    "django.contrib.admin.",
    "django.views.i18n",
    "django.contrib.staticfiles.",
    "django.views.static",
)


def opened(view: V) -> V:
    """Open a function view to everyone."""
    vars(view)["opened"] = True  # a mark that the middleware reads
    return view


class AccessMixin(View):
    """Checks `permission` before anything else; a page of an object names it in `get_permission_object`.

    Not signed in: to the sign-in page and back (core.interrupted). Signed in without permission: 403, whether or not
    the object exists.
    """

    permission: ClassVar[Callable[..., bool] | None] = None
    write_permission: ClassVar[Callable[..., bool] | None] = None

    def get_permission_object(self) -> object:
        """Return what the permission is about; None where roles alone decide."""
        return None

    def may(self, predicate: Predicate) -> bool:
        """Ask a predicate about the user and this page's object."""
        return predicate(self.request.user, self.get_permission_object())

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Let in those who may."""
        if not request.user.is_authenticated:
            return sign_in_first(request)
        predicate = type(self).permission
        if request.method not in SAFE_METHODS:
            predicate = type(self).write_permission or predicate
        if predicate is None or not self.may(predicate):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class ClosedByDefaultMiddleware:
    """Refuses views that do not say who may enter."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on; the check is made once the view is known."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> None:
        """Raise `PermissionDenied` for a view that declares nothing."""
        if not declares_access(view):
            raise PermissionDenied(f"{view.__module__} declares no access")


class PrivatePagesMiddleware:
    """Keeps browsers from storing pages of people who are signed in: the next user of a shared tablet sees none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Forbid storing, unless the view has its own rule, or its answer is public and known by an ETag."""
        response = self.get_response(request)
        is_public = response.has_header("Cache-Control") or response.has_header("ETag")
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not is_public:
            response["Cache-Control"] = "private, no-store"
        return response


def declares_access(view: Callable[..., Any]) -> bool:
    """Tell whether a view says who may enter, is opened to all, or belongs to a package that guards itself."""
    view_class = cast(Any, getattr(view, "view_class", None))
    if view_class is not None and issubclass(view_class, AccessMixin):
        return view_class.permission is not None
    target = view_class or view
    return bool(getattr(target, "opened", False)) or target.__module__.startswith(_SELF_GUARDED)
