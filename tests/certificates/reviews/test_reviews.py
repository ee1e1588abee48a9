"""A decision whose exam was amended is flagged and reviewed."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.states import Role
from audit.models import AuditEntry
from certificates.models import DecisionReview
from certificates.queries.contracts import queue_to_issue
from certificates.services.certificates import issue_certificate
from certificates.services.contracts import accept_contract
from certificates.services.reviews import settle_review
from certificates.states import Outcome, ReviewState
from core.errors import NotAllowed
from core.integrity import constraint_name
from core.models import OutgoingMessage
from exams.services.amendments import reject_amendment
from tests.certificates.reviews.cases import CONCLUSION, decided
from tests.exams.amending import WHY, amend, propose
from tests.exams.factories import assessor_of, interest, new_attempt, new_session, released_attempt
from tests.exams.refusals import code_of, database_refusal
from tests.factories import UserFactory


def test_amendment_after_the_decision_flags_it_and_tells_the_decider(review, exam, decider, officer):
    message = OutgoingMessage.objects.get(kind="decision_review")
    entry = AuditEntry.objects.get(verb="review.open")
    assert (review.state, review.passed_before, review.passed_after) == (ReviewState.OPEN, True, False)
    assert (message.recipient, entry.actor) == (decider.email, officer)
    assert reverse("certificates:review", args=[review.pk]) in message.body
    assert WHY in message.body
    assert review.decision.outcome == Outcome.GRANTED


def test_amendment_that_keeps_the_verdict_flags_as_well(exam, stage, decider, officer):
    decided(exam, decider)
    amend(stage, stage.stage.steps.filter(critical=False).first().code, officer=officer)
    review = DecisionReview.objects.get()
    assert (review.changes_verdict, review.contradicts) == (False, False)


def test_rejected_amendment_flags_nothing(exam, stage, decider, officer):
    decided(exam, decider)
    reject_amendment(propose(stage), reason="Sübut kifayət deyil.", actor=officer)
    assert not DecisionReview.objects.exists()


def test_certificate_is_not_issued_while_the_decision_is_reviewed(exam, stage, decider, officer, candidate):
    contract = decided(exam, decider).contract
    accept_contract(contract, actor=candidate, request_address="203.0.113.7")
    assert list(queue_to_issue()) == [contract]
    amend(stage, officer=officer)
    assert list(queue_to_issue()) == []
    assert code_of(issue_certificate, contract, actor=officer) == "review"
    settle_review(DecisionReview.objects.get(), conclusion=CONCLUSION, actor=decider)
    assert issue_certificate(contract, actor=officer).decision == contract.decision


def test_review_is_concluded_by_an_independent_decider(review, decider):
    other = UserFactory.create(roles=[Role.DECIDER])
    settled = settle_review(review, conclusion=f" {CONCLUSION} ", actor=other)
    assert (settled.state, settled.settled_by, settled.conclusion) == (ReviewState.SETTLED, other, CONCLUSION)
    assert AuditEntry.objects.get(verb="review.settle").reason == CONCLUSION


def test_second_conclusion_is_refused(review, decider):
    settle_review(review, conclusion=CONCLUSION, actor=decider)
    assert code_of(settle_review, review, conclusion="Qərar qüvvədə qalır.", actor=decider) == "state"


def test_conclusion_without_words_is_refused(review, decider):
    assert code_of(settle_review, review, conclusion="ok", actor=decider) == "conclusion"


def test_conclusion_is_refused_to_who_is_not_independent(review, exam, officer, auditor):
    partial = UserFactory.create(roles=[Role.DECIDER])
    interest(exam.person, partial)
    marked = assessor_of(exam)
    marked.role_assignments.create(role=Role.DECIDER, granted_by=marked)
    for user in (partial, type(marked).objects.get(pk=marked.pk), officer, auditor):
        with pytest.raises(NotAllowed):
            settle_review(review, conclusion=CONCLUSION, actor=user)


def test_database_keeps_reviews(review, exam, decider):
    settle = (
        "UPDATE certificates_decisionreview SET state = 'settled', conclusion = 'x', settled_at = now(), "
        "settled_by_id = %s WHERE id = %s"
    )
    assert database_refusal(settle, assessor_of(exam).pk, review.pk) == "certificates_reviewer_independent"
    changed = "UPDATE certificates_decisionreview SET passed_after = true WHERE id = %s"
    assert database_refusal(changed, review.pk) == "certificates_review_final"
    assert database_refusal("DELETE FROM certificates_decisionreview WHERE id = %s", review.pk) == (
        "certificates_review_final"
    )
    settle_review(review, conclusion=CONCLUSION, actor=decider)
    assert database_refusal(settle, decider.pk, review.pk) == "certificates_review_final"


def test_database_refuses_a_review_of_another_exam(review, version, decider):
    other = released_attempt(new_attempt(new_session(version, place="Bakı, otaq 8")))
    decision = decided(other, decider)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        DecisionReview.objects.create(
            decision=decision, amendment=review.amendment, passed_before=True, passed_after=True,
            opened_at=timezone.now(),
        )  # fmt: skip
    assert constraint_name(refused.value) == "certificates_review_of_amendment"
