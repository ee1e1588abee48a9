"""What the database keeps of the day of an exam and of amendments by itself, whatever SQL is sent."""

from datetime import timedelta

import pytest
from django.utils import timezone

from exams.models import BreachCase, HelpCall, Incident, MarkEvent, StageRun
from exams.states import IncidentKind
from tests.exams.amending import propose
from tests.exams.factories import ended_stage, new_attempt, signed_stage
from tests.exams.refusals import database_refusal

pytestmark = pytest.mark.django_db


def an_incident(run: StageRun, kind: str, **changes) -> Incident:
    user = run.attempt.session.created_by
    values = {"note": "Yanğın siqnalı", "started_at": timezone.now(), "recorded_by": user, **changes}
    return Incident.objects.create(attempt=run.attempt, run=run, kind=kind, **values)


def test_incident_never_changes_and_an_interruption_ends_once(run, officer):
    fault, pause = an_incident(run, IncidentKind.EQUIPMENT), an_incident(run, IncidentKind.INTERRUPTION)
    for sql in (
        "UPDATE exams_incident SET note = 'x' WHERE id = %s",
        "UPDATE exams_incident SET kind = 'other' WHERE id = %s",
        "UPDATE exams_incident SET started_at = now() - interval '1 hour' WHERE id = %s",
        "DELETE FROM exams_incident WHERE id = %s",
    ):
        assert [database_refusal(sql, one.pk) for one in (fault, pause)] == ["exams_incident_final"] * 2
    end = "UPDATE exams_incident SET ended_at = now() + %s, ended_by_id = %s WHERE id = %s"
    assert database_refusal(end, timedelta(), officer.pk, fault.pk) == "exams_incident_ends_after_start"
    assert database_refusal(end, timedelta(minutes=-9), officer.pk, pause.pk) == "exams_incident_ends_after_start"
    nameless = "UPDATE exams_incident SET ended_by_id = %s WHERE id = %s"
    assert database_refusal(nameless, officer.pk, pause.pk) == "exams_incident_ends_after_start"
    Incident.objects.filter(pk=pause.pk).update(ended_at=timezone.now(), ended_by=officer)
    assert database_refusal(end, timedelta(minutes=9), officer.pk, pause.pk) == "exams_incident_final"


def test_incident_has_a_note_and_one_interruption_lasts_at_a_time(run, officer):
    an_incident(run, IncidentKind.LATE_START, note="")
    an_incident(run, IncidentKind.INTERRUPTION)
    sql = (
        "INSERT INTO exams_incident (attempt_id, kind, note, started_at, recorded_by_id, recorded_at) "
        "VALUES (%s, %s, %s, now(), %s, now())"
    )
    assert database_refusal(sql, run.attempt_id, "other", "", officer.pk) == "exams_incident_has_note"
    assert database_refusal(sql, run.attempt_id, "interruption", "x", officer.pk) == "exams_one_interruption"


def test_suspicion_is_settled_once_by_another_with_a_conclusion(run, officer, other_officer):
    case = BreachCase.objects.create(
        attempt=run.attempt,
        incident=an_incident(run, IncidentKind.CHEATING),
        opened_by=officer,
        opened_at=timezone.now(),
    )
    settle = (
        "UPDATE exams_breachcase SET state = 'dismissed', settled_at = now(), settled_by_id = %s, conclusion = %s "
        "WHERE id = %s"
    )
    assert database_refusal(settle, officer.pk, "Əsassız", case.pk) == "exams_breach_settled_by_other"
    assert database_refusal(settle, other_officer.pk, "", case.pk) == "exams_breach_settled_complete"
    BreachCase.objects.filter(pk=case.pk).update(
        state="confirmed", settled_at=timezone.now(), settled_by=other_officer, conclusion="Telefonla"
    )
    assert database_refusal(settle, other_officer.pk, "Əsassız", case.pk) == "exams_settled_final"
    assert database_refusal("DELETE FROM exams_breachcase WHERE id = %s", case.pk) == "exams_settled_final"


