"""Officers' pages of certificates, and the download of the document."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.queries import timeline
from certificates.forms import CertificateFilter, ReinstateForm, RevokeForm, SuspendForm
from certificates.models import Certificate
from certificates.permissions import downloads_certificate, handles, reads_certificates
from certificates.queries import open_suspension, reviews_of, search_certificates
from certificates.services.lifecycle import reinstate_certificate, revoke_certificate, suspend_certificate
from certificates.states import CERTIFICATE, ReviewState, Status
from certificates.views.common import CertificateMixin, FormPageView, ListPageView, PageView, download
from core.access import AccessMixin


class CertificateListView(ListPageView):
    """All certificates, newest first."""

    permission = reads_certificates
    template_name = "certificates/certificate_list.html"
    filter_form = CertificateFilter

    def get_rows(self, filters: dict[str, Any]) -> QuerySet[Certificate]:
        """Return the certificates that the filters leave."""
        return search_certificates(
            filters.get("q", ""), status=filters.get("status", ""), scheme=filters.get("scheme", "")
        )


class CertificateView(CertificateMixin, PageView):
    """A certificate: facts, state, what can be done, history."""

    permission = reads_certificates
    template_name = "certificates/certificate.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the certificate and what this reader may do with it."""
        certificate = self.certificate
        handling, expired = self.may(handles), certificate.status == Status.EXPIRED
        reviews = list(reviews_of(certificate.decision))
        return super().get_context_data(
            certificate=certificate,
            suspension=open_suspension(certificate),
            suspensions=certificate.suspensions.select_related("imposed_by", "ended_by"),
            reviews=reviews,
            under_review=any(review.state == ReviewState.OPEN for review in reviews),
            public_url=settings.SITE_URL + reverse("certificates:public", args=[certificate.code]),
            today=timezone.localdate(),
            may_suspend=handling and not expired and CERTIFICATE.allows("suspend", certificate.state),
            may_reinstate=handling and not expired and CERTIFICATE.allows("reinstate", certificate.state),
            may_revoke=handling and CERTIFICATE.allows("revoke", certificate.state),
            timeline=timeline(certificate),
            **kwargs,
        )


class CertificateFormView(CertificateMixin, FormPageView):
    """An officer's form about a certificate."""

    permission = handles
    template_name = "certificates/certificate_form.html"
    heading: Any = ""
    consequences: tuple[Any, ...] = ()

    def get_success_url(self) -> str:
        """Show the certificate as it stands now."""
        return reverse("certificates:certificate", args=[self.certificate.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the certificate and what the page is for."""
        return super().get_context_data(
            certificate=self.certificate,
            heading=self.heading,
            consequences=self.consequences,
            cancel_url=self.get_success_url(),
            **kwargs,
        )


class SuspendView(CertificateFormView):
    """Suspend a certificate."""

    form_class = SuspendForm
    heading = _("Suspend the certificate")
    success_message = _("The certificate is suspended. The holder has been told by e-mail.")
    consequences = (
        _("The public page says from now on that the certificate is suspended."),
        _("The holder is told by e-mail, with the reason, to stop using it at once (contract H9)."),
        _("It stays suspended until it is reinstated or revoked."),
    )

    def get_form_kwargs(self) -> dict[str, Any]:
        """Have the day of the review checked against the certificate."""
        return {**super().get_form_kwargs(), "certificate": self.certificate}

    def perform(self, form: SuspendForm) -> None:
        """Suspend it."""
        data = form.cleaned_data
        suspend_certificate(self.certificate, actor=self.user, reason=data["reason"], review_on=data["review_on"])


class ReinstateView(CertificateFormView):
    """Reinstate a suspended certificate."""

    form_class = ReinstateForm
    heading = _("Reinstate the certificate")
    success_message = _("The certificate is valid again. The holder has been told by e-mail.")

    def perform(self, form: ReinstateForm) -> None:
        """Reinstate it."""
        reinstate_certificate(self.certificate, actor=self.user, reason=form.cleaned_data["reason"])


class RevokeView(CertificateFormView):
    """Revoke a certificate."""

    form_class = RevokeForm
    heading = _("Revoke the certificate")
    success_message = _("The certificate is revoked. The holder has been told by e-mail.")
    consequences = (
        _("The public page says from now on, and for ever, that the certificate is revoked."),
        _("The holder is told by e-mail, with the reason, to stop using it and to hand it back (contract H9)."),
        _("This cannot be undone: a new certificate needs a new application."),
    )

    def get_form_kwargs(self) -> dict[str, Any]:
        """Have the number typed."""
        return {**super().get_form_kwargs(), "number": self.certificate.number}

    def perform(self, form: RevokeForm) -> None:
        """Revoke it."""
        revoke_certificate(self.certificate, actor=self.user, reason=form.cleaned_data["reason"])


class CertificateFileView(CertificateMixin, AccessMixin):
    """The certificate as PDF."""

    permission = downloads_certificate

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Send it, once it is there."""
        return download(self.certificate.document)
