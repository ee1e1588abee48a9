"""The site, and the floors that its pages are measured against."""

from django.urls import include, path

from bench.floors import BareInsert, bare_select

urlpatterns = [
    path("bench/insert/", BareInsert.as_view()),
    path("bench/select/<str:code>/", bare_select),
    path("", include("certbody.urls")),
]
