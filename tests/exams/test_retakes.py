"""Retakes: which stages of earlier exams count, until when, and what follows for scheduling, starting and verdict."""

from calendar import monthrange
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, strategies as st

from accounts.models import User
from core.models import OutgoingMessage
from exams.models import Attempt, BreachCase, CarriedStage, ExamSession, StageRun
from exams.queries.attempts import attempts
from exams.queries.retakes import counting_for, months_after
from exams.services.amendments import approve_amendment, propose_amendment
from exams.services.breaches import confirm_case, dismiss_case
from exams.services.incidents import record_incident
from exams.services.scheduling import schedule_candidates
from exams.services.stages import end_stage, start_stage
from exams.services.stopping import stop_exam
from schemes.models import SchemeVersion
from tests.exams.factories import (
    ended_stage,
    identified,
    marked_stage,
    new_attempt,
    new_session,
    noon,
    released_attempt,
    running_stage,
    sign_off,
)
from tests.exams.racing import DONE, at_once
from tests.exams.refusals import code_of, database_refusal

pytestmark = pytest.mark.django_db


def failed(version: SchemeVersion, assessor: User, stage: str = "P2") -> Attempt:
    """A released exam of which all stages but this one were passed."""
    missed = list(version.steps.filter(stage__code=stage, critical=True).values_list("code", flat=True)[:1])
    missed = missed or list(version.steps.filter(stage__code=stage).values_list("code", flat=True))
    return released_attempt(new_attempt(new_session(version, assessor)), missed=missed)


def again(attempt: Attempt, assessor: User, *, session: ExamSession | None = None) -> Attempt:
    """The next exam of the same candidate, today unless told otherwise."""
    session = session or new_session(attempt.session.scheme_version, assessor)
    return new_attempt(session, attempt.application)


def start(attempt: Attempt, code: str, actor: User) -> StageRun:
    stage = attempt.session.scheme_version.stages.get(code=code)
    return start_stage(attempt, stage, scenario="S-1", client_kind="real", actor=actor)


def codes(attempt: Attempt) -> list[str]:
    return [one.run.stage.code for one in counting_for(attempts().get(pk=attempt.pk))]


# --- What counts -----------------------------------------------------------------------------------------------------


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)), st.integers(min_value=0, max_value=120))
def test_months_are_calendar_months(day, months):
    found = months_after(day, months)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day == min(day.day, monthrange(found.year, found.month)[1])


def test_stage_passed_in_a_failed_exam_counts_in_the_next_one(version, assessor):
    first = failed(version, assessor)
    second = again(first, assessor)
    assert codes(second) == ["P1"]
    one = counting_for(second)[0]
    assert one.run == first.stages.get(stage__code="P1")
    assert one.until == months_after(timezone.localdate(one.run.ended_at), 12)


def test_stage_signed_off_in_a_stopped_exam_counts_and_an_unsigned_one_does_not(version, assessor):
    first = new_attempt(new_session(version, assessor))
    sign_off(marked_stage(ended_stage(first, ago=1)))
    running_stage(first, "P2")
    stop_exam(attempts().get(pk=first.pk), reason="x", actor=assessor)
    assert codes(again(first, assessor)) == ["P1"]


def test_nothing_counts_from_a_passed_exam_an_exam_under_way_or_of_another_person(version, assessor):
    passed = released_attempt(new_attempt(new_session(version, assessor)))
    under_way = new_attempt(new_session(version, assessor))
    sign_off(marked_stage(ended_stage(under_way)))
    other = new_attempt(new_session(version, assessor))
    assert codes(other) == []
    assert codes(Attempt(session=other.session, person=passed.person, state="scheduled", pk=other.pk)) == []


def test_stage_counts_on_its_last_day_and_not_after(version, assessor):
    first = failed(version, assessor)
    run = first.stages.get(stage__code="P1")
    last = months_after(timezone.localdate(run.ended_at), 12)
    for day, expected in ((last, ["P1"]), (last + timedelta(days=1), [])):
        starts_at = timezone.make_aware(datetime.combine(day, time(12)))
        later = again(first, assessor, session=new_session(version, assessor, starts_at=starts_at))
        assert codes(later) == expected
        Attempt.objects.filter(pk=later.pk).update(state="cancelled", state_reason="x")


@pytest.mark.parametrize(("retake", "months"), [("all_stages", 0), ("failed_stages", 0)])
def test_scheme_that_carries_nothing_repeats_every_stage(version, assessor, retake, months):
    SchemeVersion.objects.filter(pk=version.pk).update(retake=retake, passed_stage_months=months)
    version.refresh_from_db()
    second = again(failed(version, assessor), assessor)
    assert codes(second) == []
    start(identified(second), "P1", assessor)
    assert not CarriedStage.objects.exists()


