"""Stopping an exam for good: it gets no result, and the application waits for a new date."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import NotAllowed
from core.transitions import locked, move
from exams.models import Attempt
from exams.permissions import may_stop
from exams.services.guards import stated
from exams.services.incidents import end_interruption, record_stop
from exams.services.notices import tell_stopped
from exams.services.stages import close_run
from exams.states import ATTEMPT


@transaction.atomic
def stop_exam(attempt: Attempt, *, reason: str, actor: User) -> Attempt:
    """Stop an exam that is under way: the running stage and an interruption end now, and the candidate is told why.

    Stages that were signed off stay, and may count in the next exam; the others get no verdict. Sheets stay as they
    are, so that marks that are still on a device can arrive; nobody seals or signs off any more.
    Raises `NotAllowed` "stop"; `RuleViolation` "reason", "reason_length", "state" unless the exam is under way.
    """
    if not may_stop(actor, attempt):
        raise NotAllowed(
            _(
                "Only the lead assessor or an officer stops an exam, and nobody with an interest in the candidate "
                "(contract B1)."
            ),
            code="stop",
        )
    reason = stated(reason)
    attempt = locked(attempt)
    now = timezone.now()
    running = attempt.stages.filter(started_at__isnull=False, ended_at=None).first()
    stopped = move(
        attempt,
        ATTEMPT,
        "stop",
        actor=actor,
        reason=reason,
        changes={"state_reason": reason},
        related=(attempt.session, attempt.application),
    )
    end_interruption(stopped, at=now, actor=actor)
    run = close_run(locked(running), at=now, actor=actor) if running else None
    record_stop(stopped, reason=reason, moment=now, run=run, actor=actor)
    tell_stopped(stopped, reason=reason)
    return stopped
