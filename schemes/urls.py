"""Routes of the schemes."""

from django.urls import path

from schemes import views

app_name = "schemes"

urlpatterns = [
    path("", views.SchemeListView.as_view(), name="list"),
    path("<slug:code>/", views.SchemeView.as_view(), name="detail"),
    path("<slug:code>/versions/<int:number>/", views.SchemeVersionView.as_view(), name="version"),
]