def test_stage_of_a_suspected_exam_counts_only_when_the_suspicion_is_dismissed(version, assessor, officer):
    first = failed(version, assessor)
    record_incident(first, kind="cheating", note="x", actor=assessor)
    record_incident(first, kind="cheating", note="y", actor=assessor)
    second = again(first, assessor)
    assert codes(second) == []
    one, other = BreachCase.objects.all()
    dismiss_case(one, conclusion="x", actor=officer)
    assert codes(second) == []
    dismiss_case(other, conclusion="x", actor=officer)
    assert codes(second) == ["P1"]


def test_stage_of_a_confirmed_breach_never_counts(version, assessor, officer):
    first = failed(version, assessor)
    record_incident(first, kind="cheating", note="x", actor=assessor)
    confirm_case(BreachCase.objects.get(), conclusion="x", actor=officer)
    assert codes(again(first, assessor)) == []


# --- Holding ---------------------------------------------------------------------------------------------------------


def test_first_start_fixes_what_counts_and_the_carried_stage_is_not_started(version, assessor):
    first = failed(version, assessor)
    second = identified(again(first, assessor))
    assert code_of(start, second, "P1", assessor) == "carried"
    assert not CarriedStage.objects.exists()
    start(second, "P2", assessor)
    assert CarriedStage.objects.get().run == first.stages.get(stage__code="P1")
    assert code_of(start, second, "P1", assessor) == "carried"
    assert codes(second) == ["P1"]


@pytest.mark.parametrize("missed", [[], ["all"]])
def test_verdict_is_that_of_carried_and_held_stages(version, assessor, missed):
    second = identified(again(failed(version, assessor), assessor))
    run = start(second, "P2", assessor)
    end_stage(run, actor=assessor)
    run = StageRun.objects.get(pk=run.pk)
    steps = set(run.stage.steps.values_list("code", flat=True))
    sign_off(marked_stage(run, missed=steps if missed else ()))
    second.refresh_from_db()
    assert (second.state, second.passed) == ("marked", not missed)


def test_second_stage_carried_leaves_the_first_to_hold(version, assessor):
    second = identified(again(failed(version, assessor, "P1"), assessor))
    run = start(second, "P1", assessor)
    assert codes(second) == ["P2"]
    assert run.stage.code == "P1"


def test_third_exam_still_counts_the_stage_of_the_first(version, assessor):
    second = identified(again(failed(version, assessor), assessor))
    start(second, "P2", assessor)
    stop_exam(attempts().get(pk=second.pk), reason="x", actor=assessor)
    assert codes(again(second, assessor)) == ["P1"]


def test_database_carries_only_passed_stages_of_the_same_person(version, assessor):
    first = failed(version, assessor)
    stranger = new_attempt(new_session(version, assessor))
    second = again(first, assessor)
    insert = "INSERT INTO exams_carriedstage (attempt_id, run_id) VALUES (%s, %s)"
    passed, missed = first.stages.get(stage__code="P1"), first.stages.get(stage__code="P2")
    assert database_refusal(insert, stranger.pk, passed.pk) == "exams_carried_was_passed"
    assert database_refusal(insert, second.pk, missed.pk) == "exams_carried_was_passed"


# --- Scheduling ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "words"), [("az", "təkrar vermirsiniz"), ("en", "need not repeat")])
def test_mail_tells_which_stages_the_candidate_sits(version, assessor, officer, language, words):
    first = failed(version, assessor)
    first.person.language = language
    first.person.save()
    schedule_candidates(new_session(version, assessor, starts_at=noon()), [first.application], actor=officer)
    body = OutgoingMessage.objects.filter(kind="exam_scheduled").latest("pk").body
    assert words in body
    assert "P2 (" in body


def test_mail_of_a_first_exam_says_nothing_of_retakes(version, assessor, officer):
    attempt = new_attempt(new_session(version, assessor))
    Attempt.objects.all().update(state="cancelled", state_reason="x")
    schedule_candidates(new_session(version, assessor, starts_at=noon()), [attempt.application], actor=officer)
    assert "təkrar vermirsiniz" not in OutgoingMessage.objects.get(kind="exam_scheduled").body


