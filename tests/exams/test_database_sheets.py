"""What the database keeps of sheets, marks and the panel's word by itself, whatever SQL is sent."""

from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from exams.models import Attempt, CriticalNote, DeviceReport, Sheet, StageRun
from exams.services.sheets import abstain
from tests.exams.factories import (
    DEVICE,
    OTHER_DEVICE,
    an_event,
    assessor_of,
    ended_stage,
    interest,
    marked_stage,
    new_attempt,
    new_session,
    running_stage,
    sealed,
    sent,
    sheet_of,
    signed_stage,
)
from tests.exams.refusals import database_refusal
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(db: None) -> User:
    """Another assessor of the panel."""
    return UserFactory.create(roles=[Role.ASSESSOR])


@pytest.fixture
def panel(version, assessor, member) -> StageRun:
    """A stage that has ended, with an open sheet of each of two assessors."""
    return ended_stage(new_attempt(new_session(version, assessor, member)))


def step_id(run: StageRun, code: str) -> int:
    return run.attempt.session.scheme_version.steps.get(code=code).pk


# --- Events ----------------------------------------------------------------------------------------------------------

EVENT = (
    "INSERT INTO exams_markevent (id, sheet_id, step_id, kind, value, text, audience, device, seq, minute, "
    "device_time, skew_ms, replaces, author_id, received_at) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 1, now(), 0, '{}', %s, now())"
)


def event_refusal(run: StageRun, author: User, code: str | None = "BQ.2", *, sheet: Sheet | None = None, **said) -> str:
    """Insert an event as it would be right, but for what is given; return the constraint that refuses it."""
    values = {"id": uuid4(), "kind": "mark", "value": True, "text": "", "audience": "", "seq": 1, **said}
    step = step_id(run, code) if code else None
    sheet = sheet or sheet_of(run, author)
    return database_refusal(
        EVENT, values["id"], sheet.pk, step, values["kind"], values["value"], values["text"], values["audience"],
        DEVICE, values["seq"], author.pk,
    )  # fmt: skip


def test_event_never_changes(run, assessor):
    sent(run, an_event(run, "BQ.2", True), actor=assessor)
    name = "exams_markevent_append_only"
    for sql in (
        "UPDATE exams_markevent SET value = false",
        "UPDATE exams_markevent SET replaces = '{}'",
        "DELETE FROM exams_markevent",
    ):
        assert database_refusal(sql) == name


def test_event_is_there_once_and_its_number_too(run, assessor):
    event = an_event(run, "BQ.2", True)
    sent(run, event, actor=assessor)
    assert event_refusal(run, assessor, id=event["id"]) == "exams_markevent_pkey"
    assert event_refusal(run, assessor, seq=event["seq"]) == "exams_event_sequence"


def test_event_is_about_a_step_of_its_stage(run, assessor):
    assert event_refusal(run, assessor, "BQ.1") == "exams_mark_of_stage"


@pytest.mark.parametrize(
    "said",
    [
        {"text": "bir söz"},
        {"audience": "internal"},
        {"kind": "comment", "value": None},
        {"kind": "comment", "audience": "internal"},
        {"kind": "comment", "value": None, "audience": "everyone"},
        {"kind": "other"},
    ],
)
def test_event_is_either_a_mark_or_a_comment(run, assessor, said):
    assert event_refusal(run, assessor, **said) == "exams_event_mark_or_comment"


def test_mark_is_about_a_step(run, assessor):
    assert event_refusal(run, assessor, None) == "exams_event_mark_or_comment"


def test_event_is_made_by_the_assessor_of_the_sheet(panel, assessor, member, officer):
    for author in (assessor, officer):
        assert event_refusal(panel, author, sheet=sheet_of(panel, member)) == "exams_mark_by_panel"


def test_event_by_an_assessor_with_a_later_declared_interest_is_refused(run, assessor):
    interest(run.attempt.person, assessor)
    assert event_refusal(run, assessor) == "exams_mark_by_panel"


def test_event_by_an_assessor_who_left_is_refused(panel, member):
    panel.attempt.session.panel.filter(assessor=member).update(left_at=timezone.now(), left_reason="Xəstəlik")
    assert event_refusal(panel, member) == "exams_mark_by_panel"


