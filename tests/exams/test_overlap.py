"""An assessor sits in one session at a time: a session takes from its start to the end of its last place."""

from datetime import timedelta

import pytest

from accounts.states import Role
from exams.queries.sessions import planned_end
from exams.services.sessions import cancel_session, edit_session, schedule_session, set_panel
from tests.exams.factories import new_session, noon
from tests.exams.refusals import code_of
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("hours", "capacity", "refused"),
    [(0, 1, True), (-1, 2, True), (-1, 1, False), (1.9, 1, True), (2, 1, False), (-2, 100, True), (24, 1, False)],
    ids=["same", "runs into", "ends before", "begins within", "begins after", "around", "next day"],
)
def test_assessor_in_another_session_is_refused_while_the_times_overlap(
    version, officer, assessor, coming, hours, capacity, refused
):
    assert planned_end(coming) == noon() + timedelta(hours=2)  # two places of 45 minutes and a break of 15
    starts_at = noon() + timedelta(hours=hours)
    other = UserFactory.create(roles=[Role.ASSESSOR])
    values = {"starts_at": starts_at, "place": "Bakı", "capacity": capacity, "actor": officer}
    session = schedule_session(version, lead=other, **values)
    if not refused:
        assert set_panel(session, lead=assessor, actor=officer).panel.get().assessor == assessor
        return
    assert code_of(schedule_session, version, lead=assessor, **values) == "busy"
    assert code_of(set_panel, session, lead=assessor, actor=officer) == "busy"
    assert session.panel.get().assessor == other


def test_session_that_is_changed_may_not_overlap_another_of_its_assessors(version, officer, assessor, coming):
    later = new_session(version, assessor, starts_at=noon() + timedelta(hours=3), capacity=1)

    def edit(session, starts_at, capacity):
        return code_of(edit_session, session, starts_at=starts_at, place="x", capacity=capacity, actor=officer)

    assert edit(coming, noon(), 4) == "busy"
    assert edit(later, noon() + timedelta(hours=1, minutes=30), 1) == "busy"
    coming.refresh_from_db()
    assert (coming.capacity, coming.starts_at) == (2, noon())
    edit_session(coming, starts_at=noon(), place="x", capacity=3, actor=officer)
    cancel_session(coming, reason="Qəza", actor=officer)
    edit_session(later, starts_at=noon(), place="x", capacity=1, actor=officer)
