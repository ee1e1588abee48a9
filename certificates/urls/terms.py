"""Routes of changed terms."""

from django.urls import path

from certificates.views import terms

urlpatterns = [
    path("terms/", terms.TermsListView.as_view(), name="terms_list"),
    path("terms/new/", terms.NewTermsView.as_view(), name="terms_new"),
    path("terms/<int:pk>/", terms.TermsView.as_view(), name="terms"),
    path("terms/<int:pk>/announce/", terms.AnnounceTermsView.as_view(), name="terms_announce"),
    path("terms/<int:pk>/cancel/", terms.CancelTermsView.as_view(), name="terms_cancel"),
    path("terms/consents/<int:pk>/accept/", terms.AcceptTermsView.as_view(), name="terms_accept"),
    path("terms/consents/<int:pk>/paper/", terms.PaperTermsView.as_view(), name="terms_paper"),
    path("terms/consents/<int:pk>/scan/", terms.ConsentScanView.as_view(), name="terms_scan"),
]
