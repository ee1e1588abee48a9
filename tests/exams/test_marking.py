"""What devices send: what is stored, what is refused, and that nothing is overwritten."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from exams.marklog import Board
from exams.models import DeviceReport, MarkEvent, Sheet, StageRun
from exams.services.intake import SEALED, Taken, take_in
from exams.services.sheets import abstain
from exams.sheets import board_of, marked_sheet
from exams.states import EventKind
from exams.wire import batch_of
from tests.exams.factories import (
    DEVICE,
    OTHER_DEVICE,
    a_batch,
    an_event,
    ended_stage,
    interest,
    marked_stage,
    new_attempt,
    new_session,
    running_stage,
    sealed,
    sent,
    sheet_of,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def stored_as(run: StageRun, event: dict[str, Any], *, actor: User, device: UUID = DEVICE) -> MarkEvent:
    """Send one event, which has to be stored, and return its row."""
    taken = sent(run, event, actor=actor, device=device)
    assert (taken.stored, taken.refused) == ([UUID(event["id"])], [])
    return MarkEvent.objects.get(pk=event["id"])


def refusals(taken: Taken) -> list[tuple[str | None, str]]:
    """Return the identifiers and codes of what was refused."""
    return [(one.id, one.code) for one in taken.refused]


def refusal(run: StageRun, event: dict[str, Any], *, actor: User, device: UUID = DEVICE) -> str:
    """Send one event, which has to be refused and leave nothing behind, and return the code."""
    before = MarkEvent.objects.count()
    taken = sent(run, event, actor=actor, device=device)
    assert (taken.stored, MarkEvent.objects.count()) == ([], before)
    ((identifier, code),) = refusals(taken)
    assert identifier == event["id"]
    return code


def standing(run: StageRun, code: str = "BQ.2", kind: str = EventKind.MARK) -> list[str]:
    """Return the identifiers of the lead's standing events of a step."""
    step = run.stage.steps.get(code=code)
    return sorted(str(event.pk) for event in stands(run).heads.get((step.pk, kind), ()))


def stands(run: StageRun) -> Board:
    """Return what stands on the sheet of the lead."""
    return board_of(sheet_of(run))


def marks(run: StageRun) -> dict[str, bool]:
    """Return the marks that hold on the sheet of the lead."""
    return marked_sheet(sheet_of(run)).marks


# --- What is stored --------------------------------------------------------------------------------------------------


def test_mark_is_stored_with_its_author_device_and_moment(run, assessor):
    event = an_event(run, "BQ.2", True, minute=3, seq=7, skew=-4000)
    row = stored_as(run, event, actor=assessor)
    assert row == MarkEvent.objects.get()
    assert (row.sheet, row.author, row.taken_in_by) == (sheet_of(run), assessor, None)
    assert (row.step and row.step.code, row.kind, row.value, row.text, row.audience) == ("BQ.2", "mark", True, "", "")
    assert (row.device, row.seq, row.minute, row.skew_ms) == (DEVICE, 7, 3, -4000)
    assert round(row.device_time.timestamp() * 1000) == event["at"]
    assert marks(run) == {"BQ.2": True}


def test_comment_is_stored_as_it_was_typed_and_for_whom(run, assessor):
    said = an_event(run, "BQ.2", comment="  aydın\nbəli ", audience="candidate")
    row = stored_as(run, said, actor=assessor)
    assert (row.kind, row.value, row.text, row.audience) == ("comment", None, "  aydın\nbəli ", "candidate")
    assert marks(run) == {}
    assert stands(run).comment(row.step_id) == row


def test_comment_on_the_stage_has_no_step(run, assessor):
    row = stored_as(run, an_event(run, None, comment="ümumi"), actor=assessor)
    assert (row.step, stands(run).comment(None)) == (None, row)


def test_mark_sent_again_is_stored_once(run, assessor):
    event = an_event(run, "BQ.2", True)
    first = stored_as(run, event, actor=assessor)
    assert stored_as(run, event, actor=assessor) == first
    assert MarkEvent.objects.count() == 1


