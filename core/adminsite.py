"""The administration site: for looking, never for changing; every change goes through a service and its trail."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from core.access import opened


class ReadOnlyAdmin(admin.ModelAdmin[Model]):
    """Shows rows and changes none.

    What may tell of a candidate's case is for superusers only; `for_operators` opens a table to every account
    with `is_staff`, which is to say to system administrators.
    """

    for_operators = False
    actions = None
    show_full_result_count = False
    list_per_page = 50

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let superusers see everything, operators what is theirs."""
        user: Any = request.user
        return bool(user.is_active and (user.is_superuser or (self.for_operators and user.is_staff)))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show a table on the front page to those who may see it."""
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest, *_args: object) -> bool:
        """Add nothing."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Change nothing."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Delete nothing."""
        return False


class ReadOnlySite(admin.AdminSite):
    """The only administration site; tables that packages register for changing stay out of it."""

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register tables that are shown read-only, and nothing else."""
        if admin_class is not None and issubclass(admin_class, ReadOnlyAdmin):
            super().register(model_or_iterable, admin_class, **options)

    @opened
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send people to the one sign-in page, with its rate limit and its second step."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    @opened
    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Send people to the page that tells the owner of the account and the trail."""
        return redirect("account_change_password")


def register_read_only(app_label: str, *, special: tuple[type[Model], ...] = ()) -> None:
    """Register every table of an app for superusers, except the `special` ones, which the app registers itself."""
    for model in apps.get_app_config(app_label).get_models():
        if model not in special:
            admin.site.register(model, ReadOnlyAdmin)
