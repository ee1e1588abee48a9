"""A call for help from an exam room, and its answer."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from core.errors import RuleViolation
from core.transitions import locked
from exams.models import Attempt, HelpCall
from exams.queries.help import open_call_of
from exams.services.guards import need_officer, need_recorder, need_session_day
from exams.states import AttemptState

NOTE_LENGTH = 200


@transaction.atomic
def call_help(attempt: Attempt, *, note: str = "", actor: User) -> HelpCall:
    """Call an officer to the room of an exam; while a call is open, calling again adds nothing and returns it.

    Raises `NotAllowed` "recorder"; `RuleViolation` "note_length", "state" unless the exam is ahead or under way, "day".
    """
    need_recorder(actor, attempt)
    if len(note.strip()) > NOTE_LENGTH:
        raise RuleViolation(_("The note is longer than 200 characters."), code="note_length")
    attempt = locked(attempt)
    if attempt.state not in {AttemptState.SCHEDULED, AttemptState.IN_PROGRESS}:
        raise RuleViolation(_("The exam is over, or does not take place."), code="state")
    need_session_day(attempt)
    if open_call := open_call_of(attempt):
        return open_call
    call = HelpCall.objects.create(attempt=attempt, note=note.strip(), called_by=actor, called_at=timezone.now())
    record(actor=actor, verb="attempt.call", obj=attempt, reason=call.note, related=[attempt.session])
    return call


@transaction.atomic
def answer_help(call: HelpCall, *, actor: User) -> HelpCall:
    """Say that somebody is on the way; any officer may.

    Raises `NotAllowed` "officer"; `RuleViolation` "answered" the second time.
    """
    need_officer(actor)
    call = locked(call)
    if call.answered_at:
        raise RuleViolation(_("The call has already been answered."), code="answered")
    call.answered_at, call.answered_by = timezone.now(), actor
    call.save(update_fields=["answered_at", "answered_by"])
    record(actor=actor, verb="attempt.answer", obj=call.attempt, reason=call.note, related=[call.attempt.session])
    return call
