"""The verdict is always that of the marks: after any amendments, in every exam that counts the stage, at any moment."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings, strategies as st

from audit.models import AuditEntry
from core.integrity import constraint_name
from core.models import OutgoingMessage
from exams.dossier import dossier_of, verdict_of
from exams.models import Amendment, Attempt, CarriedStage, StageRun
from exams.panel import values
from exams.queries.amendments import open_amendments, with_open_amendment
from exams.queries.attempts import attempts
from exams.scoring import score_exam, score_stage
from exams.services.amendments import approve_amendment, reject_amendment
from exams.services.sign_off import sign_off_stage
from exams.states import AmendmentState, AttemptState
from tests.exams.amending import EVIDENCE, WHY, amend, propose, step_of
from tests.exams.factories import (
    assessor_of,
    ended_stage,
    marked_stage,
    new_attempt,
    new_session,
    noon,
    released_attempt,
    running_stage,
    sealed_stage,
    signed_stage,
)
from tests.exams.racing import DONE, at_once
from tests.exams.refusals import database_refusal


def kinds():
    return sorted(OutgoingMessage.objects.values_list("kind", flat=True))


def carried_into(run):
    """Give the person of a stage a later exam that carries it, with P2 still to be held."""
    former = run.attempt
    session = new_session(former.session.scheme_version, place="Bakı, otaq 7")
    later = new_attempt(session, former.application)
    CarriedStage.objects.create(attempt=later, run=run)
    return later


@pytest.fixture
def signed(attempt):
    """P1 signed off with every step met; the exam is under way."""
    return signed_stage(attempt, "P1")


@pytest.fixture
def released(attempt):
    """A passed exam whose result is released."""
    return released_attempt(attempt)


# --- Stages that count in a later exam --------------------------------------------------------------------------------


def later_exam(released_run):
    """A later exam of the same person that carries the stage; P2 is signed off in it, so that it is marked."""
    later = carried_into(released_run)
    signed_stage(later, "P2")
    return attempts().get(pk=later.pk)


@pytest.fixture
def failed_in_p2(version, candidate):
    """An exam that was failed in P2, and its P1."""
    session = new_session(version, starts_at=noon(-30))
    exam = new_attempt(session, user=candidate)
    missed = version.stages.get(code="P2").steps.filter(critical=True).first().code
    exam = released_attempt(exam, missed=[missed])
    return exam.stages.get(stage__code="P1")


def test_verdict_of_the_exam_that_carries_the_stage_follows(failed_in_p2, officer):
    later = later_exam(failed_in_p2)
    first = later.passed
    amendment = amend(failed_in_p2, officer=officer)
    later.refresh_from_db()
    assert (first, later.passed) == (True, False)
    assert (amendment.verdict_after or {})["exams"] == {str(failed_in_p2.attempt_id): False, str(later.pk): False}
    assert AuditEntry.objects.filter(verb="attempt.amend", object_ref=f"exams.attempt:{later.pk}").exists()
    assert "amendment_carried_stage" in kinds()


def test_panel_of_an_exam_under_way_is_told_that_the_stage_is_lost(failed_in_p2, officer):
    later = carried_into(failed_in_p2)
    amend(failed_in_p2, officer=officer)
    later.refresh_from_db()
    told = set(OutgoingMessage.objects.filter(kind="amendment_carried_stage").values_list("recipient", flat=True))
    assert later.passed is None
    assert told == {assessor_of(later).email, later.session.created_by.email}


def test_panel_is_not_told_of_an_amendment_that_keeps_the_stage_passed(failed_in_p2, officer):
    carried_into(failed_in_p2)
    plain = failed_in_p2.stage.steps.filter(critical=False).first()
    amend(failed_in_p2, plain.code, officer=officer)
    assert "amendment_carried_stage" not in kinds()


def test_open_amendment_counts_for_every_exam_with_the_stage(failed_in_p2, officer):
    later = later_exam(failed_in_p2)
    propose(failed_in_p2)
    assert [list(open_amendments(exam)) for exam in (later, failed_in_p2.attempt)] == [[Amendment.objects.get()]] * 2
    assert {vars(one)["amendment_open"] for one in with_open_amendment(Attempt.objects.all())} == {True}


# --- The verdict is always that of the marks --------------------------------------------------------------------------


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(st.tuples(st.integers(0, 34), st.booleans()), min_size=1, max_size=6))
def test_verdict_after_any_amendments_is_a_fresh_score(transactional_exam, sequence):
    exam, officer = transactional_exam
    point = transaction.savepoint()
    try:
        runs = list(exam.stages.select_related("stage"))
        places = [(run, step) for run in runs for step in run.stage.steps.order_by("order")]
        model = {step.pk: True for _run, step in places}
        for place, approved in sequence:
            run, step = places[place % len(places)]
            amendment = propose(StageRun.objects.get(pk=run.pk), step.code, not model[step.pk])
            if approved:
                approve_amendment(amendment, actor=officer)
                model[step.pk] = not model[step.pk]
            else:
                reject_amendment(amendment, reason="Sübut kifayət deyil.", actor=officer)
        for run in runs:
            run.refresh_from_db()
            steps = list(run.stage.steps.order_by("order"))
            marks = {step.code: model[step.pk] for step in steps}
            fresh = score_stage(steps, marks, run.stage.threshold_percent, run.stage.all_critical)
            assert (run.met, run.passed, tuple(run.missed_critical)) == (
                fresh.met,
                fresh.passed,
                fresh.missed_critical,
            )
        exam.refresh_from_db()
        assert exam.passed == score_exam(runs)
    finally:
        transaction.savepoint_rollback(point)


@pytest.fixture
def transactional_exam(released, officer):
    """A passed exam, and who approves."""
    return released, officer


def test_dossier_agrees_with_the_stored_verdict(released, officer):
    amend(released.stages.get(stage__code="P1"), "BQ.2", officer=officer)
    part = dossier_of(attempts().get(pk=released.pk)).stages[0]
    verdict = verdict_of(part.stage, [one.step for one in part.steps], values(part.steps))
    assert part.run is not None
    assert (part.run.met, part.run.passed) == (verdict.met, verdict.passed)
    assert [one.step.code for one in part.amended] == ["BQ.2"]
    assert [one.state for one in part.amendments] == [AmendmentState.APPROVED]


# --- The database -----------------------------------------------------------------------------------------------------


def refused_by(constraint, sql, *params):
    assert database_refusal(sql, *params) == constraint


def test_database_refuses_a_changed_verdict_without_an_amendment(signed):
    refused_by("exams_signed_is_final", "UPDATE exams_stagerun SET met = 26, passed = false WHERE id = %s", signed.pk)
    refused_by("exams_signed_is_final", "UPDATE exams_stagerun SET amendments = 1 WHERE id = %s", signed.pk)


def test_database_refuses_a_wrong_verdict_after_an_amendment(signed, officer):
    amendment = propose(signed)
    with transaction.atomic():
        Amendment.objects.filter(pk=amendment.pk).update(
            state="approved", settled_by=officer, settled_at=timezone.now(), verdict_before={}, verdict_after={}
        )
        refused_by(
            "exams_verdict_of_marks", "UPDATE exams_stagerun SET met = 27, amendments = 1 WHERE id = %s", signed.pk
        )
        transaction.set_rollback(True)


def test_database_refuses_another_verdict_of_a_released_exam(released):
    refused_by("exams_verdict_of_stages", "UPDATE exams_attempt SET passed = false WHERE id = %s", released.pk)


def test_database_refuses_an_approval_by_the_proposer(signed, assessor):
    amendment = propose(signed)
    refused_by(
        "exams_amendment_by_two",
        "UPDATE exams_amendment SET state = 'rejected', settled_by_id = %s, settled_at = now(), settled_reason = 'x' "
        "WHERE id = %s",
        assessor.pk,
        amendment.pk,
    )


def test_database_refuses_a_change_of_a_settled_amendment(signed, officer):
    amendment = amend(signed, officer=officer)
    refused_by("exams_settled_final", "UPDATE exams_amendment SET why = 'x' WHERE id = %s", amendment.pk)
    refused_by("exams_settled_final", "DELETE FROM exams_amendment WHERE id = %s", amendment.pk)


def test_database_refuses_an_amendment_before_sign_off(attempt, assessor):
    run = running_stage(attempt)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Amendment.objects.create(
            run=run, step=step_of(run, "BQ.2"), value=False, why=WHY, evidence=EVIDENCE, proposed_by=assessor,
            proposed_at=timezone.now(),
        )  # fmt: skip
    assert constraint_name(refused.value) == "exams_amendment_of_signed"


# --- At the same moment -----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_approve_once(signed, officer, other_officer):
    amendment = propose(signed)
    outcome = at_once(
        lambda: approve_amendment(amendment, actor=officer), lambda: approve_amendment(amendment, actor=other_officer)
    )
    signed.refresh_from_db()
    assert (outcome, signed.amendments, signed.met) == ([DONE, "state"], 1, 26)


@pytest.mark.django_db(transaction=True)
def test_two_amendments_approved_at_once_are_both_contained(signed, officer, other_officer):
    first, second = propose(signed, "BQ.2"), propose(signed, "BQ.7")
    outcome = at_once(
        lambda: approve_amendment(first, actor=officer), lambda: approve_amendment(second, actor=other_officer)
    )
    signed.refresh_from_db()
    assert (outcome, signed.amendments, signed.met) == ([DONE, DONE], 2, 25)
    assert signed.missed_critical == ["BQ.2", "BQ.7"]


@pytest.mark.django_db(transaction=True)
def test_approval_and_rejection_at_once_end_in_one(signed, officer, other_officer):
    amendment = propose(signed)
    outcome = at_once(
        lambda: approve_amendment(amendment, actor=officer),
        lambda: reject_amendment(amendment, reason="Sübut kifayət deyil.", actor=other_officer),
    )
    amendment.refresh_from_db()
    signed.refresh_from_db()
    assert outcome == [DONE, "state"]
    assert signed.amendments == (amendment.state == AmendmentState.APPROVED)


@pytest.mark.django_db(transaction=True)
def test_two_proposals_of_one_step_at_once_leave_one(signed, officer, other_officer):
    outcome = at_once(lambda: propose(signed, actor=officer), lambda: propose(signed, actor=other_officer))
    assert outcome == [DONE, "exams_one_open_amendment"]


@pytest.mark.django_db(transaction=True)
def test_approval_and_the_last_sign_off_agree_on_the_verdict(attempt, officer):
    amendment = propose(signed_stage(attempt, "P1", ago=12))
    last = sealed_stage(marked_stage(ended_stage(attempt, "P2", minutes=10)))
    outcome = at_once(
        lambda: approve_amendment(amendment, actor=officer), lambda: sign_off_stage(last, actor=assessor_of(attempt))
    )
    attempt.refresh_from_db()
    assert (outcome, attempt.state, attempt.passed) == ([DONE, DONE], AttemptState.MARKED, False)
