"""What the database keeps of an exam by itself, whatever SQL is sent."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from accounts.states import Role
from candidates.services.review import conclude_application
from core.errors import NotAllowed
from core.integrity import constraint_name
from exams.models import Incident, PanelMember
from exams.services.scheduling import remove_candidate, reschedule_candidate, schedule_candidates
from exams.services.sessions import cancel_session, set_panel
from exams.services.settling import settle
from exams.services.sheets import abstain
from exams.services.sign_off import sign_off_stage
from exams.states import IncidentKind
from tests.exams.factories import (
    accepted_application,
    ended_stage,
    interest,
    marked_attempt,
    marked_stage,
    new_attempt,
    new_session,
    noon,
    running_stage,
    sealed,
    sealed_stage,
    sheet_of,
    sign_off,
    signed_stage,
)
from tests.exams.refusals import database_refusal
from tests.factories import UserFactory
from tests.schemes.factories import small_version

pytestmark = pytest.mark.django_db

SEAT = "INSERT INTO exams_panelmember (session_id, assessor_id, role, left_reason) VALUES (%s, %s, 'member', '')"


def test_database_refuses_a_partial_assessor_on_the_panel(coming, officer):
    trainer = UserFactory.create(roles=[Role.ASSESSOR])
    interest(new_attempt(coming).person, trainer)
    assert database_refusal(SEAT, coming.pk, trainer.pk) == "exams_panel_impartial"


def test_database_refuses_a_second_lead(coming, officer):
    other = UserFactory.create(roles=[Role.ASSESSOR])
    assert database_refusal(SEAT.replace("member'", "lead'"), coming.pk, other.pk) == "exams_panel_one_lead"


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


def test_seat_of_an_exam_that_has_begun_is_only_left_and_taken_over(attempt, assessor):
    running_stage(attempt)
    session, other = attempt.session_id, UserFactory.create(roles=[Role.ASSESSOR])
    seat = PanelMember.objects.get(session=session)
    leave = "UPDATE exams_panelmember SET left_at = now(), left_reason = %s WHERE id = %s"
    take_over = (
        "INSERT INTO exams_panelmember (session_id, assessor_id, role, left_reason, substitutes_id) "
        "VALUES (%s, %s, %s, '', %s)"
    )
    assert database_refusal(take_over, session, other.pk, "lead", seat.pk) == "exams_panel_final"  # not left yet
    assert database_refusal(leave, "", seat.pk) == "exams_seat_left_with_reason"
    PanelMember.objects.filter(pk=seat.pk).update(left_at=timezone.now(), left_reason="Xəstəlik")
    assert database_refusal(leave, "Başqa səbəb", seat.pk) == "exams_panel_final"
    for role in ("member", "observer"):
        assert database_refusal(take_over, session, other.pk, role, seat.pk) == "exams_panel_final"
    PanelMember.objects.create(session_id=session, assessor=other, role="lead", substitutes=seat)
    another = UserFactory.create(roles=[Role.ASSESSOR])
    assert database_refusal(take_over, session, another.pk, "lead", seat.pk) == "exams_panelmember_substitutes_id_key"


def test_substitute_is_impartial(attempt):
    running_stage(attempt)
    other = UserFactory.create(roles=[Role.ASSESSOR])
    interest(attempt.person, other)
    seat = PanelMember.objects.get(session=attempt.session_id)
    PanelMember.objects.filter(pk=seat.pk).update(left_at=timezone.now(), left_reason="Xəstəlik")
    sql = (
        "INSERT INTO exams_panelmember (session_id, assessor_id, role, left_reason, substitutes_id) "
        "VALUES (%s, %s, 'lead', '', %s)"
    )
    assert database_refusal(sql, attempt.session_id, other.pk, seat.pk) == "exams_panel_impartial"


def test_sign_off_before_the_panel_has_sealed_is_refused(attempt, assessor):
    run = marked_stage(ended_stage(attempt))
    assert database_refusal(SIGN_OFF, assessor.pk, run.pk) == "exams_signed_without_blanks"  # nothing counts yet


def test_sign_off_while_an_assessor_still_marks_is_refused(version, assessor):
    other = UserFactory.create(roles=[Role.ASSESSOR])
    run = marked_stage(ended_stage(new_attempt(new_session(version, assessor, other))))
    sealed(sheet_of(run))
    assert database_refusal(SIGN_OFF, assessor.pk, run.pk) == "exams_signed_by_full_panel"


def test_sign_off_by_fewer_than_the_scheme_asks_is_refused(assessor):
    other = UserFactory.create(roles=[Role.ASSESSOR])
    run = marked_stage(ended_stage(new_attempt(new_session(small_version(), assessor, other)), "S1"))
    abstain(sheet_of(run, other), reason="Namizədi tanıyıram", actor=other)
    sealed(sheet_of(run))
    assert database_refusal(SIGN_OFF.replace("27", "2"), assessor.pk, run.pk) == "exams_signed_by_full_panel"


def test_sign_off_of_a_difference_that_is_not_settled_is_refused(version, assessor):
    other = UserFactory.create(roles=[Role.ASSESSOR])
    run = marked_stage(ended_stage(new_attempt(new_session(version, assessor, other))), assessor=assessor)
    sealed_stage(marked_stage(run, assessor=other, missed=["BQ.4"]))
    assert database_refusal(SIGN_OFF, assessor.pk, run.pk) == "exams_signed_without_blanks"
    settle(run, run.stage.steps.get(code="BQ.4"), value=False, reason="Yazıya baxdıq", actor=assessor)
    assert database_refusal(SIGN_OFF, assessor.pk, run.pk) == "exams_verdict_of_marks"


@pytest.mark.parametrize(
    ("met", "total", "passed", "missed"),
    [(27, 27, True, []), (25, 27, True, []), (26, 26, True, []), (26, 27, False, []), (26, 27, True, ["BQ.4"])],
)
def test_verdict_of_a_stage_is_that_of_its_marks(attempt, assessor, met, total, passed, missed):
    run = sealed_stage(marked_stage(ended_stage(attempt), missed=["BQ.4"]))
    sql = (
        "UPDATE exams_stagerun SET signed_off_at = now(), signed_off_by_id = %s, met = %s, total = %s, passed = %s, "
        "missed_critical = %s::varchar[] WHERE id = %s"
    )
    assert database_refusal(sql, assessor.pk, met, total, passed, missed, run.pk) == "exams_verdict_of_marks"


def test_stage_with_a_missed_critical_step_is_not_passed(attempt, assessor):
    run = sealed_stage(marked_stage(ended_stage(attempt), missed=["BQ.2"]))
    sql = SIGN_OFF.replace("met = 27", "met = 26, missed_critical = '{BQ.2}'")
    assert database_refusal(sql, assessor.pk, run.pk) == "exams_verdict_of_marks"
    assert sign_off_stage(run, actor=assessor).passed is False


def test_sign_off_by_someone_not_on_the_panel_is_refused(version, assessor):
    observer, other = UserFactory.create_batch(2, roles=[Role.ASSESSOR])
    run = ended_stage(new_attempt(new_session(version, assessor, observers=[observer])))
    sealed_stage(marked_stage(run))
    for user in (observer, other):
        assert database_refusal(SIGN_OFF, user.pk, run.pk) == "exams_signed_by_panel"


def test_short_stage_without_a_reason_is_refused(attempt, assessor):
    run = sealed_stage(marked_stage(ended_stage(attempt, minutes=24)))
    assert database_refusal(SIGN_OFF, assessor.pk, run.pk) == "exams_short_has_reason"


def test_interruption_does_not_count_as_time_of_the_stage(attempt, assessor):
    run = sealed_stage(marked_stage(ended_stage(attempt, minutes=26)))
    assert run.started_at is not None
    begun = run.started_at + timedelta(minutes=5)
    Incident.objects.create(
        attempt=attempt,
        run=run,
        kind=IncidentKind.INTERRUPTION,
        note="Yanğın siqnalı",
        started_at=begun,
        ended_at=begun + timedelta(minutes=2),
        ended_by=assessor,
        recorded_by=assessor,
    )
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
    ("sql", "name"),
    [
        ("UPDATE exams_attempt SET passed = NOT passed", "exams_verdict_of_stages"),
        ("UPDATE exams_attempt SET state = 'in_progress', passed = NULL", "exams_verdict_is_final"),
        ("UPDATE exams_attempt SET state = 'stopped', passed = NULL", "exams_verdict_is_final"),
        ("UPDATE exams_attempt SET starts_at = now()", "exams_verdict_is_final"),
    ],
)
def test_marked_exam_is_only_released(attempt, sql, name):
    marked_attempt(attempt)
    assert database_refusal(sql) == name


def test_overtime_without_a_reason_is_refused(attempt, monkeypatch):
    signed_stage(attempt, "P1", ago=60)
    monkeypatch.setattr("exams.services.sign_off._complete", lambda *_args, **_kwargs: None)
    sign_off(marked_stage(ended_stage(attempt, "P2", minutes=10)), overtime_reason="Fasilə")
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
    session = new_session(version, assessor, starts_at=noon(1))
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
