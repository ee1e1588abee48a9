"""One mark at a time: what is stored, what is refused, and that nothing is overwritten."""

from uuid import uuid4

import pytest

from candidates.models import ConflictOfInterest
from exams.models import MarkEntry, StageRun
from exams.queries.marks import current_marks
from exams.services.marking import Mark, MarkConflict, mark_step
from exams.services.sign_off import sign_off_stage
from tests.exams.factories import a_mark, ended_stage, marked_stage, new_session
from tests.exams.refusals import code_of, database_refusal

pytestmark = pytest.mark.django_db


def test_mark_is_stored_with_comment_and_author(run, assessor):
    stored = mark_step(run, a_mark("BQ.2", True, comment="  aydın  "), actor=assessor)
    assert stored.entry == stored.current == MarkEntry.objects.get()
    assert (stored.entry.value, stored.entry.comment, stored.entry.made_by) == (True, "aydın", assessor)


def test_mark_sent_again_is_stored_once(run, assessor):
    mark = a_mark("BQ.2", True)
    first = mark_step(run, mark, actor=assessor)
    assert mark_step(run, mark, actor=assessor) == first
    assert MarkEntry.objects.count() == 1


def test_mark_sent_again_after_a_later_one_tells_what_stands(run, assessor):
    mark = a_mark("BQ.2", True)
    first = mark_step(run, mark, actor=assessor).entry
    second = mark_step(run, a_mark("BQ.2", False, follows=first), actor=assessor).entry
    assert mark_step(run, mark, actor=assessor).current == second


def test_mark_with_a_taken_identifier_and_other_content_is_refused(run, assessor):
    mark = a_mark("BQ.2", True)
    mark_step(run, mark, actor=assessor)
    assert code_of(mark_step, run, Mark(id=mark.id, step="BQ.2", value=False), actor=assessor) == "id_taken"


def test_mark_follows_the_one_that_was_seen(run, assessor):
    first = mark_step(run, a_mark("BQ.2", True), actor=assessor).entry
    mark_step(run, a_mark("BQ.2", None, follows=first), actor=assessor)
    assert current_marks(run) == {}
    assert MarkEntry.objects.count() == 2


def test_mark_that_did_not_see_the_current_one_is_a_conflict(run, assessor):
    first = mark_step(run, a_mark("BQ.2", True), actor=assessor).entry
    with pytest.raises(MarkConflict) as caught:
        mark_step(run, a_mark("BQ.2", False), actor=assessor)
    assert caught.value.current == first
    assert current_marks(run) == {"BQ.2": True}


def test_mark_that_follows_an_unknown_one_is_a_conflict(run, assessor):
    with pytest.raises(MarkConflict) as caught:
        mark_step(run, Mark(id=uuid4(), step="BQ.2", value=True, follows=uuid4()), actor=assessor)
    assert caught.value.current is None


@pytest.mark.parametrize("step", ["BQ.1", "BQ.999", ""])
def test_mark_of_another_stage_or_unknown_step_is_refused(run, assessor, step):
    assert code_of(mark_step, run, a_mark(step, True), actor=assessor) == "step"


def test_mark_with_too_long_a_comment_is_refused(run, assessor):
    assert code_of(mark_step, run, a_mark("BQ.2", True, comment="ə" * 2001), actor=assessor) == "comment"


def test_mark_by_an_assessor_of_another_session_is_refused(run, version):
    stranger = new_session(version).panel.get().assessor
    assert code_of(mark_step, run, a_mark("BQ.2", True), actor=stranger) == "panel"


def test_mark_by_an_assessor_with_a_later_declared_interest_is_refused(run, assessor, officer):
    ConflictOfInterest.objects.create(
        person=run.attempt.person, user=assessor, kind="trained", note="", declared_by=officer
    )
    assert code_of(mark_step, run, a_mark("BQ.2", True), actor=assessor) == "panel"


def test_mark_after_sign_off_is_refused(attempt, assessor):
    run = marked_stage(ended_stage(attempt))
    sign_off_stage(run, actor=assessor)
    last = MarkEntry.objects.get(step__code="BQ.2")
    assert code_of(mark_step, run, a_mark("BQ.2", False, follows=last), actor=assessor) == "signed"


INSERT = (
    "INSERT INTO exams_markentry (id, run_id, step_id, follows_id, value, comment, made_by_id, recorded_at) "
    "VALUES (%s, %s, %s, %s, true, '', %s, now())"
)


def step_id(run: StageRun, code: str) -> int:
    return run.attempt.session.scheme_version.steps.get(code=code).pk


def test_database_refuses_to_change_or_delete_a_mark(run, assessor):
    entry = mark_step(run, a_mark("BQ.2", True), actor=assessor).entry
    name = "exams_markentry_append_only"
    assert database_refusal("UPDATE exams_markentry SET value = false WHERE id = %s", entry.pk) == name
    assert database_refusal("DELETE FROM exams_markentry WHERE id = %s", entry.pk) == name


def test_database_refuses_two_marks_that_follow_the_same(run, assessor):
    mark_step(run, a_mark("BQ.2", True), actor=assessor)
    values = [uuid4(), run.pk, step_id(run, "BQ.2"), None, assessor.pk]
    assert database_refusal(INSERT, *values) == "exams_mark_follows_once"


def test_database_refuses_a_mark_of_another_stage(run, assessor):
    values = [uuid4(), run.pk, step_id(run, "BQ.1"), None, assessor.pk]
    assert database_refusal(INSERT, *values) == "exams_mark_of_stage"


def test_database_refuses_a_mark_that_follows_another_step(run, assessor):
    entry = mark_step(run, a_mark("BQ.2", True), actor=assessor).entry
    values = [uuid4(), run.pk, step_id(run, "BQ.4"), entry.pk, assessor.pk]
    assert database_refusal(INSERT, *values) == "exams_mark_follows_own_step"


def test_database_refuses_a_mark_by_someone_not_on_the_panel(run, officer):
    values = [uuid4(), run.pk, step_id(run, "BQ.2"), None, officer.pk]
    assert database_refusal(INSERT, *values) == "exams_mark_by_panel"


def test_database_refuses_a_mark_after_sign_off(attempt, assessor):
    run = marked_stage(ended_stage(attempt))
    sign_off_stage(run, actor=assessor)
    last = MarkEntry.objects.get(step__code="BQ.2")
    values = [uuid4(), run.pk, last.step_id, last.pk, assessor.pk]
    assert database_refusal(INSERT, *values) == "exams_marked_while_open"
