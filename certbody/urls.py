"""Where each app is mounted."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from certbody.views import HomeView
from core.views import healthz

urlpatterns: list[URLPattern | URLResolver] = [
    path("", HomeView.as_view(), name="home"),
    path("healthz/", healthz, name="healthz"),
    path("accounts/", include("allauth.urls")),
    path("people/", include("accounts.urls")),
    path("trail/", include("audit.urls")),
    path("operations/", include("certbody.operations.urls")),
    path("schemes/", include("schemes.urls")),
    path("applications/", include("candidates.urls")),
    path("exams/", include("exams.urls")),
    path("", include("certificates.urls")),
    path("admin/", admin.site.urls),
]
