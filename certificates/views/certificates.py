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
from audit.permissions import concealed_from
from audit.queries import timeline, told_to
from certificates.forms.certificates import CertificateFilter
from certificates.models import Certificate, CertificateEvent
from certificates.officestep import Facts, steps_of_office
from certificates.permissions import downloads_certificate, handles, is_near, reads_certificates
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
from certificates.queries.renewals import chain_of, renewals_of, under_way
from certificates.queries.requests import requests_of
from certificates.queries.terms import consents_of
from certificates.states import CERTIFICATE, DutyState, EventKind, MisuseState, ReviewState, Status
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

    def get_first_rows(self, filters: dict[str, Any]) -> QuerySet[Certificate]:
        """Return the same, the first of which are quick to find."""
        return search_certificates(filters["q"], status=filters["status"], scheme=filters["scheme"], first=True)

    def table_rows(self) -> Iterator[Certificate]:
        """Give the rows of the table without their copies, of which it has no column: there may be a million."""
        return self.found().prefetch_related(None).iterator(chunk_size=CHUNK)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Let officers write to the holders whose certificates are shown."""
        return super().get_context_data(may_notify=is_officer(self.user) and self.is_understood, **kwargs)


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
        suspension, sections = open_suspension(certificate), self.sections()
        review = next((review for review in reviews if review.state == ReviewState.OPEN), None)
        facts = Facts(
            certificate=certificate,
            plan=plan,
            suspension=suspension,
            duties=sections["section_duties"],
            cases=[case for case in sections["section_misuse"] if case.state != MisuseState.SETTLED],
            renewal=under_way(sections["section_renewals"]),
            review=review,
            reader=self.user.pk,
        )
        return super().get_context_data(
            steps=steps_of_office(facts, today),
            certificate=certificate,
            suspension=suspension,
            plan=plan,
            events=sorted(events_of(certificate), key=lambda event: event.pk, reverse=True),
            scopes=scopes_of(certificate),
            reviews=reviews,
            public_url=settings.SITE_URL + reverse("certificates:public", args=[certificate.code]),
            today=today,
            **self.verbs(plan),
            **sections,
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

        An officer who is the holder, or has an interest in them, reads no case that is held back.
        """
        certificate, near = self.certificate, is_near(self.user, self.certificate)
        duties, entries = duties_of(certificate), timeline(certificate)
        if near:
            duties, entries = duties.filter(shown_to_holder=True), told_to(entries, concealed_from(self.user))
        known = list(duties)
        return {
            "is_near": near,
            "section_duties": [duty for duty in known if duty.state == DutyState.OPEN],
            "settled_duties": [duty for duty in known if duty.state != DutyState.OPEN],
            "section_requests": requests_of(certificate),
            "section_misuse": misuse_of(certificate, is_near=near),
            "section_surveillance": surveillance_of(certificate, is_near=near),
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
