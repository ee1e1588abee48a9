"""Routes of what holders report and ask for."""

from django.urls import path

from certificates.views.reporting import ReportChangeView, ReportCircumstanceView, RequestReplacementView
from certificates.views.requests import (
    AcceptChangeView,
    CaseFileView,
    ChangeView,
    CircumstanceView,
    EvaluateCircumstanceView,
    IssueReplacementView,
    RejectChangeView,
    RejectReplacementView,
    ReplacementView,
    RequestListView,
    WithdrawChangeView,
    WithdrawReplacementView,
)

urlpatterns = [
    path("requests/", RequestListView.as_view(), name="requests"),
    path("certificates/<int:pk>/changes/new/", ReportChangeView.as_view(), name="report_change"),
    path("changes/<int:pk>/", ChangeView.as_view(), name="change"),
    path("changes/<int:pk>/accept/", AcceptChangeView.as_view(), name="change_accept"),
    path("changes/<int:pk>/reject/", RejectChangeView.as_view(), name="change_reject"),
    path("changes/<int:pk>/withdraw/", WithdrawChangeView.as_view(), name="change_withdraw"),
    path("certificates/<int:pk>/circumstances/new/", ReportCircumstanceView.as_view(), name="report_circumstance"),
    path("circumstances/<int:pk>/", CircumstanceView.as_view(), name="circumstance"),
    path("circumstances/<int:pk>/evaluate/", EvaluateCircumstanceView.as_view(), name="circumstance_evaluate"),
    path("certificates/<int:pk>/replacements/new/", RequestReplacementView.as_view(), name="request_replacement"),
    path("replacements/<int:pk>/", ReplacementView.as_view(), name="replacement"),
    path("replacements/<int:pk>/issue/", IssueReplacementView.as_view(), name="replacement_issue"),
    path("replacements/<int:pk>/reject/", RejectReplacementView.as_view(), name="replacement_reject"),
    path("replacements/<int:pk>/withdraw/", WithdrawReplacementView.as_view(), name="replacement_withdraw"),
    path("case-files/<int:pk>/", CaseFileView.as_view(), name="case_file"),
]