def test_event_on_a_sheet_that_is_closed_is_refused(panel, assessor, member):
    sealed(sheet_of(marked_stage(panel, assessor=assessor), assessor))
    abstain(sheet_of(panel, member), reason="Namizədi tanıyıram", actor=member)
    for author in (assessor, member):
        assert event_refusal(panel, author) == "exams_marked_while_open"


def test_event_before_the_stage_starts_is_refused(attempt, assessor):
    run = StageRun.objects.create(attempt=attempt, stage=attempt.session.scheme_version.stages.get(code="P1"))
    Sheet.objects.create(run=run, assessor=assessor, opened_at=timezone.now())
    assert event_refusal(run, assessor) == "exams_marked_while_open"


# --- Sheets ----------------------------------------------------------------------------------------------------------

SEAL = (
    "UPDATE exams_sheet SET state = 'sealed', closed_at = now(), closed_by_id = assessor_id, steps = 27, "
    "digest = repeat('0', 64), receipt = '0000-0000' WHERE id = %s"
)
OPEN = (
    "INSERT INTO exams_sheet (run_id, assessor_id, state, opened_at, closed_reason, digest, receipt) "
    "VALUES (%s, %s, 'open', now(), '', '', '')"
)


def test_sheet_is_of_the_panel_and_there_once(version, assessor, officer):
    observer, stranger, trainer = UserFactory.create_batch(3, roles=[Role.ASSESSOR])
    attempt = new_attempt(new_session(version, assessor, trainer, observers=[observer]))
    interest(attempt.person, trainer)
    run = StageRun.objects.create(attempt=attempt, stage=version.stages.get(code="P1"), started_at=timezone.now())
    for user in (observer, stranger, trainer, officer):
        assert database_refusal(OPEN, run.pk, user.pk) == "exams_sheet_of_panel"
    Sheet.objects.create(run=run, assessor=assessor, opened_at=timezone.now())
    assert database_refusal(OPEN, run.pk, assessor.pk) == "exams_sheet_once"


def test_sheet_of_a_signed_stage_is_not_opened(version, assessor, member):
    run = ended_stage(new_attempt(new_session(version, assessor, member)))
    abstain(sheet_of(run, member), reason="Namizədi tanıyıram", actor=member)
    signed = signed_stage(new_attempt(run.attempt.session), "P1")
    assert database_refusal(OPEN, signed.pk, assessor.pk) == "exams_signed_is_final"


def test_sheet_is_sealed_complete_after_the_stage(attempt, session):
    complete = marked_stage(running_stage(attempt))
    assert database_refusal(SEAL, sheet_of(complete).pk) == "exams_sealed_complete"  # it still runs
    gaps = marked_stage(ended_stage(new_attempt(session)), without=["BQ.9"])
    assert database_refusal(SEAL, sheet_of(gaps).pk) == "exams_sealed_complete"


@pytest.mark.parametrize("last", [False, None])
def test_sheet_on_which_devices_differ_is_not_sealed(attempt, assessor, last):
    run = marked_stage(ended_stage(attempt))
    sent(run, an_event(run, "BQ.2", last), actor=assessor, device=OTHER_DEVICE)
    assert database_refusal(SEAL, sheet_of(run).pk) == "exams_sealed_complete"


def test_sheet_of_an_assessor_with_an_interest_is_not_sealed(attempt, assessor):
    run = marked_stage(ended_stage(attempt))
    interest(attempt.person, assessor)
    assert database_refusal(SEAL, sheet_of(run).pk) == "exams_sheet_of_panel"


def test_sheet_is_not_sealed_once_the_exam_was_stopped(attempt):
    run = marked_stage(ended_stage(attempt))
    Attempt.objects.filter(pk=attempt.pk).update(state="stopped", state_reason="Yanğın")
    assert database_refusal(SEAL, sheet_of(run).pk) == "exams_sealed_in_progress"
    assert abstain(sheet_of(run), reason="İmtahan dayandırılıb", actor=assessor_of(attempt)).state == "abstained"


