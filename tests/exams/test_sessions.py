"""Scheduling sessions, seating panels, putting candidates in, and calling it all off."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.states import Role
from audit.queries import timeline
from candidates.services.withdrawal import withdraw_application
from core.errors import NotAllowed, RuleViolation
from core.models import OutgoingMessage
from exams.models import Attempt, ExamSession
from exams.queries.sessions import (
    conflicting_applications,
    panel_of,
    queue_sessions_to_close,
    queue_sessions_today,
    queue_to_schedule,
    schedulable_applications,
    seats_that_mark,
    sessions_of,
)
from exams.services.scheduling import remove_candidate, reschedule_candidate, schedule_candidates
from exams.services.sessions import cancel_session, close_session, edit_session, schedule_session, set_panel
from exams.states import AttemptState, PanelRole, SessionState
from schemes.services import load_scheme
from tests.exams.factories import (
    accepted_application,
    identified,
    interest,
    marked_attempt,
    new_attempt,
    new_session,
    noon,
    released_attempt,
    running_stage,
)
from tests.exams.refusals import code_of
from tests.factories import UserFactory
from tests.schemes.factories import small_data

pytestmark = pytest.mark.django_db


def kinds() -> list[str]:
    return list(OutgoingMessage.objects.order_by("id").values_list("kind", flat=True))


# --- Sessions and panels ---------------------------------------------------------------------------------------------


def test_session_is_scheduled_with_its_panel_and_freezes_the_version(version, officer, assessor):
    session = schedule_session(
        version, starts_at=noon(), place=" Bakı ", capacity=3, lead=assessor, members=[assessor], actor=officer
    )
    assert (session.place, session.state) == ("Bakı", SessionState.PLANNED)
    assert [(seat.assessor, seat.role) for seat in session.panel.all()] == [(assessor, PanelRole.LEAD)]
    version.refresh_from_db()
    assert version.is_frozen
    assert [entry.verb for entry in timeline(session)] == ["session.panel", "session.schedule"]


def schedule(version, officer, assessor, **changes):
    values = {"starts_at": noon(), "place": "Bakı", "capacity": 3, "lead": assessor, "actor": officer, **changes}
    return code_of(schedule_session, version, **values)


def test_session_in_the_past_is_refused(version, officer, assessor):
    assert schedule(version, officer, assessor, starts_at=timezone.now() - timedelta(minutes=1)) == "past"
    assert ExamSession.objects.count() == 0


def test_session_by_someone_who_is_no_officer_is_refused(version, officer, assessor):
    assert schedule(version, officer, assessor, actor=assessor) == "officer"


def test_session_without_places_is_refused(version, officer, assessor):
    assert schedule(version, officer, assessor, capacity=0) == "exams_session_capacity"


def test_panel_member_who_is_no_assessor_is_refused(version, officer, assessor, decider):
    assert schedule(version, officer, assessor, members=[decider]) == "not_assessor"
    assert ExamSession.objects.count() == 0


def test_panel_smaller_than_the_scheme_asks_is_refused(officer, assessor):
    two_needed = load_scheme(small_data()).version
    assert schedule(two_needed, officer, assessor) == "panel_size"


def test_panel_is_replaced(coming, officer):
    lead, member = UserFactory.create_batch(2, roles=[Role.ASSESSOR])
    set_panel(coming, lead=lead, members=[member], actor=officer)
    assert [(seat.assessor, seat.role) for seat in coming.panel.all()] == [
        (lead, PanelRole.LEAD),
        (member, PanelRole.MEMBER),
    ]


def test_observers_sit_beside_the_panel_and_do_not_count_as_assessors(coming, officer, assessor):
    watching, other = UserFactory.create_batch(2, roles=[Role.ASSESSOR])
    set_panel(coming, lead=assessor, members=[other], observers=[watching, other, assessor], actor=officer)
    assert [(seat.assessor, seat.role) for seat in panel_of(coming)] == [
        (assessor, PanelRole.LEAD),
        (other, PanelRole.MEMBER),
        (watching, PanelRole.OBSERVER),
    ]
    assert [seat.assessor for seat in seats_that_mark(coming)] == [assessor, other]
    two_needed = load_scheme(small_data()).version
    assert schedule(two_needed, officer, assessor, observers=[watching]) == "panel_size"


def test_observer_is_an_assessor_impartial_and_free(version, coming, officer, assessor, decider):
    trainer, busy = UserFactory.create_batch(2, roles=[Role.ASSESSOR])
    interest(new_attempt(coming).person, trainer)
    new_session(version, busy, starts_at=noon())
    for user, code in ((decider, "not_assessor"), (trainer, "exams_panel_impartial"), (busy, "busy")):
        assert code_of(set_panel, coming, lead=assessor, observers=[user], actor=officer) == code


def test_panel_with_an_observer_is_traced_by_role_and_saved_unchanged_is_not(coming, officer, assessor):
    watching = UserFactory.create(roles=[Role.ASSESSOR])
    for _ in range(2):
        set_panel(coming, lead=assessor, observers=[watching], actor=officer)
    (entry,) = timeline(coming)
    assert entry.after == {"panel": [f"{assessor} (lead)", f"{watching} (observer)"]}


def test_panel_member_who_is_the_candidate_is_refused(coming, officer, assessor):
    own = UserFactory.create(roles=[Role.ASSESSOR])
    new_attempt(coming, user=own)
    assert code_of(set_panel, coming, lead=assessor, members=[own], actor=officer) == "exams_panel_impartial"


def test_panel_member_with_an_interest_is_refused(coming, officer, assessor):
    trainer = UserFactory.create(roles=[Role.ASSESSOR])
    interest(new_attempt(coming).person, trainer)
    assert code_of(set_panel, coming, lead=assessor, members=[trainer], actor=officer) == "exams_panel_impartial"


def test_panel_cannot_change_once_an_exam_has_begun(coming, officer, assessor):
    running_stage(new_attempt(coming))
    other = UserFactory.create(roles=[Role.ASSESSOR])
    assert code_of(set_panel, coming, lead=other, actor=officer) == "begun"


def test_session_is_moved_with_its_exams_and_candidates_are_told(coming, officer):
    attempt = new_attempt(coming)
    edit_session(coming, starts_at=noon(8), place="Gəncə", capacity=2, actor=officer)
    attempt.refresh_from_db()
    assert attempt.starts_at == noon(8)
    assert kinds() == ["exam_moved"]
    assert "Gəncə" in OutgoingMessage.objects.get().body


def test_session_is_not_moved_so_late_that_exams_fall_on_the_next_day(coming, officer):
    last = new_attempt(coming)
    last.starts_at += timedelta(hours=10)
    last.save()
    late = coming.starts_at + timedelta(hours=4)
    assert code_of(edit_session, coming, starts_at=late, place="x", capacity=2, actor=officer) == "time"


def test_session_stays_on_its_day_once_an_identity_was_checked(coming, officer):
    identified(new_attempt(coming))
    assert code_of(edit_session, coming, starts_at=noon(8), place="x", capacity=2, actor=officer) == "identified"
    edit_session(coming, starts_at=coming.starts_at + timedelta(hours=1), place="x", capacity=2, actor=officer)


def test_session_moved_there_and_back_tells_twice(coming, officer):
    new_attempt(coming)
    edit_session(coming, starts_at=noon(8), place=coming.place, capacity=2, actor=officer)
    edit_session(coming, starts_at=noon(7), place=coming.place, capacity=2, actor=officer)
    assert kinds() == ["exam_moved", "exam_moved"]


def test_session_saved_unchanged_tells_nobody_and_leaves_no_trace(coming, officer):
    new_attempt(coming)
    edit_session(coming, starts_at=coming.starts_at, place=coming.place, capacity=2, actor=officer)
    assert (kinds(), list(timeline(coming))) == ([], [])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"starts_at": datetime(2020, 1, 1, tzinfo=timezone.get_default_timezone())}, "past"),
        ({"capacity": 1}, "exams_session_full"),
    ],
)
def test_session_cannot_be_changed_to_what_is_impossible(coming, officer, changes, code):
    new_attempt(coming)
    new_attempt(coming)
    values = {"starts_at": coming.starts_at, "place": coming.place, "capacity": 2, "actor": officer, **changes}
    assert code_of(edit_session, coming, **values) == code


def test_cancelled_session_cancels_its_exams_and_tells_why(coming, officer):
    attempt = new_attempt(coming)
    cancel_session(coming, reason="Qəza", actor=officer)
    attempt.refresh_from_db()
    coming.refresh_from_db()
    assert (attempt.state, attempt.state_reason, coming.state) == ("cancelled", "Qəza", "cancelled")
    assert kinds() == ["exam_cancelled"]
    assert "Qəza" in OutgoingMessage.objects.get().body


@pytest.mark.parametrize("reason", ["", "   "])
def test_session_is_not_cancelled_without_a_reason(coming, officer, reason):
    attempt = new_attempt(coming)
    assert code_of(cancel_session, coming, reason=reason, actor=officer) == "reason"
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.SCHEDULED


def test_session_in_which_an_exam_has_begun_is_not_cancelled(coming, officer):
    running_stage(new_attempt(coming))
    assert code_of(cancel_session, coming, reason="Qəza", actor=officer) == "begun"


def test_session_cancelled_twice_gives_a_clear_refusal(coming, officer):
    cancel_session(coming, reason="Qəza", actor=officer)
    assert code_of(cancel_session, coming, reason="Qəza", actor=officer) == "state"


def test_session_closes_when_every_exam_is_over(session, officer, attempt):
    assert code_of(close_session, session, actor=officer) == "open_attempts"
    marked_attempt(attempt)
    assert close_session(session, actor=officer).state == SessionState.CLOSED
    assert code_of(close_session, session, actor=officer) == "state"


# --- Candidates ------------------------------------------------------------------------------------------------------


def test_candidates_get_the_free_times_and_are_told(version, coming, officer):
    applications = [accepted_application(version) for _ in range(2)]
    attempts = schedule_candidates(coming, applications, actor=officer)
    assert [one.starts_at for one in attempts] == [noon(), noon() + timedelta(hours=1)]
    assert kinds() == ["exam_scheduled", "exam_scheduled"]
    body = OutgoingMessage.objects.earliest("id").body
    assert all(words in body for words in ("12:00", coming.place, "45 dəqiqə", "şəxsiyyət vəsiqəsi"))
    assert "&#" not in body


def test_times_that_are_taken_are_left_out(version, coming, officer):
    new_attempt(coming)
    (attempt,) = schedule_candidates(coming, [accepted_application(version)], actor=officer)
    assert attempt.starts_at == noon() + timedelta(hours=1)


def test_more_candidates_than_places_are_refused_together(version, coming, officer):
    applications = [accepted_application(version) for _ in range(3)]
    with pytest.raises(RuleViolation) as error:
        schedule_candidates(coming, applications, actor=officer)
    assert error.value.code == "exams_session_full"
    assert str(error.value).startswith("Sessiyada 2 boş yer var, siz isə 3 namizəd seçmisiniz.")
    assert (Attempt.objects.count(), kinds()) == (0, [])


def test_full_session_takes_nobody(version, coming, officer):
    for _ in range(2):
        new_attempt(coming)
    with pytest.raises(RuleViolation) as error:
        schedule_candidates(coming, [accepted_application(version)], actor=officer)
    assert str(error.value) == "Sessiyada bu qədər boş yer yoxdur."


def test_waiting_are_found_by_folded_name_fin_and_reference(version, coming):
    wanted = accepted_application(version, surname="Əşrəfov")
    accepted_application(version)
    for search in ("esref", "ƏŞRƏFOV ayg", str(wanted.fin).lower(), str(wanted.reference).lower()):
        assert list(schedulable_applications(coming, search=search)) == [wanted]
    assert list(schedulable_applications(coming, search="heç kim")) == []


def test_candidate_scheduled_twice_is_refused(version, coming, officer):
    application = accepted_application(version)
    schedule_candidates(coming, [application], actor=officer)
    elsewhere = new_session(version, starts_at=noon(9))
    assert code_of(schedule_candidates, elsewhere, [application], actor=officer) == "exams_one_open_attempt"


def test_candidate_in_whom_the_panel_has_an_interest_is_refused_and_not_offered(version, coming, officer, assessor):
    application = accepted_application(version)
    interest(application.person, assessor)
    assert code_of(schedule_candidates, coming, [application], actor=officer) == "exams_panel_impartial"
    assert list(schedulable_applications(coming)) == []
    assert list(conflicting_applications(coming)) == [application]


def test_assessor_is_not_scheduled_before_their_own_panel(version, coming, officer, assessor):
    application = accepted_application(version, user=assessor)
    assert code_of(schedule_candidates, coming, [application], actor=officer) == "exams_panel_impartial"


def test_candidate_of_another_scheme_is_refused(coming, officer):
    application = accepted_application(load_scheme(small_data()).version)
    assert code_of(schedule_candidates, coming, [application], actor=officer) == "exams_attempt_matches_application"


@pytest.mark.parametrize("state", ["submitted", "returned", "refused", "withdrawn"])
def test_candidate_without_an_accepted_application_is_refused(version, coming, officer, state):
    application = accepted_application(version)
    type(application).objects.filter(pk=application.pk).update(state=state)
    assert code_of(schedule_candidates, coming, [application], actor=officer) == "not_accepted"


def test_candidate_who_has_passed_is_refused(version, coming, officer, attempt):
    released = released_attempt(attempt)
    assert code_of(schedule_candidates, coming, [released.application], actor=officer) == "passed"


def test_candidate_who_failed_can_be_scheduled_again_but_is_in_no_queue(coming, attempt):
    released = released_attempt(attempt, missed=["BQ.2"])
    assert list(schedulable_applications(coming)) == [released.application]
    assert list(queue_to_schedule()) == []


def test_nobody_chosen_is_refused(coming, officer):
    assert code_of(schedule_candidates, coming, [], actor=officer) == "nobody"


@pytest.mark.parametrize("hours", [-1, 24])
def test_first_time_outside_the_day_of_the_session_is_refused(version, coming, officer, hours):
    first = coming.starts_at + timedelta(hours=hours)
    assert (
        code_of(schedule_candidates, coming, [accepted_application(version)], first_at=first, actor=officer) == "time"
    )


def test_cancelled_session_takes_nobody(version, coming, officer):
    cancel_session(coming, reason="Qəza", actor=officer)
    assert code_of(schedule_candidates, coming, [accepted_application(version)], actor=officer) == "state"


def test_removed_candidate_frees_the_place_and_waits_again(coming, officer):
    attempt = new_attempt(coming)
    remove_candidate(attempt, reason="Xəstəlik", actor=officer)
    assert list(queue_to_schedule()) == [attempt.application]
    assert kinds() == ["exam_cancelled"]
    schedule_candidates(coming, [attempt.application], actor=officer)
    assert coming.attempts.filter(state=AttemptState.SCHEDULED).count() == 1


def test_candidate_whose_exam_has_begun_is_not_removed(session, officer, attempt):
    running_stage(attempt)
    assert code_of(remove_candidate, attempt, reason="Xəstəlik", actor=officer) == "state"


def test_exam_is_moved_within_the_day(coming, officer):
    attempt = new_attempt(coming)
    reschedule_candidate(attempt, starts_at=noon() + timedelta(hours=2), actor=officer)
    attempt.refresh_from_db()
    assert (attempt.starts_at, kinds()) == (noon() + timedelta(hours=2), ["exam_moved"])


def test_exam_is_not_moved_onto_another_or_off_the_day(coming, officer):
    first, second = new_attempt(coming), new_attempt(coming)
    near = coming.starts_at + timedelta(minutes=59)
    assert code_of(reschedule_candidate, second, starts_at=near, actor=officer) == "taken"
    assert code_of(reschedule_candidate, first, starts_at=noon(8), actor=officer) == "time"


def test_withdrawn_application_cancels_the_scheduled_exam(coming, candidate):
    attempt = new_attempt(coming, user=candidate)
    withdraw_application(attempt.application, actor=candidate)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.state_reason) == ("cancelled", "Müraciət geri götürüldü.")


def test_application_is_not_withdrawn_while_its_exam_is_under_way_or_not_released(attempt, candidate):
    running_stage(attempt)
    assert code_of(withdraw_application, attempt.application, actor=candidate) == "exam_begun"
    attempt.application.refresh_from_db()
    assert attempt.application.state == "accepted"


# --- Queues ----------------------------------------------------------------------------------------------------------


def test_queues_hold_what_waits(version, session, coming, assessor):
    past = new_session(version, assessor, starts_at=timezone.now() - timedelta(days=2))
    waiting = accepted_application(version)
    assert list(queue_sessions_today()) == [session]
    assert list(queue_sessions_to_close()) == [past]
    assert list(queue_to_schedule()) == [waiting]
    assert list(sessions_of(assessor)) == [session, coming]


def test_not_allowed_is_raised_for_every_verb_of_officers(coming, assessor):
    attempt = identified(new_attempt(coming))
    for call in (
        lambda: set_panel(coming, lead=assessor, actor=assessor),
        lambda: edit_session(coming, starts_at=noon(), place="x", capacity=1, actor=assessor),
        lambda: cancel_session(coming, reason="x", actor=assessor),
        lambda: close_session(coming, actor=assessor),
        lambda: schedule_candidates(coming, [attempt.application], actor=assessor),
        lambda: reschedule_candidate(attempt, starts_at=noon(), actor=assessor),
        lambda: remove_candidate(attempt, reason="x", actor=assessor),
    ):
        with pytest.raises(NotAllowed) as caught:
            call()
        assert caught.value.code == "officer"
