"""Routes of misuse cases and surveillance."""

from django.urls import path

from certificates.views.misuse import (
    AnswerView,
    EvidenceView,
    HearView,
    MisuseListView,
    MisuseView,
    OpenMisuseView,
    SettleMisuseView,
)
from certificates.views.surveillance import (
    AnnounceView,
    CancelView,
    ExtraordinaryView,
    HoldView,
    RescheduleView,
    SurveillanceListView,
    SurveillanceView,
)

urlpatterns = [
    path("misuse/", MisuseListView.as_view(), name="misuse_list"),
    path("certificates/<int:pk>/misuse/new/", OpenMisuseView.as_view(), name="misuse_open"),
    path("misuse/<int:pk>/", MisuseView.as_view(), name="misuse"),
    path("misuse/<int:pk>/evidence/", EvidenceView.as_view(), name="misuse_evidence"),
    path("misuse/<int:pk>/hearing/", HearView.as_view(), name="misuse_hear"),
    path("misuse/<int:pk>/answer/", AnswerView.as_view(), name="misuse_answer"),
    path("misuse/<int:pk>/settle/", SettleMisuseView.as_view(), name="misuse_settle"),
    path("surveillance/", SurveillanceListView.as_view(), name="surveillance_list"),
    path("certificates/<int:pk>/surveillance/new/", ExtraordinaryView.as_view(), name="surveillance_new"),
    path("surveillance/<int:pk>/", SurveillanceView.as_view(), name="surveillance"),
    path("surveillance/<int:pk>/announce/", AnnounceView.as_view(), name="surveillance_announce"),
    path("surveillance/<int:pk>/hold/", HoldView.as_view(), name="surveillance_hold"),
    path("surveillance/<int:pk>/move/", RescheduleView.as_view(), name="surveillance_move"),
    path("surveillance/<int:pk>/cancel/", CancelView.as_view(), name="surveillance_cancel"),
]