def test_mark_twice_in_one_batch_is_stored_once(run, assessor):
    event = an_event(run, "BQ.2", True)
    taken = sent(run, event, event, actor=assessor)
    assert (set(taken.stored), taken.refused) == ({UUID(event["id"])}, [])
    assert MarkEvent.objects.count() == 1


def test_mark_sent_again_after_a_later_one_tells_what_stands(run, assessor):
    first = an_event(run, "BQ.2", True)
    stored_as(run, first, actor=assessor)
    later = an_event(run, "BQ.2", False, replaces=[first["id"]])
    second = stored_as(run, later, actor=assessor, device=OTHER_DEVICE)
    assert sent(run, first, actor=assessor).unknown == [second]
    assert sent(run, later, actor=assessor, device=OTHER_DEVICE).unknown == []


@pytest.mark.parametrize(
    "changes",
    [{"value": False}, {"value": None}, {"step": "BQ.4"}, {"seq": 999_999}, {"replaces": [str(DEVICE)]}],
    ids=["value", "taken back", "step", "number", "other predecessors"],
)
def test_mark_with_a_taken_identifier_and_other_content_is_refused(run, assessor, changes):
    event = an_event(run, "BQ.2", True)
    stored_as(run, event, actor=assessor)
    assert refusal(run, {**event, **changes}, actor=assessor) == "id_taken"
    assert marks(run) == {"BQ.2": True}


def test_identifier_taken_by_another_device_assessor_or_kind_is_refused(version, assessor):
    other = UserFactory.create(roles=[Role.ASSESSOR])
    run = running_stage(new_attempt(new_session(version, assessor, other)))
    event = an_event(run, "BQ.2", True)
    stored_as(run, event, actor=assessor)
    assert refusal(run, event, actor=assessor, device=OTHER_DEVICE) == "id_taken"
    assert refusal(run, event, actor=other) == "id_taken"
    comment = an_event(run, "BQ.2", comment="x", id=event["id"], seq=event["seq"])
    assert refusal(run, comment, actor=assessor) == "id_taken"


def test_later_mark_replaces_the_one_that_was_seen_and_both_are_kept(run, assessor):
    first = an_event(run, "BQ.2", True)
    stored_as(run, first, actor=assessor)
    back = an_event(run, "BQ.2", None, replaces=[first["id"]])
    stored_as(run, back, actor=assessor)
    assert (marks(run), standing(run)) == ({}, [back["id"]])
    assert MarkEvent.objects.count() == 2


def test_mark_that_did_not_see_the_standing_one_makes_a_difference_and_overwrites_nothing(run, assessor):
    first, second = an_event(run, "BQ.2", True), an_event(run, "BQ.2", False)
    stored_as(run, first, actor=assessor)
    taken = sent(run, second, actor=assessor, device=OTHER_DEVICE)
    assert taken.stored == [UUID(second["id"])]
    assert sorted(str(event.pk) for event in taken.unknown) == standing(run) == sorted([first["id"], second["id"]])
    assert marks(run) == {}
    assert [step.code for step in marked_sheet(sheet_of(run)).differing] == ["BQ.2"]


def test_mark_that_saw_both_settles_the_difference(run, assessor):
    first, second = an_event(run, "BQ.2", True), an_event(run, "BQ.2", False)
    stored_as(run, first, actor=assessor)
    stored_as(run, second, actor=assessor, device=OTHER_DEVICE)
    word = an_event(run, "BQ.2", False, replaces=[first["id"], second["id"]])
    assert sent(run, word, actor=assessor).unknown == []
    assert (marks(run), standing(run)) == ({"BQ.2": False}, [word["id"]])
    assert MarkEvent.objects.count() == 3


def test_devices_that_say_the_same_do_not_differ(run, assessor):
    for device in (DEVICE, OTHER_DEVICE):
        stored_as(run, an_event(run, "BQ.2", False), actor=assessor, device=device)
    assert (marks(run), marked_sheet(sheet_of(run)).differing) == ({"BQ.2": False}, ())


