"""Seats that change hands: an assessor leaves, a substitute takes over, and what becomes of the marks."""

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.states import Role
from audit.queries import timeline
from core.models import OutgoingMessage
from exams.models import Attempt, ExamSession, PanelMember, Sheet
from exams.queries.sessions import busy_assessors, lacking_assessors, seats_that_mark
from exams.services.handover import leave_seat, seat_substitute
from exams.services.intake import take_in
from exams.services.sessions import cancel_session, set_panel
from exams.services.sheets import open_sheets
from exams.services.sign_off import sign_off_stage
from exams.services.stages import start_stage
from exams.services.stopping import stop_exam
from exams.wire import batch_of
from tests.exams.factories import (
    a_batch,
    an_event,
    ended_stage,
    identified,
    interest,
    marked_stage,
    new_attempt,
    new_session,
    running_stage,
    sealed,
    sealed_stage,
    sheet_of,
)
from tests.exams.racing import DONE, at_once
from tests.exams.refusals import code_of, database_refusal
from tests.factories import UserFactory
from tests.schemes.factories import small_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(db: None) -> User:
    return UserFactory.create(roles=[Role.ASSESSOR])


@pytest.fixture
def stand_in(db: None) -> User:
    return UserFactory.create(roles=[Role.ASSESSOR])


@pytest.fixture
def pair(version, assessor, member) -> ExamSession:
    """A session with a panel of two."""
    return new_session(version, assessor, member)


def seat_of(session: ExamSession, user: User) -> PanelMember:
    return PanelMember.objects.select_related("session", "assessor").get(session=session, assessor=user)


def left(session: ExamSession, user: User) -> PanelMember:
    return leave_seat(seat_of(session, user), reason="Xəstələndi", actor=user)


# --- Leaving ---------------------------------------------------------------------------------------------------------


def test_assessor_who_leaves_hands_open_marks_over_and_sealed_ones_count(pair, assessor, member):
    first, second = new_attempt(pair), new_attempt(pair)
    done, under_way = ended_stage(first), running_stage(second)
    marked_stage(done)
    sealed(sheet_of(done, member))
    seat = left(pair, member)
    assert (seat.left_reason, seat.left_at is not None) == ("Xəstələndi", True)
    assert sheet_of(done, member).state == "sealed"
    handed = sheet_of(under_way, member)
    assert (handed.state, handed.closed_reason, handed.closed_by) == ("handed_over", "Xəstələndi", member)
    assert sheet_of(under_way, assessor).state == "open"
    entry = timeline(pair)[0]
    assert (entry.verb, entry.reason) == ("session.hand_over", "Xəstələndi")
    assert OutgoingMessage.objects.get(kind="panel_left").recipient == member.email


def test_marks_sent_after_leaving_are_refused_with_a_reason(pair, member):
    run = running_stage(new_attempt(pair))
    left(pair, member)
    taken = take_in(batch_of(a_batch(member, an_event(run, "BQ.2"))), actor=member)[run.pk]
    assert (len(taken.stored), len(taken.refused)) == (0, 1)


def test_seat_is_left_by_the_assessor_or_an_officer_once_with_a_reason(pair, assessor, member, officer, auditor):
    seat = seat_of(pair, member)
    for actor in (assessor, auditor, UserFactory.create(roles=[Role.ASSESSOR])):
        assert code_of(leave_seat, seat, reason="x", actor=actor) == "seat"
    assert code_of(leave_seat, seat, reason=" ", actor=officer) == "reason"
    assert code_of(leave_seat, seat, reason="x" * 1001, actor=officer) == "reason_length"
    leave_seat(seat, reason="x", actor=officer)
    assert code_of(leave_seat, seat, reason="x", actor=member) == "left"


def test_officer_who_is_a_candidate_of_the_session_changes_no_seat(pair, member, officer, stand_in):
    new_attempt(pair, user=officer)
    assert code_of(leave_seat, seat_of(pair, member), reason="x", actor=officer) == "seat"
    seat = left(pair, member)
    assert code_of(seat_substitute, seat, stand_in, actor=officer) == "own_case"


def test_officer_with_an_interest_in_a_candidate_ends_nobodys_seat_but_the_assessor_may(pair, member, officer):
    attempt = new_attempt(pair)
    interest(attempt.person, officer)
    assert code_of(leave_seat, seat_of(pair, member), reason="x", actor=officer) == "seat"
    interest(attempt.person, member)
    assert left(pair, member).left_at is not None


def test_seat_of_a_session_that_is_called_off_is_not_left(pair, member, officer):
    cancel_session(pair, reason="x", actor=officer)
    assert code_of(leave_seat, seat_of(pair, member), reason="x", actor=member) == "state"


