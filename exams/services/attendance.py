"""The day of the exam: who came, and by which document they were known."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from core.errors import RuleViolation
from core.transitions import locked, move
from exams.models import Attempt
from exams.services.guards import need_receiver, need_session_day
from exams.states import ATTEMPT, AttemptState, IdentityDocument


@transaction.atomic
def check_identity(attempt: Attempt, *, document: str, actor: User) -> Attempt:
    """Record that the candidate's identity was checked, by which document, by whom and when; only on the day.

    Raises `NotAllowed` "receiver"; `RuleViolation` "document", "state" unless the exam is scheduled, "checked" the
    second time, "day".
    """
    need_receiver(actor, attempt)
    if document not in IdentityDocument.values:
        raise RuleViolation(_("Choose the document."), code="document")
    attempt = locked(attempt)
    if attempt.state != AttemptState.SCHEDULED:
        raise RuleViolation(_("The exam has begun or does not take place."), code="state")
    if attempt.identity_checked_at:
        raise RuleViolation(_("The identity was already checked."), code="checked")
    need_session_day(attempt)
    attempt.identity_checked_at, attempt.identity_checked_by = timezone.now(), actor
    attempt.identity_document = document
    attempt.save(update_fields=["identity_checked_at", "identity_checked_by", "identity_document"])
    record(
        actor=actor,
        verb="attempt.identify",
        obj=attempt,
        after={"identity_document": document},
        related=[attempt.session, attempt.application],
    )
    return attempt


@transaction.atomic
def record_no_show(attempt: Attempt, *, reason: str, actor: User) -> Attempt:
    """Record that the candidate did not appear, once their time has come.

    Raises `NotAllowed` "receiver"; `RuleViolation` "early" before their time, "checked" when the identity was checked,
    "state", "reason".
    """
    need_receiver(actor, attempt)
    attempt = locked(attempt)
    if timezone.now() < attempt.starts_at:
        raise RuleViolation(_("The time of the exam has not come yet."), code="early")
    if attempt.identity_checked_at:
        raise RuleViolation(_("The candidate's identity was checked: they did appear."), code="checked")
    return move(
        attempt,
        ATTEMPT,
        "no_show",
        actor=actor,
        reason=reason,
        changes={"state_reason": reason.strip()},
        related=(attempt.session, attempt.application),
    )
