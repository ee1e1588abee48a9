"""What the database keeps of the panel's word, and of stages that count again, whatever SQL is sent."""

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from candidates.models import Application
from exams.models import Attempt, BreachCase, CarriedStage, Settlement, StageRun
from exams.services.breaches import confirm_case, dismiss_case
from exams.services.incidents import record_incident
from exams.services.settling import settle
from exams.services.sheets import abstain
from schemes.models import SchemeVersion
from tests.exams.factories import (
    ended_stage,
    marked_stage,
    new_attempt,
    new_session,
    released_attempt,
    running_stage,
    sealed,
    sealed_stage,
    sheet_of,
    signed_stage,
)
from tests.exams.refusals import code_of, database_refusal
from tests.factories import UserFactory
from tests.schemes.factories import small_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(db: None) -> User:
    """Another assessor of the panel."""
    return UserFactory.create(roles=[Role.ASSESSOR])


def differing(version: SchemeVersion, assessor: User, member: User) -> StageRun:
    """A stage that has ended, marked by two assessors who differ on BQ.4; neither has sealed."""
    run = ended_stage(new_attempt(new_session(version, assessor, member)))
    return marked_stage(marked_stage(run, assessor=assessor), missed=["BQ.4"], assessor=member)


@pytest.fixture
def panel(version, assessor, member) -> StageRun:
    """The same, sealed by both."""
    return sealed_stage(differing(version, assessor, member))


def step_id(run: StageRun, code: str) -> int:
    return run.attempt.session.scheme_version.steps.get(code=code).pk


# --- The panel's word -------------------------------------------------------------------------------------------------

SETTLE = (
    "INSERT INTO exams_settlement (run_id, step_id, value, reason, settled_by_id, settled_at) "
    "VALUES (%s, %s, true, %s, %s, now())"
)


def word(run: StageRun, by: User) -> Settlement:
    said = {"value": True, "reason": "x", "settled_by": by, "settled_at": timezone.now()}
    return Settlement.objects.create(run=run, step_id=step_id(run, "BQ.4"), **said)


def test_panels_word_has_a_reason_is_about_the_stage_and_there_once(panel, assessor):
    assert database_refusal(SETTLE, panel.pk, step_id(panel, "BQ.4"), "", assessor.pk) == "exams_settled_with_reason"
    assert database_refusal(SETTLE, panel.pk, step_id(panel, "BQ.1"), "x", assessor.pk) == "exams_mark_of_stage"
    word(panel, assessor)
    assert database_refusal(SETTLE, panel.pk, step_id(panel, "BQ.4"), "x", assessor.pk) == "exams_settled_once"


def test_panels_word_waits_until_as_many_have_sealed_as_the_scheme_asks_for(version, assessor, member):
    SchemeVersion.objects.filter(pk=version.pk).update(assessors_required=3)
    run = differing(version, assessor, member)
    settlement = (SETTLE, run.pk, step_id(run, "BQ.4"), "x", assessor.pk)
    assert database_refusal(*settlement) == "exams_settled_by_full_panel"
    sealed_stage(run)
    assert database_refusal(*settlement) == "exams_settled_by_full_panel"
    step = run.stage.steps.get(code="BQ.4")
    assert code_of(settle, run, step, value=True, reason="x", actor=assessor) == "panel_short"


def test_panels_word_waits_for_an_open_sheet_and_is_that_of_the_panel(version, assessor, member, officer):
    third = UserFactory.create(roles=[Role.ASSESSOR])
    run = ended_stage(new_attempt(new_session(version, assessor, member, third)))
    marked_stage(marked_stage(run, assessor=assessor), missed=["BQ.4"], assessor=member)
    marked_stage(run, assessor=third, without=["BQ.9"])
    for sheet in run.sheets.exclude(assessor=third):
        sealed(sheet)
    settlement = (SETTLE, run.pk, step_id(run, "BQ.4"), "x")
    assert database_refusal(*settlement, assessor.pk) == "exams_settled_by_full_panel"
    abstain(sheet_of(run, third), reason="Namizədi tanıyıram", actor=third)
    assert database_refusal(*settlement, officer.pk) == "exams_settled_by_panel"


def test_panels_word_is_about_a_difference_and_stays_with_it(panel, assessor):
    assert database_refusal(SETTLE, panel.pk, step_id(panel, "BQ.5"), "x", assessor.pk) == "exams_settled_difference"
    one = word(panel, assessor)
    move = "UPDATE exams_settlement SET step_id = %s WHERE id = %s"
    assert database_refusal(move, step_id(panel, "BQ.5"), one.pk) == "exams_settled_once"


def test_panels_word_is_final_once_the_stage_is_signed_off(panel, assessor):
    one = word(panel, assessor)
    StageRun.objects.filter(pk=panel.pk).update(
        signed_off_at=timezone.now(), signed_off_by=assessor, met=27, total=27, passed=True
    )
    for sql in (
        "UPDATE exams_settlement SET value = false WHERE id = %s",
        "DELETE FROM exams_settlement WHERE id = %s",
    ):
        assert database_refusal(sql, one.pk) == "exams_signed_is_final"
    assert database_refusal(SETTLE, panel.pk, step_id(panel, "BQ.5"), "x", assessor.pk) == "exams_signed_is_final"


