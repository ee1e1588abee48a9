"""Routes of renewals."""

from django.urls import path

from certificates.views import renewals

urlpatterns = [
    path("certificates/<int:pk>/renewal/new/", renewals.ApplyForRenewalView.as_view(), name="apply_for_renewal"),
    path("renewals/", renewals.RenewalListView.as_view(), name="renewal_list"),
    path("renewals/<int:pk>/", renewals.RenewalView.as_view(), name="renewal"),
    path("renewals/<int:pk>/decide/", renewals.RenewalDecideView.as_view(), name="renewal_decide"),
    path("renewals/<int:pk>/files/<uuid:file>/", renewals.RenewalFileView.as_view(), name="renewal_file"),
]
