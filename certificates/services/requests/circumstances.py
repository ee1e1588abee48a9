"""Circumstances that may affect the competence (contract H7): reported by the holder, evaluated by the body.

What is reported may be about somebody's health: it stands in the case alone, never in the trail or in a message.
"""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _, gettext_noop

from accounts.models import User
from audit.services import record
from candidates.models import Person
from certificates.models import Certificate, Circumstance
from certificates.services.duties import Term, meet_about, open_duty
from certificates.services.guards import described, require_officer, stated_reason
from certificates.services.lifecycle import Because
from certificates.services.measures import bearer_in_force, owe_assessment, take_measure
from certificates.services.requests.intake import (
    Intake,
    columns,
    keep_file,
    lock_open,
    require_in_force,
    settlement,
)
from certificates.services.requests.notices import tell_of_circumstance, tell_of_evaluation
from certificates.states import (
    CIRCUMSTANCE,
    CircumstanceKind,
    CircumstanceOutcome,
    CircumstanceState,
    DutyKind,
    EventKind,
    Ground,
)
from core.errors import RuleViolation
from core.transitions import locked, move
from core.words import untranslated

# What everything outside of the case says: the reasons may tell of somebody's health, and stay with the case.
WITH_THE_CASE = gettext_noop("Outcome of the evaluation of a reported circumstance; the reasons are with the case.")

MOST_WAITING = 10  # of one certificate: more than anybody has to say at once
TOO_MANY = _(
    "{number} circumstances are waiting to be evaluated already. Nothing was sent: write to us, or wait for an answer."
)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an officer makes of a circumstance: the outcome with its reasons, and what the outcome needs.

    `due_on` and `details` belong to an extra assessment, `review_on` to a suspension; `public_reason` is given when,
    and only when, a suspension or revocation is published.
    """

    outcome: CircumstanceOutcome
    reasons: str
    due_on: date | None = None
    details: str = ""
    review_on: date | None = None
    public_reason: str = ""
    public_reason_en: str = ""


def report_circumstance(
    certificate: Certificate, *, kind: CircumstanceKind, since: date, description: str, actor: User, intake: Intake
) -> Circumstance:
    """Take in what may harm the holder's ability to keep to the scheme.

    Effects: the body owes an evaluation; the holder is told that it was received. Raises the errors of `columns` and of
    `store_upload`; `RuleViolation` "since_future", "description", "ended", or "reported" (the same one, a second
    click), or "too_many" (so many that the first have to be evaluated before another is taken).
    """
    with transaction.atomic():
        current = locked(certificate)
        taken = columns(current, intake, actor=actor)
        require_in_force(current)
        require_begun(since, taken["received_on"])
        text = described(description)
        same = Circumstance.objects.filter(certificate=current, kind=kind, since=since, description=text)
        if same.filter(state=CircumstanceState.REPORTED).exists():
            raise RuleViolation(_("This has been reported already, and is being evaluated."), code="reported")
        waiting = Circumstance.objects.filter(certificate=current, state=CircumstanceState.REPORTED)
        if waiting.count() >= MOST_WAITING:
            raise RuleViolation(format_lazy(TOO_MANY, number=MOST_WAITING), code="too_many")
        circumstance = Circumstance.objects.create(**taken, kind=kind, since=since, description=text)
        record(
            actor=actor,
            verb="circumstance.report",
            obj=circumstance,
            after={"received_on": circumstance.received_on},
            related=_related(circumstance),
        )
        open_duty(
            DutyKind.EVALUATE_CIRCUMSTANCE,
            about=circumstance,
            person=current.person,
            certificate=current,
            term=Term(circumstance.received_on),
        )
        tell_of_circumstance(circumstance)
        keep_file(intake, circumstance, actor=actor)
    return circumstance


def evaluate_circumstance(circumstance: Circumstance, evaluation: Evaluation, *, actor: User) -> Circumstance:
    """Say what follows from a circumstance, and have it follow, all or nothing.

    Effects: nothing; or the holder owes an extra assessment by a day (contract H10); or the certificate is suspended or
    revoked, of which a message of its own tells. The holder is told of the outcome, and reads the reasons on the case's
    page: no message, no event of the certificate and no entry in the trail repeats them. Raises `NotAllowed` "role",
    "own_case" or "interest"; `RuleViolation` "reason", "state", "ended", "details", "assessment_past",
    "assessment_late", "review_past" when no day is given, and those of the suspension or revocation.
    """
    require_officer(actor, circumstance.certificate.person)
    reasons = stated_reason(evaluation.reasons)
    with transaction.atomic():
        current = lock_open(circumstance, CIRCUMSTANCE, "evaluate")
        _have_it_follow(current, evaluation, actor=actor)
        label = untranslated(CircumstanceOutcome(evaluation.outcome).label)
        current = move(
            current,
            CIRCUMSTANCE,
            "evaluate",
            actor=actor,
            reason=label,  # the reasons themselves may tell of somebody's health
            changes=settlement(actor, outcome=evaluation.outcome, answer=reasons),
            untold={"answer"},
            related=_related(current),
        )
        meet_about(current, DutyKind.EVALUATE_CIRCUMSTANCE, actor=actor, proof=label)
        tell_of_evaluation(current)
    circumstance.refresh_from_db()
    return current


def _have_it_follow(circumstance: Circumstance, evaluation: Evaluation, *, actor: User) -> None:
    certificate = circumstance.certificate
    because = Because(
        ground=Ground.COMPETENCE_IN_DOUBT,
        reason=WITH_THE_CASE,
        public_reason=evaluation.public_reason,
        public_reason_en=evaluation.public_reason_en,
    )
    if evaluation.outcome == CircumstanceOutcome.ASSESSMENT:
        _order_assessment(circumstance, evaluation, actor=actor)
    elif evaluation.outcome == CircumstanceOutcome.SUSPENSION:
        if evaluation.review_on is None:
            raise RuleViolation(_("Give the day of the review."), code="review_past")
        take_measure(certificate, EventKind.SUSPEND, because, actor=actor, review_on=evaluation.review_on)
    elif evaluation.outcome == CircumstanceOutcome.REVOCATION:
        take_measure(certificate, EventKind.REVOKE, because, actor=actor, review_on=None)


def _order_assessment(circumstance: Circumstance, evaluation: Evaluation, *, actor: User) -> None:
    """Order it for the certificate of the chain that is in force: it may have been renewed since the report."""
    bearer = bearer_in_force(circumstance.certificate)
    details = stated_reason(evaluation.details, code="details")
    due_on = require_assessment_in_time(bearer, evaluation.due_on)
    owe_assessment(circumstance, bearer, details=details, due_on=due_on, actor=actor)


def require_begun(since: date, received_on: date) -> None:
    """Raise `RuleViolation` "since_future" when a circumstance begins after it was reported."""
    if since > received_on:
        raise RuleViolation(_("The circumstance lies in the future."), code="since_future")


def require_assessment_in_time(bearer: Certificate, due_on: date | None) -> date:
    """Return the day; raises `RuleViolation` "assessment_past" (none, or not ahead) or "assessment_late"."""
    if due_on is None or due_on <= timezone.localdate():
        raise RuleViolation(
            _("Give a day in the future by which the assessment is to be taken."), code="assessment_past"
        )
    if due_on > bearer.valid_until:
        raise RuleViolation(
            _("The day lies after the last day of validity of the certificate."), code="assessment_late"
        )
    return due_on


def _related(circumstance: Circumstance) -> tuple[Certificate, Person]:
    return (circumstance.certificate, circumstance.certificate.person)
