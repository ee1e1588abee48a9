"""Accounts and their roles, for those who look after them."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _, gettext_lazy

from accounts.actor import actor_of
from accounts.forms import PeopleFilterForm, ReasonForm, RoleForm
from accounts.models import User
from accounts.permissions import may_manage_account, reads_people
from accounts.queries import (
    account_history,
    has_second_step,
    has_verified_address,
    invitations_of,
    people,
    role_history,
)
from accounts.services.people import deactivate, reactivate
from accounts.services.roles import end_role, grant_role
from accounts.states import Role
from audit.permissions import reads_trail
from core.access import AccessMixin
from core.paging import CappedPaginator
from core.templatetags.core_ui import longdate, longdatetime
from core.views import ServiceActionView, ServiceFormView

PEOPLE_ON_A_PAGE = 25


class PeopleView(AccessMixin):
    """All accounts."""

    permission = reads_people

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show those that fit the filters, in alphabetical order."""
        form = PeopleFilterForm(request.GET)
        form.is_valid()  # a filter that makes no sense is shown with its error and does not filter
        data = form.cleaned_data
        found = people(words=data.get("q", ""), role=data.get("role", ""), state=data.get("state", ""))
        page = CappedPaginator(found, PEOPLE_ON_A_PAGE).get_page(request.GET.get("page"))
        return render(request, "accounts/people.html", {"filter_form": form, "page": page})


class OfPersonMixin(AccessMixin):
    """A page or a button of one account, which `pk` in the address names."""

    @cached_property
    def person(self) -> User:
        """The account; raises Http404 when there is none."""
        return get_object_or_404(User, pk=self.kwargs["pk"])

    def get_permission_object(self) -> User:
        """What the permission is about."""
        return self.person

    def get_success_url(self) -> str:
        """Back to the account."""
        return reverse("accounts:person", args=[self.person.pk])


class PersonView(OfPersonMixin):
    """One account: its facts, roles, invitations and history."""

    permission = reads_people

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show it."""
        context = {
            "person": self.person,
            "state": "active" if self.person.is_active else "inactive",
            "facts": _facts(self.person),
            "assignments": role_history(self.person),
            "invitations": invitations_of(self.person),
            "timeline": account_history(self.person),
            "may_manage": may_manage_account(request.user, self.person),
            "may_read_trail": reads_trail(request.user),
            "subject": f"accounts.user:{self.person.pk}",
        }
        return render(request, "accounts/person.html", context)


class PersonFormView(OfPersonMixin, ServiceFormView):
    """A form about one account, for system administrators."""

    permission = may_manage_account
    template_name = "accounts/form.html"
    heading: Any = ""
    explanation: Any = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say what the form does and to whom."""
        context = {"heading": self.heading, "explanation": self.explanation, "cancel_url": self.get_success_url()}
        return super().get_context_data(person=self.person, **context, **kwargs)


class GrantRoleView(PersonFormView):
    """Give a role."""

    form_class = RoleForm
    heading = gettext_lazy("Give a role")
    explanation = gettext_lazy(
        "One person may have several roles. Nobody decides on a candidate whom the same person has assessed: the "
        "system refuses it case by case."
    )
    success_message = gettext_lazy("The role has been given.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the roles that the person does not have."""
        return {**super().get_form_kwargs(), "roles": [role for role in Role if role not in self.person.roles]}

    def perform(self, form: RoleForm) -> None:
        """Give it."""
        grant_role(self.person, Role(form.cleaned_data["role"]), actor=actor_of(self.request))


class ReasonView(PersonFormView):
    """Something is taken away, with a reason."""

    form_class = ReasonForm
    submit_label: Any = ""

    def get_form_kwargs(self) -> dict[str, Any]:
        """Name the button."""
        return {**super().get_form_kwargs(), "submit_label": self.submit_label}


class EndRoleView(ReasonView):
    """End a role."""

    heading = gettext_lazy("End a role")
    submit_label = gettext_lazy("End the role")
    success_message = gettext_lazy("The role has ended.")

    @property
    def explanation(self) -> str:
        """Name the role and the person."""
        words = {"role": Role(self.kwargs["role"]).label, "person": self.person}
        return _("“%(role)s” of %(person)s ends at once. What was done in this role stays as it is.") % words

    def perform(self, form: ReasonForm) -> None:
        """End it."""
        role, reason = Role(self.kwargs["role"]), form.cleaned_data["reason"]
        end_role(self.person, role, actor=actor_of(self.request), reason=reason)


class DeactivateView(ReasonView):
    """Close an account."""

    heading = gettext_lazy("Close the account")
    submit_label = gettext_lazy("Close the account")
    explanation = gettext_lazy(
        "The person is signed out at once and cannot sign in until the account is opened again. Nothing is deleted."
    )
    success_message = gettext_lazy("The account has been closed.")

    def perform(self, form: ReasonForm) -> None:
        """Close it."""
        deactivate(self.person, actor=actor_of(self.request), reason=form.cleaned_data["reason"])


class ReactivateView(OfPersonMixin, ServiceActionView):
    """Open a closed account again."""

    permission = may_manage_account
    success_message = gettext_lazy("The account is open again.")

    def perform(self) -> None:
        """Open it."""
        reactivate(self.person, actor=actor_of(self.request))


def _facts(person: User) -> list[tuple[str, Any]]:
    return [
        (_("Name"), person.get_full_name()),
        (_("E-mail"), person.email),
        (_("E-mail verified"), _("Yes") if has_verified_address(person) else _("No")),
        (_("Language"), person.get_language_display()),
        (_("Account since"), longdate(person.date_joined)),
        (_("Last sign-in"), longdatetime(person.last_login)),
        (_("Two-step sign-in"), _("Yes") if has_second_step(person) else _("No")),
    ]
