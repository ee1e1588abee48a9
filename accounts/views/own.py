"""What people see and change of their own account."""

from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _, gettext_lazy
from django.views.generic.base import View

from accounts.actor import actor_of
from accounts.forms import DetailsForm
from accounts.language import note_choice, remember_language
from accounts.models import LANGUAGES, User
from accounts.permissions import is_signed_in
from accounts.queries import account_history, has_second_step, role_history
from accounts.services.people import change_details, change_language
from core.access import AccessMixin
from core.templatetags.core_ui import longdate
from core.views import ServiceFormView


class OwnAccountView(AccessMixin):
    """My account: name, address, language, roles, and the way to everything about sign-in."""

    permission = is_signed_in

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        user = actor_of(request)
        context = {
            "facts": [
                (_("Name"), user.get_full_name()),
                (_("E-mail"), user.email),
                (_("Language of messages and pages"), user.get_language_display()),
                (_("Account since"), longdate(user.date_joined)),
            ],
            "assignments": [one for one in role_history(user) if one.ended_at is None],
            "has_second_step": has_second_step(user),
            "is_staff_member": user.is_body_staff,
            "timeline": account_history(user),
        }
        return render(request, "accounts/me.html", context)


class OwnDetailsView(ServiceFormView):
    """Change the own name and language."""

    permission = is_signed_in
    form_class = DetailsForm
    template_name = "accounts/form.html"
    success_message = gettext_lazy("Saved.")

    def get_initial(self) -> dict[str, Any]:
        """What the account holds now."""
        user = actor_of(self.request)
        return {name: getattr(user, name) for name in ("surname", "given_name", "patronymic", "language")}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say what the change does and what it leaves alone."""
        return super().get_context_data(
            heading=_("Name and language"),
            explanation=_(
                "The new name is shown from now on. Applications, certificates and entries in the history keep the "
                "name under which they were made."
            ),
            cancel_url=self.get_success_url(),
            **kwargs,
        )

    def perform(self, form: DetailsForm) -> None:
        """Save both."""
        data = dict(form.cleaned_data)
        language = data.pop("language")
        user = actor_of(self.request)
        change_details(user, **data, actor=user)
        change_language(user, language=language, actor=user)

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Go on in the new language."""
        response = super().form_valid(form)
        remember_language(response, form.cleaned_data["language"])
        return response

    def get_success_url(self) -> str:
        """Back to the account."""
        return reverse("accounts:me")


class LanguageView(View):
    """The language switch of every page; who is signed in gets messages in that language from now on, too.

    A choice made before signing in holds for the session: it says how this person reads now, not what they are sent.
    """

    opened = True
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep the choice and return to the page; an unknown language changes nothing."""
        language = request.POST.get("language", "")
        back = request.POST.get("next") or "/"
        if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
            back = "/"
        response = HttpResponseRedirect(back)
        if language in dict(LANGUAGES):
            remember_language(response, language)
            if isinstance(request.user, User):
                change_language(request.user, language=language, actor=request.user)
            else:
                note_choice(request)
        return response
