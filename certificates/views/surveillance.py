"""Surveillance: officers' pages, and what its holder sees of it (contract B7)."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from audit.queries import timeline
from certificates.forms.cases import (
    CancelSurveillanceForm,
    ExtraordinaryForm,
    HoldForm,
    RescheduleForm,
    SurveillanceFilter,
)
from certificates.models import Surveillance
from certificates.permissions import (
    handles,
    handles_surveillance,
    holds,
    reads_certificates,
    reads_surveillance,
)
from certificates.queries.cases import OPEN_SURVEILLANCE, announced_from, search_surveillances, surveillances
from certificates.services.measures import carried_over
from certificates.services.surveillance import (
    announce_surveillance,
    cancel_surveillance,
    hold_surveillance,
    open_extraordinary,
    reschedule_surveillance,
)
from certificates.states import SurveillanceKind, SurveillanceState
from certificates.views.columns import SURVEILLANCES
from certificates.views.common import CertificateMixin, FormPageView, ListPageView, PageView, SignedInMixin
from core.errors import RuleViolation
from core.views import ServiceActionView

CLOSED = _("This surveillance is closed already: its result is recorded, or it is not held.")


class SurveillanceListView(ListPageView):
    """Surveillances, the first due first: those to be held, unless the filter says otherwise."""

    permission = reads_certificates
    template_name = "certificates/cases/surveillance_list.html"
    filter_form = SurveillanceFilter
    columns = SURVEILLANCES
    export_name = _("Surveillance")

    def get_rows(self, filters: dict[str, Any]) -> QuerySet[Surveillance]:
        """Return the surveillances that the filters leave."""
        state = filters.get("state", "") or "open"
        return search_surveillances(
            self.user,
            filters.get("q", ""),
            kind=filters.get("kind", ""),
            state="" if state == "all" else state,
            until=filters.get("until"),
        )


class SurveillanceMixin:
    """A view about one surveillance, named in the address as `pk`."""

    kwargs: dict[str, Any]

    @cached_property
    def surveillance(self) -> Surveillance:
        """The surveillance; 404 when there is none."""
        return get_object_or_404(surveillances(), pk=self.kwargs["pk"])

    def get_permission_object(self) -> Surveillance:
        """Ask about the surveillance."""
        return self.surveillance

    def get_success_url(self) -> str:
        """Show the surveillance as it stands now."""
        return reverse("certificates:surveillance", args=[self.surveillance.pk])


class SurveillanceView(SurveillanceMixin, PageView):
    """A surveillance: for officers and auditors all of it; for its holder what they are told."""

    permission = reads_surveillance

    @cached_property
    def is_holder(self) -> bool:
        """Whether the reader is the one who is looked at."""
        return holds(self.user, self.surveillance.certificate)

    def get_template_names(self) -> list[str]:
        """Choose the page that this reader may see."""
        name = "surveillance_mine.html" if self.is_holder else "surveillance.html"
        return [f"certificates/cases/{name}"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the surveillance, its papers, and what this reader may do."""
        one = self.surveillance
        context = super().get_context_data(
            surveillance=one,
            certificate=one.certificate,
            follow_up=getattr(one, "followed_by", None),
            is_open=one.state in OPEN_SURVEILLANCE,
            **kwargs,
        )
        if self.is_holder:
            return context
        handling = one.state in OPEN_SURVEILLANCE and self.may(handles_surveillance)
        without_notice = one.kind == SurveillanceKind.EXTRAORDINARY
        is_planned = one.state == SurveillanceState.PLANNED
        day_passed = is_planned and not without_notice and one.due_on < timezone.localdate()
        return {
            **context,
            "files": one.files.select_related("stored"),
            "announced_from": announced_from(one) if is_planned and not without_notice else None,
            "day_passed": day_passed,
            "may_handle": handling,
            "may_announce": handling and is_planned and not without_notice and not day_passed,
            "may_hold": handling and (without_notice or not is_planned),
            "timeline": timeline(one),
        }


