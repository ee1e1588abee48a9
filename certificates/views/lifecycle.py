"""Officers' forms by which something is decided about a certificate."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from certificates.forms.certificates import ReduceForm, ReinstateForm, RevokeForm, SuspendForm, WithdrawPlanForm
from certificates.models import CertificateEvent
from certificates.permissions import handles
from certificates.queries.certificates import planned_event
from certificates.services.lifecycle import (
    reduce_scope,
    reinstate_certificate,
    revoke_certificate,
    suspend_certificate,
    withdraw_plan,
)
from certificates.states import FINAL_STATES, CertificateState, Status
from certificates.views.common import CertificateMixin, FormPageView
from core.templatetags.core_ui import longdate

HAS_ENDED = _("The certificate is held no more: it was revoked, or its renewal took its place.")
SUSPENDED_ALREADY = _("The certificate is suspended already. It can be reinstated or revoked.")
NOT_SUSPENDED = _("The certificate is not suspended: there is nothing to reinstate.")
NO_SCOPES = _("The scheme has no scopes: the certificate holds as a whole. It can be suspended or revoked.")
ONE_SCOPE = _("The certificate holds for one scope only: without it, it would hold for nothing. It can be revoked.")
SUSPENDED_NOW = _("The certificate is suspended: its scope cannot be reduced before it is reinstated.")
NOTHING_PLANNED = _("Nothing is planned for this certificate: there is nothing to withdraw.")

STAYS_EXPIRED = _("The validity has ended: the certificate stays expired. Only the suspension ends.")
MAY_BE_RENEWED = _("Once the suspension is ended, a renewal that has been applied for can be issued (contract B10).")
SUSPENSION_ENDED = _("The suspension is ended; the certificate stays expired. The holder has been told by e-mail.")
FOR_RENEWAL = _("The same is decided about the renewal {number}, which is not valid yet.")
COMING = (Status.NOT_YET_VALID, Status.SUSPENDED)


class LifecycleView(CertificateMixin, FormPageView):
    """An officer's form about a certificate; `planned_message` is said when the decision is for a later day."""

    permission = handles
    template_name = "certificates/certificate_form.html"
    heading: str | Promise = ""
    consequences: tuple[str | Promise, ...] = ()
    planned_message: str | Promise = ""
    event: CertificateEvent | None = None

    def get_success_url(self) -> str:
        """Show the certificate as it stands now."""
        return reverse("certificates:certificate", args=[self.certificate.pk])

    def get_success_message(self) -> str | Promise:
        """Say what was done, or from which day it will be."""
        if self.event and self.event.effective_on > timezone.localdate():
            return str(self.planned_message).format(day=longdate(self.event.effective_on))
        return self.success_message

    def follows(self) -> tuple[str | Promise, ...]:
        """Return what follows, for a renewal that is not valid yet too."""
        renewal = self.certificate.successor
        if not self.consequences or renewal is None or renewal.status not in COMING:
            return self.consequences
        return (*self.consequences, format_lazy(FOR_RENEWAL, number=renewal.number))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the certificate, what the page is for, and what is planned already."""
        return super().get_context_data(
            certificate=self.certificate,
            plan=planned_event(self.certificate),
            heading=self.heading,
            consequences=self.follows(),
            cancel_url=self.get_success_url(),
            **kwargs,
        )


class CheckedView(LifecycleView):
    """A form that is checked against the certificate: nothing is taken away from one that is held no more."""

    def unavailable(self) -> str | Promise:
        """Say that it has ended."""
        return HAS_ENDED if self.certificate.state_on(timezone.localdate()) in FINAL_STATES else ""

    def get_form_kwargs(self) -> dict[str, Any]:
        """Give the form the certificate."""
        return {**super().get_form_kwargs(), "certificate": self.certificate}


class SuspendView(CheckedView):
    """Suspend a certificate, from today or a later day."""

    form_class = SuspendForm
    heading = _("Suspend the certificate")
    success_message = _("The certificate is suspended. The holder has been told by e-mail.")
    planned_message = _("The certificate will be suspended from {day}. The holder has been told by e-mail.")
    consequences = (
        _("The public page says from that day on that the certificate is suspended."),
        _("The holder is told by e-mail, with the reason, to stop using it then and to hand it back (contract H9)."),
        _("It stays suspended until it is reinstated or revoked; you have to review it by the day you set."),
    )

    def unavailable(self) -> str | Promise:
        """Say that it is suspended, or not held, already."""
        if self.certificate.state_on(timezone.localdate()) == CertificateState.SUSPENDED:
            return SUSPENDED_ALREADY
        return super().unavailable()

    def perform(self, form: SuspendForm) -> None:
        """Suspend it."""
        data = form.cleaned_data
        self.event = suspend_certificate(
            self.certificate,
            form.because,
            actor=self.user,
            review_on=data["review_on"],
            effective_on=data["effective_on"],
        )


class ReinstateView(LifecycleView):
    """Reinstate a suspended certificate."""

    form_class = ReinstateForm
    heading = _("Reinstate the certificate")
    success_message = _("The certificate is valid again. The holder has been told by e-mail.")

    @property
    def is_over(self) -> bool:
        """Tell whether the validity ended meanwhile."""
        return self.certificate.status == Status.EXPIRED

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say of one that has run out that it does not become valid again."""
        context = super().get_context_data(**kwargs)
        if self.is_over:
            context["consequences"] = (*context["consequences"], STAYS_EXPIRED, MAY_BE_RENEWED)
        return context

    def get_success_message(self) -> str | Promise:
        """Say what was done, and what not."""
        return SUSPENSION_ENDED if self.is_over else super().get_success_message()

    def unavailable(self) -> str | Promise:
        """Say that it is not suspended."""
        is_suspended = self.certificate.state_on(timezone.localdate()) == CertificateState.SUSPENDED
        return "" if is_suspended else NOT_SUSPENDED

    def perform(self, form: ReinstateForm) -> None:
        """Reinstate it."""
        reinstate_certificate(self.certificate, form.because, actor=self.user)


