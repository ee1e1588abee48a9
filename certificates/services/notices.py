"""E-mails about decisions, contracts and certificates (contract B4), in the language the person chose."""

from typing import Any

from django.db import models
from django.urls import reverse

from candidates.models import Person
from certificates.models import Certificate, Contract, Decision, DecisionReview, Suspension
from certificates.states import Outcome
from core.messages import queue_message


def tell_of_decision(decision: Decision) -> None:
    """Tell the outcome, the reasons and until when an appeal is possible (contract H13)."""
    kind = "decision_granted" if decision.outcome == Outcome.GRANTED else "decision_refused"
    _tell(kind, decision.person, decision, {"decision": decision, "scheme": decision.attempt.application.scheme})


def tell_of_offered_contract(contract: Contract) -> None:
    """Ask the holder to read and conclude the contract, and say by when."""
    _tell("contract_offered", contract.person, contract, {"contract": contract}, page=_contract_page(contract))


def tell_of_concluded_contract(contract: Contract) -> None:
    """Confirm that the contract is concluded, and what follows."""
    _tell("contract_concluded", contract.person, contract, {"contract": contract}, page=_contract_page(contract))


def tell_of_void_contract(contract: Contract, *, reason: str) -> None:
    """Tell that no certificate will follow, and why."""
    _tell("contract_void", contract.person, contract, {"contract": contract, "reason": reason.strip()})


def tell_of_issue(certificate: Certificate) -> None:
    """Tell the number, the validity, where to download and how anybody can check it."""
    _tell("certificate_issued", certificate.person, certificate, {"certificate": certificate})


def tell_of_suspension(suspension: Suspension) -> None:
    """Tell the reason, when it will be reviewed, and to stop using the certificate (contract H9)."""
    context = {"certificate": suspension.certificate, "suspension": suspension}
    _tell("certificate_suspended", suspension.certificate.person, suspension, context)


def tell_of_reinstatement(certificate: Certificate, suspension: Suspension | None) -> None:
    """Tell that the certificate may be used again."""
    _tell("certificate_reinstated", certificate.person, suspension or certificate, {"certificate": certificate})


def tell_of_revocation(certificate: Certificate, *, reason: str) -> None:
    """Tell the reason, to stop using the certificate and to hand it back (contract H9)."""
    context = {"certificate": certificate, "reason": reason.strip()}
    _tell("certificate_revoked", certificate.person, certificate, context)


def tell_of_review(review: DecisionReview) -> None:
    """Tell whoever decided that a mark of the exam was amended afterwards, and that the case is flagged."""
    decider = review.decision.decided_by
    queue_message(
        key=f"decision_review:{review.pk}",
        kind="decision_review",
        to=decider.email,
        language=decider.language,
        context={
            "user": decider,
            "review": review,
            "decision": review.decision,
            "amendment": review.amendment,
            "has_changed": review.changes_verdict,
            "page": reverse("certificates:review", args=[review.pk]),
        },
        about=review.decision,
    )


def _contract_page(contract: Contract) -> str:
    return reverse("certificates:contract", args=[contract.pk])


def _tell(kind: str, person: Person, event: models.Model, context: dict[str, Any], *, page: str = "") -> None:
    """Queue the message once for the event that it tells of."""
    queue_message(
        key=f"{kind}:{event.pk}",
        kind=kind,
        to=person.email,
        language=person.language,
        context={**context, "person": person, "page": page or reverse("certificates:mine")},
        about=context.get("certificate") or event,
    )
