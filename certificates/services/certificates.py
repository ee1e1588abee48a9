"""Issuing certificates."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from candidates.services.review import conclude_application
from certificates.codes import new_verification_code
from certificates.models import Certificate, Contract
from certificates.queries import reviews_of
from certificates.services.guards import require_officer
from certificates.services.notices import tell_of_issue
from certificates.services.snapshots import certificate_snapshot
from certificates.states import ContractState, Outcome, ReviewState
from certificates.validity import valid_until
from core import numbering
from core.errors import RuleViolation
from core.integrity import constraint_errors
from core.rendering import request_render
from core.transitions import locked

# Whoever presses second is led to the certificate and reads this there.
ALREADY_ISSUED = _("The certificate has already been issued: here it is.")
NOT_CONCLUDED = _("The contract has not been concluded: no certificate is issued before that.")
UNDER_REVIEW = _(
    "The exam was amended after the decision: a decision-maker reviews the decision before anything is issued."
)


def issue_certificate(contract: Contract, *, actor: User) -> Certificate:
    """Issue the certificate of a person who was granted certification and concluded the contract.

    Effects: a gapless number with check characters, a verification code nobody can guess, everything that is printed
    frozen, the document requested, the application concluded, the holder told. Valid from today, for as long as the
    scheme version says. Two officers at the same moment: one issues, the other is told so.
    Raises `NotAllowed` "role", "own_case" or "interest"; `RuleViolation` "not_concluded", "issued", or "review"
    while the decision is flagged because its exam was amended.
    """
    require_officer(actor, contract.person)
    with transaction.atomic():
        contract = locked(contract)
        if Certificate.objects.filter(contract=contract).exists():
            raise RuleViolation(ALREADY_ISSUED, code="issued")
        if contract.state != ContractState.CONCLUDED or contract.decision.outcome != Outcome.GRANTED:
            raise RuleViolation(NOT_CONCLUDED, code="not_concluded")
        if reviews_of(contract.decision).filter(state=ReviewState.OPEN).exists():
            raise RuleViolation(UNDER_REVIEW, code="review")
        certificate = _create(contract, actor=actor)
        application = contract.decision.attempt.application
        record(
            actor=actor,
            verb="certificate.issue",
            obj=certificate,
            after={
                "number": certificate.number,
                "valid_from": certificate.valid_from,
                "valid_until": certificate.valid_until,
            },
            related=(contract, contract.decision, application, contract.person),
        )
        conclude_application(application, actor=actor)
        tell_of_issue(certificate)
    return certificate


def _create(contract: Contract, *, actor: User) -> Certificate:
    now = timezone.now()
    today = timezone.localdate(now)
    version = contract.decision.attempt.session.scheme_version
    until = valid_until(today, version.validity_months)
    code = new_verification_code()
    number = _next_number(version.scheme.number_prefix, today.year)
    snapshot = certificate_snapshot(
        contract, number=number, code=code, issued_on=today, valid_from=today, valid_until=until
    )
    with constraint_errors({"certificates_certificate_contract_id_key": ALREADY_ISSUED}):
        return Certificate.objects.create(
            number=number,
            code=code,
            decision=contract.decision,
            contract=contract,
            person=contract.person,
            scheme_version=version,
            state_changed_at=now,
            valid_from=today,
            valid_until=until,
            snapshot=snapshot,
            document=request_render("certificate", snapshot, f"sertifikat-{number}.pdf"),
            issued_by=actor,
            issued_at=now,
        )


def _next_number(prefix: str, year: int) -> str:
    """Return e.g. K6-2026-00017-42: prefix of the scheme, year, running number without gaps, check digits."""
    return numbering.with_check(f"{prefix}-{year}-{numbering.allocate(f'certificate-{prefix}', year):05d}")
