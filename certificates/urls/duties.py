"""The ledger of duties, the working-day calendar, and calendar feeds."""

from django.urls import URLPattern, path

from certificates.views import calendar, duties, feeds

urlpatterns: list[URLPattern] = [
    path("duties/", duties.DutyListView.as_view(), name="duties"),
    path("duties/<int:pk>/", duties.DutyView.as_view(), name="duty"),
    path("duties/<int:pk>/meet/", duties.MeetDutyView.as_view(), name="duty_meet"),
    path("duties/<int:pk>/waive/", duties.WaiveDutyView.as_view(), name="duty_waive"),
    path("duties/<int:pk>/file/", duties.DutyFileView.as_view(), name="duty_file"),
    path("calendar/", calendar.CalendarView.as_view(), name="calendar"),
    path("calendar/correct/", calendar.CorrectDayView.as_view(), name="calendar_correct"),
    path("calendar/feeds/", feeds.FeedsView.as_view(), name="feeds"),
    path("calendar/feeds/new/", feeds.CreateFeedView.as_view(), name="feed_create"),
    path("calendar/feeds/<int:pk>/revoke/", feeds.RevokeFeedView.as_view(), name="feed_revoke"),
    path("calendar/feeds/<str:token>.ics", feeds.FeedView.as_view(), name="feed"),
]
