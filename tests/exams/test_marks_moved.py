"""Exams that were held before each assessor had a sheet: their marks become events, and what was signed is sealed."""

from collections.abc import Collection
from datetime import datetime, timedelta
from importlib import import_module
from uuid import UUID, uuid4

import pytest
from django.db import connection

from accounts.models import User
from accounts.states import Role
from exams.canonical import short_code
from exams.models import Attempt, MarkEvent, Sheet, StageRun
from exams.sheets import marked_sheet
from tests.exams.factories import new_attempt, new_session, running_stage, sheet_of
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

MOVE = import_module("exams.migrations.0004_marks_become_events")
# The list of marks as it was until then: the next migration has dropped it, and brought the triggers of sheets.
FORMER_LIST = (
    "CREATE TABLE exams_markentry (id uuid PRIMARY KEY, run_id bigint NOT NULL, step_id bigint NOT NULL, "
    "follows_id uuid, value boolean, comment text NOT NULL, made_by_id bigint NOT NULL, "
    "recorded_at timestamptz NOT NULL)"
)
ENTRY = "INSERT INTO exams_markentry VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
TRIGGERS = [f"ALTER TABLE {table} {{}} TRIGGER USER" for table in ("exams_sheet", "exams_markevent", "exams_stagerun")]


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for sql in statements:
            cursor.execute(sql)


class FormerMarks:
    """The common list of a stage, as its panel filled it."""

    def __init__(self, run: StageRun) -> None:
        self.run = run
        self.last: dict[str, UUID] = {}

    def add(self, code: str, value: bool | None, by: User, *, comment: str = "", minute: float = 1) -> UUID:
        assert self.run.started_at is not None
        identifier, step = uuid4(), self.run.stage.steps.get(code=code)
        moment = self.run.started_at + timedelta(minutes=minute)
        last = self.last.get(code)
        with connection.cursor() as cursor:
            cursor.execute(ENTRY, [identifier, self.run.pk, step.pk, last, value, comment, by.pk, moment])
        self.last[code] = identifier
        return identifier

    def fill(self, by: User, *, without: Collection[str]) -> None:
        for code in self.run.stage.steps.order_by("order").values_list("code", flat=True):
            if code not in without:
                self.add(code, True, by)


@pytest.fixture
def member(db: None) -> User:
    return UserFactory.create(roles=[Role.ASSESSOR])


@pytest.fixture
def former(version, assessor, member) -> Attempt:
    """An exam before two assessors, as the database held it before the move."""
    attempt = new_attempt(new_session(version, assessor, member))
    for code, since in (("P1", 60), ("P2", 9)):
        run = running_stage(attempt, code, since_minutes=since)
        execute("SET CONSTRAINTS ALL IMMEDIATE", *(sql.format("DISABLE") for sql in TRIGGERS))
        Sheet.objects.filter(run=run).delete()
        execute("SET CONSTRAINTS ALL IMMEDIATE", *(sql.format("ENABLE") for sql in TRIGGERS))
    execute(FORMER_LIST)
    return attempt


def move() -> None:
    """What the migration does, before the triggers of sheets are there."""
    off, on = ([sql.format(word) for sql in TRIGGERS] for word in ("DISABLE", "ENABLE"))
    check = "SET CONSTRAINTS ALL IMMEDIATE"
    execute(check, *off, MOVE.SHEETS, MOVE.EVENTS, MOVE.SEALS, check, *on)


def sign(run: StageRun, by: User) -> datetime:
    """Sign the stage off as it was done then: one step, critical, was missed."""
    assert run.started_at is not None
    moment = run.started_at + timedelta(minutes=31)
    execute("SET CONSTRAINTS ALL IMMEDIATE", *(sql.format("DISABLE") for sql in TRIGGERS))
    StageRun.objects.filter(pk=run.pk).update(
        ended_at=run.started_at + timedelta(minutes=30), signed_off_at=moment, signed_off_by=by,
        met=26, total=27, missed_critical=["BQ.2"], passed=False,
    )  # fmt: skip
    execute("SET CONSTRAINTS ALL IMMEDIATE", *(sql.format("ENABLE") for sql in TRIGGERS))
    return moment


