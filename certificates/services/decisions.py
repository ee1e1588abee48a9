"""Deciding on certification: after an exam, or on the evidence of a renewal that takes none."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.states import Role
from audit.services import record
from candidates.models import Application
from candidates.services.review import conclude_application
from candidates.states import ApplicationState
from certificates.models import Decision, Renewal
from certificates.queries.decisions import Pending, has_later_attempt, obstacles, pending
from certificates.queries.renewals import renewal_of
from certificates.services.contracts import offer_contract
from certificates.services.guards import require_role, stated_reason
from certificates.services.notices import tell_of_decision
from certificates.services.renewal_duties import owe_renewal_again
from certificates.states import Outcome, Status
from core.errors import NotAllowed, RuleViolation
from core.integrity import constraint_errors
from core.transitions import locked
from exams.models import Attempt
from exams.states import AttemptState
from schemes.states import RenewalNeeds

ALREADY_DECIDED = _("This exam has been decided on already. Reload the page to see the decision.")
RENEWAL_DECIDED = _("This renewal has been decided on already. Reload the page to see the decision.")
REVOKED_MEANWHILE = _("The certificate was revoked after the renewal was applied for: the renewal can only be refused.")
NEEDS_EXAM = _("This renewal takes an exam: it is decided on when the result of the exam is released.")
NOT_INDEPENDENT = _("You may not decide on this candidate: an independent decision-maker has to (contract B1).")
NOT_PASSED = _("The exam was not passed: certification can only be refused.")
NOT_RELEASED = _("The result has not been released yet: there is nothing to decide on.")
UNSETTLED = _("An amendment of the exam, or a suspicion of cheating at it, is open: it is settled first.")
STILL_OPEN = {
    Pending.SUSPICION: _("A suspicion of cheating at this exam is not settled: decide when it is."),
    Pending.AMENDMENT: _("An amendment of this exam is proposed: decide when it is approved or rejected."),
}
NOT_OPEN = _("The application is no longer open: there is nothing to decide on.")

CONSTRAINTS = {
    "certificates_decision_attempt_id_key": ALREADY_DECIDED,
    "certificates_decision_on_evidence_once": ALREADY_DECIDED,
    "certificates_decider_independent": NOT_INDEPENDENT,
    "certificates_granted_needs_pass": NOT_PASSED,
    "certificates_decision_on_released": NOT_RELEASED,
    "certificates_decision_on_open_case": NOT_OPEN,
    "certificates_decision_on_settled_exam": UNSETTLED,
}


def decide(attempt: Attempt, *, actor: User, outcome: str, reasons: str) -> Decision:
    """Grant or refuse certification after an exam, once and for all (contract B1, H13).

    Effects: the decision with its last day of appeal (H13: ten days unless the scheme sets more); when granted, the
    contract is offered; when refused, the application is concluded; the candidate is told by e-mail, with the reasons.
    Raises `RuleViolation` "reasons", "decided", "not_released", "suspicion_open" or "amendment_open" while one of them
    is, "not_passed", "application", "later_attempt" or "renewed_revoked" (see `decide_renewal`); `NotAllowed` "role",
    or "conflict" when the decision-maker is not independent of the candidate (the database refuses as well).
    """
    require_role(actor, Role.DECIDER)
    reasons = stated_reason(reasons, code="reasons")
    with transaction.atomic():
        # The application first: withdrawing it and scheduling another exam on it lock it too, and come before or after.
        locked(attempt.application)
        attempt = _decidable(locked(attempt), Outcome(outcome))
        _require_independence(actor, attempt)
        _require_renewable(attempt.application, Outcome(outcome))
        decision = _write(attempt.application, attempt, actor=actor, outcome=Outcome(outcome), reasons=reasons)
        _follow(decision, actor)
    return decision


def decide_renewal(renewal: Renewal, *, actor: User, outcome: str, reasons: str) -> Decision:
    """Grant or refuse a renewal for which the scheme asks evidence alone, once and for all (contract B1, H6, H13).

    Effects: as `decide`. A granted renewal leads to a certificate of its own, chained to the old one; after a refusal
    the old one stays as it is until it runs out, and may be applied for again. Raises `RuleViolation` "reasons",
    "decided", "needs_exam" where an exam decides, "renewed_revoked" for granting when the certificate was revoked
    meanwhile, or "application"; `NotAllowed` "role" or "conflict" (the database refuses as well).
    """
    require_role(actor, Role.DECIDER)
    reasons = stated_reason(reasons, code="reasons")
    with transaction.atomic():
        application = locked(renewal.application)
        if Decision.objects.filter(application=application).exists():
            raise RuleViolation(RENEWAL_DECIDED, code="decided")
        if renewal.needs != RenewalNeeds.EVIDENCE:
            raise RuleViolation(NEEDS_EXAM, code="needs_exam")
        if application.state != ApplicationState.ACCEPTED or application.concluded_at:
            raise RuleViolation(NOT_OPEN, code="application")
        _require_independence(actor, renewal)
        _require_renewable(application, Outcome(outcome))
        decision = _write(application, None, actor=actor, outcome=Outcome(outcome), reasons=reasons)
        _follow(decision, actor)
    return decision


def _follow(decision: Decision, actor: User) -> None:
    """Offer the contract, or end the case; and tell the person."""
    if decision.outcome == Outcome.GRANTED:
        offer_contract(decision, actor=actor)
    else:
        conclude_application(decision.application, actor=actor)
        owe_renewal_again(decision.application)
    tell_of_decision(decision)


def _decidable(attempt: Attempt, outcome: Outcome) -> Attempt:
    """Return the locked attempt if it can be decided on now."""
    if attempt.state != AttemptState.RELEASED:
        raise RuleViolation(NOT_RELEASED, code="not_released")
    if Decision.objects.filter(attempt=attempt).exists():
        raise RuleViolation(ALREADY_DECIDED, code="decided")
    for one in pending(attempt):
        raise RuleViolation(STILL_OPEN[one], code=one.value)
    if outcome == Outcome.GRANTED and not attempt.passed:
        raise RuleViolation(NOT_PASSED, code="not_passed")
    application = attempt.application
    if application.state != ApplicationState.ACCEPTED or application.concluded_at:
        raise RuleViolation(NOT_OPEN, code="application")
    if has_later_attempt(attempt):
        raise RuleViolation(
            _(
                "The candidate has another exam on this application, or waits for a new date because it was stopped: "
                "decide when its result is there."
            ),
            code="later_attempt",
        )
    return attempt


def _require_independence(actor: User, case: Attempt | Renewal) -> None:
    reasons = obstacles(actor, case)
    if reasons:
        because = "; ".join(str(reason.label) for reason in reasons)
        raise NotAllowed(format_lazy("{} ({})", NOT_INDEPENDENT, because), code="conflict")


def _require_renewable(application: Application, outcome: Outcome) -> None:
    """Raise `RuleViolation` "renewed_revoked" for granting the renewal of a certificate that was revoked meanwhile."""
    renewal = renewal_of(application) if application.is_renewal else None
    if renewal and outcome == Outcome.GRANTED and renewal.certificate.status == Status.REVOKED:
        raise RuleViolation(REVOKED_MEANWHILE, code="renewed_revoked")


def _write(
    application: Application, attempt: Attempt | None, *, actor: User, outcome: Outcome, reasons: str
) -> Decision:
    now = timezone.now()
    version = attempt.session.scheme_version if attempt else application.scheme_version
    person = attempt.person if attempt else application.person
    assert person is not None  # noqa: S101 -- whoever has submitted is known
    with constraint_errors(CONSTRAINTS):
        decision = Decision.objects.create(
            application=application,
            attempt=attempt,
            person=person,
            outcome=outcome,
            reasons=reasons,
            decided_by=actor,
            decided_at=now,
            appeal_until=timezone.localdate(now) + timedelta(days=version.appeal_days),
        )
    record(
        actor=actor,
        verb=f"decision.{outcome}",
        obj=decision,
        after={"outcome": outcome, "appeal_until": decision.appeal_until},
        reason=reasons,
        related=[one for one in (attempt, application, person) if one is not None],
    )
    return decision