def everything_passed(version: SchemeVersion, assessor: User, officer: User) -> Attempt:
    """Two failed exams that together leave nothing to hold, once a suspicion at the first is dismissed."""
    first = failed(version, assessor, "P2")
    record_incident(first, kind="cheating", note="x", actor=assessor)
    second = again(first, assessor)
    steps = list(version.steps.filter(stage__code="P1").values_list("code", flat=True))
    released_attempt(second, missed=steps)
    dismiss_case(BreachCase.objects.get(), conclusion="x", actor=officer)
    return first


def test_candidate_with_nothing_to_hold_is_not_scheduled(version, assessor, officer):
    first = everything_passed(version, assessor, officer)
    coming = new_session(version, assessor, starts_at=noon())
    assert code_of(schedule_candidates, coming, [first.application], actor=officer) == "nothing_to_hold"


def test_exam_with_nothing_to_hold_is_not_begun(version, assessor, officer):
    third = identified(again(everything_passed(version, assessor, officer), assessor))
    assert code_of(start, third, "P1", assessor) == "nothing_to_hold"


# --- Pages -----------------------------------------------------------------------------------------------------------


def test_pages_announce_what_will_count_and_then_say_that_it_does(version, assessor, officer, sign_in):
    second = identified(again(failed(version, assessor), assessor))
    client = sign_in(assessor)
    page = client.get(reverse("exams:attempt", args=[second.pk]))
    card = page.context["cards"][0]
    assert (card.is_announced, card.may_start, page.context["cards"][1].may_start) == (True, False, True)
    assert page.context["next_step"].url == reverse("exams:start", args=[second.pk, "P2"])
    rows = client.get(reverse("exams:session", args=[second.session_id])).context["rows"]
    assert [one.run.stage.code for one in rows[0][1]] == ["P1"]
    start(second, "P2", assessor)
    page = client.get(reverse("exams:attempt", args=[second.pk]))
    card = page.context["cards"][0]
    assert (card.is_announced, card.before.run.stage.code) == (False, "P1")
    assert client.get(reverse("exams:session", args=[second.session_id])).status_code == 200


def test_session_page_costs_the_same_for_one_retake_and_three(version, assessor, officer, sign_in):
    session, client = new_session(version, assessor), sign_in(officer)
    url = reverse("exams:session", args=[session.pk])
    again(failed(version, assessor), assessor, session=session)
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    for _number in range(2):
        again(failed(version, assessor), assessor, session=session)
    with CaptureQueriesContext(connection) as three:
        assert len(client.get(url).context["rows"]) == 3
    assert len(three) == len(one)


@pytest.mark.django_db(transaction=True)
def test_retake_begun_twice_at_once_carries_once(version, assessor):
    second = identified(again(failed(version, assessor), assessor))
    assert at_once(*[lambda: start(second, "P2", assessor)] * 2) == [DONE, "started"]
    assert CarriedStage.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["suspicion", "confirmation"])
def test_begin_waits_for_a_suspicion_at_an_earlier_exam_and_its_confirmation(version, assessor, officer, act):
    first = failed(version, assessor)
    second = identified(again(first, assessor))
    if act == "confirmation":
        case = record_incident(first, kind="cheating", note="x", actor=assessor).breach
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            if act == "confirmation":
                confirm_case(case, conclusion="x", actor=officer)
            else:
                record_incident(first, kind="cheating", note="x", actor=assessor)
            late = pool.submit(at_once, lambda: start(second, "P1", assessor))
            wait([late], timeout=0.4)
            assert not late.done()  # it waits for the lock of the earlier exam
        assert late.result(timeout=10) == [DONE]
    assert not CarriedStage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_suspicion_at_an_earlier_exam_waits_for_the_begin_of_a_retake(version, assessor):
    first = failed(version, assessor)
    second = identified(again(first, assessor))
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            start(second, "P2", assessor)
            late = pool.submit(at_once, lambda: record_incident(first, kind="cheating", note="x", actor=assessor))
            wait([late], timeout=0.4)
            assert not late.done()
        assert late.result(timeout=10) == [DONE]
    assert (CarriedStage.objects.count(), BreachCase.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_begin_and_amendment_of_an_earlier_stage_come_one_after_the_other(version, assessor, officer):
    first = failed(version, assessor)
    second = identified(again(first, assessor))
    run = first.stages.get(stage__code="P1")
    critical = run.stage.steps.filter(critical=True)[0]
    proposed = propose_amendment(run, critical, value=False, why="x", evidence="y", actor=assessor)
    outcome = at_once(
        lambda: start(second, "P2", assessor),
        lambda: approve_amendment(proposed, actor=officer),
    )
    assert outcome in ([DONE, DONE], [DONE, "order"])
    assert CarriedStage.objects.count() == (outcome == [DONE, DONE])
