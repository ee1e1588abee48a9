"""Certificates near their end, and what it takes to renew them."""

from datetime import datetime, time, timedelta
from typing import Any

import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from candidates.models import Application, ApplicationDocument
from candidates.queries import latest_texts
from candidates.services.attachments import keep_upload
from candidates.services.review import accept_application
from candidates.states import REQUIRED_DECLARATIONS, DocumentKind
from certificates.models import Certificate, Decision, Renewal
from certificates.services.contracts import accept_contract
from certificates.services.decisions import decide_renewal
from certificates.services.renewals import Evidence, apply_for_renewal
from certificates.states import Outcome
from core.models import PrivateFile
from core.services.uploads import store_upload
from schemes.models import SchemeVersion
from schemes.states import RenewalNeeds
from tests.certificates import factories
from tests.factories import UserFactory

PRACTICE = "2026-cı ildən 40 müştəri ilə 310 saat kouçinq apardım, ildə iki seminarda iştirak etdim."


def asking(version: SchemeVersion, needs: RenewalNeeds) -> SchemeVersion:
    """Let the version, which no exam has used yet, ask for this at a renewal."""
    version.renewal_needs = needs
    version.save(update_fields=["renewal_needs"])
    return version


def on_day(certificate: Certificate, days: int) -> Any:
    """Travel to noon of a day counted from the last day of validity."""
    day = certificate.valid_until + timedelta(days=days)
    return time_machine.travel(timezone.make_aware(datetime.combine(day, time(12))), tick=True)


def paper(actor: User, content: bytes = factories.PDF, name: str = "mektub.pdf") -> PrivateFile:
    """Return a file that has been kept for its uploader."""
    return keep_upload(SimpleUploadedFile(name, content, content_type="application/pdf"), actor=actor)


def apply(certificate: Certificate, *, actor: User | None = None, files: int = 1, **changes: Any) -> Renewal:
    """Apply as the holder, with everything that can be asked."""
    actor = actor or factories.account(certificate)
    evidence = Evidence(text=PRACTICE, files=[paper(actor, factories.PDF + bytes([32 + one])) for one in range(files)])
    texts = latest_texts()
    words: dict[str, Any] = {
        "evidence": evidence,
        "agreed": [str(kind) for kind in REQUIRED_DECLARATIONS],
        "seen": [text.pk for text in texts.values()],
        "language": "az",
        **changes,
    }
    return apply_for_renewal(certificate, actor=actor, **words)


def accepted(certificate: Certificate, **changes: Any) -> Renewal:
    """Apply, and let an officer accept it."""
    renewal = apply(certificate, **changes)
    renewal.application.refresh_from_db()
    accept_application(renewal.application, actor=UserFactory.create(roles=[Role.OFFICER]))
    return Renewal.objects.get(pk=renewal.pk)


def decided(renewal: Renewal, outcome: str = Outcome.GRANTED) -> Decision:
    """Decide on the evidence."""
    decider = UserFactory.create(roles=[Role.DECIDER])
    return decide_renewal(renewal, actor=decider, outcome=outcome, reasons="Sübutlar davamlı fəaliyyəti göstərir.")


def agreed_contract(decision: Decision) -> Any:
    """Conclude the contract in the portal."""
    contract = decision.contract
    return accept_contract(contract, actor=factories.account(contract), request_address="203.0.113.7")


def standing(certificate: Certificate) -> Renewal:
    """Return a renewal that waits for its decision, whatever the day: written past the services."""
    application = Application.objects.get(pk=certificate.decision.application_id)
    account = factories.account(certificate)
    application.pk, application.reference, application.concluded_at = None, f"M-{certificate.pk}-R", None
    application.is_renewal, application.needs_exam, application.account = True, False, account
    application.state = "returned"  # only then are papers attached
    application.save(force_insert=True)
    stored = store_upload(SimpleUploadedFile("mektub.pdf", factories.PDF), actor=account)
    ApplicationDocument.objects.create(application=application, stored=stored, kind=DocumentKind.EXPERIENCE)
    Application.objects.filter(pk=application.pk).update(state="accepted")
    return Renewal.objects.create(
        certificate=certificate, application=application, needs=RenewalNeeds.EVIDENCE, evidence=PRACTICE,
        applied_at=timezone.now(),
    )  # fmt: skip