def test_mark_that_comes_before_what_it_replaces_still_replaces_it(run, assessor):
    first = an_event(run, "BQ.2", True)
    second = an_event(run, "BQ.2", False, replaces=[first["id"]])
    stored_as(run, second, actor=assessor)
    assert [str(event.pk) for event in sent(run, first, actor=assessor).unknown] == [second["id"]]
    assert (marks(run), standing(run)) == ({"BQ.2": False}, [second["id"]])


def test_mark_that_replaces_an_unknown_one_is_stored(run, assessor):
    stored_as(run, an_event(run, "BQ.2", True, replaces=[str(uuid4())]), actor=assessor)
    assert marks(run) == {"BQ.2": True}


def test_mark_and_comment_of_a_step_never_replace_one_another(run, assessor):
    mark = an_event(run, "BQ.2", True)
    comment = an_event(run, "BQ.2", comment="aydın", replaces=[mark["id"]])
    other_step = an_event(run, "BQ.4", False, replaces=[mark["id"], comment["id"]])
    sent(run, mark, comment, other_step, actor=assessor)
    assert marks(run) == {"BQ.2": True, "BQ.4": False}
    assert standing(run, kind=EventKind.COMMENT) == [comment["id"]]


def test_assessors_of_a_panel_mark_each_on_their_own_sheet(version, assessor):
    other = UserFactory.create(roles=[Role.ASSESSOR])
    run = running_stage(new_attempt(new_session(version, assessor, other)))
    mine, theirs = an_event(run, "BQ.2", True), an_event(run, "BQ.2", False, replaces=[])
    assert sent(run, mine, actor=assessor).unknown == []
    assert sent(run, theirs, actor=other).unknown == []
    assert marked_sheet(sheet_of(run, assessor)).marks == {"BQ.2": True}
    assert marked_sheet(sheet_of(run, other)).marks == {"BQ.2": False}


def test_batch_of_several_stages_goes_to_each(attempt, session, assessor):
    first, second = running_stage(attempt), running_stage(new_attempt(session))
    events = [an_event(first, "BQ.2", True), an_event(second, "BQ.2", False), an_event(first, "BQ.4", False)]
    taken = take_in(batch_of(a_batch(assessor, *events)), actor=assessor)
    assert {run: len(result.stored) for run, result in taken.items()} == {first.pk: 2, second.pk: 1}
    assert (marks(first), marks(second)) == ({"BQ.2": True, "BQ.4": False}, {"BQ.2": False})


def test_device_reports_what_it_still_holds_and_its_clock(run, assessor):
    now = int((timezone.now() - timedelta(seconds=90)).timestamp() * 1000)
    for unsent in ({str(run.pk): 5}, {str(run.pk): 2}):
        take_in(batch_of(a_batch(assessor, now=now, unsent=unsent)), actor=assessor)
    report = DeviceReport.objects.get()
    assert (report.sheet, report.device, report.unsent) == (sheet_of(run), DEVICE, 2)
    assert 90_000 <= report.skew_ms < 95_000
    assert MarkEvent.objects.count() == 0


# --- What is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["BQ.1", "BQ.999", ""])
def test_mark_of_another_stage_or_unknown_step_is_refused_alone(run, assessor, step):
    good, bad = an_event(run, "BQ.2", True), an_event(run, step, True)
    taken = sent(run, bad, good, actor=assessor)
    assert (taken.stored, refusals(taken)) == ([UUID(good["id"])], [(bad["id"], "step")])
    assert marks(run) == {"BQ.2": True}


def test_mark_by_someone_without_a_sheet_is_refused(version, assessor, officer):
    observer = UserFactory.create(roles=[Role.ASSESSOR])
    run = running_stage(new_attempt(new_session(version, assessor, observers=[observer])))
    stranger = new_session(version).panel.get().assessor
    for user in (observer, stranger, officer):
        assert refusal(run, an_event(run, "BQ.2", True), actor=user) == "run"


