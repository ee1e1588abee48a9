"""What the public page says about a certificate on a day: pure, from the frozen snapshot and the state."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language

from certificates.documents.snapshots import CertificateSnapshot
from certificates.models import Certificate, Suspension
from certificates.states import Status
from core.badges import Badge, badge_for


@dataclass(frozen=True, slots=True)
class PublicFacts:
    """The answer for a reader; `review_on` only while suspended."""

    status: Status
    look: Badge
    since: date
    review_on: date | None
    printed: CertificateSnapshot
    as_of: date

    @property
    def may_be_used(self) -> bool:
        """Tell whether the holder may use the certificate on this day."""
        return self.status == Status.VALID

    @property
    def scheme_name(self) -> str:
        """The scheme in the reader's language."""
        return self.printed.scheme.name_en if get_language() == "en" else self.printed.scheme.name_az

    @property
    def other_scheme_name(self) -> str:
        """The scheme in the other language."""
        return self.printed.scheme.name_az if get_language() == "en" else self.printed.scheme.name_en

    @property
    def body_name(self) -> str:
        """The body as printed, in the reader's language."""
        return self.printed.body.name_en if get_language() == "en" else self.printed.body.name_az

    @property
    def body_address(self) -> str:
        """The body's address as printed, in the reader's language."""
        return self.printed.body.address_en if get_language() == "en" else self.printed.body.address_az


def public_facts(certificate: Certificate, suspension: Suspension | None, on: date) -> PublicFacts:
    """Return what is told about the certificate on the day."""
    status = certificate.status_on(on)
    return PublicFacts(
        status=status,
        look=badge_for("certificate", status),
        since=_since(certificate, status),
        review_on=suspension.review_on if suspension and status == Status.SUSPENDED else None,
        printed=CertificateSnapshot.from_json(certificate.snapshot),
        as_of=on,
    )


def _since(certificate: Certificate, status: Status) -> date:
    """Return since when the status holds.

    The last day of validity for an expired one, a decision's day for the others.
    """
    if status == Status.EXPIRED:
        return certificate.valid_until
    if status in {Status.SUSPENDED, Status.REVOKED}:
        return timezone.localdate(certificate.state_changed_at)
    return certificate.valid_from


def facts_for_machines(certificate: Certificate, suspension: Suspension | None, on: date) -> dict[str, Any]:
    """Return the same as JSON.

    `found`, `status` with its dates, and `printed`, every field that the certificate prints.
    """
    facts = public_facts(certificate, suspension, on)
    return {
        "found": True,
        "status": str(facts.status),
        "status_since": facts.since.isoformat(),
        "review_on": facts.review_on.isoformat() if facts.review_on else None,
        "may_be_used": facts.may_be_used,
        "as_of": on.isoformat(),
        "printed": facts.printed.to_json(),
    }