def test_signed_stage_is_sealed_by_who_signed_it_with_the_marks_that_stood(former, assessor, member):
    run = former.stages.get(stage__code="P1")
    marks = FormerMarks(run)
    marks.fill(assessor, without=["BQ.2", "BQ.9"])
    first = marks.add("BQ.2", True, assessor, comment="ilk", minute=3.5)
    changed = marks.add("BQ.2", False, member, comment="sətir\nikinci \\ sətir\r", minute=12)
    marks.add("BQ.9", True, member, comment="yaxşı", minute=2000)
    moment = sign(run, member)
    move()
    sheet = Sheet.objects.get(run=run)
    assert (sheet.assessor, sheet.state, sheet.closed_by) == (member, "sealed", member)
    assert (sheet.opened_at, sheet.closed_at, sheet.steps, sheet.closed_reason) == (run.started_at, moment, 27, "")
    found = marked_sheet(sheet)
    assert (found.marks["BQ.2"], sum(found.marks.values()), found.is_complete) == (False, 26, True)
    assert sheet.digest == found.digest
    assert sheet.receipt == short_code(found.digest)
    step = run.stage.steps.get(code="BQ.2")
    assert [(one.pk, one.author, one.minute) for one in found.board.heads[step.pk, "mark"]] == [(changed, member, 12)]
    comment = found.board.comment(step.pk)
    assert comment is not None
    assert (comment.text, comment.audience, comment.author) == ("sətir\nikinci \\ sətir\r", "internal", member)
    kept = MarkEvent.objects.get(pk=first)
    assert (kept.value, kept.author, kept.minute, kept.replaces) == (True, assessor, 3, [])
    assert MarkEvent.objects.get(pk=changed).replaces == [first]
    assert kept.received_at == kept.device_time == run.started_at + timedelta(minutes=3.5)
    assert (sheet.events.filter(kind="mark").count(), sheet.events.filter(kind="comment").count()) == (28, 28)
    late = sheet.events.get(step__code="BQ.9", kind="mark")
    assert late.minute == 1440  # far behind the exam, as nobody marks today
    with connection.cursor() as cursor:  # raises if the verdict were not that of the marks
        cursor.execute("SELECT exams_check_stage_verdict(r) FROM exams_stagerun r WHERE r.id = %s", [run.pk])


def test_open_stage_goes_on_on_the_sheet_of_the_lead(former, assessor, member):
    run = former.stages.get(stage__code="P2")
    marks = FormerMarks(run)
    marks.add("BQ.1", True, member, comment="aydın")
    codes = list(run.stage.steps.order_by("order").values_list("code", flat=True))
    marks.add(codes[1], True, assessor)
    marks.add(codes[1], None, member)
    move()
    assert set(Sheet.objects.filter(run=run).values_list("assessor", "state")) == {
        (assessor.pk, "open"),
        (member.pk, "open"),
    }
    lead = marked_sheet(sheet_of(run, assessor))
    assert (lead.marks, lead.differing) == ({"BQ.1": True}, ())
    assert {event.author for event in lead.sheet.events.filter(kind="mark")} == {assessor, member}
    assert marked_sheet(sheet_of(run, member)).marks == {}
    assert (lead.sheet.digest, lead.sheet.receipt, lead.sheet.steps) == ("", "", None)


def test_stage_that_was_never_started_gets_no_sheet(version, assessor):
    attempt = new_attempt(new_session(version, assessor))
    StageRun.objects.create(attempt=attempt, stage=version.stages.get(code="P1"))
    execute(FORMER_LIST)
    move()
    assert Sheet.objects.count() == 0
