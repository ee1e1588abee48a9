"""Calls for help, and the pages and buttons of the day."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.states import Role
from audit.queries import timeline
from exams.models import Attempt, HelpCall, Incident
from exams.queries.help import open_calls
from exams.services.attendance import record_no_show
from exams.services.help import answer_help, call_help
from tests.exams.factories import ended_stage, identified, marked_stage, new_attempt, new_session, sealed, sheet_of
from tests.exams.refusals import code_of
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


# --- Help -------------------------------------------------------------------------------------------------------------
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


# --- Pages ------------------------------------------------------------------------------------------------------------
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
