"""What the database keeps of an exam by itself, whatever SQL is sent."""

import pytest
from django.db import IntegrityError

from accounts.states import Role
from candidates.models import ConflictOfInterest
from candidates.services.review import conclude_application
from core.errors import NotAllowed
from core.integrity import constraint_name
from exams.models import PanelMember
from exams.services.scheduling import remove_candidate, reschedule_candidate, schedule_candidates
from exams.services.sessions import cancel_session, set_panel
from exams.services.sign_off import sign_off_stage
from tests.exams.factories import (
    accepted_application,
    ended_stage,
    interest,
    marked_attempt,
    marked_stage,
    new_attempt,
    new_session,
    running_stage,
    signed_stage,
)
from tests.exams.refusals import database_refusal
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_database_refuses_a_partial_assessor_on_the_panel(coming, officer):
    trainer = UserFactory.create(roles=[Role.ASSESSOR])
    interest(new_attempt(coming).person, trainer)
    sql = "INSERT INTO exams_panelmember (session_id, assessor_id, role) VALUES (%s, %s, 'member')"
    assert database_refusal(sql, coming.pk, trainer.pk) == "exams_panel_impartial"


def test_database_refuses_a_second_lead(coming, officer):
    other = UserFactory.create(roles=[Role.ASSESSOR])
    sql = "INSERT INTO exams_panelmember (session_id, assessor_id, role) VALUES (%s, %s, 'lead')"
    assert database_refusal(sql, coming.pk, other.pk) == "exams_panel_one_lead"


def test_database_refuses_fewer_places_than_candidates(coming):
    new_attempt(coming)
    new_attempt(coming)
    assert (
        database_refusal("UPDATE exams_examsession SET capacity = 1 WHERE id = %s", coming.pk) == "exams_session_full"
    )


def test_database_refuses_candidates_in_a_session_that_is_over(coming, version, officer):
    cancel_session(coming, reason="Qəza", actor=officer)
    with pytest.raises(IntegrityError) as caught:
        new_attempt(coming)
    assert constraint_name(caught.value) == "exams_session_not_planned"


def test_database_refuses_to_change_a_cancelled_exam(coming, officer):
    attempt = remove_candidate(new_attempt(coming), reason="Xəstəlik", actor=officer)
    sql = "UPDATE exams_attempt SET state = 'scheduled' WHERE id = %s"
    assert database_refusal(sql, attempt.pk) == "exams_released_is_final"


SEAT = "INSERT INTO exams_panelmember (session_id, assessor_id, role) VALUES (%s, %s, 'member')"
SIGN_OFF = (
    "UPDATE exams_stagerun SET signed_off_at = now(), signed_off_by_id = %s, met = 27, total = 27, passed = true "
    "WHERE id = %s"
)


def test_panel_of_an_exam_that_has_begun_is_final(attempt, assessor, version):
    other = UserFactory.create(roles=[Role.ASSESSOR])
    elsewhere = new_session(version)
    running_stage(attempt)
    session = attempt.session_id
    for sql, values in (
        (SEAT, [session, other.pk]),
        ("UPDATE exams_panelmember SET assessor_id = %s WHERE session_id = %s", [other.pk, session]),
        ("UPDATE exams_panelmember SET session_id = %s WHERE session_id = %s", [session, elsewhere.pk]),
        ("DELETE FROM exams_panelmember WHERE session_id = %s", [session]),
    ):
        assert database_refusal(sql, *values) == "exams_panel_final"
    assert PanelMember.objects.get(session=session).assessor == assessor


def test_mark_by_an_assessor_with_a_later_declared_interest_is_refused(run, assessor):
    ConflictOfInterest.objects.create(
        person=run.attempt.person, user=assessor, kind="related", note="", declared_by=assessor
    )
    sql = (
        "INSERT INTO exams_markentry (id, run_id, step_id, value, comment, made_by_id, recorded_at) "
        "SELECT gen_random_uuid(), %s, id, true, '', %s, now() FROM schemes_step WHERE code = 'BQ.2'"
    )
    assert database_refusal(sql, run.pk, assessor.pk) == "exams_mark_by_panel"


