"""Suspicions of cheating: opened with an incident, settled by another officer (contract H12, B8).

What follows from a confirmed breach for a certificate is decided elsewhere; here the suspicion is only settled, and as
long as it is open the database lets nobody decide on certification.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from core.errors import NotAllowed
from core.transitions import locked, move
from exams.models import BreachCase, Incident
from exams.permissions import may_settle_breach
from exams.services.guards import need_officer, stated
from exams.states import BREACH


def open_case(incident: Incident, *, actor: User) -> BreachCase:
    """Open the case of a suspicion that was just recorded; the caller holds the lock of the exam."""
    case = BreachCase.objects.create(
        attempt=incident.attempt, incident=incident, opened_by=actor, opened_at=timezone.now()
    )
    record(
        actor=actor,
        verb="breach.open",
        obj=case,
        after={"state": case.state},
        related=[incident.attempt, incident.attempt.session],  # not the application: its history is the candidate's
    )
    return case


def dismiss_case(case: BreachCase, *, conclusion: str, actor: User) -> BreachCase:
    """Settle that the suspicion was not confirmed: from now on the exam is decided on as any other.

    Raises `NotAllowed` "officer", or "four_eyes" for whoever opened the case or has an interest in the candidate;
    `RuleViolation` "reason" or "reason_length" for the conclusion, "state" once it is settled.
    """
    return _settle(case, "dismiss", conclusion, actor)


def confirm_case(case: BreachCase, *, conclusion: str, actor: User) -> BreachCase:
    """Settle that the suspicion was confirmed: stages of this exam no longer count in another one.

    Raises what `dismiss_case` raises.
    """
    return _settle(case, "confirm", conclusion, actor)


@transaction.atomic
def _settle(case: BreachCase, verb: str, conclusion: str, actor: User) -> BreachCase:
    need_officer(actor)
    if not may_settle_breach(actor, case):
        raise NotAllowed(
            _("A suspicion is settled by another officer than who reported it, and by nobody with an interest."),
            code="four_eyes",
        )
    conclusion = stated(conclusion)
    # The exam first: a decision on it, and another exam that would count its stages, come before or after.
    attempt = locked(case.attempt)
    return move(
        case,
        BREACH,
        verb,
        actor=actor,
        reason=conclusion,
        changes={"settled_by": actor, "settled_at": timezone.now(), "conclusion": conclusion},
        related=(attempt, attempt.session),
    )
