"""Forms in which holders report and ask, and officers enter what came on paper."""

from typing import Any, cast

from django.forms import BaseForm
from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certificates.forms.requests import ChangeForm, CircumstanceForm, ReplacementForm, ReportForm
from certificates.permissions import holds, reports
from certificates.services.requests.changes import change_hindrance, report_change
from certificates.services.requests.circumstances import report_circumstance
from certificates.services.requests.intake import HAS_ENDED, Request, has_ended
from certificates.services.requests.replacements import replacement_hindrance, request_replacement
from certificates.states import CircumstanceKind, ReplacementKind
from certificates.views.common import CertificateMixin, FormPageView
from core.errors import RuleViolation


class ReportView(CertificateMixin, FormPageView):
    """A form about a certificate, for its holder or for an officer on their behalf."""

    permission = reports
    template_name = "certificates/requests/form.html"
    heading: Any = ""
    explanation: tuple[Any, ...] = ()
    taken_in: Request
    page = ""

    def take_in(self, form: Any) -> Request:
        """Call the service."""
        raise NotImplementedError

    def hindrance(self) -> str:
        """Return why the service would refuse whatever is typed; "" when it would not."""
        return str(HAS_ENDED) if has_ended(self.certificate) else ""

    def perform(self, form: ReportForm) -> None:
        """Take it in."""
        self.taken_in = self.take_in(form)

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Keep the form, which knows where a refusal belongs."""
        self.field_of = cast(ReportForm, form).field_of
        return super().form_valid(form)

    def error_field(self, violation: RuleViolation) -> str | None:
        """Show a refusal beside the field that it is about."""
        return self.field_of(violation)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Ask officers for the day of receipt."""
        return {**super().get_form_kwargs(), "certificate": self.certificate, "on_behalf": not self.may(holds)}

    def get_success_message(self) -> str | Promise:
        """Say it to the holder; an officer reads that the holder has been told."""
        entered = _("It is entered. The holder has been told by e-mail that it was received.")
        return self.success_message if self.may(holds) else entered

    def get_success_url(self) -> str:
        """Show the case."""
        return reverse(self.page, args=[self.taken_in.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the certificate and what the page is for."""
        is_holder = self.may(holds)
        pk = self.certificate.pk
        return super().get_context_data(
            certificate=self.certificate,
            heading=self.heading,
            explanation=self.explanation,
            hindrance=self.hindrance() if self.request.method == "GET" else "",
            is_holder=is_holder,
            cancel_url=reverse("certificates:mine") if is_holder else reverse("certificates:certificate", args=[pk]),
            **kwargs,
        )


class ReportChangeView(ReportView):
    """Data of the holder changed (contract H2)."""

    form_class = ChangeForm
    page = "certificates:change"
    heading = _("Report a change of data")
    success_message = _("The change is reported. We will tell you by e-mail what became of it.")
    explanation = (
        _("Change only what has changed; everything else stays as it is on record."),
        _("If the name changes, you get a new copy of the certificate under the same number and hand in the old one."),
        _("The FIN and the date of birth never change; if we have them wrong, write to us."),
    )

    def hindrance(self) -> str:
        """A change is reported of an expired certificate too: it may be renewed."""
        return change_hindrance(self.certificate)

    def take_in(self, form: ChangeForm) -> Request:
        """Report it."""
        return report_change(
            self.certificate,
            changed_on=form.cleaned_data["changed_on"],
            details=form.details,
            actor=self.user,
            intake=form.intake,
        )


class ReportCircumstanceView(ReportView):
    """Something may harm the ability to keep to the scheme (contract H7)."""

    form_class = CircumstanceForm
    page = "certificates:circumstance"
    heading = _("Report a circumstance affecting competence")
    success_message = _("The circumstance is reported. We will tell you by e-mail what follows from it.")
    explanation = (
        _("Report at once what may keep you from working by the scheme: health, exclusion, an official warning (H7)."),
        _("We evaluate it. Nothing may follow, or an extra assessment, a suspension or a revocation."),
    )

    def take_in(self, form: CircumstanceForm) -> Request:
        """Report it."""
        data = form.cleaned_data
        return report_circumstance(
            self.certificate,
            kind=CircumstanceKind(data["kind"]),
            since=data["since"],
            description=data["description"],
            actor=self.user,
            intake=form.intake,
        )


class RequestReplacementView(ReportView):
    """A copy is damaged, lost or wrong (contract H8)."""

    form_class = ReplacementForm
    page = "certificates:replacement"
    heading = _("Ask for a new copy of the certificate")
    success_message = _("The new copy is asked for. We will tell you by e-mail when it is there.")
    explanation = (
        _("A torn, damaged or wrong certificate is no longer used, and is handed in within 15 days (contract H8)."),
        _("The certificate keeps its number; the new copy has its own copy number and code."),
        _("The code on the old copy says from then on that it has been replaced."),
    )

    def hindrance(self) -> str:
        """One request at a time."""
        return replacement_hindrance(self.certificate)

    def take_in(self, form: ReplacementForm) -> Request:
        """Ask for it."""
        data = form.cleaned_data
        return request_replacement(
            self.certificate,
            kind=ReplacementKind(data["kind"]),
            description=data["description"],
            stops_use=data["stops_use"],
            actor=self.user,
            intake=form.intake,
        )
