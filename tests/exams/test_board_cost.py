"""The officers' live board: what it costs."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.states import Role
from exams.models import (
    DeviceReport,
    HelpCall,
    MarkEvent,
    Sheet,
    StageRun,
)
from exams.queries.board import marked_steps
from exams.states import EventKind
from tests.exams.boards import board, interruption, reported
from tests.exams.factories import (
    DEVICE,
    an_event,
    assessor_of,
    marked_stage,
    new_attempt,
    new_session,
    running_stage,
    sent,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def a_busy_exam(version: Any) -> StageRun:
    one, other = (UserFactory.create(roles=[Role.ASSESSOR]) for _seat in range(2))
    run = running_stage(new_attempt(new_session(version, one, other)), since_minutes=5)
    marked_stage(run, without=["BQ.2"])
    reported(run, unsent=2)
    interruption(run.attempt, begun=3, run=run)
    HelpCall.objects.create(attempt=run.attempt, called_by=one, called_at=timezone.now())
    return run


def test_number_of_queries_is_the_same_for_one_exam_and_three(sign_in, officer, version):
    client = sign_in(officer)
    a_busy_exam(version)
    with CaptureQueriesContext(connection) as one:
        board(client)
    a_busy_exam(version)
    a_busy_exam(version)
    with CaptureQueriesContext(connection) as three:
        response = board(client)

    assert len(response.context["board"].exams) == 3
    assert len(three) == len(one)
    assert len(one) <= 15


def test_board_as_it_was_is_not_sent_again(sign_in, officer, version):
    run = a_busy_exam(version)
    client = sign_in(officer)
    first = board(client)

    same = board(client, **{"If-None-Match": first["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert same["ETag"] == first["ETag"]

    assessor = assessor_of(run.attempt)
    sent(run, an_event(run, "BQ.2"), actor=assessor)
    other = board(client, **{"If-None-Match": first["ETag"]})
    assert other.status_code == 200
    assert other["ETag"] != first["ETag"]


def test_heartbeat_alone_changes_nothing(sign_in, officer, run, assessor):
    sent(run, an_event(run, "BQ.2"), actor=assessor)
    client = sign_in(officer)
    first = board(client)
    DeviceReport.objects.update(seen_at=timezone.now() + timedelta(seconds=30))

    assert board(client, **{"If-None-Match": first["ETag"]}).status_code == 304


def test_page_begins_with_the_fingerprint_of_its_board(sign_in, officer, run):
    client = sign_in(officer)

    page = client.get(reverse("exams:board"))

    assert f'"{page.context["fingerprint"]}"' == board(client)["ETag"]
    assert page["Cache-Control"] == "private, no-store"
    assert board(client)["Cache-Control"] == "private, no-store"


def test_fingerprint_tells_languages_and_roles_apart(sign_in, officer, auditor, run):
    client = sign_in(officer)
    az = board(client)["ETag"]
    client.cookies["django_language"] = "en"

    assert len({az, board(client)["ETag"], board(sign_in(auditor))["ETag"]}) == 3


def test_counting_a_full_day_uses_the_index_and_one_statement(version, django_assert_num_queries):
    runs = [running_stage(new_attempt(new_session(version)), since_minutes=5) for _exam in range(10)]
    sheets = list(Sheet.objects.filter(run__in=runs).select_related("run"))
    steps = list(runs[0].stage.steps.all())
    MarkEvent.objects.bulk_create(
        MarkEvent(
            id=uuid4(),
            sheet=sheet,
            step=steps[number % len(steps)],
            kind=EventKind.MARK,
            value=True,
            device=DEVICE,
            seq=number,
            minute=1,
            device_time=timezone.now(),
            skew_ms=0,
            author_id=sheet.assessor_id,
        )
        for sheet in sheets
        for number in range(100)
    )

    with django_assert_num_queries(1):
        counted = marked_steps([sheet.pk for sheet in sheets])

    assert counted == {sheet.pk: len(steps) for sheet in sheets}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT id FROM exams_markevent WHERE sheet_id = ANY (%s)", [[sheets[0].pk]])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "exams_event_sequence" in plan


def test_nothing_is_counted_when_nothing_is_open(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert marked_steps([]) == {}
