"""An exam that is stopped: by whom, what becomes of it and of its candidate, and what never changes afterwards."""

import pytest
from django.urls import reverse

from accounts.states import Role
from candidates.services.withdrawal import can_be_withdrawn
from certificates.queries.decisions import queue_to_decide
from certificates.services.decisions import decide
from core.models import OutgoingMessage
from exams.models import Attempt, Incident, Sheet, StageRun
from exams.queries.sessions import queue_to_schedule, schedulable_applications
from exams.services.incidents import interrupt, record_incident
from exams.services.scheduling import schedule_candidates
from exams.services.sessions import close_session
from exams.services.sheets import seal_sheet
from exams.services.sign_off import release_result, sign_off_stage
from exams.services.stopping import stop_exam
from tests.exams.day.acts import fresh
from tests.exams.factories import (
    an_event,
    ended_stage,
    interest,
    marked_stage,
    new_attempt,
    new_session,
    noon,
    released_attempt,
    running_stage,
    sealed_stage,
    sent,
    sign_off,
)
from tests.exams.refusals import code_of, database_refusal
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_stopped_exam_keeps_reason_and_times_and_the_candidate_is_told(run, assessor):
    interrupt(run.attempt, note="Siqnal", actor=assessor)
    stopped = stop_exam(run.attempt, reason="Bina boşaldıldı", actor=assessor)
    run.refresh_from_db()
    assert (stopped.state, stopped.state_reason, stopped.passed) == ("stopped", "Bina boşaldıldı", None)
    assert run.ended_at is not None
    found = [(one.kind, one.note, one.run, one.ended_at) for one in Incident.objects.order_by("id")]
    assert found == [("interruption", "Siqnal", run, run.ended_at), ("stopped", "Bina boşaldıldı", run, None)]
    message = OutgoingMessage.objects.get(kind="exam_stopped")
    assert "Bina boşaldıldı" in message.body
    assert message.recipient == stopped.person.email


@pytest.mark.parametrize(("language", "word"), [("az", "dayandırıldı"), ("en", "was stopped")])
def test_mail_of_a_stopped_exam_is_in_the_language_of_the_person(run, assessor, language, word):
    run.attempt.person.language = language
    run.attempt.person.save()
    stop_exam(fresh(run.attempt), reason="x", actor=assessor)
    assert word in OutgoingMessage.objects.get(kind="exam_stopped").subject


def test_exam_is_stopped_by_the_lead_or_an_officer_only(version, assessor, officer, auditor):
    member = UserFactory.create(roles=[Role.ASSESSOR])
    attempt = new_attempt(new_session(version, assessor, member))
    running_stage(attempt)
    for actor in (member, auditor):
        assert code_of(stop_exam, attempt, reason="x", actor=actor) == "stop"
    assert code_of(stop_exam, attempt, reason=" ", actor=officer) == "reason"
    assert code_of(stop_exam, attempt, reason="x" * 1001, actor=officer) == "reason_length"
    assert stop_exam(attempt, reason="x", actor=officer).state == "stopped"
    assert code_of(stop_exam, attempt, reason="x", actor=assessor) == "state"


def test_nobody_with_an_interest_stops_an_exam_or_records_at_it(run, assessor, officer, sign_in):
    for actor in (assessor, officer):
        interest(run.attempt.person, actor)
        assert code_of(stop_exam, run.attempt, reason="x", actor=actor) == "stop"
        assert code_of(record_incident, run.attempt, kind="other", note="x", actor=actor) == "recorder"
        assert sign_in(actor).get(reverse("exams:stop", args=[run.attempt_id])).status_code == 403


