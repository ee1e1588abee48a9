"""Surveillance of holders: announced, held, and what follows; on a formal complaint without notice (contract B7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from certificates.models import Certificate, Duty, Surveillance
from certificates.queries.cases import OPEN_SURVEILLANCE, is_hidden
from certificates.services.case_notices import (
    tell_of_announced_surveillance,
    tell_of_cancelled_surveillance,
    tell_of_held_surveillance,
    tell_of_moved_surveillance,
)
from certificates.services.duties import lapse_about, meet_about
from certificates.services.guards import LONGEST_REASON, require_officer, stated_reason
from certificates.services.lifecycle import Because, settle_due
from certificates.services.measures import bearer_in_force, keep_files, note_carried_over, take_measure
from certificates.services.surveillance_plan import (
    end_surveillance,
    owe_holding,
    plan_follow_up,
    related_to,
    require_due_in_time,
)
from certificates.states import (
    SURVEILLANCE,
    DutyKind,
    DutyState,
    EventKind,
    Ground,
    Status,
    SurveillanceKind,
    SurveillanceResult,
    SurveillanceState,
)
from core.errors import RuleViolation
from core.integrity import constraint_errors
from core.transitions import locked, move
from core.words import untranslated

HAS_ENDED = _("The certificate is expired, revoked or superseded: its holder is under surveillance no more.")
NOT_ANNOUNCED = _("An extraordinary surveillance is not announced to the holder (contract B7).")
UNANNOUNCED = _(
    "The holder has not been told of this surveillance: announce it first (contract B7). Without notice only an "
    "extraordinary one is held."
)
ONE_WITHOUT_NOTICE = _(
    "An extraordinary surveillance of this certificate is open already: record its result, or give it up, before you "
    "open another one."
)
DAY_PASSED = _(
    "The day of this surveillance has passed without the holder having been told of it: set a new day first, so that "
    "the notice reaches them ahead of it (contract B7)."
)
MEASURES = {SurveillanceResult.SUSPENSION: EventKind.SUSPEND, SurveillanceResult.REVOCATION: EventKind.REVOKE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a surveillance found, and what follows.

    `review_on` goes with a suspension, `follow_up_on` with a follow-up; `public_reason` is given when the suspension or
    revocation is published (contract B3).
    """

    held_on: date
    result: SurveillanceResult
    report: str
    review_on: date | None = None
    follow_up_on: date | None = None
    public_reason: str = ""
    public_reason_en: str = ""


def open_extraordinary(certificate: Certificate, *, cause: str, due_on: date, actor: User) -> Surveillance:
    """Have a holder looked at on a formal complaint, without notice (contract B7).

    The holder learns of it when it has been held: no message, and a duty of the body that they do not see. Raises
    `NotAllowed` "role", "own_case" or "interest"; `RuleViolation` "reason" (no cause), "ended" (the certificate is not
    in force any more), "due_past", "due_late" or "certificates_one_open_extraordinary" (another one is open).
    """
    require_officer(actor, certificate.person)
    cause = stated_reason(cause)
    with constraint_errors({"certificates_one_open_extraordinary": ONE_WITHOUT_NOTICE}):
        current = _in_force(certificate)
        surveillance = Surveillance.objects.create(
            certificate=current,
            kind=SurveillanceKind.EXTRAORDINARY,
            due_on=require_due_in_time(current, due_on),
            cause=cause,
            created_at=timezone.now(),
            created_by=actor,
        )
        record(
            actor=actor,
            verb="surveillance.open",
            obj=surveillance,
            after={"kind": surveillance.kind, "due_on": due_on},
            reason=cause,
            related=related_to(surveillance),
        )
        owe_holding(surveillance, shown_to_holder=False)
    return surveillance


