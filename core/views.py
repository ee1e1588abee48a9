"""The two kinds of view through which people change something, and the answers of the site itself."""

from typing import Any

from django.contrib import messages
from django.db import connection
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import TemplateResponseMixin
from django.views.generic.edit import FormMixin, ProcessFormView

from core.access import AccessMixin, opened
from core.errors import RuleViolation
from core.integrity import race_errors
from core.interrupted import back_to_old_page


class ServiceFormView(AccessMixin, TemplateResponseMixin, FormMixin[Any], ProcessFormView):
    """A page with one form whose data one service takes.

    `perform` calls the service; a `RuleViolation` is shown at the head of the form, with all that was typed kept.
    """

    template_name = "partials/form_page.html"
    success_message: str | Promise = ""

    def perform(self, form: Any) -> None:
        """Call the service with the form's data."""
        raise NotImplementedError

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Run the service; go on when it succeeds, show the form with its reason when it refuses."""
        try:
            with race_errors():
                self.perform(form)
        except RuleViolation as violation:
            form.add_error(self.error_field(violation), str(violation))
            return self.form_invalid(form)
        if message := self.get_success_message():
            messages.success(self.request, str(message))
        return HttpResponseRedirect(self.get_success_url())

    def unavailable(self) -> str | Promise:
        """Return why the service would refuse whatever is typed now; "" when it may take it.

        The page then says so in place of the form. It is only about the page: the service checks for itself.
        """
        return ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say in place of the form why there is none; a form that was sent is shown with what was typed."""
        is_sent = self.request.method == "POST"
        return super().get_context_data(unavailable="" if is_sent else self.unavailable(), **kwargs)

    def error_field(self, violation: RuleViolation) -> str | None:
        """Return the field beside which a refusal is shown; None: at the head of the form."""
        return None

    def get_success_message(self) -> str | Promise:
        """Return what to say when it is done."""
        return self.success_message

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        """Show the form again; the status tells programs that nothing was done."""
        return self.render_to_response(self.get_context_data(form=form), status=422)


class ServiceActionView(AccessMixin):
    """A button: a POST that calls one service and returns to a page, with a message of what happened."""

    http_method_names = ["post"]
    success_message: str | Promise = ""

    def perform(self) -> None:
        """Call the service."""
        raise NotImplementedError

    def get_success_url(self) -> str:
        """Return where to go afterwards, done or refused."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Run the service and say what happened."""
        try:
            with race_errors():
                self.perform()
        except RuleViolation as violation:
            messages.error(request, str(violation))
        else:
            if self.success_message:
                messages.success(request, str(self.success_message))
        return HttpResponseRedirect(self.get_success_url())


@opened
def healthz(request: HttpRequest) -> HttpResponse:
    """Tell load balancers and container health checks that web and database answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Explain an expired form instead of Django's technical page; who is signed in is led back to it."""
    if (back := back_to_old_page(request)) is not None:
        return back
    context = {
        "heading": _("The form has expired"),
        "explanation": _(
            "Nothing was saved. Go back, reload the page and send it again; check that cookies are allowed."
        ),
        "back": reverse("home"),
    }
    return render(request, "400.html", context, status=403)