def test_one_call_for_help_is_open_at_a_time_and_answered_by_somebody(run, assessor):
    call = HelpCall.objects.create(attempt=run.attempt, called_by=assessor, called_at=timezone.now())
    sql = "INSERT INTO exams_helpcall (attempt_id, note, called_by_id, called_at) VALUES (%s, '', %s, now())"
    assert database_refusal(sql, run.attempt_id, assessor.pk) == "exams_one_open_call"
    answered = "UPDATE exams_helpcall SET answered_at = now() WHERE id = %s"
    assert database_refusal(answered, call.pk) == "exams_call_answered_complete"


def test_call_for_help_is_answered_once_and_otherwise_stays(run, assessor, officer):
    call = HelpCall.objects.create(attempt=run.attempt, called_by=assessor, called_at=timezone.now())
    for sql in (
        "UPDATE exams_helpcall SET note = 'x' WHERE id = %s",
        "UPDATE exams_helpcall SET called_at = now() - interval '1 hour' WHERE id = %s",
        "DELETE FROM exams_helpcall WHERE id = %s",
    ):
        assert database_refusal(sql, call.pk) == "exams_call_final"
    HelpCall.objects.filter(pk=call.pk).update(answered_at=timezone.now(), answered_by=officer)
    again = "UPDATE exams_helpcall SET answered_at = now() + interval '1 minute' WHERE id = %s"
    assert database_refusal(again, call.pk) == "exams_call_final"


def test_incident_is_of_a_stage_of_its_exam(run, session, officer):
    sql = (
        "INSERT INTO exams_incident (attempt_id, run_id, kind, note, started_at, recorded_by_id, recorded_at) "
        "VALUES (%s, %s, 'equipment', 'x', now(), %s, now())"
    )
    assert database_refusal(sql, new_attempt(session).pk, run.pk, officer.pk) == "exams_incident_of_exam"


def test_interruption_takes_no_time_off_a_signed_stage(attempt, officer):
    run = signed_stage(attempt, "P1")
    sql = (
        "INSERT INTO exams_incident (attempt_id, run_id, kind, note, started_at, ended_at, ended_by_id, "
        "recorded_by_id, recorded_at) VALUES (%s, %s, 'interruption', 'x', %s, %s, %s, %s, now())"
    )
    assert run.started_at is not None
    begun = run.started_at + timedelta(minutes=1)
    values = (attempt.pk, run.pk, begun, begun + timedelta(minutes=9), officer.pk, officer.pk)
    assert database_refusal(sql, *values) == "exams_signed_is_final"
    assert an_incident(run, IncidentKind.EQUIPMENT).pk  # anything else may be recorded later


def test_suspicion_begins_open_at_the_exam_of_its_incident_and_keeps_its_facts(run, session, officer):
    incident, other = (an_incident(run, IncidentKind.CHEATING) for _number in range(2))
    sql = (
        "INSERT INTO exams_breachcase (attempt_id, incident_id, state, opened_by_id, opened_at, settled_by_id, "
        "settled_at, conclusion) VALUES (%s, %s, %s, %s, now(), %s, %s, %s)"
    )
    moment, exam = timezone.now(), run.attempt
    settled = (run.attempt.session.created_by_id, moment, "Əsassız")
    for state in ("dismissed", "confirmed"):
        assert database_refusal(sql, exam.pk, incident.pk, state, officer.pk, *settled) == "exams_settled_later"
    elsewhere = new_attempt(session)
    refused = database_refusal(sql, elsewhere.pk, incident.pk, "open", officer.pk, None, None, "")
    assert refused == "exams_breach_of_exam"
    case = BreachCase.objects.create(attempt=exam, incident=incident, opened_by=officer, opened_at=moment)
    for change, value in (
        ("UPDATE exams_breachcase SET attempt_id = %s WHERE id = %s", elsewhere.pk),
        ("UPDATE exams_breachcase SET incident_id = %s WHERE id = %s", other.pk),
        ("UPDATE exams_breachcase SET opened_by_id = %s WHERE id = %s", settled[0]),
        ("UPDATE exams_breachcase SET opened_at = %s WHERE id = %s", moment - timedelta(hours=1)),
    ):
        assert database_refusal(change, value, case.pk) == "exams_settled_final"


