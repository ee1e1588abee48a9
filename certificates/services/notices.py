"""E-mails about decisions, contracts and certificates (contract B4), in the language the person chose."""

from typing import Any

from django.db import models
from django.urls import reverse
from django.utils import timezone

from audit.references import reference
from candidates.models import Person
from certificates.models import Certificate, CertificateEvent, Contract, Decision, DecisionReview, Suspension
from certificates.services.new_copies import Exchange
from certificates.states import Outcome
from core.messages import queue_message


def tell_of_decision(decision: Decision) -> None:
    """Tell the outcome, the reasons and until when an appeal is possible (contract H13)."""
    kind = "decision_granted" if decision.outcome == Outcome.GRANTED else "decision_refused"
    tell(kind, decision.person, decision, {"decision": decision, "scheme": decision.application.scheme})


def tell_of_offered_contract(contract: Contract) -> None:
    """Ask the holder to read and conclude the contract, and say by when."""
    tell("contract_offered", contract.person, contract, {"contract": contract}, page=_contract_page(contract))


def tell_of_concluded_contract(contract: Contract) -> None:
    """Confirm that the contract is concluded, and what follows."""
    tell("contract_concluded", contract.person, contract, {"contract": contract}, page=_contract_page(contract))


def tell_of_void_contract(contract: Contract, *, reason: str) -> None:
    """Tell that no certificate will follow, and why."""
    tell("contract_void", contract.person, contract, {"contract": contract, "reason": reason.strip()})


def tell_of_issue(certificate: Certificate) -> None:
    """Tell the number, the validity, where to download and how anybody can check it."""
    tell("certificate_issued", certificate.person, certificate, {"certificate": certificate})


def tell_of_suspension(suspension: Suspension, *, is_owed: bool) -> None:
    """Tell the reason, from when, when it will be reviewed, and to stop using the certificate (contract H9)."""
    event, certificate = suspension.event, suspension.certificate
    context = {"certificate": certificate, "event": event, "is_planned": _is_planned(event), "is_owed": is_owed}
    tell("certificate_suspended", suspension.certificate.person, suspension, context)


def tell_of_reinstatement(certificate: Certificate, event: CertificateEvent) -> None:
    """Tell why, and that the certificate may be used again: at once, from its first day on, or only once renewed."""
    tell("certificate_reinstated", certificate.person, event, {"certificate": certificate, "event": event})


def tell_of_revocation(
    certificate: Certificate, event: CertificateEvent, *, is_owed: bool, stands: Certificate | None = None
) -> None:
    """Tell the reason, from when, and to stop using the certificate; to hand it back if it is owed (contract H9).

    `stands` is the certificate whose place this one would have taken: it stays what it is.
    """
    is_planned = _is_planned(event)
    context = {
        "certificate": certificate,
        "event": event,
        "is_planned": is_planned,
        "is_owed": is_owed,
        "stands": stands,
    }
    tell("certificate_revoked", certificate.person, event, context)


def tell_of_reduction(certificate: Certificate, event: CertificateEvent, exchange: Exchange) -> None:
    """Tell which scopes stay, and that a new copy takes the place of the old one, which is owed or not."""
    names = [scope for scope in certificate.scheme_version.scopes.all() if scope.code in event.scopes]
    context = {"certificate": certificate, "event": event, "scopes": names, "exchange": exchange}
    tell("certificate_reduced", certificate.person, event, context)


def tell_of_withdrawn_plan(certificate: Certificate, event: CertificateEvent) -> None:
    """Tell that what was planned will not come."""
    context = {"certificate": certificate, "event": event, "planned": event.withdraws}
    tell("certificate_plan_withdrawn", certificate.person, event, context)


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


def _is_planned(event: CertificateEvent) -> bool:
    """Tell whether the decision has force only from a day after the one on which it was made."""
    return event.effective_on > timezone.localdate(event.recorded_at)


def tell(kind: str, person: Person, event: models.Model, context: dict[str, Any], *, page: str = "") -> None:
    """Queue the message of `kind` to a person, once for the row that it tells of.

    The words (templates/mail) get `person`, the address `page` that it leads to, and `context`.
    """
    queue_message(
        key=f"{kind}:{reference(event)}",
        kind=kind,
        to=person.email,
        language=person.language,
        context={**context, "person": person, "page": page or reverse("certificates:mine")},
        about=context.get("certificate") or event,
    )