def test_marks_of_a_stopped_exam_stay_as_they_are(pair, assessor, member):
    run = running_stage(new_attempt(pair))
    stop_exam(Attempt.objects.get(), reason="x", actor=assessor)
    left(pair, member)
    assert sheet_of(run, member).state == "open"


def test_whoever_left_is_not_busy_there_and_marks_nothing_any_more(pair, member, version):
    left(pair, member)
    assert busy_assessors(new_session(version), [member]) == []
    assert member not in {seat.assessor for seat in seats_that_mark(pair)}


def test_panel_can_still_be_seated_anew_before_the_first_exam(pair, assessor, member, officer, stand_in):
    seat_substitute(left(pair, member), stand_in, actor=officer)
    set_panel(pair, lead=member, members=[assessor], actor=officer)
    assert {seat.assessor for seat in seats_that_mark(pair)} == {member, assessor}


# --- Substitutes -----------------------------------------------------------------------------------------------------


def test_substitute_takes_over_in_the_same_role_with_sheets_of_their_own(pair, assessor, member, officer, stand_in):
    run = running_stage(new_attempt(pair))
    substitute = seat_substitute(left(pair, assessor), stand_in, actor=officer)
    assert (substitute.role, substitute.substitutes_id) == ("lead", seat_of(pair, assessor).pk)
    assert sheet_of(run, stand_in).state == "open"
    message = OutgoingMessage.objects.get(kind="panel_substitute")
    assert (message.recipient, str(assessor) in message.body) == (stand_in.email, True)
    assert timeline(pair)[0].after["panel"] == f"{stand_in} (lead)"


def test_substitute_marks_seals_and_the_panel_signs_off(version, assessor, officer, stand_in):
    session = new_session(version, assessor)
    run = ended_stage(new_attempt(session))
    seat_substitute(left(session, assessor), stand_in, actor=officer)
    sealed_stage(marked_stage(run, assessor=stand_in))
    assert sign_off_stage(run, actor=stand_in).passed is True


def test_substitute_marks_no_ended_stage_that_has_enough_assessors(pair, member, officer, stand_in):
    attempt = new_attempt(pair)
    over, under_way = ended_stage(attempt, "P1", ago=1), running_stage(attempt, "P2")
    seat_substitute(left(pair, member), stand_in, actor=officer)
    assert not Sheet.objects.filter(run=over, assessor=stand_in).exists()
    assert Sheet.objects.filter(run=under_way, assessor=stand_in).exists()


def test_substitute_gets_no_sheet_of_stages_signed_off_stopped_or_not_begun(
    version, assessor, member, officer, stand_in
):
    session = new_session(version, assessor, member)
    signed, stopped, _ahead = (new_attempt(session) for _ in range(3))
    sign_off_stage(sealed_stage(marked_stage(ended_stage(signed))), actor=assessor)
    running_stage(stopped)
    stop_exam(Attempt.objects.get(pk=stopped.pk), reason="x", actor=assessor)
    seat_substitute(left(session, member), stand_in, actor=officer)
    assert not Sheet.objects.filter(assessor=stand_in).exists()


def test_second_of_two_is_replaced_although_the_panel_is_still_short(officer):
    version = small_version()
    assessors = [UserFactory.create(roles=[Role.ASSESSOR]) for _ in range(4)]
    session = new_session(version, *assessors[:2])
    run = running_stage(new_attempt(session), "S1")
    seats = [left(session, user) for user in assessors[:2]]
    assert lacking_assessors(session) == 2
    for seat, user in zip(seats, assessors[2:], strict=True):
        seat_substitute(seat, user, actor=officer)
    assert lacking_assessors(session) == 0
    assert set(run.sheets.filter(state="open").values_list("assessor", flat=True)) == {u.pk for u in assessors[2:]}


def test_stage_does_not_start_while_the_panel_is_short(officer, assessor, member):
    session = new_session(small_version(), assessor, member)
    attempt = identified(new_attempt(session))
    left(session, member)
    stage = session.scheme_version.stages.get()
    assert code_of(start_stage, attempt, stage, scenario="S", actor=assessor) == "panel_short"


def test_substitute_of_an_observer_marks_nothing(version, assessor, officer, stand_in):
    watching = UserFactory.create(roles=[Role.ASSESSOR])
    session = new_session(version, assessor, observers=[watching])
    running_stage(new_attempt(session))
    assert seat_substitute(left(session, watching), stand_in, actor=officer).role == "observer"
    assert not Sheet.objects.filter(assessor=stand_in).exists()


