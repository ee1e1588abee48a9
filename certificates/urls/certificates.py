"""Routes of officers' pages of a certificate."""

from django.urls import path

from certificates.views.certificates import (
    CertificateFileView,
    CertificateListView,
    CertificateView,
    CopyFileView,
)
from certificates.views.lifecycle import ReduceView, ReinstateView, RevokeView, SuspendView, WithdrawPlanView

urlpatterns = [
    path("certificates/", CertificateListView.as_view(), name="certificate_list"),
    path("certificates/<int:pk>/", CertificateView.as_view(), name="certificate"),
    path("certificates/<int:pk>/file/", CertificateFileView.as_view(), name="certificate_file"),
    path("certificates/<int:pk>/copies/<int:number>/file/", CopyFileView.as_view(), name="copy_file"),
    path("certificates/<int:pk>/suspend/", SuspendView.as_view(), name="suspend"),
    path("certificates/<int:pk>/reinstate/", ReinstateView.as_view(), name="reinstate"),
    path("certificates/<int:pk>/reduce/", ReduceView.as_view(), name="reduce"),
    path("certificates/<int:pk>/revoke/", RevokeView.as_view(), name="revoke"),
    path("certificates/<int:pk>/withdraw-plan/", WithdrawPlanView.as_view(), name="withdraw_plan"),
]