def test_candidate_whose_retake_was_stopped_waits_for_a_date_and_not_for_a_decision(version, assessor, decider):
    first = released_attempt(new_attempt(new_session(version, assessor)), missed=["BQ.2"])
    assert (list(queue_to_schedule()), list(queue_to_decide())) == ([], [first])
    retake = new_attempt(new_session(version, assessor), first.application)
    running_stage(retake)
    stop_exam(fresh(retake), reason="x", actor=assessor)
    assert (list(queue_to_schedule()), list(queue_to_decide())) == ([first.application], [])
    reasons = "Nəticəyə görə rədd edilir."
    assert code_of(decide, first, actor=decider, outcome="refused", reasons=reasons) == "later_attempt"
    third = new_attempt(new_session(version, assessor), first.application)
    assert (list(queue_to_schedule()), list(queue_to_decide())) == ([], [])
    Attempt.objects.filter(pk=third.pk).update(state="no_show", state_reason="x")
    assert list(queue_to_schedule()) == [first.application]
    last = released_attempt(new_attempt(new_session(version, assessor), first.application), missed=["BQ.2"])
    assert (list(queue_to_schedule()), list(queue_to_decide())) == ([], [last])


@pytest.mark.parametrize("state", ["no_show", "cancelled"])
def test_retake_that_was_not_held_leaves_the_failed_exam_to_be_decided(version, assessor, state):
    first = released_attempt(new_attempt(new_session(version, assessor)), missed=["BQ.2"])
    retake = new_attempt(new_session(version, assessor), first.application)
    Attempt.objects.filter(pk=retake.pk).update(state=state, state_reason="x")
    assert (list(queue_to_schedule()), list(queue_to_decide())) == ([], [first])


def test_candidate_of_a_stopped_exam_waits_for_a_new_date_elsewhere(run, version, assessor, officer):
    attempt = stop_exam(run.attempt, reason="x", actor=assessor)
    assert [one.pk for one in queue_to_schedule()] == [attempt.application_id]
    assert not schedulable_applications(attempt.session).exists()
    other = new_session(version, assessor, starts_at=noon())
    again = schedule_candidates(other, [attempt.application], actor=officer)[0]
    assert again.state == "scheduled"
    assert not queue_to_schedule().exists()


def test_stopped_exam_blocks_neither_withdrawal_nor_the_closing_of_its_session(run, assessor, officer):
    application = run.attempt.application
    assert not can_be_withdrawn(application)
    stop_exam(run.attempt, reason="x", actor=assessor)
    assert can_be_withdrawn(application)
    assert close_session(run.attempt.session, actor=officer).state == "closed"


def test_late_marks_still_arrive_after_the_stop_but_nothing_is_sealed_or_signed_off(attempt, assessor):
    run = marked_stage(ended_stage(attempt), without=["BQ.2"])
    stop_exam(fresh(attempt), reason="x", actor=assessor)
    run = StageRun.objects.get(pk=run.pk)
    taken = sent(run, an_event(run, "BQ.2"), actor=assessor)
    assert (len(taken.stored), taken.refused) == (1, [])
    sheet = Sheet.objects.get()
    assert sheet.state == "open"
    assert code_of(seal_sheet, sheet, digest="0" * 64, notes={}, actor=assessor) == "state"


def test_sealed_stage_of_a_stopped_exam_is_not_signed_off(attempt, assessor):
    run = sealed_stage(marked_stage(ended_stage(attempt)))
    stop_exam(fresh(attempt), reason="x", actor=assessor)
    assert code_of(sign_off_stage, run, actor=assessor) == "state"


def test_signed_stage_of_a_stopped_exam_stays(attempt, assessor, officer):
    run = sign_off(marked_stage(ended_stage(attempt)))
    stopped = stop_exam(fresh(attempt), reason="x", actor=assessor)
    run.refresh_from_db()
    assert (run.passed, stopped.passed) == (True, None)
    assert code_of(release_result, stopped, actor=officer) == "state"


def test_stopped_exam_never_changes_in_the_database(run, assessor):
    stop_exam(run.attempt, reason="x", actor=assessor)
    refused = database_refusal("UPDATE exams_attempt SET state = 'in_progress' WHERE id = %s", run.attempt_id)
    assert refused == "exams_released_is_final"