def announce_surveillance(surveillance: Surveillance, *, actor: User | None = None) -> Surveillance:
    """Tell the holder of a surveillance ahead of its day (contract B4, B7): by an officer, or by the morning's job.

    The job (`actor` None) may run twice: what was announced already is left alone. Raises `NotAllowed` "role",
    "own_case" or "interest"; `RuleViolation` "extraordinary", "ended", "day_passed" (set a new day first), or "state".
    """
    if actor is not None:
        require_officer(actor, surveillance.certificate.person)
    with transaction.atomic():
        certificate = _in_force(surveillance.certificate)
        current = locked(surveillance)
        if actor is None and current.state != SurveillanceState.PLANNED:
            return current
        if current.kind == SurveillanceKind.EXTRAORDINARY:
            raise RuleViolation(NOT_ANNOUNCED, code="extraordinary")
        if current.state == SurveillanceState.PLANNED and current.due_on < timezone.localdate():
            raise RuleViolation(DAY_PASSED, code="day_passed")
        current.certificate = certificate
        changes = {"announced_at": timezone.now()}
        announced = move(current, SURVEILLANCE, "announce", actor=actor, changes=changes, related=related_to(current))
        tell_of_announced_surveillance(announced)
    return announced


def hold_surveillance(
    surveillance: Surveillance, finding: Finding, *, actor: User, files: Sequence["UploadedFile[Any]"] = ()
) -> Surveillance:
    """Record that a surveillance was held, what it found, and let the result have its effect, all or nothing.

    Confirmed: the holder is told. Follow-up: another surveillance by a day until which the holder puts right what was
    found. Suspension, revocation: the certificate is suspended or revoked on the ground "finding of the surveillance".
    What follows has its effect on the certificate of the chain that is in force: it may have been renewed meanwhile.
    What was owed because of it is met. Raises `NotAllowed` "role", "own_case" or "interest"; `RuleViolation` "reason"
    (no report), "held_future", "held_early" (before it was announced or, without notice, opened), "unannounced",
    "due_missing", "due_past", "due_late", "review_missing", "ended" (a follow-up when nothing of the chain is in
    force), what the verbs of the certificate raise, or "state" when it was held or given up already.
    """
    require_officer(actor, surveillance.certificate.person)
    report = stated_reason(finding.report, longest=LONGEST_REASON)
    with transaction.atomic():
        # The certificate first, as all decisions about it do: no two of them wait for each other.
        certificate = settle_due(locked(surveillance.certificate))
        current = locked(surveillance)
        current.certificate = certificate
        if current.state == SurveillanceState.PLANNED and not is_hidden(current):
            raise RuleViolation(UNANNOUNCED, code="unannounced")
        require_held_in_time(current, finding.held_on)
        changes = {
            "held_on": finding.held_on,
            "report": report,
            "result": finding.result,
            "settled_at": timezone.now(),
            "settled_by": actor,
        }
        held = move(
            current,
            SURVEILLANCE,
            "hold",
            actor=actor,
            reason=report,
            changes=changes,
            untold={"report"},
            related=related_to(current),
        )
        held.certificate = certificate
        keep_files(held, files, actor=actor)
        _settle_duties(held, finding, actor=actor)
        _let_follow(held, finding, actor=actor)
        tell_of_held_surveillance(held)
    return held


def cancel_surveillance(surveillance: Surveillance, *, reason: str, actor: User) -> Surveillance:
    """Give up a surveillance that is still to be held; a holder who was told of it is told of that too.

    Raises `NotAllowed` "role", "own_case" or "interest"; `RuleViolation` "reason" or "state".
    """
    require_officer(actor, surveillance.certificate.person)
    reason = stated_reason(reason)
    with transaction.atomic():
        was_announced = locked(surveillance).state == SurveillanceState.ANNOUNCED
        ended = end_surveillance(surveillance, actor=actor, reason=reason)
        if was_announced:
            tell_of_cancelled_surveillance(ended, reason=reason)
    return ended


