"""Invitations: sent and followed by staff, accepted by whoever holds the link."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _, gettext_lazy
from django.views.generic.base import View

from accounts.actor import actor_of
from accounts.forms import AcceptForm, InvitationFilterForm, InvitationForm
from accounts.language import remember_language
from accounts.models import Invitation, User
from accounts.permissions import invitable_roles, manages_invitation, manages_people, reads_people
from accounts.queries import invitations
from accounts.services.invitations import (
    UnknownInvitation,
    accept_signed_in,
    accept_with_new_account,
    find_invitation,
    invite,
    resend_invitation,
    withdraw_invitation,
)
from accounts.states import Role
from core.access import AccessMixin
from core.errors import RuleViolation
from core.paging import CappedPaginator
from core.ratelimit import too_many
from core.views import ServiceActionView, ServiceFormView

INVITATIONS_ON_A_PAGE = 25
TRIES_PER_TEN_MINUTES = 30


class InvitationsView(AccessMixin):
    """All invitations."""

    permission = reads_people

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show those that fit the filters, newest first."""
        form = InvitationFilterForm(request.GET)
        form.is_valid()  # a filter that makes no sense is shown with its error and does not filter
        found = invitations(words=form.cleaned_data.get("q", ""), state=form.cleaned_data.get("state", ""))
        page = CappedPaginator(found, INVITATIONS_ON_A_PAGE).get_page(request.GET.get("page"))
        context = {"filter_form": form, "page": page, "may_invite": manages_people(request.user)}
        context["my_roles"] = invitable_roles(request.user)
        return render(request, "accounts/invitations.html", context)


class InviteView(ServiceFormView):
    """Invite somebody to a role."""

    permission = manages_people
    form_class = InvitationForm
    template_name = "accounts/form.html"
    success_message = gettext_lazy("The invitation is on its way.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the roles that this person may give."""
        return {**super().get_form_kwargs(), "roles": invitable_roles(self.request.user)}

    def get_initial(self) -> dict[str, Any]:
        """Suggest the first language."""
        return {"language": "az"}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say what will happen."""
        return super().get_context_data(
            heading=_("Invite a person"),
            explanation=_("The person receives a link by e-mail. It works once and for 14 days."),
            cancel_url=self.get_success_url(),
            **kwargs,
        )

    def perform(self, form: InvitationForm) -> None:
        """Send the invitation."""
        data = {**form.cleaned_data, "role": Role(form.cleaned_data["role"])}
        invite(**data, actor=actor_of(self.request))

    def get_success_url(self) -> str:
        """To the list."""
        return reverse("accounts:invitations")


class InvitationActionView(ServiceActionView):
    """A button of one invitation."""

    permission = manages_invitation

    @cached_property
    def invitation(self) -> Invitation:
        """The invitation; raises Http404 when there is none."""
        return get_object_or_404(Invitation, pk=self.kwargs["pk"])

    def get_permission_object(self) -> Invitation:
        """What the permission is about."""
        return self.invitation

    def get_success_url(self) -> str:
        """To the list."""
        return reverse("accounts:invitations")


class ResendInvitationView(InvitationActionView):
    """Send a new link."""

    success_message = gettext_lazy("A new link is on its way; the old one no longer works.")

    def perform(self) -> None:
        """Send it."""
        resend_invitation(self.invitation, actor=actor_of(self.request))


class WithdrawInvitationView(InvitationActionView):
    """Make the link worthless."""

    success_message = gettext_lazy("The invitation has been withdrawn; its link no longer works.")

    def perform(self) -> None:
        """Withdraw it."""
        withdraw_invitation(self.invitation, actor=actor_of(self.request))


class AcceptInvitationView(View):
    """What the link in the message opens: a new account, or one more role for the account that is there."""

    opened = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Limit how often links are tried; explain a link that leads nowhere or works no longer."""
        if too_many(request, "invitation", limit=TRIES_PER_TEN_MINUTES, seconds=600):
            return render(request, "429.html", status=429)
        try:
            self.invitation = find_invitation(kwargs["token"])
        except UnknownInvitation:
            return render(request, "accounts/invitation_unknown.html", status=404)
        if not self.invitation.is_open:
            return self._explain()
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Show the form, the button, or the way to the sign-in page."""
        return self._page(self._form())

    def post(self, request: HttpRequest, token: str) -> HttpResponseBase:
        """Accept: signed in with the button, else with the form."""
        if self.account is not None:
            return self._accept_signed_in(token)
        form = self._form(request.POST)
        if not form.is_valid():
            return self._page(form, status=422)
        data = form.cleaned_data
        try:
            accept_with_new_account(
                token, password=data["password1"], surname=data["surname"], given_name=data["given_name"],
                patronymic=data["patronymic"], language=data["language"],
            )  # fmt: skip
        except RuleViolation as violation:
            return self._refuse(form, violation)
        messages.success(request, _("Your account is ready. Please sign in."))
        response = HttpResponseRedirect(reverse("account_login"))
        remember_language(response, data["language"])
        return response

    @cached_property
    def account(self) -> User | None:
        """The account that the invited address has already."""
        return User.objects.filter(email__iexact=self.invitation.email).first()

    def _accept_signed_in(self, token: str) -> HttpResponseBase:
        user = self.request.user
        if not isinstance(user, User):
            return redirect_to_login(self.request.get_full_path())
        try:
            accept_signed_in(token, user=user)
        except RuleViolation as violation:
            messages.error(self.request, str(violation))
            return HttpResponseRedirect(self.request.get_full_path())
        messages.success(self.request, _("You have the new role now."))
        return HttpResponseRedirect(reverse("accounts:me"))

    def _form(self, data: Any = None) -> AcceptForm:
        names = {name: getattr(self.invitation, name) for name in ("surname", "given_name", "patronymic", "language")}
        return AcceptForm(data, initial=names, email=self.invitation.email)

    def _page(self, form: AcceptForm, status: int = 200) -> HttpResponse:
        user = self.request.user
        context = {
            "invitation": self.invitation,
            "form": form,
            "has_account": self.account is not None,
            "is_own": isinstance(user, User) and user == self.account,
        }
        return render(self.request, "accounts/invitation_accept.html", context, status=status)

    def _refuse(self, form: AcceptForm, violation: RuleViolation) -> HttpResponse:
        """Answer a second click, or a link that was used or withdrawn while the form was open."""
        self.invitation.refresh_from_db()
        if not self.invitation.is_open:
            return self._explain()
        form.add_error(None, str(violation))
        return self._page(form, status=422)

    def _explain(self) -> HttpResponse:
        context = {"invitation": self.invitation, "state": self.invitation.state.value}
        return render(self.request, "accounts/invitation_over.html", context, status=410)
