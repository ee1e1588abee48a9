"""Routes of the audit trail."""

from django.urls import path

from audit import views

app_name = "audit"

urlpatterns = [
    path("", views.TrailView.as_view(), name="trail"),
    path("<int:pk>/", views.EntryView.as_view(), name="entry"),
]
