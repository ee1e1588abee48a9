"""Routes of the certificates app."""

from django.urls import path

from certificates.views.certificates import (
    CertificateFileView,
    CertificateListView,
    CertificateView,
    ReinstateView,
    RevokeView,
    SuspendView,
)
from certificates.views.contracts import (
    AcceptContractView,
    ContractFileView,
    ContractListView,
    ContractView,
    IssueView,
    PaperContractView,
    VoidContractView,
)
from certificates.views.decisions import (
    DecisionListView,
    DecisionQueueView,
    DossierFileView,
    DossierView,
    PrintDossierView,
)
from certificates.views.holder import MineView
from certificates.views.public import PublicJsonView, PublicPageView, VerifyView
from certificates.views.reviews import ReviewFileView, ReviewListView, ReviewView

app_name = "certificates"
urlpatterns = [
    path("v/<str:code>.json", PublicJsonView.as_view(), name="public_json"),
    path("v/<str:code>/", PublicPageView.as_view(), name="public"),
    path("verify/", VerifyView.as_view(), name="verify"),
    path("decisions/", DecisionQueueView.as_view(), name="decision_queue"),
    path("decisions/made/", DecisionListView.as_view(), name="decision_list"),
    path("decisions/reviews/", ReviewListView.as_view(), name="reviews"),
    path("decisions/reviews/<int:pk>/", ReviewView.as_view(), name="review"),
    path("decisions/reviews/<int:pk>/file/", ReviewFileView.as_view(), name="review_file"),
    path("decisions/<int:pk>/", DossierView.as_view(), name="dossier"),
    path("decisions/<int:pk>/print/", PrintDossierView.as_view(), name="print_dossier"),
    path("decisions/<int:pk>/files/<uuid:file>/", DossierFileView.as_view(), name="dossier_file"),
    path("contracts/", ContractListView.as_view(), name="contract_list"),
    path("contracts/<int:pk>/", ContractView.as_view(), name="contract"),
    path("contracts/<int:pk>/accept/", AcceptContractView.as_view(), name="contract_accept"),
    path("contracts/<int:pk>/paper/", PaperContractView.as_view(), name="contract_paper"),
    path("contracts/<int:pk>/void/", VoidContractView.as_view(), name="contract_void"),
    path("contracts/<int:pk>/issue/", IssueView.as_view(), name="issue"),
    path("contracts/<int:pk>/files/<slug:which>/", ContractFileView.as_view(), name="contract_file"),
    path("certificates/", CertificateListView.as_view(), name="certificate_list"),
    path("certificates/mine/", MineView.as_view(), name="mine"),
    path("certificates/<int:pk>/", CertificateView.as_view(), name="certificate"),
    path("certificates/<int:pk>/file/", CertificateFileView.as_view(), name="certificate_file"),
    path("certificates/<int:pk>/suspend/", SuspendView.as_view(), name="suspend"),
    path("certificates/<int:pk>/reinstate/", ReinstateView.as_view(), name="reinstate"),
    path("certificates/<int:pk>/revoke/", RevokeView.as_view(), name="revoke"),
]
