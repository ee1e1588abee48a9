"""Routes that are open to everybody, and those by which holders say whether the register names them."""

from django.urls import path

from certificates.views.public import PublicJsonView, PublicPageView, VerifyView
from certificates.views.register import PublicationOfView, PublicationView, RegisterView

urlpatterns = [
    path("v/<str:code>.json", PublicJsonView.as_view(), name="public_json"),
    path("v/<str:code>/", PublicPageView.as_view(), name="public"),
    path("verify/", VerifyView.as_view(), name="verify"),
    path("register/", RegisterView.as_view(), name="register"),
    path("certificates/mine/publication/", PublicationView.as_view(), name="publication"),
    path("certificates/<int:pk>/publication/", PublicationOfView.as_view(), name="publication_of"),
]