def test_sign_off_by_someone_not_on_the_panel_is_refused(attempt):
    run = marked_stage(ended_stage(attempt))
    other = UserFactory.create(roles=[Role.ASSESSOR])
    assert database_refusal(SIGN_OFF, other.pk, run.pk) == "exams_signed_by_panel"


def test_short_stage_without_a_reason_is_refused(attempt, assessor):
    run = marked_stage(ended_stage(attempt, minutes=24))
    assert database_refusal(SIGN_OFF, assessor.pk, run.pk) == "exams_short_has_reason"


def test_stage_does_not_move_to_another_exam(run, session):
    other = new_attempt(session)
    sql = "UPDATE exams_stagerun SET attempt_id = %s WHERE id = %s"
    assert database_refusal(sql, other.pk, run.pk) == "exams_stage_of_version"


VERDICT = "UPDATE exams_attempt SET state = %s, passed = %s WHERE id = %s"


@pytest.mark.parametrize("state", ["marked", "released"])
def test_exam_without_all_stages_signed_off_has_no_verdict(attempt, state):
    signed_stage(attempt, "P1")
    assert database_refusal(VERDICT, state, True, attempt.pk) == "exams_verdict_of_stages"


def test_verdict_of_an_exam_is_that_of_its_stages(attempt, monkeypatch):
    monkeypatch.setattr("exams.services.sign_off._complete", lambda *_args, **_kwargs: None)
    signed_stage(attempt, "P1", missed=["BQ.2"], ago=12)
    signed_stage(attempt, "P2")
    assert database_refusal(VERDICT, "marked", True, attempt.pk) == "exams_verdict_of_stages"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE exams_attempt SET passed = NOT passed",
        "UPDATE exams_attempt SET state = 'in_progress', passed = NULL",
        "UPDATE exams_attempt SET starts_at = now()",
    ],
)
def test_marked_exam_is_only_released(attempt, sql):
    marked_attempt(attempt)
    assert database_refusal(sql) == "exams_verdict_is_final"


def test_overtime_without_a_reason_is_refused(attempt, assessor, monkeypatch):
    signed_stage(attempt, "P1", ago=60)
    monkeypatch.setattr("exams.services.sign_off._complete", lambda *_args, **_kwargs: None)
    run = marked_stage(ended_stage(attempt, "P2", minutes=10))
    sign_off_stage(run, actor=assessor, overtime_reason="Fasilə")
    sql = "UPDATE exams_attempt SET state = 'marked', passed = true WHERE id = %s"
    assert database_refusal(sql, attempt.pk) == "exams_overtime_has_reason"


def test_nobody_is_examined_on_a_concluded_application(session, version, officer):
    application = accepted_application(version)
    conclude_application(application, actor=officer)
    sql = (
        "INSERT INTO exams_attempt (session_id, application_id, person_id, starts_at, state, state_reason, "
        "identity_document, overtime_reason, created_at) VALUES (%s, %s, %s, now(), 'scheduled', '', '', '', now())"
    )
    values = [session.pk, application.pk, application.person_id]
    assert database_refusal(sql, *values) == "exams_attempt_matches_application"


def test_officer_does_not_arrange_their_own_exam(version, assessor):
    officer = UserFactory.create(roles=[Role.CANDIDATE, Role.OFFICER])
    session = new_session(version, assessor)
    own = new_attempt(session, user=officer)
    other = UserFactory.create(roles=[Role.ASSESSOR])
    waiting = accepted_application(version, user=UserFactory.create(roles=[Role.CANDIDATE, Role.OFFICER]))
    assert waiting.account is not None
    itself = waiting.account
    for call in (
        lambda: remove_candidate(own, reason="x", actor=officer),
        lambda: reschedule_candidate(own, starts_at=own.starts_at, actor=officer),
        lambda: set_panel(session, lead=other, actor=officer),
        lambda: schedule_candidates(session, [waiting], actor=itself),
    ):
        with pytest.raises(NotAllowed) as caught:
            call()
        assert caught.value.code == "own_case"
