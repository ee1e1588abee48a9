"""Refusals that several verbs share, and the words for what the database refuses."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.models import Person
from core.errors import NotAllowed, RuleViolation
from exams.models import REASON_LENGTH, Attempt, ExamSession, StageRun
from exams.permissions import may_manage_sessions, may_mark, may_receive, may_record
from exams.states import SessionState

PARTIAL = _(
    "An assessor of the panel is this candidate, or has an interest in a candidate of the session (contract B1)."
)

OWN_CASE = _("It is your own exam: another officer has to do this (contract B1).")

DATABASE_REFUSALS = {
    "exams_session_full": _("The session is full: it has no free place left."),
    "exams_session_not_planned": _("The session is closed or cancelled: nobody can be added to it."),
    "exams_attempt_matches_application": _(
        "The application is not accepted, or belongs to another version of the scheme."
    ),
    "exams_panel_impartial": PARTIAL,
    "exams_one_open_attempt": _("The candidate already has an exam scheduled on this application."),
    "exams_person_once_in_session": _("The candidate is already in this session."),
    "exams_panel_one_lead": _("A panel has one lead assessor."),
    "exams_session_capacity": _("The capacity is a number from 1 to 100."),
}


def need_officer(actor: User) -> None:
    """Raise `NotAllowed` (code "officer") unless the actor is an officer."""
    if not may_manage_sessions(actor):
        raise NotAllowed(_("Only a certification officer may do this."), code="officer")


def need_officer_of_others(actor: User, person: Person) -> None:
    """Raise `NotAllowed` "officer" unless the actor is an officer, "own_case" on their own exam (contract B1)."""
    need_officer(actor)
    if person.user_id == actor.pk:
        raise NotAllowed(OWN_CASE, code="own_case")


def need_receiver(actor: User, attempt: Attempt) -> None:
    """Raise `NotAllowed` (code "receiver") unless the actor is an officer or on the panel, and not the candidate."""
    if not may_receive(actor, attempt):
        raise NotAllowed(_("Only an officer or an assessor of the panel may do this."), code="receiver")


def need_recorder(actor: User, attempt: Attempt) -> None:
    """Raise `NotAllowed` (code "recorder") unless the actor may record what happens at this exam."""
    if not may_record(actor, attempt):
        raise NotAllowed(
            _(
                "Only an officer or an assessor who marks this exam may do this, and nobody with an interest in the "
                "candidate (contract B1)."
            ),
            code="recorder",
        )


def need_panel(actor: User, subject: Attempt | StageRun) -> None:
    """Raise `NotAllowed` (code "panel") unless the actor may mark this exam."""
    if not may_mark(actor, subject):
        raise NotAllowed(
            _("Only an assessor of the session's panel who has no interest in the candidate may do this."), code="panel"
        )


def need_planned(session: ExamSession) -> None:
    """Raise `RuleViolation` (code "state") when the session is closed or cancelled."""
    if session.state != SessionState.PLANNED:
        raise RuleViolation(_("The session is closed or cancelled: it cannot be changed any more."), code="state")


def need_session_day(attempt: Attempt) -> None:
    """Raise `RuleViolation` (code "day") on any other day than that of the exam, by the clock of Baku."""
    if timezone.localdate() != timezone.localdate(attempt.starts_at):
        raise RuleViolation(_("This is possible only on the day of the exam."), code="day")


def stated(reason: str) -> str:
    """Return a reason or note without spaces around it; raise `RuleViolation` "reason" for none, "reason_length"."""
    reason = reason.strip()
    if not reason:
        raise RuleViolation(_("Please say what happened, or why: it is kept with the exam."), code="reason")
    if len(reason) > REASON_LENGTH:
        raise RuleViolation(_("The reason is longer than 1000 characters."), code="reason_length")
    return reason
