"""Routes of bulk work."""

from django.urls import path

from certificates.views.batches import (
    BatchFileView,
    BatchListView,
    BatchView,
    IssueAllView,
    NotifyView,
    RetryBatchView,
)

urlpatterns = [
    path("batches/", BatchListView.as_view(), name="batches"),
    path("batches/<uuid:pk>/", BatchView.as_view(), name="batch"),
    path("batches/<uuid:pk>/retry/", RetryBatchView.as_view(), name="batch_retry"),
    path("batches/<uuid:pk>/file/", BatchFileView.as_view(), name="batch_file"),
    path("sessions/<int:pk>/issue-all/", IssueAllView.as_view(), name="issue_all"),
    path("certificates/notify/", NotifyView.as_view(), name="notify"),
]
