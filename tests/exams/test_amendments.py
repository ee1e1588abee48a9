"""Changes after sign-off: only by an amendment, by two people, and the verdict is always that of the marks."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.states import Role
from audit.models import AuditEntry
from core.errors import NotAllowed
from core.models import OutgoingMessage, PrivateFile
from exams.dossier import dossier_of, stage_dossier
from exams.models import Amendment, MarkEvent, StageRun
from exams.permissions import amendable_runs, may_settle_amendment
from exams.queries.amendments import queue_amendments
from exams.queries.attempts import attempts
from exams.services.amendments import approve_amendment, change_of, propose_amendment, reject_amendment
from exams.services.settling import settle
from exams.states import AmendmentState, AttemptState
from tests.exams.amending import EVIDENCE, PDF, WHY, amend, propose, step_of
from tests.exams.factories import (
    ended_stage,
    interest,
    marked_attempt,
    marked_stage,
    new_attempt,
    new_session,
    released_attempt,
    sealed_stage,
    sheet_of,
    signed_stage,
)
from tests.exams.refusals import code_of
from tests.factories import UserFactory


def kinds():
    return sorted(OutgoingMessage.objects.values_list("kind", flat=True))


@pytest.fixture
def signed(attempt):
    """P1 signed off with every step met; the exam is under way."""
    return signed_stage(attempt, "P1")


@pytest.fixture
def released(attempt):
    """A passed exam whose result is released."""
    return released_attempt(attempt)


# --- Proposing --------------------------------------------------------------------------------------------------------


def test_proposal_changes_nothing_yet(signed, assessor):
    amendment = propose(signed)
    signed.refresh_from_db()
    assert (amendment.state, amendment.value, amendment.proposed_by) == (AmendmentState.PROPOSED, False, assessor)
    assert (signed.met, signed.passed, signed.amendments) == (27, True, 0)
    assert AuditEntry.objects.get(verb="amendment.propose").reason == WHY


def test_proposal_keeps_its_file_privately(signed, assessor):
    upload = SimpleUploadedFile("qeyd.pdf", PDF)
    amendment = propose(signed, file=upload)
    assert PrivateFile.objects.get() == amendment.file


def test_proposal_by_an_officer(signed, officer):
    assert propose(signed, actor=officer).proposed_by == officer


def test_proposal_by_whoever_sealed_a_sheet_beside_the_lead(version, candidate):
    second = UserFactory.create(roles=[Role.ASSESSOR])
    session = new_session(version, UserFactory.create(roles=[Role.ASSESSOR]), second)
    run = signed_stage(new_attempt(session, user=candidate), "P1")
    assert propose(run, actor=second).proposed_by == second


def test_proposal_is_refused_to_others(signed, candidate, auditor, decider, version):
    elsewhere = UserFactory.create(roles=[Role.ASSESSOR])
    partial = UserFactory.create(roles=[Role.OFFICER])
    interest(signed.attempt.person, partial)
    for user in (candidate, auditor, decider, elsewhere, partial):
        assert code_of(propose, signed, actor=user) == "amend"


def test_proposal_is_refused_to_an_observer(version, candidate):
    observer = UserFactory.create(roles=[Role.ASSESSOR])
    session = new_session(version, UserFactory.create(roles=[Role.ASSESSOR]), observers=[observer])
    run = signed_stage(new_attempt(session, user=candidate), "P1")
    assert code_of(propose, run, actor=observer) == "amend"


def test_proposal_is_refused_to_a_candidate_who_is_an_officer(signed, candidate):
    candidate.role_assignments.create(role=Role.OFFICER, granted_by=candidate)
    assert code_of(propose, signed, actor=type(candidate).objects.get(pk=candidate.pk)) == "amend"


def test_proposal_before_sign_off_is_refused(attempt, assessor):
    run = sealed_stage(marked_stage(ended_stage(attempt)))
    assert code_of(propose, run) == "unsigned"


def test_proposal_of_the_mark_that_counts_is_refused(signed):
    assert code_of(propose, signed, value=True) == "same"


def test_proposal_of_a_step_of_another_stage_is_refused(signed, assessor):
    other = signed.attempt.session.scheme_version.stages.get(code="P2").steps.first()
    words = {"value": False, "why": WHY, "evidence": EVIDENCE}
    assert code_of(propose_amendment, signed, other, actor=assessor, **words) == "step"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"why": "  "}, "why"),
        ({"evidence": ""}, "evidence"),
        ({"why": "x" * 1001}, "reason_length"),
        ({"evidence": "x" * 1001}, "reason_length"),
    ],
)
def test_proposal_without_grounds_is_refused(signed, words, code):
    assert code_of(propose, signed, **words) == code


def test_second_proposal_of_the_same_step_is_refused(signed, officer):
    propose(signed)
    assert code_of(propose, signed, actor=officer) == "exams_one_open_amendment"


def test_settlement_after_sign_off_is_refused(signed, assessor):
    step = step_of(signed, "BQ.2")
    assert code_of(settle, signed, step, value=False, reason=WHY, actor=assessor) == "signed"


# --- Approving and rejecting ------------------------------------------------------------------------------------------


def test_approval_recomputes_the_stage(signed, officer):
    amendment = amend(signed, officer=officer)
    signed.refresh_from_db()
    assert (signed.met, signed.passed, signed.missed_critical, signed.amendments) == (26, False, ["BQ.2"], 1)
    before, after = amendment.verdict_before or {}, amendment.verdict_after or {}
    assert (before["passed"], after["passed"]) == (True, False)
    assert before["exams"] == {str(signed.attempt_id): None}
    assert [entry.verb for entry in AuditEntry.objects.order_by("id")][-2:] == ["amendment.approve", "stage.amend"]


def test_first_marks_stay(signed, officer):
    before = list(MarkEvent.objects.order_by("pk").values())
    receipt = sheet_of(signed).receipt
    amend(signed, officer=officer)
    step = next(one for one in stage_dossier(signed).steps if one.step.code == "BQ.2")
    assert (step.first_value, step.value, [one.value for one in step.marks]) == (True, False, [True])
    assert (list(MarkEvent.objects.order_by("pk").values()), sheet_of(signed).receipt) == (before, receipt)


def test_approval_in_an_exam_under_way_tells_the_candidate_nothing(signed, officer):
    amend(signed, officer=officer)
    assert kinds() == ["amendment_settled"]


def test_exam_that_is_marked_after_an_amendment_has_the_amended_verdict(attempt, officer):
    run = signed_stage(attempt, "P1", ago=12)
    amend(run, officer=officer)
    signed_stage(attempt, "P2")
    attempt.refresh_from_db()
    assert (attempt.state, attempt.passed) == (AttemptState.MARKED, False)


def test_approval_recomputes_a_marked_exam(attempt, officer):
    exam = marked_attempt(attempt, missed=["BQ.2"])
    run = exam.stages.get(stage__code="P1")
    amendment = amend(run, value=True, officer=officer)
    exam.refresh_from_db()
    assert (exam.state, exam.passed) == (AttemptState.MARKED, True)
    assert (amendment.verdict_after or {})["exams"] == {str(exam.pk): True}
    assert AuditEntry.objects.get(verb="attempt.amend").after == {"passed": True}
    assert "result_amended" not in kinds()


def test_approval_after_release_tells_the_candidate(released, officer):
    amend(released.stages.get(stage__code="P1"), officer=officer)
    released.refresh_from_db()
    message = OutgoingMessage.objects.get(kind="result_amended")
    assert (released.passed, message.recipient) == (False, released.person.email)
    assert WHY in message.body
    assert "imtahanınızın nəticəsi dəyişdi" in message.body
    assert reverse("exams:result", args=[released.pk]) in message.body


def test_approval_that_keeps_the_verdict_says_so_to_the_candidate(released, officer):
    run = released.stages.get(stage__code="P1")
    plain = run.stage.steps.filter(critical=False).first()
    released.person.language = "en"
    released.person.save()
    amend(StageRun.objects.get(pk=run.pk), plain.code, officer=officer)
    released.refresh_from_db()
    assert released.passed is True
    assert "Whether you passed the exam has not changed." in OutgoingMessage.objects.get(kind="result_amended").body


def test_a_mark_can_be_amended_back(released, officer):
    run = released.stages.get(stage__code="P1")
    amend(run, officer=officer)
    amend(run, value=True, officer=officer)
    run.refresh_from_db()
    released.refresh_from_db()
    assert (run.met, run.passed, run.missed_critical, run.amendments) == (27, True, [], 2)
    assert released.passed is True


def test_approval_by_an_assessor_of_the_panel(version, candidate, officer):
    second = UserFactory.create(roles=[Role.ASSESSOR])
    session = new_session(version, UserFactory.create(roles=[Role.ASSESSOR]), second)
    run = signed_stage(new_attempt(session, user=candidate), "P1")
    assert approve_amendment(propose(run), actor=second).settled_by == second


def test_nobody_approves_their_own_proposal(signed, assessor, officer):
    own = UserFactory.create(roles=[Role.ASSESSOR, Role.OFFICER])
    amendment = propose(signed, actor=own)
    assert code_of(approve_amendment, amendment, actor=own) == "settle_amendment"
    assert code_of(reject_amendment, amendment, reason=WHY, actor=own) == "settle_amendment"


def test_others_neither_approve_nor_reject(signed, candidate, auditor, decider, sysadmin):
    amendment = propose(signed)
    partial = UserFactory.create(roles=[Role.OFFICER])
    interest(signed.attempt.person, partial)
    elsewhere = UserFactory.create(roles=[Role.ASSESSOR])
    candidate.role_assignments.create(role=Role.OFFICER, granted_by=candidate)
    for user in (type(candidate).objects.get(pk=candidate.pk), auditor, decider, sysadmin, partial, elsewhere):
        with pytest.raises(NotAllowed):
            approve_amendment(amendment, actor=user)
        with pytest.raises(NotAllowed):
            reject_amendment(amendment, reason=WHY, actor=user)
    assert Amendment.objects.get().state == AmendmentState.PROPOSED


def test_second_approval_is_refused(signed, officer, other_officer):
    amendment = amend(signed, officer=officer)
    assert code_of(approve_amendment, amendment, actor=other_officer) == "state"


def test_too_long_a_note_is_refused(signed, officer):
    amendment = propose(signed)
    assert code_of(approve_amendment, amendment, note="x" * 1001, actor=officer) == "reason_length"


def test_rejection_changes_nothing_and_tells_why(signed, officer, assessor):
    amendment = reject_amendment(propose(signed), reason="Yazı aydın deyil.", actor=officer)
    signed.refresh_from_db()
    message = OutgoingMessage.objects.get()
    assert (amendment.state, signed.met, signed.passed) == (AmendmentState.REJECTED, 27, True)
    assert (message.kind, message.recipient) == ("amendment_settled", assessor.email)
    assert "Yazı aydın deyil." in message.body
    assert change_of(amendment) is None


def test_rejection_without_a_reason_is_refused(signed, officer):
    amendment = propose(signed)
    assert code_of(reject_amendment, amendment, reason=" ", actor=officer) == "reason"


def test_rejected_step_can_be_proposed_again(signed, officer):
    reject_amendment(propose(signed), reason="Yazı aydın deyil.", actor=officer)
    assert propose(signed).state == AmendmentState.PROPOSED


def test_forecast_is_what_the_approval_stores(released, officer):
    amendment = propose(released.stages.get(stage__code="P1"))
    forecast = change_of(amendment)
    approved = approve_amendment(amendment, actor=officer)
    assert change_of(approved) == forecast
    assert forecast is not None
    assert forecast.exams_after == {released.pk: False}


def test_two_amendments_of_one_stage_are_both_contained(signed, officer):
    first, second = propose(signed, "BQ.2"), propose(signed, "BQ.7")
    approve_amendment(second, actor=officer)
    approve_amendment(first, actor=officer)
    signed.refresh_from_db()
    assert (signed.met, signed.missed_critical, signed.amendments) == (25, ["BQ.2", "BQ.7"], 2)


# --- Who waits for whom -----------------------------------------------------------------------------------------------


def test_queue_holds_what_one_may_settle(version, candidate, officer, other_officer, auditor):
    second = UserFactory.create(roles=[Role.ASSESSOR])
    first = UserFactory.create(roles=[Role.ASSESSOR])
    observer = UserFactory.create(roles=[Role.ASSESSOR])
    run = signed_stage(new_attempt(new_session(version, first, second, observers=[observer]), user=candidate), "P1")
    amendment = propose(run)
    partial = UserFactory.create(roles=[Role.OFFICER])
    interest(run.attempt.person, partial)
    people = (first, second, observer, officer, partial, auditor, UserFactory.create(roles=[Role.ASSESSOR]))
    waiting = [bool(queue_amendments(user)) for user in people]
    assert waiting == [False, True, False, True, False, False, False]
    assert waiting == [may_settle_amendment(user, amendment) for user in people]


def test_stages_that_one_may_amend(released, officer, assessor, auditor):
    parts = dossier_of(attempts().get(pk=released.pk)).stages
    every = {part.run.pk for part in parts if part.run}
    assert [set(amendable_runs(user, parts)) for user in (officer, assessor, auditor)] == [every, every, set()]


def test_nothing_of_a_stage_under_way_can_be_amended(run, officer):
    parts = dossier_of(attempts().get(pk=run.attempt_id)).stages
    assert amendable_runs(officer, parts) == frozenset()
