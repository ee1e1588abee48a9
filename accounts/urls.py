"""Routes of the accounts."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from accounts.states import Role
from accounts.views import invitations, own, people


class RoleConverter(StringConverter):
    """Matches the codes of roles only."""

    regex = "|".join(Role.values)


register_converter(RoleConverter, "role")

app_name = "accounts"

urlpatterns = [
    path("", people.PeopleView.as_view(), name="people"),
    path("me/", own.OwnAccountView.as_view(), name="me"),
    path("me/details/", own.OwnDetailsView.as_view(), name="my_details"),
    path("me/language/", own.LanguageView.as_view(), name="set_language"),
    path("invitations/", invitations.InvitationsView.as_view(), name="invitations"),
    path("invitations/new/", invitations.InviteView.as_view(), name="invite"),
    path("invitations/<int:pk>/resend/", invitations.ResendInvitationView.as_view(), name="resend_invitation"),
    path("invitations/<int:pk>/withdraw/", invitations.WithdrawInvitationView.as_view(), name="withdraw_invitation"),
    path("invitation/<str:token>/", invitations.AcceptInvitationView.as_view(), name="accept_invitation"),
    path("<int:pk>/", people.PersonView.as_view(), name="person"),
    path("<int:pk>/roles/", people.GrantRoleView.as_view(), name="grant_role"),
    path("<int:pk>/roles/<role:role>/end/", people.EndRoleView.as_view(), name="end_role"),
    path("<int:pk>/deactivate/", people.DeactivateView.as_view(), name="deactivate"),
    path("<int:pk>/reactivate/", people.ReactivateView.as_view(), name="reactivate"),
]