class RevokeView(CheckedView):
    """Revoke a certificate, from today or a later day."""

    form_class = RevokeForm
    heading = _("Revoke the certificate")
    success_message = _("The certificate is revoked. The holder has been told by e-mail.")
    planned_message = _("The certificate will be revoked from {day}. The holder has been told by e-mail.")
    consequences = (
        _("The public page says from that day on, and for ever, that the certificate is revoked."),
        _("The holder is told by e-mail, with the reason, to stop using it then and to hand it back (contract H9)."),
        _("What else is owed under it ends; surveillance that has not been held is cancelled."),
        _("Once it has force this cannot be undone: a new certificate needs a new application."),
    )

    def get_form_kwargs(self) -> dict[str, Any]:
        """Have the number typed."""
        return {**super().get_form_kwargs(), "number": self.certificate.number}

    def perform(self, form: RevokeForm) -> None:
        """Revoke it."""
        self.event = revoke_certificate(
            self.certificate, form.because, actor=self.user, effective_on=form.cleaned_data["effective_on"]
        )


class ReduceView(CheckedView):
    """Take scopes away from a certificate."""

    form_class = ReduceForm
    heading = _("Reduce the scope")
    success_message = _("The scope is reduced and a new copy is being made. The holder has been told by e-mail.")
    consequences = (
        _("From today on the certificate holds for the scopes that stay, and for no others: none is given back."),
        _("A new copy under the same number takes the place of the one in force, whose code says so from now on."),
        _("The holder is told by e-mail, with the reason, and hands in the old original within 15 days (contract H8)."),
    )

    def unavailable(self) -> str | Promise:
        """Say that there is no scope to take away, or that the certificate does not stand."""
        if reason := super().unavailable():
            return reason
        if len(self.certificate.scopes) <= 1:
            return ONE_SCOPE if self.certificate.scopes else NO_SCOPES
        return "" if self.certificate.state_on(timezone.localdate()) == CertificateState.VALID else SUSPENDED_NOW

    def perform(self, form: ReduceForm) -> None:
        """Reduce it."""
        reduce_scope(self.certificate, form.because, actor=self.user, scopes=form.cleaned_data["scopes"])


class WithdrawPlanView(LifecycleView):
    """Take back a suspension or revocation that has no force yet."""

    form_class = WithdrawPlanForm
    heading = _("Withdraw what is planned")
    success_message = _("What was planned is withdrawn. The holder has been told by e-mail.")

    def unavailable(self) -> str | Promise:
        """Say that nothing is planned."""
        return "" if planned_event(self.certificate) else NOTHING_PLANNED

    def perform(self, form: WithdrawPlanForm) -> None:
        """Take it back."""
        withdraw_plan(self.certificate, actor=self.user, reason=form.cleaned_data["reason"])
