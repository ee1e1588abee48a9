"""Routes of the holder's own pages."""

from django.urls import path

from certificates.views.holder import BadgeView, MineView

urlpatterns = [
    path("certificates/mine/", MineView.as_view(), name="mine"),
    path("certificates/<int:pk>/badge.<slug:format>", BadgeView.as_view(), name="badge"),
]
