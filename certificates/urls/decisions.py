"""Routes of decisions and their reviews."""

from django.urls import path

from certificates.views.decisions import (
    DecisionListView,
    DecisionQueueView,
    DossierFileView,
    DossierView,
    PrintDossierView,
)
from certificates.views.reviews import ReviewFileView, ReviewListView, ReviewView

urlpatterns = [
    path("decisions/", DecisionQueueView.as_view(), name="decision_queue"),
    path("decisions/made/", DecisionListView.as_view(), name="decision_list"),
    path("decisions/reviews/", ReviewListView.as_view(), name="reviews"),
    path("decisions/reviews/<int:pk>/", ReviewView.as_view(), name="review"),
    path("decisions/reviews/<int:pk>/file/", ReviewFileView.as_view(), name="review_file"),
    path("decisions/<int:pk>/", DossierView.as_view(), name="dossier"),
    path("decisions/<int:pk>/print/", PrintDossierView.as_view(), name="print_dossier"),
    path("decisions/<int:pk>/files/<uuid:file>/", DossierFileView.as_view(), name="dossier_file"),
]
