"""Officers' pages of certificates, and the downloads of their copies."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.permissions import is_officer
from audit.queries import timeline
from certificates.forms.certificates import CertificateFilter
from certificates.models import Certificate, CertificateEvent
from certificates.permissions import downloads_certificate, handles, reads_certificates
from certificates.queries.cases import misuse_of, surveillance_of
from certificates.queries.certificates import (
    events_of,
    open_suspension,
    planned_event,
    scopes_of,
    search_certificates,
)
from certificates.queries.decisions import reviews_of
from certificates.queries.duties import duties_of
from certificates.queries.renewals import chain_of, renewals_of
from certificates.queries.requests import requests_of
from certificates.queries.terms import consents_of
from certificates.states import CERTIFICATE, EventKind, ReviewState, Status
from certificates.views.columns import CERTIFICATES
from certificates.views.common import CertificateMixin, ListPageView, PageView, download
from core.access import AccessMixin
from core.exports import CHUNK


class CertificateListView(ListPageView):
    """All certificates, newest first."""

    permission = reads_certificates
    template_name = "certificates/certificate_list.html"
    filter_form = CertificateFilter
    columns = CERTIFICATES
    export_name = _("Certificates")

    def get_rows(self, filters: dict[str, Any]) -> QuerySet[Certificate]:
        """Return the certificates that the filters leave."""
        return search_certificates(
            filters.get("q", ""), status=filters.get("status", ""), scheme=filters.get("scheme", "")
        )

    def table_rows(self) -> Iterator[Certificate]:
        """Give the rows of the table without their copies, of which it has no column: there may be a million."""
        return self.found().prefetch_related(None).iterator(chunk_size=CHUNK)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Let officers write to the holders whose certificates are shown."""
        return super().get_context_data(may_notify=is_officer(self.user), **kwargs)


class CertificateView(CertificateMixin, PageView):
    """A certificate: facts, state, what can be done, history."""

    permission = reads_certificates
    template_name = "certificates/certificate.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the certificate and what this reader may do with it."""
        certificate = self.certificate
        reviews = list(reviews_of(certificate.decision))
        today = timezone.localdate()
        plan = planned_event(certificate) if certificate.next_from and certificate.next_from > today else None
        return super().get_context_data(
            certificate=certificate,
            suspension=open_suspension(certificate),
            plan=plan,
            events=sorted(events_of(certificate), key=lambda event: event.pk, reverse=True),
            scopes=scopes_of(certificate),
            reviews=reviews,
            under_review=any(review.state == ReviewState.OPEN for review in reviews),
            public_url=settings.SITE_URL + reverse("certificates:public", args=[certificate.code]),
            today=today,
            **self.verbs(plan),
            **self.sections(),
            **kwargs,
        )

    def verbs(self, plan: CertificateEvent | None) -> dict[str, bool]:
        """Tell which decisions this reader may take now; the services check again."""
        certificate = self.certificate
        handling, state = self.may(handles), certificate.state_on(timezone.localdate())
        in_time = handling and certificate.status != Status.EXPIRED
        planned = plan.kind if plan else ""
        return {
            "may_handle": handling,
            "may_suspend": in_time and CERTIFICATE.allows("suspend", state) and planned != EventKind.SUSPEND,
            "may_reinstate": handling and CERTIFICATE.allows("reinstate", state),
            "may_reduce": in_time and CERTIFICATE.allows("reduce", state) and len(certificate.scopes) > 1,
            "may_revoke": handling and CERTIFICATE.allows("revoke", state),
            "may_withdraw": handling and planned in {EventKind.SUSPEND, EventKind.REVOKE},
        }

    def sections(self) -> dict[str, Any]:
        """Give what the parts of the page show that are about duties, requests, cases, renewals and terms.

        An officer who is the holder reads of their own certificate what every holder does: no case that is held back.
        """
        certificate = self.certificate
        duties, entries = duties_of(certificate), timeline(certificate)
        if certificate.person.user_id == self.user.pk:
            duties = duties.filter(shown_to_holder=True)
            entries = entries.exclude(verb__regex=r"^(surveillance|misuse|duty)\.")
        return {
            "section_duties": duties,
            "section_requests": requests_of(certificate),
            "section_misuse": misuse_of(certificate),
            "section_surveillance": surveillance_of(certificate),
            "section_renewals": renewals_of(certificate),
            "chain": chain_of(certificate),
            "section_terms": consents_of(certificate),
            "timeline": entries,
        }


class CertificateFileView(CertificateMixin, AccessMixin):
    """The certificate as PDF."""

    permission = downloads_certificate

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Send it, once it is there."""
        return download(self.certificate.document)


class CopyFileView(CertificateMixin, AccessMixin):
    """One copy of the certificate as PDF, in force or superseded."""

    permission = downloads_certificate

    def get(self, request: HttpRequest, pk: int, number: int) -> HttpResponseBase:
        """Send it, once it is there; 404 for a number that no copy has."""
        copy = next((copy for copy in self.certificate.copies.all() if copy.number == number), None)
        return download(copy.document if copy else None)
