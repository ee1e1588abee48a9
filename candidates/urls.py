"""Routes of the candidates app."""

from django.urls import path

from candidates.views import apply, office, persons

app_name = "candidates"
urlpatterns = [
    # the body
    path("", office.ApplicationListView.as_view(), name="list"),
    path("export/", office.ApplicationExportView.as_view(), name="export"),
    path("paper/", office.PaperView.as_view(), name="paper"),
    path("<int:pk>/accept/", office.AcceptView.as_view(), name="accept"),
    path("<int:pk>/return/", office.ReturnView.as_view(), name="return"),
    path("<int:pk>/refuse/", office.RefuseView.as_view(), name="refuse"),
    path("persons/", persons.PersonListView.as_view(), name="persons"),
    path("persons/<int:pk>/", persons.PersonView.as_view(), name="person"),
    path("persons/<int:pk>/conflict/", persons.ConflictView.as_view(), name="conflict"),
    path("persons/<int:pk>/account/", persons.LinkAccountView.as_view(), name="link_account"),
    path("persons/<int:pk>/account/unlink/", persons.UnlinkAccountView.as_view(), name="unlink_account"),
    path("conflict/", persons.OwnConflictView.as_view(), name="own_conflict"),
    # the applicant
    path("mine/", apply.OwnListView.as_view(), name="own"),
    path("apply/<slug:scheme>/", apply.ApplyView.as_view(), name="apply"),
    path("<int:pk>/identity/", apply.IdentityView.as_view(), name="identity"),
    path("<int:pk>/contact/", apply.ContactView.as_view(), name="contact"),
    path("<int:pk>/letters/", apply.LettersView.as_view(), name="letters"),
    path("<int:pk>/letters/<int:item>/remove/", apply.RemoveLetterView.as_view(), name="remove_letter"),
    path("<int:pk>/documents/", apply.DocumentsView.as_view(), name="documents"),
    path("<int:pk>/documents/<int:item>/remove/", apply.RemoveDocumentView.as_view(), name="remove_document"),
    path("<int:pk>/declarations/", apply.DeclarationsView.as_view(), name="declarations"),
    path("<int:pk>/review/", apply.ReviewView.as_view(), name="review"),
    path("<int:pk>/withdraw/", apply.WithdrawView.as_view(), name="withdraw"),
    # both
    path("<int:pk>/", office.ApplicationView.as_view(), name="detail"),
    path("<int:pk>/files/<uuid:file>/", office.FileView.as_view(), name="file"),
]
