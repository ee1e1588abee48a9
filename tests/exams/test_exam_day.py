"""The day of the exam: identity, no-show, stages, sign-off, release."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from audit.queries import timeline
from candidates.models import ConflictOfInterest
from core.errors import RuleViolation
from core.models import OutgoingMessage
from exams.dossier import dossier_of
from exams.models import Attempt
from exams.queries.attempts import attempts, queue_to_release
from exams.services.attendance import check_identity, record_no_show
from exams.services.settling import settle
from exams.services.sheets import abstain
from exams.services.sign_off import release_result, sign_off_stage
from exams.services.stages import end_stage, start_stage
from tests.exams.factories import (
    ended_stage,
    identified,
    interest,
    marked_attempt,
    marked_stage,
    new_attempt,
    new_session,
    released_attempt,
    sealed,
    sealed_stage,
    sheet_of,
    sign_off,
    signed_stage,
)
from tests.exams.refusals import code_of, database_refusal
from tests.factories import UserFactory
from tests.schemes.factories import small_version

pytestmark = pytest.mark.django_db


def stage_of(attempt: Attempt, code: str):
    return attempt.session.scheme_version.stages.get(code=code)


def start(attempt: Attempt, code: str, actor: User, **changes: str):
    values = {"scenario": "S-07", "client_kind": "real", **changes}
    return start_stage(attempt, stage_of(attempt, code), actor=actor, **values)


# --- Identity and no-show --------------------------------------------------------------------------------------------


def test_identity_check_is_recorded_with_document_person_and_time(attempt, assessor):
    checked = check_identity(attempt, document="passport", actor=assessor)
    assert (checked.identity_document, checked.identity_checked_by) == ("passport", assessor)
    assert checked.identity_checked_at is not None
    assert code_of(check_identity, attempt, document="passport", actor=assessor) == "checked"


def test_identity_check_by_an_officer_is_possible_by_others_not(attempt, officer, auditor, decider, candidate):
    for stranger in (auditor, decider, candidate):
        assert code_of(check_identity, attempt, document="passport", actor=stranger) == "receiver"
    assert check_identity(attempt, document="passport", actor=officer).identity_checked_by == officer


def test_officer_does_not_check_their_own_identity(session, officer):
    assert code_of(check_identity, new_attempt(session, user=officer), document="passport", actor=officer) == "receiver"


def test_identity_check_with_an_unknown_document_is_refused(attempt, assessor):
    assert code_of(check_identity, attempt, document="library_card", actor=assessor) == "document"


def test_identity_check_on_another_day_is_refused(version, assessor):
    tomorrow = new_attempt(new_session(version, assessor, starts_at=timezone.now() + timedelta(days=1)))
    assert code_of(check_identity, tomorrow, document="passport", actor=assessor) == "day"


def test_no_show_is_recorded_with_its_reason(attempt, assessor):
    gone = record_no_show(attempt, reason="Zəngə cavab vermədi", actor=assessor)
    assert (gone.state, gone.state_reason) == ("no_show", "Zəngə cavab vermədi")
    assert code_of(record_no_show, attempt, reason="x", actor=assessor) == "state"


def test_no_show_needs_a_reason_and_its_time(version, session, assessor, attempt):
    later = new_attempt(new_session(version, assessor, starts_at=timezone.now() + timedelta(hours=1)))
    assert code_of(record_no_show, attempt, reason=" ", actor=assessor) == "reason"
    assert code_of(record_no_show, later, reason="x", actor=assessor) == "early"
    assert code_of(record_no_show, identified(attempt), reason="x", actor=assessor) == "checked"


# --- Stages ----------------------------------------------------------------------------------------------------------


def test_first_stage_begins_the_exam_and_the_server_stamps_the_time(attempt, assessor):
    before = timezone.now()
    run = start(identified(attempt), "P1", assessor)
    attempt.refresh_from_db()
    assert attempt.state == "in_progress"
    assert before <= run.started_at <= timezone.now()
    assert (run.scenario, run.client_kind) == ("S-07", "real")
    assert [entry.verb for entry in timeline(attempt)] == ["stage.start", "attempt.begin"]


def test_stage_does_not_start_without_an_identity_check(attempt, assessor):
    assert code_of(start, attempt, "P1", assessor) == "identity"


def test_stage_does_not_start_on_another_day(version, assessor):
    tomorrow = new_attempt(new_session(version, assessor, starts_at=timezone.now() + timedelta(days=1)))
    assert code_of(start, identified(tomorrow), "P1", assessor) == "day"


def test_stage_is_started_by_the_panel_only(attempt, officer, version):
    identified(attempt)
    stranger = new_session(version).panel.get().assessor
    for actor in (officer, stranger):
        assert code_of(start, attempt, "P1", actor) == "panel"


def test_stage_wants_its_scenario_and_its_client(attempt, assessor):
    identified(attempt)
    assert code_of(start, attempt, "P1", assessor, scenario=" ") == "scenario"
    assert code_of(start, attempt, "P1", assessor, client_kind="") == "client"


def test_second_stage_waits_for_the_first_to_end(attempt, assessor):
    identified(attempt)
    assert code_of(start, attempt, "P2", assessor) == "order"
    run = start(attempt, "P1", assessor)
    assert code_of(start, attempt, "P1", assessor) == "started"
    assert code_of(start, attempt, "P2", assessor) == "order"
    end_stage(run, actor=assessor)
    assert start(attempt, "P2", assessor).client_kind == ""


def test_stage_ends_once(run, assessor, officer):
    assert code_of(end_stage, run, actor=officer) == "panel"
    ended = end_stage(run, actor=assessor)
    assert (ended.is_running, ended.duration is not None) == (False, True)
    assert code_of(end_stage, run, actor=assessor) == "not_running"


def test_stage_opens_a_sheet_for_everyone_who_marks(version, assessor):
    member, observer, trainer = UserFactory.create_batch(3, roles=[Role.ASSESSOR])
    attempt = identified(new_attempt(new_session(version, assessor, member, trainer, observers=[observer])))
    interest(attempt.person, trainer)
    run = start(attempt, "P1", assessor)
    assert set(run.sheets.values_list("assessor", "state")) == {(assessor.pk, "open"), (member.pk, "open")}


def test_stage_does_not_start_when_fewer_may_mark_than_the_scheme_asks(assessor):
    trainer = UserFactory.create(roles=[Role.ASSESSOR])
    attempt = identified(new_attempt(new_session(small_version(), assessor, trainer)))
    interest(attempt.person, trainer)
    stage = attempt.session.scheme_version.stages.get()
    assert code_of(start_stage, attempt, stage, scenario="S-1", actor=assessor) == "panel_short"
    attempt.refresh_from_db()
    assert (attempt.state, attempt.stages.count()) == ("scheduled", 0)


# --- Sign-off --------------------------------------------------------------------------------------------------------


def test_signed_stage_keeps_its_verdict(attempt, assessor):
    run = signed_stage(attempt, "P1", missed=["BQ.4"])
    assert (run.met, run.total, run.passed, run.missed_critical) == (26, 27, True, [])
    assert run.signed_off_by == assessor
    attempt.refresh_from_db()
    assert attempt.state == "in_progress"


def test_stage_is_not_signed_off_before_its_marks_are_sealed(attempt, assessor):
    run = marked_stage(ended_stage(attempt))
    assert code_of(sign_off_stage, run, actor=assessor) == "lead"
    sealed_stage(run)
    sign_off_stage(run, actor=assessor)


def test_stage_is_not_signed_off_before_everyone_has_sealed(version, assessor):
    member = UserFactory.create(roles=[Role.ASSESSOR])
    run = marked_stage(ended_stage(new_attempt(new_session(version, assessor, member))))
    sealed(sheet_of(run))
    assert code_of(sign_off_stage, run, actor=assessor) == "sealing"
    sealed(sheet_of(run, member))
    assert sign_off_stage(run, actor=assessor).passed


def test_stage_is_not_signed_off_by_fewer_than_the_scheme_asks(assessor):
    member = UserFactory.create(roles=[Role.ASSESSOR])
    run = marked_stage(ended_stage(new_attempt(new_session(small_version(), assessor, member)), "S1"))
    abstain(sheet_of(run, member), reason="Namizədi tanıyıram", actor=member)
    assert code_of(sign_off, run) == "panel_short"


def test_stage_on_which_the_panel_differs_is_signed_off_by_its_word(version, assessor):
    member = UserFactory.create(roles=[Role.ASSESSOR])
    run = marked_stage(ended_stage(new_attempt(new_session(version, assessor, member))), assessor=assessor)
    sealed_stage(marked_stage(run, assessor=member, missed=["BQ.4"]))
    with pytest.raises(RuleViolation) as caught:
        sign_off_stage(run, actor=assessor)
    assert caught.value.code == "unsettled"
    assert "BQ.4" in str(caught.value)
    step = run.stage.steps.get(code="BQ.4")
    settle(run, step, value=False, reason="Yazıya baxdıq", actor=assessor)
    assert sign_off_stage(run, actor=assessor).met == 26


def test_stage_is_signed_off_once_and_by_the_panel(attempt, assessor, officer):
    run = sealed_stage(marked_stage(ended_stage(attempt)))
    assert code_of(sign_off_stage, run, actor=officer) == "lead"
    sign_off_stage(run, actor=assessor)
    assert code_of(sign_off_stage, run, actor=assessor) == "signed"


def test_short_stage_needs_a_reason_that_is_kept(attempt, assessor):
    run = sealed_stage(marked_stage(ended_stage(attempt, minutes=24.9)))
    assert code_of(sign_off_stage, run, actor=assessor) == "short_reason"
    assert code_of(sign_off_stage, run, actor=assessor, short_reason=" ") == "short_reason"
    assert code_of(sign_off_stage, run, actor=assessor, short_reason="x" * 1001) == "reason_length"
    sign_off_stage(run, actor=assessor, short_reason="Müştəri getdi")
    (irregularity,) = dossier_of(attempts().get(pk=attempt.pk)).irregularities
    assert (irregularity.kind, irregularity.clock, irregularity.reason) == ("short", "24:54", "Müştəri getdi")


def test_stage_of_exactly_the_minimum_needs_no_reason(attempt):
    run = sign_off(marked_stage(ended_stage(attempt, minutes=25)), short_reason="nahaq")
    assert run.short_reason == ""


def test_exam_over_time_needs_a_reason_at_the_last_sign_off(attempt, assessor):
    sign_off(marked_stage(ended_stage(attempt, "P1", minutes=30, ago=16)))
    last = sealed_stage(marked_stage(ended_stage(attempt, "P2", minutes=15)))
    assert code_of(sign_off_stage, last, actor=assessor) == "overtime_reason"
    sign_off_stage(last, actor=assessor, overtime_reason="Səs yazısı ilə bağlı fasilə")
    attempt.refresh_from_db()
    assert (attempt.state, attempt.passed) == ("marked", True)
    assert attempt.overtime_reason == "Səs yazısı ilə bağlı fasilə"
    assert [one.kind for one in dossier_of(attempts().get(pk=attempt.pk)).irregularities] == ["overtime"]


@pytest.mark.parametrize(
    ("missed", "passed"),
    [((), True), (("BQ.2",), False), (("BQ.1",), True), (("BQ.4", "BQ.1"), True), (("BQ.3",), False)],
)
def test_exam_is_passed_when_every_stage_is(attempt, missed, passed):
    marked = marked_attempt(attempt, missed=missed)
    assert (marked.state, marked.passed) == ("marked", passed)
    assert list(queue_to_release()) == [marked]


# --- Release ---------------------------------------------------------------------------------------------------------


def test_released_result_is_told_without_saying_what_it_is(attempt, officer):
    released = release_result(marked_attempt(attempt, missed=["BQ.2"]), actor=officer)
    assert released.state == "released"
    message = OutgoingMessage.objects.get(kind="result_released")
    assert (message.recipient, message.language) == (attempt.person.email, "az")
    assert f"/exams/attempts/{attempt.pk}/result/" in message.body
    assert code_of(release_result, released, actor=officer) == "state"


def test_result_is_not_released_before_it_is_there_nor_by_others(attempt, officer, assessor):
    assert code_of(release_result, attempt, actor=officer) == "state"
    marked = marked_attempt(attempt)
    assert code_of(release_result, marked, actor=assessor) == "officer"


def test_result_is_not_released_by_an_officer_with_an_interest(attempt, officer):
    ConflictOfInterest.objects.create(person=attempt.person, user=officer, kind="related", note="", declared_by=officer)
    assert code_of(release_result, marked_attempt(attempt), actor=officer) == "partial"


def test_dossier_shows_steps_marks_and_verdicts(attempt):
    dossier = dossier_of(marked_attempt(attempt, missed=["BQ.2"]))
    assert [(one.stage.code, len(one.steps), one.run and one.run.passed) for one in dossier.stages] == [
        ("P1", 27, False),
        ("P2", 8, True),
    ]
    p1 = dossier.stages[0]
    assert [step.code for step in p1.missed_critical] == ["BQ.2"]
    assert p1.verdict is not None
    assert (p1.verdict.met, p1.verdict.passed) == (26, False)


def test_dossier_shows_nobodys_marks_before_all_are_sealed(version, assessor):
    member = UserFactory.create(roles=[Role.ASSESSOR])
    attempt = new_attempt(new_session(version, assessor, member))
    run = marked_stage(ended_stage(attempt), missed=["BQ.2"])
    sealed(sheet_of(run))
    (part, _p2) = dossier_of(attempts().get(pk=attempt.pk)).stages
    assert (part.is_unveiled, part.verdict, part.missed_critical, part.agreed) == (False, None, (), 0)
    assert [one.marks for one in part.steps] == [()] * 27
    sealed(sheet_of(run, member))
    (part, _p2) = dossier_of(attempts().get(pk=attempt.pk)).stages
    assert (part.is_unveiled, [step.code for step in part.missed_critical], part.agreed) == (True, ["BQ.2"], 27)
    assert {len(one.marks) for one in part.steps} == {2}


# --- What the database refuses by itself -----------------------------------------------------------------------------


def test_database_refuses_to_change_or_delete_a_signed_stage(attempt):
    run = signed_stage(attempt, "P1")
    assert database_refusal("UPDATE exams_stagerun SET passed = false WHERE id = %s", run.pk) == "exams_signed_is_final"
    assert database_refusal("DELETE FROM exams_stagerun WHERE id = %s", run.pk) == "exams_signed_is_final"


def test_database_refuses_to_change_stamped_times(attempt):
    run = ended_stage(attempt)
    earlier = "UPDATE exams_stagerun SET started_at = started_at - interval '1 second' WHERE id = %s"
    later = "UPDATE exams_stagerun SET ended_at = ended_at + interval '1 second' WHERE id = %s"
    assert [database_refusal(sql, run.pk) for sql in (earlier, later)] == ["exams_times_are_final"] * 2


def test_database_refuses_a_sign_off_with_blanks(attempt, assessor):
    run = marked_stage(ended_stage(attempt), without=["BQ.9"])
    sql = (
        "UPDATE exams_stagerun SET signed_off_at = now(), signed_off_by_id = %s, met = 27, total = 27, passed = true "
        "WHERE id = %s"
    )
    assert database_refusal(sql, assessor.pk, run.pk) == "exams_signed_without_blanks"


def test_database_refuses_to_change_a_released_result(attempt):
    released = released_attempt(attempt, missed=["BQ.2"])
    for sql, name in (
        ("UPDATE exams_attempt SET passed = true WHERE id = %s", "exams_verdict_of_stages"),
        ("UPDATE exams_attempt SET released_at = now() WHERE id = %s", "exams_released_is_final"),
        ("UPDATE exams_attempt SET state = 'marked' WHERE id = %s", "exams_released_is_final"),
        ("DELETE FROM exams_attempt WHERE id = %s", "exams_released_is_final"),
    ):
        assert database_refusal(sql, released.pk) == name


def test_database_refuses_an_exam_that_begins_without_an_identity_check(attempt):
    sql = "UPDATE exams_attempt SET state = 'in_progress' WHERE id = %s"
    assert database_refusal(sql, attempt.pk) == "exams_begun_after_identity_check"


def test_database_refuses_a_stage_of_another_scheme(attempt):
    identified(attempt)
    foreign = small_version().stages.get()
    sql = (
        "INSERT INTO exams_stagerun "
        "(attempt_id, stage_id, scenario, client_kind, started_at, short_reason, missed_critical) "
        "VALUES (%s, %s, 'S', '', now(), '', '{}')"
    )
    assert database_refusal(sql, attempt.pk, foreign.pk) == "exams_stage_of_version"