def test_mark_of_a_stage_that_does_not_exist_is_refused(run, assessor):
    taken = take_in(batch_of(a_batch(assessor, {**an_event(run, "BQ.2"), "run": 999_999})), actor=assessor)
    assert [code for _id, code in refusals(taken[999_999])] == ["run"]


def test_mark_by_an_assessor_with_a_later_declared_interest_is_refused(run, assessor):
    before = an_event(run, "BQ.2", True)
    stored_as(run, before, actor=assessor)
    interest(run.attempt.person, assessor)
    assert refusal(run, an_event(run, "BQ.2", False, replaces=[before["id"]]), actor=assessor) == "panel"
    stored_as(run, before, actor=assessor)  # what was stored before stays stored, and the device may forget it


def test_mark_by_an_assessor_who_left_the_panel_is_refused(version, assessor):
    other = UserFactory.create(roles=[Role.ASSESSOR])
    run = running_stage(new_attempt(new_session(version, assessor, other)))
    run.attempt.session.panel.filter(assessor=other).update(left_at=timezone.now(), left_reason="Xəstəlik")
    assert refusal(run, an_event(run, "BQ.2", True), actor=other) == "panel"
    stored_as(run, an_event(run, "BQ.2", True), actor=assessor)


def test_mark_after_sealing_is_refused_but_one_stored_before_is_known(attempt, assessor):
    run = ended_stage(attempt)
    before = an_event(run, "BQ.2", True)
    stored_as(run, before, actor=assessor)
    sealed(sheet_of(marked_stage(run, without=["BQ.2"])))
    late = an_event(run, "BQ.2", False, replaces=[before["id"]])
    taken = sent(run, late, before, actor=assessor)
    assert (taken.stored, refusals(taken)) == ([UUID(before["id"])], [(late["id"], "sealed")])
    assert taken.refused[0].message == SEALED
    assert marks(run)["BQ.2"] is True


def test_mark_after_abstaining_is_refused(run, assessor):
    abstain(sheet_of(run), reason="Namizədi tanıyıram", actor=assessor)
    assert refusal(run, an_event(run, "BQ.2", True), actor=assessor) == "sealed"


def test_mark_before_the_stage_starts_is_refused(attempt, assessor):
    stage = attempt.session.scheme_version.stages.get(code="P1")
    run = StageRun.objects.create(attempt=attempt, stage=stage)
    Sheet.objects.create(run=run, assessor=assessor, opened_at=timezone.now())
    assert refusal(run, an_event(run, "BQ.2", True), actor=assessor) == "not_started"


@pytest.mark.parametrize("off", [timedelta(days=-2), timedelta(hours=2), timedelta(days=300)])
def test_mark_of_another_time_is_refused_unless_the_device_knows_how_far_off_its_clock_is(run, assessor, off):
    milliseconds = int(off.total_seconds() * 1000)
    at = int((timezone.now() + off).timestamp() * 1000)
    assert refusal(run, an_event(run, "BQ.2", True, at=at), actor=assessor) == "clock"
    stored_as(run, an_event(run, "BQ.2", True, at=at, skew=-milliseconds), actor=assessor)


def test_mark_with_a_taken_number_is_refused_alone(run, assessor):
    first, second, third = (an_event(run, code, True) for code in ("BQ.2", "BQ.4", "BQ.5"))
    stored_as(run, first, actor=assessor)
    second["seq"] = first["seq"]
    taken = sent(run, second, third, second, actor=assessor)
    assert (taken.stored, {code for _id, code in refusals(taken)}) == ([UUID(third["id"])], {"sequence"})
    assert marks(run) == {"BQ.2": True, "BQ.5": True}
    stored_as(run, second, actor=assessor, device=OTHER_DEVICE)


def test_comment_that_is_too_long_is_refused_alone(run, assessor):
    good, bad = an_event(run, "BQ.2", comment="ə" * 2000), an_event(run, "BQ.4", comment="ə" * 2001)
    batch = batch_of(a_batch(assessor, bad, good))
    assert [(one.id, one.code) for one in batch.refused] == [(bad["id"], "comment")]
    assert take_in(batch, actor=assessor)[run.pk].stored == [UUID(good["id"])]
