"""The site, and the floors that its pages are measured against."""

from django.urls import include, path

from bench.floors import BareInsert

urlpatterns = [
    path("bench/insert/", BareInsert.as_view()),
    path("", include("certbody.urls")),
]
