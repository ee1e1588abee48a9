"""Incidents: what is recorded of an exam, by whom, about when; and an exam that starts late."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from audit.queries import timeline
from exams.models import Attempt, BreachCase, Incident
from exams.services.attendance import record_no_show
from exams.services.help import call_help
from exams.services.incidents import LATE_AFTER, interrupt, record_incident, resume
from exams.services.sessions import cancel_scheduled
from exams.services.stages import end_stage
from exams.services.stopping import stop_exam
from exams.states import ATTEMPT, AttemptState
from tests.exams.day.acts import fresh, start
from tests.exams.factories import (
    ended_stage,
    identified,
    interest,
    marked_attempt,
    new_attempt,
    new_session,
    released_attempt,
    running_stage,
)
from tests.exams.refusals import code_of, database_refusal
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


# --- Incidents --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["equipment", "other"])
def test_incident_is_recorded_with_time_person_stage_and_trail(run, assessor, kind):
    incident = record_incident(run.attempt, kind=kind, note=" Kamera söndü ", actor=assessor)
    assert (incident.kind, incident.note, incident.run, incident.recorded_by) == (kind, "Kamera söndü", run, assessor)
    entry = timeline(run.attempt)[0]
    assert (entry.verb, entry.reason, entry.after["kind"]) == ("attempt.incident", "Kamera söndü", kind)
    assert not BreachCase.objects.exists()


def test_incident_before_the_first_stage_belongs_to_none(attempt, officer):
    assert record_incident(attempt, kind="other", note="Yağış", actor=officer).run is None


def test_incident_at_an_earlier_moment_belongs_to_the_stage_of_then(attempt, assessor):
    first = ended_stage(attempt, "P1", minutes=30, ago=12)
    second = ended_stage(attempt, "P2", minutes=8, ago=1)
    now = timezone.now()
    found = [
        record_incident(attempt, kind="other", note="Səs", at=now - timedelta(minutes=minutes), actor=assessor).run
        for minutes in (20, 5, 10.5)
    ]
    assert found == [first, second, None]


def test_incident_needs_a_known_kind_and_a_note(run, assessor):
    attempt = run.attempt
    for kind in ("late_start", "interruption", "stopped", "party"):
        assert code_of(record_incident, attempt, kind=kind, note="x", actor=assessor) == "kind"
    assert code_of(record_incident, attempt, kind="other", note="  ", actor=assessor) == "reason"
    assert code_of(record_incident, attempt, kind="other", note="x" * 1001, actor=assessor) == "reason_length"


def test_incident_lies_neither_in_the_future_nor_before_the_day(run, assessor):
    now = timezone.now()
    for at, code in ((now + timedelta(minutes=2), "future"), (now - timedelta(days=1), "day")):
        assert code_of(record_incident, run.attempt, kind="other", note="x", at=at, actor=assessor) == code


def test_incident_of_an_exam_of_next_week_is_refused(coming, assessor):
    assert code_of(record_incident, new_attempt(coming), kind="other", note="x", actor=assessor) == "day"


def test_incident_is_recorded_by_those_who_mark_and_officers_only(version, assessor, officer, auditor, decider):
    watching, partial, stranger = (UserFactory.create(roles=[Role.ASSESSOR]) for _ in range(3))
    session = new_session(version, assessor, partial, observers=[watching])
    attempt = new_attempt(session)
    interest(attempt.person, partial)
    for actor in (watching, partial, stranger, auditor, decider):
        assert code_of(record_incident, attempt, kind="other", note="x", actor=actor) == "recorder"
        assert code_of(call_help, attempt, actor=actor) == "recorder"
    record_incident(attempt, kind="other", note="x", actor=officer)


def test_officer_records_nothing_of_their_own_exam(session, officer):
    own = new_attempt(session, user=officer)
    assert code_of(record_incident, own, kind="other", note="x", actor=officer) == "recorder"


def in_state(state: str, version, assessor: User) -> Attempt:
    """An exam of today in the state."""
    attempt = new_attempt(new_session(version, assessor))
    if state == "no_show":
        return record_no_show(attempt, reason="x", actor=assessor)
    if state == "cancelled":
        return cancel_scheduled(attempt, reason="x", actor=assessor)
    if state == "marked":
        return marked_attempt(attempt)
    if state == "released":
        return released_attempt(attempt)
    if state != "scheduled":
        running_stage(attempt)
    return stop_exam(fresh(attempt), reason="x", actor=assessor) if state == "stopped" else fresh(attempt)


@pytest.mark.parametrize("state", AttemptState.values)
def test_every_day_verb_in_every_state_of_the_exam(version, assessor, state):
    attempt = in_state(state, version, assessor)
    assert attempt.state == state
    verbs = {
        "other": lambda: record_incident(attempt, kind="other", note="x", actor=assessor),
        "cheating": lambda: record_incident(attempt, kind="cheating", note="x", actor=assessor),
        "help": lambda: call_help(attempt, actor=assessor),
        "interrupt": lambda: interrupt(attempt, note="x", actor=assessor),
        "resume": lambda: resume(attempt, actor=assessor),
        "stop": lambda: stop_exam(attempt, reason="x", actor=assessor),
    }
    possible = {
        "scheduled": {"other", "cheating", "help"},
        "in_progress": set(verbs),
        "marked": {"other", "cheating"},
        "released": {"cheating"},
        "stopped": {"other", "cheating"},
    }.get(state, set())
    for name, verb in verbs.items():
        if name in possible:
            verb()
        else:
            assert code_of(verb) == ("not_interrupted" if name == "resume" else "state")


def test_stop_moves_only_from_where_its_table_says():
    assert {state for state in AttemptState.values if ATTEMPT.allows("stop", state)} == {"in_progress"}
    assert not [one for one in ATTEMPT.transitions if "stopped" in one.sources]


def test_incident_never_changes_in_the_database(run, assessor):
    incident = record_incident(run.attempt, kind="other", note="x", actor=assessor)
    refused = database_refusal("UPDATE exams_incident SET note = 'y' WHERE id = %s", incident.pk)
    assert refused == "exams_incident_final"
    assert database_refusal("DELETE FROM exams_incident WHERE id = %s", incident.pk) == "exams_incident_final"


# --- Late start -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("minutes", "late"), [(0, False), (9, False), (11, True)])
def test_first_stage_that_starts_late_is_recorded(version, assessor, minutes, late):
    began = timezone.now() - timedelta(minutes=minutes)
    attempt = identified(new_attempt(new_session(version, assessor, starts_at=began)))
    run = start(attempt, assessor, late_reason="Lift işləmirdi")
    found = [(one.kind, one.run, one.note, one.started_at) for one in Incident.objects.all()]
    assert found == ([("late_start", run, "Lift işləmirdi", run.started_at)] if late else [])


def test_late_start_needs_no_reason_and_the_second_stage_is_never_late(version, assessor):
    attempt = identified(new_attempt(new_session(version, assessor, starts_at=timezone.now() - 2 * LATE_AFTER)))
    end_stage(start(attempt, assessor), actor=assessor)
    start(attempt, assessor, "P2")
    assert [(one.kind, one.note) for one in Incident.objects.all()] == [("late_start", "")]


def test_start_form_asks_why_only_when_it_is_late(version, assessor, sign_in):
    for minutes, asks in ((0, False), (15, True)):
        session = new_session(version, assessor, starts_at=timezone.now() - timedelta(minutes=minutes))
        attempt = identified(new_attempt(session))
        page = sign_in(assessor).get(reverse("exams:start", args=[attempt.pk, "P1"]))
        assert ("late_reason" in page.context["form"].fields) is asks