def test_substitute_has_to_be_a_free_impartial_assessor_from_outside_the_panel(version, assessor, member, officer):
    watching, gone, partial, busy = (UserFactory.create(roles=[Role.ASSESSOR]) for _ in range(4))
    session = new_session(version, assessor, member, gone, observers=[watching])
    attempt = new_attempt(session)
    interest(attempt.person, partial)
    new_session(version, busy)
    left(session, gone)
    seat = left(session, member)
    for user, code in (
        (officer, "not_assessor"),
        (assessor, "on_panel"),
        (watching, "on_panel"),
        (gone, "on_panel"),
        (member, "on_panel"),
        (partial, "exams_panel_impartial"),
        (busy, "busy"),
    ):
        assert code_of(seat_substitute, seat, user, actor=officer) == code


def test_seat_is_taken_over_once_and_only_when_left_and_by_officers(pair, member, assessor, officer, stand_in):
    assert code_of(seat_substitute, seat_of(pair, member), stand_in, actor=officer) == "not_left"
    seat = left(pair, member)
    assert code_of(seat_substitute, seat, stand_in, actor=assessor) == "officer"
    seat_substitute(seat, stand_in, actor=officer)
    another = UserFactory.create(roles=[Role.ASSESSOR])
    assert code_of(seat_substitute, seat, another, actor=officer) == "taken"


def test_database_lets_nobody_come_back(pair, member):
    seat = left(pair, member)
    refused = database_refusal("UPDATE exams_panelmember SET left_at = NULL, left_reason = '' WHERE id = %s", seat.pk)
    assert refused == "exams_panel_final"


def test_open_sheets_after_a_handover_are_for_those_who_mark_now(pair, member, officer, stand_in):
    attempt = new_attempt(pair)
    ended_stage(attempt, "P1", ago=1)
    seat_substitute(left(pair, member), stand_in, actor=officer)
    run = running_stage(attempt, "P2")
    assert open_sheets(run) == []
    assert set(run.sheets.values_list("assessor", flat=True)) >= {stand_in.pk}


# --- Pages -----------------------------------------------------------------------------------------------------------


def test_session_page_tells_who_left_why_and_who_came(pair, member, officer, stand_in, sign_in):
    running_stage(new_attempt(pair))
    client, url = sign_in(officer), reverse("exams:session", args=[pair.pk])
    client.post(reverse("exams:leave_seat", args=[seat_of(pair, member).pk]), {"reason": "Qızdırma"})
    page = client.get(url)
    line = next(line for line in page.context["seats"] if line.seat.assessor == member)
    assert (line.may_leave, line.may_substitute) == (False, True)
    assert "Qızdırma" in page.content.decode()
    answer = client.post(reverse("exams:substitute", args=[line.seat.pk]), {"assessor": stand_in.pk})
    assert answer.url == url
    assert str(stand_in) in client.get(url).content.decode()


def test_session_page_says_what_to_do_when_the_panel_is_short(version, assessor, officer, sign_in):
    session = new_session(version, assessor)
    new_attempt(session)
    left(session, assessor)
    assert sign_in(officer).get(reverse("exams:session", args=[session.pk])).context["lacking"] == 1


def test_assessor_is_offered_only_their_own_seat(pair, assessor, member, auditor, sign_in):
    page = sign_in(member).get(reverse("exams:session", args=[pair.pk]))
    assert {line.seat.assessor for line in page.context["seats"] if line.may_leave} == {member}
    page = sign_in(auditor).get(reverse("exams:session", args=[pair.pk]))
    assert not any(line.may_leave or line.may_substitute for line in page.context["seats"])
    assert sign_in(member).get(reverse("exams:leave_seat", args=[seat_of(pair, assessor).pk])).status_code == 403


# --- At the same moment ----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_officers_who_seat_a_substitute_at_once_seat_one(pair, member, officer, other_officer, stand_in):
    another = UserFactory.create(roles=[Role.ASSESSOR])
    seat = left(pair, member)
    outcome = at_once(
        lambda: seat_substitute(seat, stand_in, actor=officer),
        lambda: seat_substitute(seat, another, actor=other_officer),
    )
    assert outcome == [DONE, "taken"]


@pytest.mark.django_db(transaction=True)
def test_seal_and_leave_come_one_after_the_other(pair, member, officer):
    run = marked_stage(ended_stage(new_attempt(pair)))
    sheet, seat = sheet_of(run, member), seat_of(pair, member)
    outcome = at_once(lambda: sealed(sheet), lambda: leave_seat(seat, reason="x", actor=officer))
    state = sheet_of(run, member).state
    assert (DONE in outcome, state in {"sealed", "handed_over"}) == (True, True)
    assert (outcome == [DONE, DONE]) == (state == "sealed")
