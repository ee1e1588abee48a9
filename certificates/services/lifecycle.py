"""What is decided about a certificate after its issue: a verb for each decision. How they move it: services.events.

Between the issue of a renewal and its first day two certificates say that the holder is certified. Whatever is decided
about the old one then is decided about the new one too, in the same transaction and for the same reason: nobody walks
out of a suspension, a revocation or a reduction by being renewed already. The rows are locked in the order of their
keys, the old one first; the holder gets a message for each, because each has a number, a paper and a page of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _, gettext_noop

from accounts.models import User
from certificates.models import Certificate, CertificateEvent, Suspension
from certificates.queries.certificates import open_suspension, planned_event
from certificates.services.duties import Term, lapse_about, lapse_of, open_duty
from certificates.services.ending import end_suspension, owe_return
from certificates.services.events import (
    Because,
    Particulars,
    begin_of,
    drop_plan,
    enact,
    require_day_in_time,
    settle_all_due,
    settle_due,
    up_to_date,
)
from certificates.services.guards import require_officer, stated_reason
from certificates.services.new_copies import exchange_copy
from certificates.services.notices import (
    tell_of_reduction,
    tell_of_reinstatement,
    tell_of_revocation,
    tell_of_suspension,
    tell_of_withdrawn_plan,
)
from certificates.states import FINAL_STATES, CertificateState, CopyReason, DutyKind, EventKind, Ground, Status
from core.errors import RuleViolation
from core.integrity import constraint_errors
from core.oneday import in_one_day
from core.templatetags.core_ui import longdate_lazy

__all__ = [
    "Because",
    "reduce_scope",
    "reinstate_certificate",
    "renewal_to_come",
    "require_day_in_time",
    "require_review_in_time",
    "revoke_certificate",
    "settle_all_due",
    "settle_due",
    "supersede_certificate",
    "suspend_certificate",
    "withdraw_plan",
]

ALREADY_SUSPENDED = _("The certificate is suspended already, or will be. Reload the page to see from when until when.")
NOTHING_PLANNED = _("Nothing is planned for this certificate that could be withdrawn.")
REINSTATED = gettext_noop("Certificate reinstated")
SCOPES_THAT_STAY = _("Choose the scopes that stay: at least one, and fewer than the certificate has.")
NO_SCOPE_LEFT = _("it would hold for no scope any more. Revoke it first if that is meant.")
NOT_BEGUN = _("The certificate is not valid yet: revoke it from today, or from {day} on, its first day.")
NOT_REPLACED = gettext_noop("The renewal was revoked before its first day")
OF_THE_RENEWAL = _("The same would be decided about the renewal {number}, which is not valid yet: {words}")


@in_one_day
def suspend_certificate(
    certificate: Certificate, because: Because, *, actor: User, review_on: date, effective_on: date | None = None
) -> CertificateEvent:
    """Suspend a valid certificate, from today or a later day, until it is reinstated or revoked.

    `review_on` is when the body looks at it again. Effects: the public page says so from that day on; the holder is
    told to stop using it and to hand it back (contract H9) and by when it is reviewed. A renewal that is not valid yet
    is suspended with it: a suspension, a review and a message of its own. Raises `NotAllowed` "role", "own_case" or
    "interest"; `RuleViolation` "ground", "reason", "review_past" (not after the first day), "review_late" (after the
    last day of validity, its renewal's if there is one), "expired", "effective_past", "effective_late", "planned"
    (another change is planned already), or "state" (suspended or revoked already).
    """
    require_officer(actor, certificate.person)
    current = up_to_date(certificate)
    start = effective_on or timezone.localdate()
    _require_in_time(current, _("The certificate has expired: there is nothing to suspend."))
    require_day_in_time(current, start)
    require_review_in_time(current, review_on, start)
    event = _suspend(current, because, actor=actor, start=start, review_on=review_on)
    renewal = renewal_to_come(current)
    if renewal and renewal.state == CertificateState.VALID:
        with _about_renewal(renewal):
            _suspend(renewal, because, actor=actor, start=start, review_on=review_on)
    certificate.refresh_from_db()
    return event


def _suspend(current: Certificate, because: Because, *, actor: User, start: date, review_on: date) -> CertificateEvent:
    event = enact(
        current,
        EventKind.SUSPEND,
        because,
        actor=actor,
        effective_on=start,
        particulars=Particulars(review_on=review_on),
    )
    with constraint_errors({"certificates_no_overlapping_suspensions": ALREADY_SUSPENDED}):
        suspension = Suspension.objects.create(
            certificate=current,
            event=event,
            reason=event.reason,
            started_at=begin_of(event),
            review_on=review_on,
            imposed_by=actor,
        )
    is_owed = owe_return(event)
    open_duty(
        DutyKind.REVIEW_SUSPENSION,
        about=event,
        person=current.person,
        certificate=current,
        term=Term(start, review_on),
    )
    tell_of_suspension(suspension, is_owed=is_owed)
    return event


@in_one_day
def reinstate_certificate(certificate: Certificate, because: Because, *, actor: User) -> CertificateEvent:
    """End a suspension: the certificate is valid again from today.

    Effects: the suspension ends; the public page says so at once; what the holder owed because of it lapses; the holder
    is told. One that ran out meanwhile stays expired, and its original stays owed (contract H9): only the suspension
    ends, so that it can be renewed. The suspension of a renewal that is not valid yet ends too if it came from the same
    decision; one of its own stays. Raises `NotAllowed` "role", "own_case" or "interest"; `RuleViolation` "ground",
    "reason", or "state" (not suspended).
    """
    require_officer(actor, certificate.person)
    current = up_to_date(certificate)
    suspension = open_suspension(current)
    event = _reinstate(current, because, actor=actor)
    renewal = renewal_to_come(current)
    if renewal and renewal.state == CertificateState.SUSPENDED and suspension:
        other = open_suspension(renewal)
        if other and _of_one_decision(suspension, other):
            with _about_renewal(renewal):
                _reinstate(renewal, because, actor=actor)
    certificate.refresh_from_db()
    return event


def _reinstate(current: Certificate, because: Because, *, actor: User) -> CertificateEvent:
    event = enact(current, EventKind.REINSTATE, because, actor=actor, effective_on=timezone.localdate())
    suspension = end_suspension(current, event.recorded_at, actor=actor, proof=REINSTATED)
    if suspension and current.status != Status.EXPIRED:
        lapse_about(suspension.event, [DutyKind.RETURN_ENDED], reason=REINSTATED)
    planned = planned_event(current)
    if planned and planned.kind == EventKind.REVOKE:  # whoever gets the original back now hands it in again then
        owe_return(planned)
    tell_of_reinstatement(current, event)
    return event


def _of_one_decision(one: Suspension, other: Suspension) -> bool:
    """Tell whether two suspensions were imposed by the same decision, on a certificate and on its renewal."""
    names = ("ground", "reason", "effective_on", "review_on", "recorded_by_id")
    return all(getattr(one.event, name) == getattr(other.event, name) for name in names)


@in_one_day
def revoke_certificate(
    certificate: Certificate, because: Because, *, actor: User, effective_on: date | None = None
) -> CertificateEvent:
    """Withdraw a certificate for good, from today or a later day; an expired one too: the register tells the truth.

    Effects, from that day on: the public page says so; a suspension ends; what is planned or owed under the certificate
    ends. The holder is told at once to stop using it then and to hand the original back (contract H9). A renewal that
    is not valid yet is revoked with it, with a message of its own. A renewal that is itself revoked before its first
    day does not take the place of the certificate that it renews: that one stands to its own last day.

    Revoked is final: the database refuses any further change. Raises `NotAllowed` "role", "own_case" or "interest";
    `RuleViolation` "ground", "reason", "effective_past", "effective_late", "not_begun" (planned for a day before the
    first one of validity), "planned", or "state" (revoked or superseded already).
    """
    require_officer(actor, certificate.person)
    replaced = _to_be_replaced_by(certificate)  # of two, the old one is locked first
    current = up_to_date(certificate)
    start = effective_on or timezone.localdate()
    if timezone.localdate() < start < current.valid_from:
        words = format_lazy(NOT_BEGUN, day=longdate_lazy(current.valid_from))
        raise RuleViolation(words, code="not_begun")
    event = _revoke(current, because, actor=actor, start=start, stands=replaced if start < current.valid_from else None)
    renewal = renewal_to_come(current)
    if renewal:
        with _about_renewal(renewal):
            _revoke(renewal, because, actor=actor, start=start)
    certificate.refresh_from_db()
    return event


def _revoke(
    current: Certificate, because: Because, *, actor: User, start: date, stands: Certificate | None = None
) -> CertificateEvent:
    """Revoke it; `stands` is the locked certificate whose place it does not take now."""
    suspension = open_suspension(current)
    event = enact(current, EventKind.REVOKE, because, actor=actor, effective_on=start)
    if stands and (planned := planned_event(stands)):
        drop_plan(stands, planned, actor=actor, reason=NOT_REPLACED)
    is_owed = owe_return(event, after=suspension)
    tell_of_revocation(current, event, is_owed=is_owed, stands=stands)
    return event


def _to_be_replaced_by(renewal: Certificate) -> Certificate | None:
    """Return the certificate whose place a renewal takes on its first day, locked, while that day is to come."""
    old = renewal.renews if renewal.valid_from > timezone.localdate() else None
    current = up_to_date(old) if old else None
    return current if current and current.next_state == CertificateState.SUPERSEDED else None


@in_one_day
def reduce_scope(certificate: Certificate, because: Because, *, actor: User, scopes: list[str]) -> CertificateEvent:
    """Take scopes away from a valid certificate: `scopes` are those that stay, fewer than it has and at least one.

    Effects: a new copy with the scopes that stay; the old one is superseded, and its original is handed in (contract
    H8) unless it was reported lost; an open request for a new copy is settled by it; the holder is told. A renewal that
    is not valid yet loses the same scopes, if it has them: a new copy and a message of its own. Raises `NotAllowed`
    "role", "own_case" or "interest"; `RuleViolation` "ground", "reason", "scopes", "expired", "planned" or "state".
    """
    require_officer(actor, certificate.person)
    current = up_to_date(certificate)
    _require_in_time(current, _("The certificate has expired: there is nothing to reduce."))
    if not set(scopes) < set(current.scopes) or not scopes:
        raise RuleViolation(SCOPES_THAT_STAY, code="scopes")
    gone = set(current.scopes) - set(scopes)
    event = _reduce(current, because, actor=actor, gone=gone)
    renewal = renewal_to_come(current)
    if renewal and gone & set(renewal.scopes):
        with _about_renewal(renewal):
            _reduce(renewal, because, actor=actor, gone=gone)
    certificate.refresh_from_db()
    return event


def _reduce(current: Certificate, because: Because, *, actor: User, gone: set[str]) -> CertificateEvent:
    kept = tuple(scope for scope in current.scopes if scope not in gone)
    if not kept:
        raise RuleViolation(NO_SCOPE_LEFT, code="scopes")
    event = enact(
        current,
        EventKind.REDUCE,
        because,
        actor=actor,
        effective_on=timezone.localdate(),
        particulars=Particulars(scopes=kept),
    )
    exchange = exchange_copy(current, CopyReason.REDUCED, about=current.current_copy, actor=actor)
    tell_of_reduction(current, event, exchange)
    return event


@in_one_day
def supersede_certificate(certificate: Certificate, *, actor: User, effective_on: date) -> CertificateEvent:
    """Let a renewal take a certificate's place from its own first day on; part of the issue of the renewal.

    What is owed under the old one ends on that day, the application for renewal and changed terms now. Raises
    `RuleViolation` "state" when it is revoked or superseded, "planned" when another change of it is planned.
    """
    current = up_to_date(certificate)
    because = Because(ground=Ground.RENEWED, reason="")
    event = enact(current, EventKind.SUPERSEDE, because, actor=actor, effective_on=effective_on)
    done = [DutyKind.APPLY_FOR_RENEWAL, DutyKind.ACCEPT_TERMS]  # the renewal has the terms of its own contract
    lapse_of(current, done, reason=gettext_noop("Certificate renewed"))
    certificate.refresh_from_db()
    return event


@in_one_day
def withdraw_plan(certificate: Certificate, *, actor: User, reason: str) -> CertificateEvent:
    """Take back a suspension or revocation that is planned and has no force yet; the holder is told.

    What was owed because of it lapses. Raises `NotAllowed` "role", "own_case" or "interest"; `RuleViolation` "reason",
    or "nothing_planned".
    """
    require_officer(actor, certificate.person)
    reason = stated_reason(reason)
    current = up_to_date(certificate)
    planned = planned_event(current)
    if planned is None or planned.kind == EventKind.SUPERSEDE:
        raise RuleViolation(NOTHING_PLANNED, code="nothing_planned")
    event = drop_plan(current, planned, actor=actor, reason=reason)
    if planned.kind == EventKind.SUSPEND:
        end_suspension(current, event.recorded_at, actor=actor, proof=reason)
    lapse_about(planned, [DutyKind.RETURN_ENDED], reason=reason)
    tell_of_withdrawn_plan(current, event)
    certificate.refresh_from_db()
    return event


def require_review_in_time(certificate: Certificate, review_on: date, effective_on: date | None = None) -> None:
    """Raise `RuleViolation` "review_past" or "review_late" unless the day lies ahead and within the validity.

    Of a certificate whose renewal has been issued, the renewal's validity counts: it is suspended with it.
    """
    if review_on <= (effective_on or timezone.localdate()):
        raise RuleViolation(
            _("The date of the review has to lie in the future, after the first day of the suspension."),
            code="review_past",
        )
    renewal = certificate.successor
    is_followed = renewal is not None and renewal.state not in FINAL_STATES
    last_day = renewal.valid_until if renewal and is_followed else certificate.valid_until
    if review_on > last_day:
        raise RuleViolation(
            _("The date of the review lies after the last day of validity of the certificate."), code="review_late"
        )


def renewal_to_come(certificate: Certificate) -> Certificate | None:
    """Return the renewal of a locked certificate that was issued and is not valid yet: locked, up to date, not revoked.

    A renewal has the greater key: whoever locks both does it in this order.
    """
    found = Certificate.objects.filter(renews=certificate, valid_from__gt=timezone.localdate()).first()
    current = up_to_date(found) if found else None
    return current if current and current.state not in FINAL_STATES else None


@contextmanager
def _about_renewal(renewal: Certificate) -> Iterator[None]:
    """Name the renewal in a refusal that is about it: what was asked for was another certificate."""
    try:
        yield
    except RuleViolation as refusal:
        words = format_lazy(OF_THE_RENEWAL, number=renewal.number, words=refusal.message)
        raise RuleViolation(words, code=refusal.code) from refusal


def _require_in_time(certificate: Certificate, message: object) -> None:
    if certificate.status == Status.EXPIRED:
        raise RuleViolation(str(message), code="expired")
