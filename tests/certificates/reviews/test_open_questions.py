"""Nobody decides while an amendment or a suspicion is open."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.states import Role
from certbody.queries import decider_queue
from certificates.models import Decision, DecisionReview
from certificates.queries.decisions import Pending, pending
from certificates.services.papers import questions
from certificates.states import Outcome
from core.integrity import constraint_name
from exams.models import BreachCase, CarriedStage
from exams.queries.attempts import attempts
from exams.services.amendments import reject_amendment
from exams.services.breaches import dismiss_case
from exams.services.incidents import record_incident
from exams.services.sign_off import release_result
from tests.certificates.reviews.cases import REASONS, decided
from tests.exams.amending import WHY, amend, propose
from tests.exams.factories import new_attempt, new_session, noon, released_attempt, signed_stage
from tests.exams.refusals import code_of
from tests.factories import UserFactory


@pytest.mark.parametrize("outcome", Outcome.values)
def test_decision_waits_for_the_amendment(exam, stage, decider, officer, outcome):
    amendment = propose(stage)
    assert code_of(decided, exam, decider, outcome) == "amendment_open"
    reject_amendment(amendment, reason="Sübut kifayət deyil.", actor=officer)
    assert decided(exam, decider, outcome).outcome == outcome


def test_decision_after_the_approval_rests_on_the_new_verdict(exam, stage, decider, officer):
    amend(stage, officer=officer)
    assert code_of(decided, exam, decider, Outcome.GRANTED) == "not_passed"
    assert decided(exam, decider, Outcome.REFUSED).outcome == Outcome.REFUSED
    assert not DecisionReview.objects.exists()


def test_database_refuses_a_decision_while_an_amendment_is_open(exam, stage, decider):
    propose(stage)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Decision.objects.create(
            application=exam.application, attempt=exam, person=exam.person,
            outcome="granted", reasons=REASONS, decided_by=decider,
            decided_at=timezone.now(), appeal_until=timezone.localdate(),
        )  # fmt: skip
    assert constraint_name(refused.value) == "certificates_decision_on_settled_exam"


def test_dossier_and_queue_say_what_is_open(exam, stage, decider, sign_in):
    propose(stage)
    client = sign_in(decider)
    dossier = client.get(reverse("certificates:dossier", args=[exam.pk]))
    queue = client.get(reverse("certificates:decision_queue"))
    assert (dossier.context["pending"], dossier.context["may_decide"]) == ([Pending.AMENDMENT], False)
    assert queue.context["rows"] == [(exam, [], [Pending.AMENDMENT])]
    assert decider_queue(decider) == []


def test_decision_that_is_sent_nevertheless_is_answered_in_words(exam, stage, decider, sign_in):
    propose(stage)
    data = {"outcome": "granted", "reasons": REASONS, "confirmed": "on"}
    page = sign_in(decider).post(reverse("certificates:dossier", args=[exam.pk]), data)
    assert page.status_code == 422
    assert not Decision.objects.exists()


def carrying(stage, decider):
    """A later exam of the same person that was passed with the stage carried into it, and is released."""
    former = stage.attempt
    later = new_attempt(new_session(former.session.scheme_version, place="Bakı, otaq 7"), former.application)
    CarriedStage.objects.create(attempt=later, run=stage)
    signed_stage(later, "P2")
    release_result(attempts().get(pk=later.pk), actor=UserFactory.create(roles=[Role.OFFICER]))
    return attempts().get(pk=later.pk)


@pytest.fixture
def failed_in_p2(version, candidate):
    """P1 of an exam that was failed in P2."""
    missed = version.stages.get(code="P2").steps.filter(critical=True).first().code
    exam = new_attempt(new_session(version, starts_at=noon(-30)), user=candidate)
    return released_attempt(exam, missed=[missed]).stages.get(stage__code="P1")


def test_decision_waits_for_the_amendment_of_a_carried_stage(failed_in_p2, decider):
    later = carrying(failed_in_p2, decider)
    propose(failed_in_p2)
    assert pending(later) == [Pending.AMENDMENT]
    assert code_of(decided, later, decider) == "amendment_open"


def test_decision_waits_for_the_suspicion_at_an_exam_that_a_stage_is_carried_from(
    failed_in_p2, decider, officer, other_officer
):
    later = carrying(failed_in_p2, decider)
    record_incident(failed_in_p2.attempt, kind="cheating", note="Kağızdan oxudu", actor=officer)
    assert pending(later) == [Pending.SUSPICION]
    assert code_of(decided, later, decider) == "suspicion_open"
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Decision.objects.create(
            application=later.application, attempt=later, person=later.person,
            outcome="refused", reasons=REASONS, decided_by=decider,
            decided_at=timezone.now(), appeal_until=timezone.localdate(),
        )  # fmt: skip
    assert constraint_name(refused.value) == "certificates_decision_on_settled_exam"
    dismiss_case(BreachCase.objects.get(), conclusion="Əsassız", actor=other_officer)
    assert decided(later, decider).outcome == Outcome.GRANTED


def test_paper_names_what_is_open_of_an_exam_that_a_stage_is_carried_from(failed_in_p2, decider, officer):
    later = carrying(failed_in_p2, decider)
    record_incident(failed_in_p2.attempt, kind="cheating", note="Kağızdan oxudu", actor=officer)
    propose(failed_in_p2)
    held = attempts().filter(pk=later.pk)  # as if the earlier exam were one of another application
    assert [(one.details, one.settled) for one in questions(list(held))] == [("Kağızdan oxudu", False), (WHY, False)]


def test_amendment_of_a_carried_stage_flags_the_decision(failed_in_p2, decider, officer):
    later = carrying(failed_in_p2, decider)
    decision = decided(later, decider)
    amend(failed_in_p2, officer=officer)
    review = DecisionReview.objects.get()
    assert (review.decision, review.passed_before, review.passed_after) == (decision, True, False)