def test_closed_sheet_never_changes_and_a_sheet_stays_where_it_is(panel, session, assessor, member):
    mine, theirs = sheet_of(panel, assessor), sheet_of(panel, member)
    elsewhere = running_stage(new_attempt(session))
    for sql, value in (
        ("UPDATE exams_sheet SET run_id = %s WHERE id = %s", elsewhere.pk),
        ("UPDATE exams_sheet SET assessor_id = %s WHERE id = %s", member.pk),
    ):
        assert database_refusal(sql, value, mine.pk) == "exams_sheet_final"
    assert database_refusal("DELETE FROM exams_sheet WHERE id = %s", mine.pk) == "exams_sheet_final"
    sealed(sheet_of(marked_stage(panel, assessor=assessor), assessor))
    abstain(theirs, reason="Namizədi tanıyıram", actor=member)
    for sheet in (mine, theirs):
        for sql in (
            "UPDATE exams_sheet SET state = 'open', closed_at = NULL, closed_by_id = NULL WHERE id = %s",
            "UPDATE exams_sheet SET digest = repeat('0', 64) WHERE id = %s",
            "UPDATE exams_sheet SET closed_reason = 'başqa' WHERE id = %s",
        ):
            assert database_refusal(sql, sheet.pk) == "exams_sheet_final"


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        (SEAL.replace("'0000-0000'", "''"), "exams_sheet_sealed_with_receipt"),
        (SEAL.replace("repeat('0', 64)", "'abc'"), "exams_sheet_sealed_with_receipt"),
        (SEAL.replace("steps = 27", "steps = NULL"), "exams_sheet_sealed_with_receipt"),
        (SEAL.replace("closed_by_id = assessor_id", "closed_by_id = NULL"), "exams_sheet_closed_complete"),
        (SEAL.replace("steps = 27", "steps = 27, closed_reason = 'x'"), "exams_sheet_left_with_reason"),
        (
            "UPDATE exams_sheet SET state = 'abstained', closed_at = now(), closed_by_id = assessor_id WHERE id = %s",
            "exams_sheet_left_with_reason",
        ),
        ("UPDATE exams_sheet SET digest = repeat('0', 64) WHERE id = %s", "exams_sheet_sealed_with_receipt"),
        ("UPDATE exams_sheet SET closed_at = now() WHERE id = %s", "exams_sheet_closed_complete"),
    ],
)
def test_sheet_says_how_it_was_closed(attempt, sql, name):
    assert database_refusal(sql, sheet_of(marked_stage(ended_stage(attempt))).pk) == name


def test_confirmation_of_a_critical_step_never_changes(run):
    note = CriticalNote.objects.create(sheet=sheet_of(run), step_id=step_id(run, "BQ.2"), note="Soruşulmadı")
    name = "exams_criticalnote_append_only"
    assert database_refusal("UPDATE exams_criticalnote SET note = 'x' WHERE id = %s", note.pk) == name
    assert database_refusal("DELETE FROM exams_criticalnote WHERE id = %s", note.pk) == name
    sql = "INSERT INTO exams_criticalnote (sheet_id, step_id, note) VALUES (%s, %s, %s)"
    assert database_refusal(sql, note.sheet_id, note.step_id, "x") == "exams_critical_note_once"
    assert database_refusal(sql, note.sheet_id, step_id(run, "BQ.6"), "") == "exams_critical_note_given"


def test_critical_step_of_the_stage_is_confirmed_while_the_sheet_is_open(panel, assessor, member):
    note = "INSERT INTO exams_criticalnote (sheet_id, step_id, note) VALUES (%s, %s, 'x')"
    assert database_refusal(note, sheet_of(panel).pk, step_id(panel, "BQ.1")) == "exams_mark_of_stage"
    sealed(sheet_of(marked_stage(panel, assessor=assessor), assessor))
    abstain(sheet_of(panel, member), reason="Namizədi tanıyıram", actor=member)
    for user in (assessor, member):
        refused = database_refusal(note, sheet_of(panel, user).pk, step_id(panel, "BQ.2"))
        assert refused == "exams_marked_while_open"


def test_device_is_known_once_on_a_sheet(run):
    DeviceReport.objects.create(sheet=sheet_of(run), device=DEVICE, skew_ms=0, seen_at=timezone.now())
    sql = "INSERT INTO exams_devicereport (sheet_id, device, unsent, skew_ms, seen_at) VALUES (%s, %s, 0, 0, now())"
    assert database_refusal(sql, sheet_of(run).pk, DEVICE) == "exams_device_once"