# --- Stages that count again ------------------------------------------------------------------------------------------

CARRY = "INSERT INTO exams_carriedstage (attempt_id, run_id) VALUES (%s, %s)"


def test_only_a_passed_stage_of_the_same_person_is_carried_and_for_good(attempt, session, version, assessor):
    failed = released_attempt(attempt, missed=["BQ.2"])
    p1, p2 = failed.stages.order_by("stage__order")
    retake = new_attempt(new_session(version, assessor), failed.application)
    stranger = new_attempt(session)
    for exam, run in ((retake, p1), (stranger, p2), (failed, p2)):  # not passed; not hers; the exam itself
        assert database_refusal(CARRY, exam.pk, run.pk) == "exams_carried_was_passed"
    carried = CarriedStage.objects.create(attempt=retake, run=p2)
    assert database_refusal(CARRY, retake.pk, p2.pk) == "exams_carried_once"
    sql = "DELETE FROM exams_carriedstage WHERE id = %s"
    assert database_refusal(sql, carried.pk) == "exams_carriedstage_append_only"


def test_stage_that_is_held_again_is_not_carried(attempt, version, assessor):
    failed = released_attempt(attempt, missed=["BQ.2"])
    retake = new_attempt(new_session(version, assessor), failed.application)
    running_stage(retake, "P2")
    passed = failed.stages.get(stage__code="P2")
    assert database_refusal(CARRY, retake.pk, passed.pk) == "exams_carried_was_passed"


def test_stage_that_is_carried_is_not_held_again(attempt, version, assessor):
    failed = released_attempt(attempt, missed=["BQ.2"])
    retake = new_attempt(new_session(version, assessor), failed.application)
    passed = failed.stages.get(stage__code="P2")
    CarriedStage.objects.create(attempt=retake, run=passed)
    sql = (
        "INSERT INTO exams_stagerun (attempt_id, stage_id, scenario, client_kind, short_reason, missed_critical, "
        "amendments) VALUES (%s, %s, '', '', '', '{}', 0)"
    )
    assert database_refusal(sql, retake.pk, passed.stage_id) == "exams_stage_is_carried"


def test_stage_that_was_passed_twice_is_carried_once(attempt, version, assessor):
    first = released_attempt(attempt, missed=["BQ.2"])
    second = released_attempt(new_attempt(new_session(version, assessor), first.application), missed=["BQ.2"])
    third = new_attempt(new_session(version, assessor), first.application)
    earlier, later = (exam.stages.get(stage__code="P2") for exam in (first, second))
    CarriedStage.objects.create(attempt=third, run=later)
    assert database_refusal(CARRY, third.pk, earlier.pk) == "exams_carried_once"


def test_stage_of_a_passed_exam_is_not_carried_and_of_a_stopped_one_is(attempt, session, version, assessor):
    passed = released_attempt(attempt)
    again = new_attempt(new_session(version, assessor), passed.application)
    assert database_refusal(CARRY, again.pk, passed.stages.get(stage__code="P2").pk) == "exams_carried_was_passed"
    stopped = new_attempt(session)
    run = signed_stage(stopped, "P1")
    Attempt.objects.filter(pk=stopped.pk).update(state="stopped", state_reason="Yanğın")
    assert CarriedStage.objects.create(attempt=new_attempt(new_session(version), stopped.application), run=run).pk


def test_stage_of_a_suspected_exam_is_not_carried(attempt, version, assessor, officer, other_officer):
    failed = released_attempt(attempt, missed=["BQ.2"])
    passed = failed.stages.get(stage__code="P2")
    record_incident(failed, kind="cheating", note="Telefon", actor=officer)
    retake = new_attempt(new_session(version, assessor), failed.application)
    assert database_refusal(CARRY, retake.pk, passed.pk) == "exams_carried_was_passed"
    dismiss_case(BreachCase.objects.get(), conclusion="Əsassız", actor=other_officer)
    record_incident(failed, kind="cheating", note="Kağız", actor=officer)
    confirm_case(BreachCase.objects.get(state="open"), conclusion="Kağızdan oxudu", actor=other_officer)
    assert database_refusal(CARRY, retake.pk, passed.pk) == "exams_carried_was_passed"


def test_stage_of_another_scheme_is_not_carried(attempt, version, assessor):
    failed = released_attempt(attempt, missed=["BQ.2"])
    other = small_version()
    former = failed.application
    application = Application.objects.get(pk=former.pk)
    application.pk, application.reference = None, "T-other"
    application.scheme, application.scheme_version = other.scheme, other
    application.save()
    exam = new_attempt(new_session(other, assessor), application)
    assert database_refusal(CARRY, exam.pk, failed.stages.get(stage__code="P2").pk) == "exams_carried_was_passed"
