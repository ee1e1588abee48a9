"""Routes of renewals."""

from django.urls import path

from certificates.views import renewal_papers, renewals

urlpatterns = [
    path("certificates/<int:pk>/renewal/new/", renewals.ApplyForRenewalView.as_view(), name="apply_for_renewal"),
    path("renewals/", renewals.RenewalListView.as_view(), name="renewal_list"),
    path("renewals/<int:pk>/", renewals.RenewalView.as_view(), name="renewal"),
    path("renewals/<int:pk>/decide/", renewals.RenewalDecideView.as_view(), name="renewal_decide"),
    path("renewals/<int:pk>/print/", renewal_papers.PrintRenewalView.as_view(), name="print_renewal"),
    path("renewals/papers/<int:pk>/", renewal_papers.RenewalPaperView.as_view(), name="renewal_paper"),
    path("renewals/papers/<int:pk>/file/", renewal_papers.RenewalPaperFileView.as_view(), name="renewal_paper_file"),
    path("renewals/<int:pk>/files/<uuid:file>/", renewals.RenewalFileView.as_view(), name="renewal_file"),
]
