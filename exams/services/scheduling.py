"""Putting candidates into a session and taking them out again."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _, ngettext

from accounts.models import User
from audit.services import record
from candidates.models import Application
from candidates.states import ApplicationState
from core.errors import RuleViolation
from core.integrity import constraint_errors
from core.transitions import locked
from exams.models import Attempt, ExamSession
from exams.queries.retakes import counting
from exams.queries.sessions import free_places, free_slots, slot_length
from exams.services.guards import DATABASE_REFUSALS, need_officer, need_officer_of_others, need_planned
from exams.services.notices import tell_moved, tell_scheduled
from exams.services.retakes import need_something_to_hold
from exams.services.sessions import cancel_scheduled
from exams.states import AttemptState


@transaction.atomic
def schedule_candidates(
    session: ExamSession,
    applications: Sequence[Application],
    *,
    first_at: datetime | None = None,
    actor: User,
) -> list[Attempt]:
    """Put candidates into the free times of a session from `first_at` (or its start) on, and tell them; all or none.

    Raises `NotAllowed` "officer" or "own_case"; `RuleViolation` "nobody", "state", "exams_session_full" for more
    candidates than free places, "past", "time" for a first time outside the session's day, "not_accepted", "no_exam"
    for a renewal that takes none, "passed", "nothing_to_hold" when every stage was passed before and still counts, and
    by the database "exams_panel_impartial", "exams_one_open_attempt", "exams_person_once_in_session",
    "exams_attempt_matches_application".
    """
    need_officer(actor)
    if not applications:
        raise RuleViolation(_("Choose at least one candidate."), code="nobody")
    session = locked(session)
    need_planned(session)
    _need_places(session, len(applications))
    _check_time(session, first_at or session.starts_at)
    times = free_slots(session, len(applications), not_before=first_at)
    if timezone.localdate(times[-1]) != timezone.localdate(session.starts_at):
        raise RuleViolation(_("There is not enough time left on the day of the session."), code="time")
    return [
        _schedule(session, application, starts_at, actor=actor)
        for application, starts_at in zip(applications, times, strict=True)
    ]


def _schedule(session: ExamSession, application: Application, starts_at: datetime, *, actor: User) -> Attempt:
    application = locked(application)
    person = application.person
    if person is not None:
        need_officer_of_others(actor, person)
    if application.state != ApplicationState.ACCEPTED or application.concluded_at or person is None:
        raise RuleViolation(
            _("%(name)s: the application is not accepted, or already decided.") % {"name": application.full_name},
            code="not_accepted",
        )
    if not application.needs_exam:
        raise RuleViolation(
            _("%(name)s: this renewal takes no exam, it is decided on the evidence.") % {"name": application.full_name},
            code="no_exam",
        )
    if application.attempts.filter(state=AttemptState.RELEASED, passed=True).exists():
        raise RuleViolation(_("%(name)s has already passed the exam.") % {"name": application.full_name}, code="passed")
    before = counting(session, [person.pk]).get(person.pk, [])
    need_something_to_hold(session, before, application.full_name)
    with constraint_errors(DATABASE_REFUSALS):
        attempt = Attempt.objects.create(session=session, application=application, person=person, starts_at=starts_at)
    record(
        actor=actor,
        verb="attempt.schedule",
        obj=attempt,
        after={"starts_at": starts_at, "place": session.place},
        related=[session, application, person],
    )
    tell_scheduled(attempt, before=before)
    return attempt


@transaction.atomic
def reschedule_candidate(attempt: Attempt, *, starts_at: datetime, actor: User) -> Attempt:
    """Move one scheduled exam to another time of its session's day, and tell the candidate.

    Raises `NotAllowed` "officer" or "own_case"; `RuleViolation` "state", "past", "time", and "taken" when another
    exam is too near.
    """
    need_officer_of_others(actor, attempt.person)
    session = locked(attempt.session)
    need_planned(session)
    attempt = locked(attempt)
    if attempt.state != AttemptState.SCHEDULED:
        raise RuleViolation(_("The exam has begun or does not take place: it cannot be moved."), code="state")
    if starts_at == attempt.starts_at:
        return attempt
    _check_time(session, starts_at)
    others = session.attempts.exclude(pk=attempt.pk).exclude(state=AttemptState.CANCELLED)
    length = slot_length(session)
    if others.filter(starts_at__gt=starts_at - length, starts_at__lt=starts_at + length).exists():
        raise RuleViolation(_("Another exam of the session is too near to this time."), code="taken")
    before = attempt.starts_at
    attempt.starts_at = starts_at
    attempt.save(update_fields=["starts_at"])
    entry = record(
        actor=actor,
        verb="attempt.reschedule",
        obj=attempt,
        before={"starts_at": before},
        after={"starts_at": starts_at},
        related=[session, attempt.application],
    )
    tell_moved(attempt, event=entry.pk)
    return attempt


@transaction.atomic
def remove_candidate(attempt: Attempt, *, reason: str, actor: User) -> Attempt:
    """Take a candidate out of a session before the exam begins, and tell them; their place is free again.

    Raises `NotAllowed` "officer" or "own_case"; `RuleViolation` "state" once it has begun, "reason" without one.
    """
    need_officer_of_others(actor, attempt.person)
    return cancel_scheduled(attempt, reason=reason, actor=actor)


def _need_places(session: ExamSession, chosen: int) -> None:
    """Raise "exams_session_full" with the number of free places; the session is locked, so that it stays true."""
    free = free_places(session)
    if not free:
        raise RuleViolation(DATABASE_REFUSALS["exams_session_full"], code="exams_session_full")
    if chosen > free:
        message = ngettext(
            "The session has %(free)s free place, but you chose %(chosen)s candidates. Nobody was scheduled.",
            "The session has %(free)s free places, but you chose %(chosen)s candidates. Nobody was scheduled.",
            free,
        )
        raise RuleViolation(message % {"free": free, "chosen": chosen}, code="exams_session_full")


def _check_time(session: ExamSession, moment: datetime) -> None:
    if moment <= timezone.now() and timezone.localdate(moment) < timezone.localdate():
        raise RuleViolation(_("The date and time are in the past."), code="past")
    if moment < session.starts_at or timezone.localdate(moment) != timezone.localdate(session.starts_at):
        raise RuleViolation(_("The time has to lie on the day of the session, not before it begins."), code="time")
