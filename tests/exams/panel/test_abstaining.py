"""Sheets that are closed without counting."""

import pytest
from django.urls import reverse

from exams.models import MarkEvent, Sheet
from exams.services.sheets import abstain
from exams.services.sign_off import sign_off_stage
from tests.exams.factories import an_event, interest, marked_stage, sealed, sent, sheet_of
from tests.exams.panel.steps import SECRET, address

pytestmark = pytest.mark.django_db


def abstaining(sheet: Sheet) -> str:
    return reverse("exams:abstain", args=[sheet.pk])


@pytest.mark.parametrize("by", ["member", "assessor", "officer"])
def test_sheet_is_closed_by_its_assessor_the_lead_or_an_officer(request, ended, member, by, sign_in):
    actor, sheet = request.getfixturevalue(by), sheet_of(ended, member)
    client = sign_in(actor)
    assert client.get(abstaining(sheet)).status_code == 200
    assert client.post(abstaining(sheet), {"reason": ""}).status_code == 422
    assert client.post(abstaining(sheet), {"reason": "Xəstələndi"})["Location"] == address(ended)
    sheet.refresh_from_db()
    assert (sheet.state, sheet.closed_by, sheet.closed_reason) == ("abstained", actor, "Xəstələndi")
    assert client.post(abstaining(sheet), {"reason": "Yenə"}).status_code == 422
    assert "Xəstələndi" in client.get(address(ended)).content.decode()


def test_nobody_else_closes_a_sheet(ended, assessor, member, observer, auditor, candidate, sign_in):
    sheet = sheet_of(ended, assessor)
    for actor in (member, observer, auditor, candidate):
        assert sign_in(actor).post(abstaining(sheet), {"reason": "Səbəb"}).status_code == 403
    sheet.refresh_from_db()
    assert sheet.is_open


def test_page_says_whose_sealed_marks_have_to_be_taken_out(differing, assessor, member, officer, sign_in):
    interest(differing.attempt.person, member)
    sheet = sheet_of(differing, member)
    for reader, may in ((assessor, {sheet.pk}), (officer, {sheet.pk}), (member, {sheet.pk})):
        page = sign_in(reader).get(address(differing))
        assert (page.context["closable"], page.context["sign_off_form"]) == (may, None)
        assert str(member) in str(page.context["next_step"].step)
    assert sign_in(assessor).post(abstaining(sheet), {"reason": "Bildirdi"})["Location"] == address(differing)
    page = sign_in(assessor).get(address(differing))
    assert page.context["next_step"].step != ""
    assert page.context["closable"] == set()


def test_sealed_marks_are_not_taken_back_by_abstaining(differing, member, sign_in):
    sheet = sheet_of(differing, member)
    assert sign_in(member).post(abstaining(sheet), {"reason": "Səbəb"}).status_code == 422
    sheet.refresh_from_db()
    assert sheet.is_sealed


def test_marks_of_who_abstained_are_kept_but_neither_shown_nor_counted(ended, assessor, member, sign_in):
    sent(ended, an_event(ended, "BQ.4", value=False), an_event(ended, "BQ.4", comment=SECRET), actor=member)
    marked_stage(ended, assessor=assessor)
    abstain(sheet_of(ended, member), reason="Namizədi tanıyır", actor=member)
    sealed(sheet_of(ended, assessor))
    page = sign_in(assessor).get(address(ended))
    assert (SECRET in page.content.decode(), len(page.context["part"].sealed)) == (False, 1)
    assert sign_off_stage(ended, actor=assessor).met == 27
    assert MarkEvent.objects.filter(sheet__assessor=member).count() == 2


def test_stage_of_which_everyone_abstained_shows_nothing_and_says_what_follows(ended, officer, sign_in):
    for sheet in Sheet.objects.select_related("assessor"):
        abstain(sheet, reason="Səbəb", actor=sheet.assessor)
    page = sign_in(officer).get(address(ended))
    assert (page.context["part"].is_unveiled, page.context["rows"]) == (
        False,
        [(one, None) for one in page.context["part"].steps],
    )
    assert 'class="panel-mark"' not in page.content.decode()
