"""The pages: what a form does and says, and what a page costs."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from accounts.states import Role
from core.models import OutgoingMessage
from core.templatetags.core_ui import longdate
from exams.models import Attempt, BreachCase, CarriedStage, ExamSession, Incident, MarkEvent
from exams.services.notices import tell_cancelled, tell_moved, tell_released, tell_scheduled
from exams.services.sheets import abstain
from exams.services.sign_off import release_result
from tests.exams.factories import (
    accepted_application,
    an_event,
    ended_stage,
    identified,
    marked_attempt,
    marked_stage,
    new_attempt,
    new_session,
    released_attempt,
    sealed_stage,
    sent,
    sheet_of,
    sign_off,
    signed_stage,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def said(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


# --- Forms -----------------------------------------------------------------------------------------------------------


def session_form(version, assessor, **changes) -> dict[str, object]:
    day = timezone.localdate() + timedelta(days=7)
    return {
        "version": version.pk,
        "date": day.isoformat(),
        "time": "11:00",
        "place": "Bakı, otaq 5",
        "capacity": "4",
        "lead": assessor.pk,
        **changes,
    }


def test_officer_schedules_a_session_and_goes_on_to_it(officer, version, assessor, sign_in):
    response = sign_in(officer).post(reverse("exams:new"), session_form(version, assessor))
    session = ExamSession.objects.get()
    assert response["Location"] == reverse("exams:session", args=[session.pk])
    assert timezone.localtime(session.starts_at).strftime("%H:%M") == "11:00"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"date": "2020-01-01"}, "keçmişdədir"),
        ({"date": "sabah"}, ""),
        ({"capacity": "0"}, ""),
        ({"capacity": "101"}, ""),
        ({"lead": ""}, ""),
        ({"place": "x" * 201}, ""),
    ],
)
def test_refused_session_keeps_what_was_typed(officer, version, assessor, sign_in, changes, words):
    response = sign_in(officer).post(reverse("exams:new"), session_form(version, assessor, **changes))
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert ('value="11:00"' in page, ExamSession.objects.count()) == (True, 0)


def test_double_click_on_every_button_gives_a_message_and_changes_nothing(attempt, officer, assessor, sign_in):
    run = ended_stage(attempt)
    again = sign_in(assessor).post(reverse("exams:end", args=[run.pk]))
    assert said(again) == ["Mərhələ artıq bitib."]
    sealed_stage(marked_stage(run))
    client, path = sign_in(assessor), reverse("exams:sign_off", args=[run.pk])
    assert client.post(path, {}).status_code == 302
    assert client.post(path, {}).status_code == 422
    release = reverse("exams:release", args=[attempt.pk])
    assert "vəziyyəti" in said(sign_in(officer).post(release))[0]


def test_start_form_asks_for_the_client_only_in_a_client_session(attempt, assessor, sign_in):
    identified(attempt)
    client = sign_in(assessor)
    p1, p2 = (reverse("exams:start", args=[attempt.pk, code]) for code in ("P1", "P2"))
    assert 'name="client_kind"' in client.get(p1).content.decode()
    assert 'name="client_kind"' not in client.get(p2).content.decode()
    response = client.post(p1, {"scenario": "S-07", "client_kind": "real"})
    assert response["Location"] == reverse("exams:marking", args=[attempt.stages.get().pk])


def result_of(attempt: Attempt, user, sign_in) -> str:
    page = sign_in(user).get(reverse("exams:result", args=[attempt.pk]))
    assert page.status_code == 200
    return str(page.content.decode())


def test_result_page_explains_itself_with_statements(attempt, candidate, sign_in):
    released_attempt(attempt, missed=["BQ.2"])
    page = result_of(attempt, candidate, sign_in)
    step = attempt.session.scheme_version.steps.get(code="BQ.2")
    assert "26 / 27" in page
    assert f"<li><strong>BQ.2</strong> {step.statement_az}</li>" in page


def test_candidate_reads_comments_for_them_and_never_internal_ones(attempt, candidate, assessor, sign_in):
    run = ended_stage(attempt, ago=12)
    sent(
        run,
        an_event(run, "BQ.2", comment="gizli qeyd"),
        an_event(run, "BQ.4", comment="sizin üçün", audience="candidate"),
        an_event(run, None, comment="bütün mərhələ", audience="candidate"),
        an_event(run, None, comment="geri götürülən", audience="candidate"),
        actor=assessor,
    )
    marked_stage(run)
    sheet = sheet_of(run)
    standing = MarkEvent.objects.filter(sheet=sheet, step=None)
    one = an_event(run, None, comment="son söz", audience="candidate", replaces=[str(event.pk) for event in standing])
    sent(run, one, actor=assessor)
    sign_off(run)
    signed_stage(attempt, "P2")
    attempt.refresh_from_db()
    release_result(attempt, actor=UserFactory.create(roles=[Role.OFFICER]))
    page = result_of(attempt, candidate, sign_in)
    assert ("sizin üçün" in page, "son söz" in page) == (True, True)
    assert [word in page for word in ("gizli qeyd", "bütün mərhələ", "geri götürülən")] == [False] * 3
    assert str(assessor) not in page


def test_comments_of_an_assessor_who_abstained_do_not_reach_the_candidate(version, candidate, assessor, sign_in):
    other = UserFactory.create(roles=[Role.ASSESSOR])
    attempt = new_attempt(new_session(version, assessor, other), user=candidate)
    run = ended_stage(attempt, ago=12)
    sent(run, an_event(run, "BQ.2", comment="imtinadan əvvəl", audience="candidate"), actor=other)
    abstain(sheet_of(run, other), reason="Tanıyır", actor=other)
    sign_off(marked_stage(run))
    signed_stage(attempt, "P2")
    attempt.refresh_from_db()
    release_result(attempt, actor=UserFactory.create(roles=[Role.OFFICER]))
    assert "imtinadan əvvəl" not in result_of(attempt, candidate, sign_in)


def incident(attempt: Attempt, actor, kind: str, note: str) -> Incident:
    return Incident.objects.create(attempt=attempt, kind=kind, note=note, started_at=timezone.now(), recorded_by=actor)


def test_candidate_reads_incidents_but_no_suspicion_that_was_not_confirmed(attempt, candidate, officer, sign_in):
    incident(attempt, officer, "equipment", "Mikrofon söndü")
    for state, note in (("dismissed", "əsassız şübhə"), ("confirmed", "kağızdan oxudu")):
        case = BreachCase.objects.create(
            attempt=attempt,
            incident=incident(attempt, officer, "cheating", note),
            opened_by=UserFactory.create(roles=[Role.OFFICER]),
            opened_at=timezone.now(),
        )
        settled = {"state": state, "settled_by": officer, "settled_at": timezone.now(), "conclusion": "Nəticə"}
        BreachCase.objects.filter(pk=case.pk).update(**settled)
    incident(attempt, officer, "cheating", "iş açılmayıb")
    released_attempt(attempt)
    page = result_of(attempt, candidate, sign_in)
    assert [note in page for note in ("Mikrofon söndü", "kağızdan oxudu")] == [True] * 2
    assert [note in page for note in ("əsassız şübhə", "iş açılmayıb")] == [False] * 2
    staff = sign_in(officer).get(reverse("exams:attempt", args=[attempt.pk])).content.decode()
    assert all(note in staff for note in ("Mikrofon söndü", "kağızdan oxudu", "əsassız şübhə", "iş açılmayıb"))


def test_carried_stage_is_shown_as_passed_in_the_earlier_exam(attempt, candidate, version, officer, sign_in):
    first = released_attempt(attempt, missed=["BQ.2"])
    again = Attempt.objects.create(
        session=new_session(version), application=first.application, person=first.person, starts_at=timezone.now()
    )
    carried = first.stages.get(stage__code="P2")
    CarriedStage.objects.create(attempt=again, run=carried)
    signed_stage(again, "P1")
    again.refresh_from_db()
    release_result(again, actor=officer)
    words = str(gettext("Passed in the exam of %(day)s; it still counts.") % {"day": longdate(carried.started_at)})
    for reader, name in ((candidate, "result"), (officer, "attempt")):
        assert words in sign_in(reader).get(reverse(f"exams:{name}", args=[again.pk])).content.decode()


def test_candidate_sees_no_verdict_before_release(attempt, candidate, sign_in):
    marked_attempt(attempt, missed=["BQ.2"])
    page = sign_in(candidate).get(reverse("exams:mine")).content.decode()
    assert ("Keçməyib" in page, "Gözlənilir" in page) == (False, True)


def test_mail_texts_are_complete_in_both_languages(version, officer):
    for language in ("az", "en"):
        application = accepted_application(version, language=language, given_name="D'Arsi")
        attempt = new_attempt(new_session(version), application)
        tell_scheduled(attempt)
        tell_moved(attempt, event=1)
        tell_cancelled(attempt, reason="Qəza")
        tell_released(attempt)
        for message in OutgoingMessage.objects.filter(language=language):
            assert message.subject
            assert "D'Arsi" in message.body
            assert "http" in message.body
    assert OutgoingMessage.objects.count() == 8


# --- What a page costs -----------------------------------------------------------------------------------------------


def queries(client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    "filters", ["", "?state=planned&scheme=coach-6&search=otaq", "?day=2026-01-01", "?day=x&state=y"]
)
def test_list_of_sessions_costs_the_same_for_one_and_three(version, officer, sign_in, filters):
    path, client = reverse("exams:sessions") + filters, sign_in(officer)
    new_attempt(new_session(version))
    one = queries(client, path)
    for _ in range(2):
        new_attempt(new_session(version))
    assert queries(client, path) == one


def test_list_of_own_sessions_costs_the_same_for_one_and_three(version, assessor, sign_in):
    path, client = reverse("exams:panels"), sign_in(assessor)
    for days in (0, -3):
        new_session(version, assessor, starts_at=timezone.now() + timedelta(days=days))
    one = queries(client, path)
    for days in (0, 1, -3, -4):
        new_session(version, assessor, starts_at=timezone.now() + timedelta(days=days))
    assert queries(client, path) == one


def test_session_page_costs_the_same_for_one_and_three_candidates(session, officer, sign_in):
    path, client = reverse("exams:session", args=[session.pk]), sign_in(officer)
    ended_stage(new_attempt(session))
    one = queries(client, path)
    for _ in range(2):
        ended_stage(new_attempt(session))
    assert queries(client, path) == one


def test_own_exams_cost_the_same_for_one_and_three(session, version, candidate, sign_in):
    path, client = reverse("exams:mine"), sign_in(candidate)
    first = new_attempt(session, user=candidate)
    released = released_attempt(first, missed=["BQ.2"])
    one = queries(client, path)
    for _ in range(2):
        again = Attempt.objects.create(
            session=new_session(version),
            application=released.application,
            person=released.person,
            starts_at=timezone.now(),
        )
        released_attempt(again, missed=["BQ.2"])
    assert queries(client, path) == one


def test_marking_page_costs_the_same_for_one_mark_and_for_all(run, assessor, sign_in):
    path, client = reverse("exams:marking", args=[run.pk]), sign_in(assessor)
    sent(run, an_event(run, "BQ.2"), actor=assessor)
    one = queries(client, path)
    marked_stage(run, without=["BQ.2"])
    assert queries(client, path) == one
