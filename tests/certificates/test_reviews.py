"""What an amendment of the exam means for the decision: not while it is open, and a flag when it came too late."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.states import Role
from audit.models import AuditEntry
from certbody.queries import amendment_queue, decider_queue, officer_queue
from certificates.models import Decision, DecisionReview
from certificates.queries.contracts import queue_to_issue
from certificates.queries.decisions import Pending, pending, queue_to_review_by
from certificates.services.certificates import issue_certificate
from certificates.services.contracts import accept_contract, load_contract_templates
from certificates.services.decisions import decide
from certificates.services.papers import questions
from certificates.services.reviews import settle_review
from certificates.states import Outcome, ReviewState
from core.errors import NotAllowed
from core.integrity import constraint_name
from core.models import OutgoingMessage
from exams.models import BreachCase, CarriedStage
from exams.queries.attempts import attempts
from exams.services.amendments import approve_amendment, reject_amendment
from exams.services.breaches import dismiss_case
from exams.services.incidents import record_incident
from exams.services.sign_off import release_result
from tests.exams.amending import PDF, WHY, amend, propose
from tests.exams.factories import (
    assessor_of,
    interest,
    new_attempt,
    new_session,
    noon,
    released_attempt,
    signed_stage,
)
from tests.exams.racing import DONE, at_once
from tests.exams.refusals import code_of, database_refusal
from tests.factories import UserFactory

REASONS = "Bütün meyarlar ödənilib."
CONCLUSION = "Sertifikatın qüvvəsi dayandırılsın: P1 mərhələsi keçilməyib."


@pytest.fixture(autouse=True)
def _text(db):
    load_contract_templates()


@pytest.fixture
def exam(version, candidate):
    """A passed exam whose result is released."""
    return released_attempt(new_attempt(new_session(version), user=candidate))


@pytest.fixture
def stage(exam):
    """Its first stage."""
    return exam.stages.get(stage__code="P1")


def decided(exam, decider, outcome=Outcome.GRANTED):
    return decide(exam, actor=decider, outcome=outcome, reasons=REASONS)


@pytest.fixture
def review(exam, stage, decider, officer):
    """The flag on a granted decision whose exam is not passed any more."""
    decided(exam, decider)
    amend(stage, officer=officer)
    return DecisionReview.objects.get()


# --- Nobody decides while something is open ---------------------------------------------------------------------------


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


# --- The flag ---------------------------------------------------------------------------------------------------------


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


# --- Pages and queues -------------------------------------------------------------------------------------------------


def test_queues_lead_to_the_review(review, exam, decider, officer, sign_in):
    partial = UserFactory.create(roles=[Role.DECIDER])
    interest(exam.person, partial)
    page = reverse("certificates:review", args=[review.pk])
    assert [item.url for item in decider_queue(decider)] == [page]
    assert page in {item.url for item in officer_queue(officer)}
    assert list(queue_to_review_by(partial)) == []
    assert {sign_in(user).get("/").status_code for user in (decider, officer)} == {200}


def test_amendment_waits_on_the_home_page_of_the_other_assessor(version, candidate, sign_in):
    second = UserFactory.create(roles=[Role.ASSESSOR])
    session = new_session(version, UserFactory.create(roles=[Role.ASSESSOR]), second)
    amendment = propose(signed_stage(new_attempt(session, user=candidate), "P1"))
    page = reverse("exams:amendment", args=[amendment.pk])
    assert [item.url for item in amendment_queue(second)] == [page]
    assert page in sign_in(second).get("/").content.decode()


def test_review_is_concluded_on_its_page(review, decider, sign_in):
    page = reverse("certificates:review", args=[review.pk])
    client = sign_in(decider)
    assert client.get(page).context["may_settle"] is True
    done = client.post(page, {"conclusion": CONCLUSION}, follow=True)
    review.refresh_from_db()
    assert (done.status_code, review.state) == (200, ReviewState.SETTLED)
    assert CONCLUSION in done.content.decode()
    assert client.post(page, {"conclusion": CONCLUSION}).status_code == 422


def test_review_tells_who_is_not_independent_why(review, exam, sign_in):
    partial = UserFactory.create(roles=[Role.DECIDER])
    interest(exam.person, partial)
    client, page = sign_in(partial), reverse("certificates:review", args=[review.pk])
    assert client.get(page).status_code == 403
    answer = client.post(page, {"conclusion": CONCLUSION})
    assert (answer.status_code, answer.templates[0].name) == (422, "certificates/dossier_closed.html")


def test_file_of_the_amendment_opens_from_the_review(exam, stage, decider, officer, candidate, sign_in):
    decided(exam, decider)
    approve_amendment(propose(stage, file=SimpleUploadedFile("qeyd.pdf", PDF)), actor=officer)
    page = reverse("certificates:review_file", args=[DecisionReview.objects.get().pk])
    assert b"".join(sign_in(decider).get(page).streaming_content) == PDF
    assert sign_in(candidate).get(page).status_code == 403


def test_review_without_a_file_has_none_to_open(review, decider, sign_in):
    page = reverse("certificates:review_file", args=[review.pk])
    assert sign_in(decider).get(page).status_code == 404


def test_review_pages_by_role(review, exam, decider, officer, auditor, candidate, sysadmin, sign_in):
    people = {
        "decider": decider, "officer": officer, "auditor": auditor, "candidate": candidate, "sysadmin": sysadmin,
        "assessor": assessor_of(exam),
    }  # fmt: skip
    readers = {"decider", "officer", "auditor"}
    for page in (reverse("certificates:review", args=[review.pk]), reverse("certificates:reviews")):
        assert {name for name, user in people.items() if sign_in(user).get(page).status_code == 200} == readers


def test_flag_is_shown_where_the_decision_is(review, exam, decider, officer, sign_in):
    page = reverse("certificates:review", args=[review.pk])
    client = sign_in(officer)
    contract = review.decision.contract
    assert page in client.get(reverse("certificates:dossier", args=[exam.pk])).content.decode()
    assert page in client.get(reverse("certificates:contract", args=[contract.pk])).content.decode()
    assert client.get(reverse("certificates:decision_list")).context["page"].object_list[0].review_open


def test_flag_is_shown_with_the_certificate(exam, stage, decider, officer, candidate, sign_in):
    contract = decided(exam, decider).contract
    accept_contract(contract, actor=candidate, request_address="203.0.113.7")
    certificate = issue_certificate(contract, actor=officer)
    amend(stage, officer=officer)
    client, address = sign_in(officer), reverse("certificates:certificate", args=[certificate.pk])
    page = client.get(address)
    assert reverse("certificates:review", args=[DecisionReview.objects.get().pk]) in page.content.decode()
    assert page.context["under_review"] is True
    settle_review(DecisionReview.objects.get(), conclusion=CONCLUSION, actor=decider)
    assert client.get(address).context["under_review"] is False


def test_flag_is_not_shown_to_the_holder(review, candidate, sign_in):
    page = sign_in(candidate).get(reverse("certificates:contract", args=[review.decision.contract.pk]))
    assert reverse("certificates:review", args=[review.pk]) not in page.content.decode()


def test_reviews_are_filtered_by_state(review, officer, sign_in):
    client, page = sign_in(officer), reverse("certificates:reviews")
    shown = [len(client.get(page, {"state": state}).context["page"].object_list) for state in ("", "open", "settled")]
    assert shown == [1, 1, 0]


def test_lists_cost_the_same_for_one_row_and_three(version, exam, stage, decider, officer, sign_in):
    client = sign_in(officer)
    pages = [reverse(f"certificates:{name}") for name in ("reviews", "decision_queue", "decision_list")]
    decided(exam, decider)
    amend(stage, officer=officer)
    waiting_exam(version)
    counts = [queries_of(client, page) for page in pages]
    for number in range(2):
        other = released_attempt(new_attempt(new_session(version, place=f"Bakı, otaq {10 + number}")))
        decided(other, decider)
        amend(other.stages.get(stage__code="P1"), officer=officer)
        waiting_exam(version)
    assert [queries_of(client, page) for page in pages] == counts


def waiting_exam(version):
    """A released exam that waits for a decision, with an amendment open."""
    exam = released_attempt(new_attempt(new_session(version, place="Bakı, otaq 20")))
    propose(exam.stages.get(stage__code="P1"))


def queries_of(client, page):
    client.get(page)  # fills the caches of the process
    with CaptureQueriesContext(connection) as queries:
        assert client.get(page).status_code == 200
    return len(queries)


# --- At the same moment -----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_decision_and_approval_at_once_never_grant_a_failed_exam(exam, stage, decider, officer):
    amendment = propose(stage)
    outcome = at_once(lambda: decided(exam, decider), lambda: approve_amendment(amendment, actor=officer))
    assert outcome in (["amendment_open", DONE], [DONE, "not_passed"])
    assert not Decision.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_decision_and_proposal_at_once_come_one_after_the_other(exam, stage, decider):
    outcome = at_once(lambda: decided(exam, decider), lambda: propose(stage))
    assert outcome in (["amendment_open", DONE], [DONE, DONE])
    assert Decision.objects.exists() == (outcome == [DONE, DONE])


@pytest.mark.django_db(transaction=True)
def test_two_conclusions_at_once_leave_one(review, decider):
    other = UserFactory.create(roles=[Role.DECIDER])
    outcome = at_once(
        lambda: settle_review(review, conclusion=CONCLUSION, actor=decider),
        lambda: settle_review(review, conclusion="Qərar qüvvədə qalır.", actor=other),
    )
    assert outcome == [DONE, "state"]
