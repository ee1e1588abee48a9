"""What happens on the day besides marking: incidents, interruptions, a late start, stopping, help."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings, strategies as st

from accounts.models import User
from accounts.states import Role
from audit.queries import timeline
from candidates.services.withdrawal import can_be_withdrawn
from certificates.queries.decisions import queue_to_decide
from certificates.services.decisions import decide
from core.models import OutgoingMessage
from exams.models import Attempt, BreachCase, HelpCall, Incident, Sheet, StageRun, paused_within
from exams.queries.attempts import attempts
from exams.queries.help import open_calls
from exams.queries.sessions import queue_to_schedule, schedulable_applications
from exams.services.attendance import record_no_show
from exams.services.help import answer_help, call_help
from exams.services.incidents import LATE_AFTER, interrupt, record_incident, resume
from exams.services.scheduling import schedule_candidates
from exams.services.sessions import cancel_scheduled, close_session
from exams.services.sheets import seal_sheet
from exams.services.sign_off import release_result, sign_off_stage
from exams.services.stages import end_stage, start_stage
from exams.services.stopping import stop_exam
from exams.states import ATTEMPT, AttemptState
from exams.times import exam_duration
from tests.exams.factories import (
    an_event,
    ended_stage,
    identified,
    interest,
    marked_attempt,
    marked_stage,
    new_attempt,
    new_session,
    noon,
    released_attempt,
    running_stage,
    sealed,
    sealed_stage,
    sent,
    sheet_of,
    sign_off,
)
from tests.exams.racing import DONE, at_once
from tests.exams.refusals import code_of, database_refusal
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def midday() -> Iterator[None]:
    """Noon, and the time goes on: what happened half an hour ago happened today, whenever the tests run."""
    with time_machine.travel(noon(0)):
        yield


def start(attempt: Attempt, actor: User, code: str = "P1", **changes: str) -> StageRun:
    stage = attempt.session.scheme_version.stages.get(code=code)
    return start_stage(attempt, stage, actor=actor, **{"scenario": "S-07", "client_kind": "real", **changes})


def fresh(attempt: Attempt) -> Attempt:
    return attempts().get(pk=attempt.pk)


def pause(attempt: Attempt, actor: User, start: datetime, end: datetime | None, run: StageRun | None) -> Incident:
    return Incident.objects.create(
        attempt=attempt, run=run, kind="interruption", note="Yanğın siqnalı", started_at=start, recorded_by=actor,
        ended_at=end, ended_by=actor if end else None,
    )  # fmt: skip


# --- Incidents -------------------------------------------------------------------------------------------------------


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


# --- Late start ------------------------------------------------------------------------------------------------------


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


# --- Interruptions ---------------------------------------------------------------------------------------------------


def test_interruption_is_resumed_once_and_its_time_does_not_count(attempt, assessor, officer):
    run = running_stage(attempt, since_minutes=30)
    pause = interrupt(attempt, note="Yanğın siqnalı", at=timezone.now() - timedelta(minutes=10), actor=assessor)
    assert (pause.run, pause.ended_at) == (run, None)
    assert code_of(interrupt, attempt, note="x", actor=officer) == "interrupted"
    assert resume(attempt, actor=officer).ended_by == officer
    assert code_of(resume, attempt, actor=officer) == "not_interrupted"
    ended = StageRun.objects.get(pk=end_stage(run, actor=assessor).pk)
    assert ended.duration is not None
    assert timedelta(minutes=19.9) < ended.duration < timedelta(minutes=20.1)
    assert [entry.verb for entry in timeline(attempt)] == ["stage.end", "attempt.resume", "attempt.incident"]


def test_stage_shorter_only_by_its_interruption_wants_the_reason(attempt, assessor):
    run = running_stage(attempt, since_minutes=30)
    interrupt(attempt, note="Siqnal", at=timezone.now() - timedelta(minutes=10), actor=assessor)
    end_stage(run, actor=assessor)
    run = sealed_stage(marked_stage(StageRun.objects.get(pk=run.pk)))
    assert code_of(sign_off_stage, run, actor=assessor) == "short_reason"
    assert sign_off_stage(run, short_reason="Siqnal", actor=assessor).short_reason == "Siqnal"


def test_ending_a_stage_ends_its_interruption_at_that_moment(run, assessor):
    interrupt(run.attempt, note="x", actor=assessor)
    ended = end_stage(run, actor=assessor)
    assert Incident.objects.get().ended_at == ended.ended_at


def test_starting_a_stage_ends_the_interruption_between_two(attempt, assessor):
    ended_stage(attempt, minutes=30)
    pause = interrupt(attempt, note="x", actor=assessor)
    assert pause.run is None
    start(fresh(attempt), assessor, "P2")
    pause.refresh_from_db()
    assert pause.ended_at is not None


def test_interruption_does_not_begin_before_the_last_event(attempt, assessor):
    running_stage(attempt, since_minutes=10)
    early = timezone.now() - timedelta(minutes=12)
    assert code_of(interrupt, attempt, note="x", at=early, actor=assessor) == "moment"
    interrupt(attempt, note="x", at=timezone.now() - timedelta(minutes=5), actor=assessor)
    resume(attempt, actor=assessor)
    again = timezone.now() - timedelta(minutes=3)
    assert code_of(interrupt, attempt, note="y", at=again, actor=assessor) == "moment"


def test_interruption_given_to_the_minute_of_the_start_begins_with_the_stage(run, assessor):
    minute = run.started_at.replace(second=0, microsecond=0)
    assert interrupt(run.attempt, note="x", at=minute, actor=assessor).started_at == run.started_at


def test_nothing_is_interrupted_when_every_stage_has_ended(attempt, assessor):
    ended_stage(attempt, "P1", minutes=30, ago=12)
    ended_stage(attempt, "P2", minutes=8)
    assert code_of(interrupt, attempt, note="x", actor=assessor) == "over"


def test_exam_left_open_overnight_is_not_interrupted_but_can_be_stopped(version, assessor):
    attempt = new_attempt(new_session(version, assessor, starts_at=timezone.now() - timedelta(days=1)))
    running_stage(attempt, since_minutes=24 * 60)
    assert code_of(interrupt, attempt, note="x", actor=assessor) == "day"
    assert stop_exam(fresh(attempt), reason="Unudulub", actor=assessor).state == "stopped"


MINUTES = st.integers(min_value=0, max_value=60)


@given(st.lists(MINUTES, min_size=2, max_size=9, unique=True), MINUTES, MINUTES, st.booleans())
def test_paused_time_is_that_of_a_model_that_counts_minutes(cuts, one, other, open_end):
    zero = timezone.now().replace(second=0, microsecond=0)
    cuts = sorted(cuts)[: len(cuts) // 2 * 2]
    spans = list(zip(cuts[::2], cuts[1::2], strict=True))
    start, end = sorted((one, other))
    last_open = open_end and bool(spans)
    pauses = [
        (zero + timedelta(minutes=a), None if last_open and (a, b) == spans[-1] else zero + timedelta(minutes=b))
        for a, b in spans
    ]
    lasting = [*spans[:-1], (spans[-1][0], 10_000)] if last_open else spans
    model = sum(1 for minute in range(start, end) if any(a <= minute < b for a, b in lasting))
    found = paused_within(pauses, zero + timedelta(minutes=start), zero + timedelta(minutes=end))
    assert found == timedelta(minutes=model)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.integers(min_value=1, max_value=44), min_size=2, max_size=6, unique=True))
def test_database_wants_a_reason_for_a_short_stage_just_when_the_model_does(version, assessor, cuts):
    attempt = new_attempt(new_session(version, assessor))
    run = ended_stage(attempt, minutes=45)
    zero = run.started_at
    assert zero is not None
    cuts = sorted(cuts)[: len(cuts) // 2 * 2]
    for begun, over in zip(cuts[::2], cuts[1::2], strict=True):
        pause(attempt, assessor, zero + timedelta(minutes=begun), zero + timedelta(minutes=over), run)
    paused = sum(over - begun for begun, over in zip(cuts[::2], cuts[1::2], strict=True))
    run = StageRun.objects.get(pk=run.pk)
    assert run.duration == timedelta(minutes=45 - paused)
    assert exam_duration(fresh(attempt), [run]) == run.duration
    sealed_stage(marked_stage(run))
    refused = database_refusal(
        "UPDATE exams_stagerun SET signed_off_at = now(), signed_off_by_id = %s, passed = true, met = 27, total = 27 "
        "WHERE id = %s", assessor.pk, run.pk,
    ) if 45 - paused < 25 else ""  # fmt: skip
    assert refused == ("exams_short_has_reason" if 45 - paused < 25 else "")
    if not refused:
        assert sign_off_stage(run, actor=assessor).passed is True


# --- Stopping --------------------------------------------------------------------------------------------------------


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


# --- Help ------------------------------------------------------------------------------------------------------------


def test_help_is_called_once_until_it_is_answered(run, assessor, officer):
    call = call_help(run.attempt, note=" Səs yoxdur ", actor=assessor)
    assert (call.note, call.called_by) == ("Səs yoxdur", assessor)
    assert call_help(run.attempt, actor=assessor) == call
    assert list(open_calls()) == [call]
    assert code_of(answer_help, call, actor=assessor) == "officer"
    assert answer_help(call, actor=officer).answered_by == officer
    assert code_of(answer_help, call, actor=officer) == "answered"
    assert call_help(run.attempt, actor=assessor) != call
    assert [one.verb for one in timeline(run.attempt)] == ["attempt.call", "attempt.answer", "attempt.call"]


def test_help_note_has_its_length_and_its_day(run, coming, assessor):
    assert code_of(call_help, run.attempt, note="x" * 201, actor=assessor) == "note_length"
    assert code_of(call_help, new_attempt(coming), actor=assessor) == "day"


def test_help_button_answers_programs_as_json_and_people_with_their_page(run, assessor, sign_in):
    client, url = sign_in(assessor), reverse("exams:help_call", args=[run.attempt_id])
    for _tap in range(2):
        answer = client.post(url, {"note": "x"}, headers={"accept": "application/json"})
        assert (answer.status_code, answer.json()["called"]) == (200, True)
    refused = client.post(url, {"note": "x" * 300}, headers={"accept": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (422, "note_length")
    assert client.post(url).url == reverse("exams:attempt", args=[run.attempt_id])
    assert HelpCall.objects.count() == 1


@pytest.mark.parametrize(("back", "leads_to"), [("/exams/board/", "/exams/board/"), ("https://evil.example/", "")])
def test_answer_returns_to_a_page_of_this_site_only(run, assessor, officer, sign_in, back, leads_to):
    call = call_help(run.attempt, actor=assessor)
    answer = sign_in(officer).post(reverse("exams:help_answer", args=[call.pk]), {"next": back})
    assert answer.url == (leads_to or reverse("exams:attempt", args=[run.attempt_id]))


# --- Pages -----------------------------------------------------------------------------------------------------------


def test_page_of_the_exam_offers_what_the_reader_may_do(run, assessor, officer, auditor, sign_in):
    stranger = UserFactory.create(roles=[Role.ASSESSOR])
    offered = {
        user: {
            name: bool(sign_in(user).get(reverse("exams:attempt", args=[run.attempt_id])).context[name])
            for name in ("may_note", "may_suspect", "may_interrupt", "may_stop", "may_call")
        }
        for user in (assessor, officer, auditor)
    }
    everything = {"may_note", "may_suspect", "may_interrupt", "may_stop", "may_call"}
    assert {name for name, yes in offered[assessor].items() if yes} == everything
    assert {name for name, yes in offered[officer].items() if yes} == everything
    assert not any(offered[auditor].values())
    assert sign_in(stranger).get(reverse("exams:attempt", args=[run.attempt_id])).status_code == 403


def test_page_says_when_and_by_whom_identity_and_absence_were_recorded(version, assessor, officer, sign_in):
    attempt = new_attempt(new_session(version, assessor))
    record_no_show(attempt, reason="Zəngə cavab vermədi", actor=assessor)
    page = sign_in(officer).get(reverse("exams:attempt", args=[attempt.pk]))
    assert (page.context["absence"].actor, page.context["absence"].reason) == (assessor, "Zəngə cavab vermədi")
    other = identified(new_attempt(new_session(version, assessor)))
    page = sign_in(officer).get(reverse("exams:attempt", args=[other.pk]))
    assert page.context["absence"] is None
    assert str(other.get_identity_document_display()) in page.content.decode()


def test_incident_form_records_at_the_time_given(run, assessor, sign_in):
    clock = timezone.localtime()
    data = {"kind": "equipment", "note": "Mikrofon", "at": f"{clock:%H:%M}"}
    answer = sign_in(assessor).post(reverse("exams:incident", args=[run.attempt_id]), data)
    assert answer.status_code == 302
    assert Incident.objects.get().started_at == clock.replace(second=0, microsecond=0)


def test_forms_of_the_day_keep_what_was_typed_when_refused(run, assessor, sign_in):
    client = sign_in(assessor)
    late = timezone.localtime() + timedelta(minutes=30)
    answer = client.post(reverse("exams:interrupt", args=[run.attempt_id]), {"note": "Siqnal", "at": f"{late:%H:%M}"})
    assert answer.status_code == 422
    assert "Siqnal" in answer.content.decode()


def test_exam_goes_through_the_buttons_of_its_page(run, assessor, sign_in):
    client, pk = sign_in(assessor), run.attempt_id
    client.post(reverse("exams:interrupt", args=[pk]), {"note": "Siqnal"})
    page = client.get(reverse("exams:attempt", args=[pk]))
    assert page.context["next_step"].url == reverse("exams:resume", args=[pk])
    client.post(reverse("exams:resume", args=[pk]))
    client.post(reverse("exams:stop", args=[pk]), {"reason": "Bina boşaldıldı"})
    page = client.get(reverse("exams:attempt", args=[pk]))
    assert [one.kind for one in page.context["dossier"].incidents] == ["interruption", "stopped"]
    assert Attempt.objects.get().state == "stopped"


def test_page_names_who_has_sealed_but_shows_no_marks_before_all_have(version, assessor, sign_in):
    other = UserFactory.create(roles=[Role.ASSESSOR], surname="Məmmədov")
    attempt = new_attempt(new_session(version, assessor, other))
    run = ended_stage(attempt, minutes=30, ago=11)
    ended_stage(attempt, "P2", minutes=9)
    marked_stage(run)
    sealed(sheet_of(run, assessor))
    page = sign_in(assessor).get(reverse("exams:attempt", args=[attempt.pk]))
    card = page.context["cards"][0]
    assert {sheet.assessor: sheet.state for sheet in card.part.sheets} == {assessor: "sealed", other: "open"}
    assert str(other) in page.context["next_step"].who
    assert not card.part.is_unveiled


# --- At the same moment ----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_who_stop_at_once_stop_once(run, assessor, officer):
    outcome = at_once(
        lambda: stop_exam(run.attempt, reason="bir", actor=assessor),
        lambda: stop_exam(Attempt.objects.get(), reason="iki", actor=officer),
    )
    assert outcome == [DONE, "state"]
    assert Incident.objects.filter(kind="stopped").count() == 1
    assert OutgoingMessage.objects.filter(kind="exam_stopped").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_interrupt_at_once_interrupt_once(run, assessor, officer):
    outcome = at_once(
        lambda: interrupt(run.attempt, note="bir", actor=assessor),
        lambda: interrupt(Attempt.objects.get(), note="iki", actor=officer),
    )
    assert outcome == [DONE, "interrupted"]


@pytest.mark.django_db(transaction=True)
def test_stage_does_not_end_under_an_interruption(run, assessor, officer):
    outcome = at_once(lambda: interrupt(run.attempt, note="x", actor=officer), lambda: end_stage(run, actor=assessor))
    assert outcome == [DONE, DONE]
    run = StageRun.objects.get()
    pauses = Incident.objects.filter(run=run)
    assert all(one.ended_at == run.ended_at for one in pauses)


@pytest.mark.django_db(transaction=True)
def test_stop_and_sign_off_come_one_after_the_other(attempt, assessor, officer):
    run = sealed_stage(marked_stage(ended_stage(attempt)))
    outcome = at_once(
        lambda: sign_off_stage(run, actor=assessor),
        lambda: stop_exam(Attempt.objects.get(), reason="x", actor=officer),
    )
    run.refresh_from_db()
    assert outcome in ([DONE, DONE], [DONE, "state"])
    assert Attempt.objects.get().state == "stopped"
    assert run.is_signed_off == (outcome == [DONE, DONE])


@pytest.mark.django_db(transaction=True)
def test_help_called_from_two_devices_at_once_is_one_call(run, assessor):
    assert at_once(*[lambda: call_help(run.attempt, actor=assessor)] * 4) == [DONE] * 4
    assert HelpCall.objects.count() == 1
