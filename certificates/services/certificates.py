"""Issuing certificates."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from candidates.services.review import conclude_application
from certificates.codes import new_verification_code
from certificates.models import Certificate, CertificateCopy, CertificateEvent, Contract
from certificates.numbers import certificate_series
from certificates.queries.decisions import reviews_of
from certificates.queries.renewals import renewal_of
from certificates.services.duties import Term, open_duty
from certificates.services.guards import require_officer
from certificates.services.lifecycle import settle_due, supersede_certificate
from certificates.services.notices import tell_of_issue
from certificates.services.register import list_certificate
from certificates.services.snapshots import certificate_snapshot
from certificates.services.surveillance_plan import plan_surveillance
from certificates.states import FINAL_STATES, CertificateState, ContractState, DutyKind, EventKind, Outcome, ReviewState
from certificates.validity import valid_until
from core import numbering
from core.errors import RuleViolation
from core.integrity import constraint_errors
from core.oneday import in_one_day
from core.rendering import request_render
from core.transitions import locked
from schemes.models import SchemeVersion

# Whoever presses second is led to the certificate and reads this there.
ALREADY_ISSUED = _("The certificate has already been issued: here it is.")
NOT_CONCLUDED = _("The contract has not been concluded: no certificate is issued before that.")
RENEWED_OVER = _(
    "The certificate that is to be renewed was revoked or renewed meanwhile, or a change of it is planned: it cannot "
    "be renewed as it stands."
)
RENEWED_SUSPENDED = _(
    "The certificate that is to be renewed is suspended: reinstate it first, or revoke it and void this contract."
)
NO_SCOPE_LEFT = _(
    "The certificate that is to be renewed has lost every scope that the new scheme version has: there is nothing that "
    "the renewal could hold for."
)
UNDER_REVIEW = _(
    "The exam was amended after the decision: a decision-maker reviews the decision before anything is issued."
)


@in_one_day
def issue_certificate(contract: Contract, *, actor: User) -> Certificate:
    """Issue the certificate of a person who was granted certification and concluded the contract.

    Effects: a gapless number with check characters, a verification code nobody can guess, everything that is printed
    frozen, the document requested, the application concluded, surveillance planned (contract B7), the day by which to
    apply for renewal put down (H6), the holder listed on the register if they agreed (B6), and told. Valid for as long
    as the scheme version says: from today, or, when it renews a certificate that has not run out, from the day after
    that one's last; the renewed one is superseded on that day. A renewal gives nothing back that was taken away: it
    holds for those scopes of its scheme version that the renewed one still has, and for those that the version of the
    renewed one did not know, which were examined under the new version. Two officers at the same moment: one issues,
    the other is told so.
    Raises `NotAllowed` "role", "own_case" or "interest"; `RuleViolation` "not_concluded",
    "issued", "review" while the decision is flagged because its exam was amended, "renewed_suspended" or "renewed_over"
    when the certificate to be renewed is suspended, expired or not, until the suspension is ended, or was revoked or
    renewed meanwhile, "scopes" when no scope is left for the renewal.
    """
    require_officer(actor, contract.person)
    contract = locked(contract)
    if Certificate.objects.filter(contract=contract).exists():
        raise RuleViolation(ALREADY_ISSUED, code="issued")
    if contract.state != ContractState.CONCLUDED or contract.decision.outcome != Outcome.GRANTED:
        raise RuleViolation(NOT_CONCLUDED, code="not_concluded")
    if reviews_of(contract.decision).filter(state=ReviewState.OPEN).exists():
        raise RuleViolation(UNDER_REVIEW, code="review")
    contract.person = locked(contract.person)  # the name that is printed does not change at this moment
    certificate = _create(contract, actor=actor)
    application = contract.decision.application
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
    if certificate.renews:
        supersede_certificate(certificate.renews, actor=actor, effective_on=certificate.valid_from)
    plan_surveillance(certificate)
    open_duty(
        DutyKind.APPLY_FOR_RENEWAL,
        about=certificate,
        person=certificate.person,
        certificate=certificate,
        term=Term(certificate.renewal_from, certificate.valid_until),
    )
    list_certificate(certificate, actor=actor)
    tell_of_issue(certificate)
    return certificate


def _create(contract: Contract, *, actor: User) -> Certificate:
    now = timezone.now()
    today = timezone.localdate(now)
    version = contract.decision.scheme_version
    renewed = _to_renew(contract)
    first_day = max(today, renewed.valid_until + timedelta(days=1)) if renewed else today
    until = valid_until(first_day, version.validity_months)
    code = new_verification_code()
    number = _next_number(version.scheme.number_prefix, today.year)
    scopes = scopes_for(version, renewed)
    snapshot = certificate_snapshot(
        contract, number=number, code=code, scopes=scopes, issued_on=today, valid_from=first_day, valid_until=until
    )
    with constraint_errors({"certificates_certificate_contract_id_key": ALREADY_ISSUED}):
        certificate = Certificate.objects.create(
            number=number,
            decision=contract.decision,
            contract=contract,
            person=contract.person,
            scheme_version=version,
            state_changed_at=now,
            scopes=scopes,
            renews=renewed,
            valid_from=first_day,
            valid_until=until,
            issued_by=actor,
            issued_at=now,
        )
    CertificateCopy.objects.create(
        certificate=certificate,
        number=1,
        code=code,
        snapshot=snapshot,
        document=request_render("certificate", snapshot, f"sertifikat-{number}.pdf"),
        made_at=now,
        made_by=actor,
    )
    CertificateEvent.objects.create(
        certificate=certificate,
        kind=EventKind.ISSUE,
        effective_on=today,
        scopes=scopes,
        recorded_at=now,
        recorded_by=actor,
    )
    return certificate


def scopes_for(version: SchemeVersion, renewed: Certificate | None) -> list[str]:
    """Return for which scopes a certificate holds that is issued under `version`; see `issue_certificate`.

    Raises `RuleViolation` "scopes" when the version has scopes, and all of them were taken away.
    """
    codes = [scope.code for scope in version.scopes.all()]
    if renewed is None:
        return codes
    taken_away = {scope.code for scope in renewed.scheme_version.scopes.all()} - set(renewed.scopes)
    kept = [code for code in codes if code not in taken_away]
    if codes and not kept:
        raise RuleViolation(NO_SCOPE_LEFT, code="scopes")
    return kept


def _to_renew(contract: Contract) -> Certificate | None:
    """Return the locked certificate that the new one takes the place of; None for a first certification."""
    renewal = renewal_of(contract.decision.application)
    if renewal is None:
        return None
    renewed = settle_due(locked(renewal.certificate))
    if renewed.state in FINAL_STATES or renewed.next_state:
        raise RuleViolation(RENEWED_OVER, code="renewed_over")
    if renewed.state == CertificateState.SUSPENDED:  # not the status: a suspension does not end by running out
        raise RuleViolation(RENEWED_SUSPENDED, code="renewed_suspended")
    return renewed


def _next_number(prefix: str, year: int) -> str:
    """Return e.g. K6-2026-00017-42: prefix of the scheme, year, running number without gaps, check digits."""
    return numbering.with_check(f"{prefix}-{year}-{numbering.allocate(certificate_series(prefix), year):05d}")