# --- Amendments ------------------------------------------------------------------------------------------------------

AMEND = (
    "INSERT INTO exams_amendment (run_id, step_id, value, why, evidence, state, proposed_by_id, proposed_at, "
    "settled_reason) VALUES (%s, %s, false, %s, 'yazı', 'proposed', %s, now(), '')"
)


def test_amendment_changes_a_step_of_a_signed_stage_with_grounds(attempt, session, assessor):
    signed, still_open = signed_stage(attempt, "P1"), ended_stage(new_attempt(session))
    right = [signed.pk, signed.stage.steps.get(code="BQ.4").pk, "səhv", assessor.pk]
    for values, name in (
        ([still_open.pk, *right[1:]], "exams_amendment_of_signed"),
        (
            [signed.pk, attempt.session.scheme_version.steps.get(code="BQ.1").pk, *right[2:]],
            "exams_amendment_of_signed",
        ),
        ([*right[:2], "", assessor.pk], "exams_amendment_has_grounds"),
    ):
        assert database_refusal(AMEND, *values) == name


def test_signed_stage_changes_by_an_approved_amendment_alone(attempt, assessor):
    run = signed_stage(attempt, "P1")
    for sql in (
        "UPDATE exams_stagerun SET met = 26 WHERE id = %s",
        "UPDATE exams_stagerun SET met = 26, amendments = 1 WHERE id = %s",
        "UPDATE exams_stagerun SET signed_off_at = now() WHERE id = %s",
        "UPDATE exams_stagerun SET short_reason = 'x' WHERE id = %s",
    ):
        assert database_refusal(sql, run.pk) == "exams_signed_is_final"
    assert MarkEvent.objects.filter(sheet__run=run).count() == 27


def test_amendment_begins_as_a_proposal(attempt, assessor, officer):
    run = signed_stage(attempt, "P1")
    sql = (
        "INSERT INTO exams_amendment (run_id, step_id, value, why, evidence, state, proposed_by_id, proposed_at, "
        "settled_by_id, settled_at, settled_reason, verdict_before, verdict_after) "
        "VALUES (%s, %s, false, 'səhv', 'yazı', %s, %s, now(), %s, now(), 'x', '{}', '{}')"
    )
    for state in ("approved", "rejected"):
        values = (run.pk, run.stage.steps.get(code="BQ.4").pk, state, assessor.pk, officer.pk)
        assert database_refusal(sql, *values) == "exams_settled_later"


def test_amendment_is_settled_as_it_was_proposed(attempt, officer):
    run = signed_stage(attempt, "P1")
    amendment = propose(run, "BQ.4")
    other = signed_stage(new_attempt(attempt.session), "P1")
    for change, value in (
        ("UPDATE exams_amendment SET run_id = %s WHERE id = %s", other.pk),
        ("UPDATE exams_amendment SET step_id = %s WHERE id = %s", run.stage.steps.get(code="BQ.6").pk),
        ("UPDATE exams_amendment SET value = %s WHERE id = %s", True),
        ("UPDATE exams_amendment SET why = %s WHERE id = %s", "x"),
        ("UPDATE exams_amendment SET evidence = %s WHERE id = %s", "x"),
        ("UPDATE exams_amendment SET proposed_by_id = %s WHERE id = %s", officer.pk),
        ("UPDATE exams_amendment SET proposed_at = %s WHERE id = %s", timezone.now() - timedelta(hours=1)),
    ):
        assert database_refusal(change, value, amendment.pk) == "exams_settled_final"
    approve = (
        "UPDATE exams_amendment SET state = 'approved', settled_by_id = %s, settled_at = now(), verdict_before = '{}', "
        "verdict_after = '{}', value = true WHERE id = %s"
    )
    assert database_refusal(approve, officer.pk, amendment.pk) == "exams_settled_final"
