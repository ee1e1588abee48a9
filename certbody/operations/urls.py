"""Routes of the operations pages."""

from django.urls import path

from certbody.operations import views

app_name = "operations"

urlpatterns = [
    path("", views.StartView.as_view(), name="start"),
    path("messages/", views.OutboxView.as_view(), name="messages"),
    path("messages/<int:pk>/", views.MessageView.as_view(), name="message"),
    path("messages/<int:pk>/resend/", views.ResendMessageView.as_view(), name="resend_message"),
    path("messages/<int:pk>/readdress/", views.ReaddressMessageView.as_view(), name="readdress_message"),
    path("messages/<int:pk>/returned/", views.ReturnedMessageView.as_view(), name="returned_message"),
    path("documents/", views.DocumentsView.as_view(), name="documents"),
    path("documents/<uuid:pk>/retry/", views.RetryDocumentView.as_view(), name="retry_document"),
    path("mailbox/", views.MailboxView.as_view(), name="mailbox"),
]
