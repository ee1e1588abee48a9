"""Routes of the exams app."""

from django.urls import path

from exams.views import attempts, marking, results, sessions

app_name = "exams"

urlpatterns = [
    path("", sessions.SessionListView.as_view(), name="sessions"),
    path("new/", sessions.NewSessionView.as_view(), name="new"),
    path("panels/", sessions.MySessionsView.as_view(), name="panels"),
    path("mine/", results.MyExamsView.as_view(), name="mine"),
    path("sessions/<int:pk>/", sessions.SessionView.as_view(), name="session"),
    path("sessions/<int:pk>/edit/", sessions.EditSessionView.as_view(), name="edit"),
    path("sessions/<int:pk>/panel/", sessions.PanelView.as_view(), name="panel"),
    path("sessions/<int:pk>/candidates/", sessions.CandidatesView.as_view(), name="candidates"),
    path("sessions/<int:pk>/cancel/", sessions.CancelSessionView.as_view(), name="cancel"),
    path("sessions/<int:pk>/close/", sessions.CloseSessionView.as_view(), name="close"),
    path("attempts/<int:pk>/", attempts.AttemptView.as_view(), name="attempt"),
    path("attempts/<int:pk>/time/", attempts.RescheduleView.as_view(), name="reschedule"),
    path("attempts/<int:pk>/remove/", attempts.RemoveView.as_view(), name="remove"),
    path("attempts/<int:pk>/identity/", attempts.IdentityView.as_view(), name="identity"),
    path("attempts/<int:pk>/no-show/", attempts.NoShowView.as_view(), name="no_show"),
    path("attempts/<int:pk>/release/", attempts.ReleaseView.as_view(), name="release"),
    path("attempts/<int:pk>/result/", results.ResultView.as_view(), name="result"),
    path("attempts/<int:pk>/stages/<str:code>/start/", attempts.StartStageView.as_view(), name="start"),
    path("runs/<int:pk>/", marking.MarkingView.as_view(), name="marking"),
    path("runs/<int:pk>/marks/", marking.MarksView.as_view(), name="marks"),
    path("runs/<int:pk>/end/", marking.EndStageView.as_view(), name="end"),
    path("runs/<int:pk>/sign-off/", marking.SignOffView.as_view(), name="sign_off"),
]
