"""Printed papers: what they say, who may ask for them, and that asking twice makes one."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.states import Role
from audit.models import AuditEntry
from core.errors import RuleViolation
from core.models import RenderedFile
from core.tasks import render_file
from exams.documents.snapshots import ExamProtocolSnapshot, SessionProtocolSnapshot
from exams.models import Attempt, Paper
from exams.protocols import exam_protocol, session_protocol
from exams.queries.attempts import attempts
from exams.services.papers import request_exam_protocol, request_session_protocol
from exams.services.settling import settle
from exams.services.sign_off import sign_off_stage
from tests.exams.factories import (
    an_event,
    ended_stage,
    marked_attempt,
    marked_stage,
    new_attempt,
    new_session,
    running_stage,
    sealed_stage,
    sent,
)
from tests.factories import UserFactory


def again(attempt: Attempt) -> Attempt:
    return attempts().get(pk=attempt.pk)


@pytest.fixture
def panel_of_two(version, assessor):
    member = UserFactory.create(roles=[Role.ASSESSOR])
    return new_attempt(new_session(version, assessor, member)), member


def test_protocol_tells_every_mark_settlement_and_receipt(panel_of_two, assessor):
    attempt, member = panel_of_two
    run = ended_stage(attempt)
    marked_stage(run, assessor=assessor)
    marked_stage(run, assessor=member, missed=["BQ.4"])
    sent(run, an_event(run, "BQ.4", comment="Səsi alçaldı", audience="candidate"), actor=member)
    sealed_stage(run)
    settle(run, run.stage.steps.get(code="BQ.4"), value=True, reason="Yazıya baxdıq", actor=assessor)
    sign_off_stage(run, actor=assessor)
    first = exam_protocol(again(attempt)).held.exam.stages[0]
    step = next(one for one in first.steps if one.code == "BQ.4")
    marks = {sheet.assessor: {one.step: one.value for one in sheet.marks} for sheet in first.sheets}
    [settlement] = first.settlements
    assert (step.mark, marks[assessor.pk]["BQ.4"], marks[member.pk]["BQ.4"]) == (True, True, False)
    assert (settlement.step, settlement.value, settlement.reason) == ("BQ.4", True, "Yazıya baxdıq")
    assert [comment.text for sheet in first.sheets for comment in sheet.comments] == ["Səsi alçaldı"]
    assert [sheet.receipt.code for sheet in first.sheets if sheet.receipt] == [
        sheet.receipt for sheet in run.sheets.order_by("id")
    ]
    assert first.verdict is not None
    assert (first.verdict.met, first.verdict.total) == (27, 27)


def test_protocol_shows_no_marks_before_all_are_sealed(panel_of_two, assessor):
    attempt, _member = panel_of_two
    marked_stage(running_stage(attempt), missed=["BQ.4"])
    first = exam_protocol(again(attempt)).held.exam.stages[0]
    assert first.verdict is None
    assert {one.mark for one in first.steps} == {None}
    assert [(sheet.state, sheet.marks, sheet.comments, sheet.receipt) for sheet in first.sheets] == [
        ("open", (), (), None)
    ] * 2


def test_protocols_are_read_back_as_they_were_written(attempt):
    exam = exam_protocol(marked_attempt(attempt, missed=["BQ.4"]))
    session = session_protocol(attempt.session)
    assert ExamProtocolSnapshot.from_json(json.loads(json.dumps(exam.to_json()))) == exam
    assert SessionProtocolSnapshot.from_json(json.loads(json.dumps(session.to_json()))) == session
    assert session.exams[0] == exam.held.exam


def test_asking_twice_makes_one_paper_until_something_changes(attempt, assessor):
    run = ended_stage(attempt)
    first = request_exam_protocol(again(attempt), actor=assessor)
    assert request_exam_protocol(again(attempt), actor=assessor) == first
    sealed_stage(marked_stage(run))
    assert request_exam_protocol(again(attempt), actor=assessor) != first
    assert RenderedFile.objects.count() == 2
    assert AuditEntry.objects.filter(verb="paper.request").count() == 2


def test_nothing_is_printed_before_the_exam(attempt, assessor):
    with pytest.raises(RuleViolation) as refusal:
        request_exam_protocol(attempt, actor=assessor)
    assert refusal.value.code == "not_begun"
    assert Paper.objects.count() == 0


@pytest.mark.parametrize("role", [Role.CANDIDATE, Role.ASSESSOR, Role.DECIDER, Role.SYSADMIN])
def test_others_ask_for_no_paper(attempt, role):
    ended_stage(attempt)
    stranger = UserFactory.create(roles=[role])
    for ask in (lambda: request_exam_protocol(attempt, actor=stranger),
                lambda: request_session_protocol(attempt.session, actor=stranger)):  # fmt: skip
        with pytest.raises(RuleViolation) as refusal:
            ask()
        assert refusal.value.code == "paper"


def test_paper_is_asked_for_made_and_downloaded(client, attempt, officer, django_capture_on_commit_callbacks):
    marked_attempt(attempt)
    client.force_login(officer)
    answer = client.post(reverse("exams:print_attempt", args=[attempt.pk]))
    paper = Paper.objects.get()
    assert answer.url == reverse("exams:paper", args=[paper.pk])
    waiting = client.get(answer.url).content.decode()
    assert f'hx-get="{answer.url}"' in waiting
    assert client.get(reverse("exams:paper_file", args=[paper.pk])).status_code == 404
    render_file(str(paper.rendered_id))
    part = client.get(answer.url, headers={"HX-Request": "true"}).content.decode()
    assert "hx-get" not in part
    assert "<html" not in part
    file = client.get(reverse("exams:paper_file", args=[paper.pk]))
    assert (file.status_code, b"".join(file)[:5]) == (200, b"%PDF-")


def test_paper_of_an_exam_is_closed_to_its_candidate_and_to_other_assessors(client, attempt, officer, candidate):
    marked_attempt(attempt)
    paper = request_exam_protocol(again(attempt), actor=officer)
    for user in (candidate, UserFactory.create(roles=[Role.ASSESSOR]), UserFactory.create(roles=[Role.SYSADMIN])):
        client.force_login(user)
        assert client.get(reverse("exams:paper", args=[paper.pk])).status_code == 403
        assert client.get(reverse("exams:paper_file", args=[paper.pk])).status_code == 403


def test_candidate_who_is_an_officer_neither_prints_nor_reads_the_session(client, attempt, officer, candidate):
    candidate.role_assignments.create(role=Role.OFFICER)
    marked_attempt(attempt)
    paper = request_session_protocol(attempt.session, actor=officer)
    with pytest.raises(RuleViolation) as refusal:
        request_session_protocol(attempt.session, actor=candidate)
    assert refusal.value.code == "paper"
    client.force_login(candidate)
    assert client.post(reverse("exams:print_session", args=[attempt.session_id])).status_code == 403
    for name in ("paper", "paper_file"):
        assert client.get(reverse(f"exams:{name}", args=[paper.pk])).status_code == 403
    page = client.get(reverse("exams:session", args=[attempt.session_id])).content.decode()
    assert reverse("exams:paper", args=[paper.pk]) not in page
    assert reverse("exams:print_session", args=[attempt.session_id]) not in page


@pytest.mark.parametrize("ask", [request_exam_protocol, request_session_protocol])
def test_paper_is_drawn_up_before_anything_is_locked(attempt, officer, ask):
    marked_attempt(attempt)
    subject = again(attempt) if ask is request_exam_protocol else attempt.session
    with CaptureQueriesContext(connection) as captured:
        ask(subject, actor=officer)
    statements = [query["sql"] for query in captured]
    [lock] = [place for place, sql in enumerate(statements) if "FOR NO KEY UPDATE" in sql]
    assert not [sql for sql in statements[lock:] if '"exams_markevent"' in sql]
    assert [sql for sql in statements[:lock] if '"exams_markevent"' in sql]
