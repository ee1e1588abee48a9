"""Routes of contracts."""

from django.urls import path

from certificates.views.contracts import (
    AcceptContractView,
    ContractFileView,
    ContractListView,
    ContractView,
    IssueView,
    PaperContractView,
    VoidContractView,
)

urlpatterns = [
    path("contracts/", ContractListView.as_view(), name="contract_list"),
    path("contracts/<int:pk>/", ContractView.as_view(), name="contract"),
    path("contracts/<int:pk>/accept/", AcceptContractView.as_view(), name="contract_accept"),
    path("contracts/<int:pk>/paper/", PaperContractView.as_view(), name="contract_paper"),
    path("contracts/<int:pk>/void/", VoidContractView.as_view(), name="contract_void"),
    path("contracts/<int:pk>/issue/", IssueView.as_view(), name="issue"),
    path("contracts/<int:pk>/files/<slug:which>/", ContractFileView.as_view(), name="contract_file"),
]
