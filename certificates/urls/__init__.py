"""Routes of the certificates app, one module for each subject."""

from certificates.urls import (
    batches,
    cases,
    certificates,
    contracts,
    decisions,
    duties,
    holder,
    public,
    renewals,
    requests,
    terms,
)

app_name = "certificates"
urlpatterns = [
    *public.urlpatterns,
    *decisions.urlpatterns,
    *contracts.urlpatterns,
    *holder.urlpatterns,
    *certificates.urlpatterns,
    *duties.urlpatterns,
    *requests.urlpatterns,
    *cases.urlpatterns,
    *renewals.urlpatterns,
    *terms.urlpatterns,
    *batches.urlpatterns,
]