def reschedule_surveillance(surveillance: Surveillance, *, due_on: date, reason: str, actor: User) -> Surveillance:
    """Move the day by which a surveillance is to be held, and of the duties with it; a holder who was told is told.

    Raises `NotAllowed` "role", "own_case" or "interest"; `RuleViolation` "reason", "due_past", "due_late",
    "certificates_surveillance_once" (another one is planned for that day), or "state".
    """
    require_officer(actor, surveillance.certificate.person)
    reason = stated_reason(reason)
    with transaction.atomic():
        current = locked(surveillance)
        if current.state not in OPEN_SURVEILLANCE:
            raise RuleViolation(str(SURVEILLANCE.refusal).format(state=current.get_state_display()), code="state")
        before, current.due_on = current.due_on, require_due_in_time(current.certificate, due_on)
        with constraint_errors(
            {"certificates_surveillance_once": _("Another surveillance of this certificate is planned for that day.")}
        ):
            current.save(update_fields=["due_on"])
        _move_duties(current)
        entry = record(
            actor=actor,
            verb="surveillance.move",
            obj=current,
            before={"due_on": before},
            after={"due_on": due_on},
            reason=reason,
            related=related_to(current),
        )
        if current.state == SurveillanceState.ANNOUNCED or current.kind == SurveillanceKind.FOLLOW_UP:
            tell_of_moved_surveillance(current, entry, reason=reason)
    return current


def _in_force(certificate: Certificate) -> Certificate:
    """Return the certificate, locked and up to date; raises `RuleViolation` "ended" when it is not in force."""
    current = settle_due(locked(certificate))
    if current.status in {Status.EXPIRED, Status.REVOKED, Status.SUPERSEDED}:
        raise RuleViolation(HAS_ENDED, code="ended")
    return current


def require_held_in_time(surveillance: Surveillance, held_on: date) -> None:
    """Raise `RuleViolation` "held_future" or "held_early" unless it can have been held on this day."""
    if held_on > timezone.localdate():
        raise RuleViolation(_("The day on which it was held lies in the future."), code="held_future")
    known_from = timezone.localdate(surveillance.announced_at or surveillance.created_at)
    if surveillance.state in OPEN_SURVEILLANCE and held_on < known_from:
        raise RuleViolation(
            _("It cannot have been held before the holder was told of it, or, without notice, before it was opened."),
            code="held_early",
        )


def _settle_duties(held: Surveillance, finding: Finding, *, actor: User) -> None:
    """Note that the body held it, and that the holder put right what an earlier one had found, if they did."""
    proof = untranslated(SurveillanceResult(finding.result).label)
    meet_about(held, DutyKind.HOLD_SURVEILLANCE, actor=actor, proof=proof, on=finding.held_on)
    if finding.result == SurveillanceResult.CONFIRMED:
        meet_about(held, DutyKind.FOLLOW_UP, actor=actor, proof=proof, on=finding.held_on)
    else:
        lapse_about(held, [DutyKind.FOLLOW_UP], reason=proof)


def _let_follow(held: Surveillance, finding: Finding, *, actor: User) -> None:
    if finding.result == SurveillanceResult.FOLLOW_UP:
        bearer = bearer_in_force(held.certificate)
        due_on = require_due_in_time(bearer, finding.follow_up_on)
        follow_up = plan_follow_up(held, bearer, due_on=due_on, findings=held.report, actor=actor)
        measure = untranslated(SurveillanceResult.FOLLOW_UP.label)
        note_carried_over(held.certificate, bearer, measure, actor=actor, related=[follow_up])
    elif finding.result in MEASURES:
        because = Because(
            ground=Ground.SURVEILLANCE,
            reason=held.report,
            public_reason=finding.public_reason,
            public_reason_en=finding.public_reason_en,
        )
        kind = MEASURES[SurveillanceResult(finding.result)]
        take_measure(held.certificate, kind, because, actor=actor, review_on=finding.review_on)


def _move_duties(surveillance: Surveillance) -> None:
    for duty in _open_duties(surveillance):
        before, duty.due_on = duty.due_on, surveillance.due_on
        duty.save(update_fields=["due_on"])
        record(
            actor=None,
            verb="duty.reschedule",
            obj=duty,
            before={"due_on": before},
            after={"due_on": duty.due_on},
            related=related_to(surveillance),
        )


def _open_duties(surveillance: Surveillance) -> list[Duty]:
    keys = [
        f"{kind}:{surveillance._meta.label_lower}:{surveillance.pk}"
        for kind in (DutyKind.HOLD_SURVEILLANCE, DutyKind.FOLLOW_UP)
    ]
    return list(Duty.objects.select_for_update().filter(key__in=keys, state=DutyState.OPEN))