class ExtraordinaryView(CertificateMixin, FormPageView):
    """An officer has a holder looked at without notice."""

    permission = handles
    form_class = ExtraordinaryForm
    template_name = "certificates/cases/form.html"
    success_message = _("The extraordinary surveillance is open. The holder is told nothing until it has been held.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Check the day against the certificate."""
        return {**super().get_form_kwargs(), "certificate": self.certificate}

    def error_field(self, violation: RuleViolation) -> str | None:
        """Show a refusal beside the field that it is about."""
        return {"due_past": "due_on", "due_late": "due_on", "reason": "cause"}.get(violation.code)

    def perform(self, form: ExtraordinaryForm) -> None:
        """Open it."""
        data = form.cleaned_data
        self.opened = open_extraordinary(self.certificate, cause=data["cause"], due_on=data["due_on"], actor=self.user)

    def get_success_url(self) -> str:
        """Show the surveillance."""
        return reverse("certificates:surveillance", args=[self.opened.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the certificate and what the page is for."""
        return super().get_context_data(
            certificate=self.certificate,
            heading=_("Extraordinary surveillance"),
            cancel_url=reverse("certificates:certificate", args=[self.certificate.pk]),
            consequences=(
                _("It rests on a formal complaint and is held without notice (contract B7)."),
                _("The holder sees nothing of it and is told nothing until its result is recorded."),
            ),
            **kwargs,
        )


class AnnounceView(SignedInMixin, SurveillanceMixin, ServiceActionView):
    """The officer's button that tells the holder, ahead of the morning's job."""

    permission = handles_surveillance
    success_message = _("The holder has been told by e-mail.")

    def perform(self) -> None:
        """Tell them."""
        announce_surveillance(self.surveillance, actor=self.user)


class SurveillanceFormView(SurveillanceMixin, FormPageView):
    """A form about a surveillance."""

    permission = handles_surveillance
    template_name = "certificates/cases/form.html"
    heading: Any = ""
    consequences: tuple[Any, ...] = ()
    fields: dict[str, str] = {}  # beside which field a refusal is shown

    def unavailable(self) -> Any:
        """Say that the surveillance is closed."""
        return "" if self.surveillance.state in OPEN_SURVEILLANCE else CLOSED

    def error_field(self, violation: RuleViolation) -> str | None:
        """Show a refusal beside the field that it is about."""
        return self.fields.get(violation.code)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the surveillance and what the page is for."""
        return super().get_context_data(
            surveillance=self.surveillance,
            certificate=self.surveillance.certificate,
            heading=self.heading,
            consequences=self.consequences,
            cancel_url=self.get_success_url(),
            **kwargs,
        )


class HoldView(SurveillanceFormView):
    """What a surveillance found."""

    form_class = HoldForm
    heading = _("Record the result of the surveillance")
    success_message = _("The result is recorded. The holder has been told by e-mail.")
    consequences = (
        _("The result stands: it is not changed any more. The holder is told by e-mail, with what was found."),
        _("Follow-up: the holder puts right what was found by the day that you set, and is looked at again."),
        _("Suspension: it is suspended from today; the public page says so, and the holder hands the original back."),
        _("Revocation: the certificate is revoked from today, for good."),
    )

    fields = {
        "held_future": "held_on",
        "held_early": "held_on",
        "reason": "report",
        "due_missing": "follow_up_on",
        "due_past": "follow_up_on",
        "due_late": "follow_up_on",
        "review_missing": "review_on",
        "public_reason": "public_reason",
    }

    def get_form_kwargs(self) -> dict[str, Any]:
        """Check what is typed against the surveillance."""
        return {**super().get_form_kwargs(), "surveillance": self.surveillance}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say when a renewal has taken the place of the certificate."""
        notes = list(filter(None, [carried_over(self.surveillance.certificate)]))
        return super().get_context_data(notes=notes, **kwargs)

    def perform(self, form: HoldForm) -> None:
        """Record it."""
        hold_surveillance(self.surveillance, form.finding, files=form.cleaned_data["papers"], actor=self.user)


class RescheduleView(SurveillanceFormView):
    """Another day."""

    form_class = RescheduleForm
    fields = {
        "due_past": "due_on",
        "due_late": "due_on",
        "certificates_surveillance_once": "due_on",
        "reason": "reason",
    }
    heading = _("Move the surveillance")
    success_message = _("The surveillance is moved, and so is the due day in the ledger.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Begin with the day as it stands."""
        return {**super().get_form_kwargs(), "surveillance": self.surveillance}

    def perform(self, form: RescheduleForm) -> None:
        """Move it."""
        data = form.cleaned_data
        reschedule_surveillance(self.surveillance, due_on=data["due_on"], reason=data["reason"], actor=self.user)


class CancelView(SurveillanceFormView):
    """Giving it up."""

    form_class = CancelSurveillanceForm
    heading = _("Cancel the surveillance")
    success_message = _("The surveillance is given up.")
    consequences = (
        _("It is not held, and what was owed because of it lapses. This cannot be undone."),
        _("A holder who has been told of it is told by e-mail that it is not held, with the reason."),
    )

    def perform(self, form: CancelSurveillanceForm) -> None:
        """Give it up."""
        cancel_surveillance(self.surveillance, reason=form.cleaned_data["reason"], actor=self.user)
