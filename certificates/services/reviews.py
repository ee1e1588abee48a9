"""Looking again at a decision whose exam was amended afterwards."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.states import Role
from audit.services import record
from certificates.models import Decision, DecisionReview
from certificates.queries.decisions import obstacles
from certificates.services.guards import require_role, stated_reason
from certificates.services.notices import tell_of_review
from certificates.states import REVIEW
from core.errors import NotAllowed
from core.integrity import constraint_errors
from core.transitions import move
from exams.amended import exam_in
from exams.models import Amendment, Attempt

NOT_INDEPENDENT = _("You may not review this decision: an independent decision-maker has to (contract B1).")
_REFUSALS = {"certificates_reviewer_independent": NOT_INDEPENDENT}


def flag_decisions(amendment: Amendment, exams: Sequence[Attempt], actor: User) -> None:
    """Flag the decisions on exams whose marks were amended, and tell who made them; a hook of exams' amendments.

    Writes "review.open". The exams are locked by the caller: a decision comes before or after an amendment, never
    between its halves.
    """
    for decision in Decision.objects.filter(attempt__in=exams).select_related("attempt", "person", "decided_by"):
        before, after = _verdicts(amendment, decision)
        review = DecisionReview.objects.create(
            decision=decision,
            amendment=amendment,
            passed_before=before,
            passed_after=after,
            opened_at=timezone.now(),
        )
        record(
            actor=actor,
            verb="review.open",
            obj=review,
            after={"passed_before": before, "passed_after": after},
            reason=amendment.why,
            related=_related(decision, amendment),
        )
        tell_of_review(review)


def settle_review(review: DecisionReview, *, conclusion: str, actor: User) -> DecisionReview:
    """Write down what follows for the decision from the amendment of its exam (contract B1).

    Nothing else changes: a certificate is suspended or revoked, and a contract declared void, by an officer.
    Raises `NotAllowed` "role", or "conflict" for whoever is not independent of the candidate (the database refuses as
    well); `RuleViolation` "conclusion" for too short a one, "state" when it was settled already.
    """
    require_role(actor, Role.DECIDER)
    conclusion = stated_reason(conclusion, code="conclusion")
    decision = review.decision
    if reasons := obstacles(actor, review.exam):
        because = "; ".join(str(reason.label) for reason in reasons)
        raise NotAllowed(format_lazy("{} ({})", NOT_INDEPENDENT, because), code="conflict")
    with transaction.atomic(), constraint_errors(_REFUSALS):
        return move(
            review,
            REVIEW,
            "settle",
            actor=actor,
            reason=conclusion,
            changes={"settled_by": actor, "settled_at": timezone.now(), "conclusion": conclusion},
            related=_related(decision, review.amendment),
        )


def _verdicts(amendment: Amendment, decision: Decision) -> tuple[bool, bool]:
    """Return whether the exam that was decided on was passed before and after; a released exam has a verdict."""
    kept = (amendment.verdict_before, amendment.verdict_after)
    before, after = (bool(facts and exam_in(facts, decision.attempt_id or 0)) for facts in kept)
    return before, after


def _related(decision: Decision, amendment: Amendment) -> list[Model]:
    """Return whose histories tell of a review: the decision, its exam, the certificate if there is one."""
    contract = decision.offered_contract
    certificate = contract.issued_certificate if contract else None
    found: list[Model | None] = [decision, decision.attempt, amendment, contract, certificate]
    return [one for one in found if one is not None]
