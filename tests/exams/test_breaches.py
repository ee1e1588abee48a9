"""Suspicions of cheating: opened with the incident, settled by another officer, and what waits meanwhile."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.states import Role
from audit.queries import timeline
from certbody.queries import officer_queue
from certificates.services.decisions import decide
from exams.models import Attempt, BreachCase, Incident
from exams.queries.breaches import breaches_of, queue_breaches
from exams.services.breaches import confirm_case, dismiss_case
from exams.services.incidents import record_incident
from exams.states import BREACH, BreachState
from tests.exams.factories import interest, new_attempt, new_session, released_attempt, running_stage
from tests.exams.racing import DONE, at_once
from tests.exams.refusals import code_of, database_refusal
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

REASONS = "İmtahanın nəticəsi və heyətin qeydləri araşdırıldı."
SETTLE = {"dismiss": dismiss_case, "confirm": confirm_case}


def suspicion(attempt: Attempt, actor: User, note: str = "Qulaqcıq göründü") -> BreachCase:
    return record_incident(attempt, kind="cheating", note=note, actor=actor).breach


def test_suspicion_opens_a_case_with_its_incident_and_trail(run, assessor, officer):
    case = suspicion(run.attempt, assessor)
    assert (case.state, case.opened_by, case.incident.note) == ("open", assessor, "Qulaqcıq göründü")
    assert case.incident.run == run
    assert timeline(case)[0].verb == "breach.open"
    assert list(breaches_of(run.attempt)) == list(queue_breaches(officer)) == [case]


def test_exam_can_have_more_than_one_suspicion(run, assessor, officer):
    first, second = suspicion(run.attempt, assessor), suspicion(run.attempt, officer)
    dismiss_case(first, conclusion="Eşitmə cihazı", actor=officer)
    assert list(queue_breaches(officer)) == [second]


@pytest.mark.parametrize(("verb", "state"), [("dismiss", "dismissed"), ("confirm", "confirmed")])
def test_case_is_settled_once_with_a_conclusion(run, assessor, officer, verb, state):
    case = suspicion(run.attempt, assessor)
    assert code_of(SETTLE[verb], case, conclusion="  ", actor=officer) == "reason"
    assert code_of(SETTLE[verb], case, conclusion="x" * 1001, actor=officer) == "reason_length"
    settled = SETTLE[verb](case, conclusion=" Video baxıldı ", actor=officer)
    assert (settled.state, settled.conclusion, settled.settled_by) == (state, "Video baxıldı", officer)
    assert not queue_breaches(officer).exists()
    for again in SETTLE.values():
        assert code_of(again, case, conclusion="x", actor=officer) == "state"


@pytest.mark.parametrize("state", BreachState.values)
@pytest.mark.parametrize("verb", ["dismiss", "confirm"])
def test_case_is_settled_from_where_its_table_says(verb, state):
    assert BREACH.allows(verb, state) is (state == "open")


def test_case_is_settled_by_another_officer_without_an_interest(run, assessor, officer, auditor, decider):
    case = suspicion(run.attempt, officer)
    partial = UserFactory.create(roles=[Role.OFFICER])
    interest(run.attempt.person, partial)
    for actor in (assessor, auditor, decider):
        assert code_of(confirm_case, case, conclusion="x", actor=actor) == "officer"
    for actor in (officer, partial):
        assert code_of(confirm_case, case, conclusion="x", actor=actor) == "four_eyes"


def test_database_keeps_four_eyes_and_what_was_settled(run, officer, other_officer):
    case = suspicion(run.attempt, officer)
    settle = "UPDATE exams_breachcase SET state = 'confirmed', settled_at = now(), conclusion = 'x', settled_by_id = %s"
    assert database_refusal(settle, officer.pk) == "exams_breach_settled_by_other"
    confirm_case(case, conclusion="x", actor=other_officer)
    assert database_refusal("UPDATE exams_breachcase SET conclusion = 'y'") == "exams_settled_final"
    assert database_refusal("DELETE FROM exams_breachcase") == "exams_settled_final"


def test_nothing_is_reported_on_a_concluded_application(run, assessor):
    run.attempt.application.concluded_at = run.started_at
    run.attempt.application.save()
    assert code_of(suspicion, Attempt.objects.get(), assessor) == "concluded"


def test_list_filters_by_state_and_words_and_its_cost_does_not_grow(version, assessor, officer, auditor, sign_in):
    client, url = sign_in(auditor), reverse("exams:breaches")
    cases = [suspicion(a_run(version, assessor).attempt, assessor)]
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    cases += [suspicion(a_run(version, assessor).attempt, assessor) for _ in range(2)]
    with CaptureQueriesContext(connection) as three:
        assert len(client.get(url).context["page"].object_list) == 3
    assert len(three) == len(one)
    dismiss_case(cases[0], conclusion="x", actor=officer)
    assert found(client, state="dismissed") == {cases[0]}
    assert found(client, search=str(cases[1].attempt.person.surname)) == {cases[1]}
    assert found(client, search=str(cases[2].attempt.application.reference), state="open") == {cases[2]}
    assert found(client, search="heç kim") == set()


def a_run(version, assessor):
    return running_stage(new_attempt(new_session(version, assessor)))


def found(client, **filters: str) -> set[BreachCase]:
    return set(client.get(reverse("exams:breaches"), filters).context["page"].object_list)


def test_case_is_settled_through_its_page(run, assessor, officer, sign_in):
    case, client = suspicion(run.attempt, assessor), sign_in(officer)
    page = client.get(reverse("exams:breach", args=[case.pk]))
    settle = page.context["next_step"].url
    assert client.post(settle, {"outcome": "confirm", "conclusion": ""}).status_code == 422
    assert client.post(settle, {"outcome": "confirm", "conclusion": "Video"}).status_code == 302
    page = client.get(reverse("exams:breach", args=[case.pk]))
    assert (page.context["case"].state, page.context["next_step"]) == ("confirmed", None)
    second = client.post(settle, {"outcome": "dismiss", "conclusion": "Başqa"})
    assert second.status_code == 422
    assert "Başqa" in second.content.decode()


def test_case_reported_by_the_reader_offers_no_settling(run, officer, auditor, sign_in):
    case = suspicion(run.attempt, officer)
    for user in (officer, auditor):
        assert sign_in(user).get(reverse("exams:breach", args=[case.pk])).context["next_step"].url == ""
        assert sign_in(user).get(reverse("exams:settle_breach", args=[case.pk])).status_code == 403


def test_case_about_oneself_is_closed_to_an_officer(version, assessor, officer, sign_in):
    attempt = new_attempt(new_session(version, assessor), user=officer)
    case = suspicion(attempt, assessor)
    assert sign_in(officer).get(reverse("exams:breach", args=[case.pk])).status_code == 403


def test_open_case_waits_in_the_officers_queue_and_on_the_page_of_the_exam(run, assessor, officer, sign_in):
    case = suspicion(run.attempt, assessor)
    assert reverse("exams:breach", args=[case.pk]) in {item.url for item in officer_queue(officer)}
    page = sign_in(officer).get(reverse("exams:attempt", args=[run.attempt_id]))
    assert page.context["breaches"] == [case]
    assert reverse("exams:breach", args=[case.pk]) in page.content.decode()
    assert reverse("exams:breach", args=[case.pk]) not in (
        sign_in(assessor).get(reverse("exams:attempt", args=[run.attempt_id])).content.decode()
    )


def test_suspicion_is_reported_through_its_form(run, assessor, sign_in):
    url = reverse("exams:cheating", args=[run.attempt_id])
    assert sign_in(assessor).post(url, {"note": ""}).status_code == 422
    assert sign_in(assessor).post(url, {"note": "Telefon"}).status_code == 302
    assert (Incident.objects.get().note, BreachCase.objects.get().state) == ("Telefon", "open")


def test_nobody_decides_while_a_suspicion_is_open(version, assessor, officer, decider):
    exam = released_attempt(new_attempt(new_session(version, assessor)))
    case = suspicion(exam, assessor)
    assert code_of(decide, exam, actor=decider, outcome="refused", reasons=REASONS) == "suspicion_open"
    dismiss_case(case, conclusion="x", actor=officer)
    assert decide(exam, actor=decider, outcome="refused", reasons=REASONS).outcome == "refused"


@pytest.mark.django_db(transaction=True)
def test_suspicion_and_decision_come_one_after_the_other(version, assessor, decider):
    exam = released_attempt(new_attempt(new_session(version, assessor)))
    outcome = at_once(
        lambda: suspicion(exam, assessor),
        lambda: decide(Attempt.objects.get(), actor=decider, outcome="refused", reasons=REASONS),
    )
    assert outcome in ([DONE, "suspicion_open"], ["concluded", DONE])


@pytest.mark.django_db(transaction=True)
def test_two_officers_who_settle_at_once_settle_once(run, assessor, officer, other_officer):
    case = suspicion(run.attempt, assessor)
    outcome = at_once(
        lambda: dismiss_case(case, conclusion="x", actor=officer),
        lambda: confirm_case(BreachCase.objects.get(), conclusion="y", actor=other_officer),
    )
    assert outcome == [DONE, "state"]


def test_officer_reads_neither_the_list_nor_the_queue_of_their_own_case(run, assessor, candidate, officer, sign_in):
    candidate.role_assignments.create(role=Role.OFFICER)
    case = suspicion(run.attempt, assessor)
    listed = {
        reader: list(sign_in(reader).get(reverse("exams:breaches")).context["page"]) for reader in (candidate, officer)
    }
    assert listed == {candidate: [], officer: [case]}
    assert list(queue_breaches(candidate)) == []
    page = reverse("exams:breach", args=[case.pk])
    urls = [[item.url for item in officer_queue(reader)] for reader in (candidate, officer)]
    assert [page in found for found in urls] == [False, True]
