"""The one way in which something is decided about a certificate: an event, and the move or the plan that it makes.

An event for today moves the certificate at once. One for a later day is planned on it (`next_state`, `next_from`) and
has force from that day on without anybody's doing: whatever reads the certificate looks at the date. `settle_due`
brings the columns up to date before the next decision and each morning; when it does makes no difference to a reader.
One change at most is planned at a time, so that the columns always tell the whole future.
"""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Model
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from certificates.models import Certificate, CertificateEvent
from certificates.queries.certificates import PLANS, planned_event
from certificates.services.ending import end_with
from certificates.services.guards import LONGEST_REASON, stated_reason
from certificates.states import CERTIFICATE, FINAL_STATES, CertificateState, EventKind, Ground, grounds_for
from core.errors import RuleViolation
from core.rowbyrow import each_alone
from core.templatetags.core_ui import longdate_lazy
from core.transitions import locked, move


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """Why a certificate's state changes: the ground, the reason for file and holder, and the public one (contract B3).

    A public reason is given when, and only when, the decision is published on the register; in English beside it, for
    those who do not read Azerbaijani.
    """

    ground: Ground
    reason: str
    public_reason: str = ""
    public_reason_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """What only some decisions have: when a suspension is reviewed, which scopes stay."""

    review_on: date | None = None
    scopes: tuple[str, ...] | None = None


def enact(
    certificate: Certificate,
    kind: EventKind,
    because: Because,
    *,
    actor: User,
    effective_on: date,
    particulars: Particulars | None = None,
) -> CertificateEvent:
    """Check a decision against the table, write it as an event, and move or plan the locked certificate; all told.

    What a revocation or a supersession ends, ends on the day from which it has force. Raises `RuleViolation` "ground",
    "reason", "public_reason", "effective_past", "effective_late", "planned" or "state".
    """
    now = timezone.now()
    particulars = particulars or Particulars()
    reason = "" if kind == EventKind.SUPERSEDE else stated_reason(because.reason, longest=LONGEST_REASON)
    _require_sound(certificate, kind, because.ground, effective_on, timezone.localdate(now))
    require_published_in_both(because.public_reason, because.public_reason_en)
    event = CertificateEvent.objects.create(
        certificate=certificate,
        kind=kind,
        ground=because.ground,
        reason=reason,
        public_reason=because.public_reason.strip(),
        public_reason_en=because.public_reason_en.strip(),
        is_published=bool(because.public_reason.strip()),
        effective_on=effective_on,
        review_on=particulars.review_on,
        scopes=list(particulars.scopes or ()),
        recorded_at=now,
        recorded_by=actor,
    )
    if effective_on > timezone.localdate(now):
        _plan(certificate, event, actor)
    else:
        _move(certificate, event, actor, particulars)
    return event


def _move(certificate: Certificate, event: CertificateEvent, actor: User, particulars: Particulars) -> None:
    kind = EventKind(event.kind)
    changes: dict[str, object] = {} if kind == EventKind.REDUCE else {"state_changed_at": event.recorded_at}
    if particulars.scopes is not None:
        changes["scopes"] = list(particulars.scopes)
    is_final = CERTIFICATE.get(kind).target in FINAL_STATES
    if is_final and certificate.next_state:
        changes |= {"next_state": "", "next_from": None}
    move(
        certificate,
        CERTIFICATE,
        kind,
        actor=actor,
        reason=event.reason,
        changes=changes,
        related=[event, *related_to(certificate)],
    )
    if is_final:
        end_with(certificate, event, event.recorded_at)


def _plan(certificate: Certificate, event: CertificateEvent, actor: User) -> None:
    """Keep on the certificate what will have force from the event's day on, and write the trail of the decision."""
    target = CERTIFICATE.get(event.kind).target
    certificate.next_state, certificate.next_from = target, event.effective_on
    certificate.save(update_fields=["next_state", "next_from"])
    record(
        actor=actor,
        verb=f"certificate.{event.kind}",
        obj=certificate,
        before={"state": certificate.state},
        after={"state": target, "effective_on": event.effective_on},
        reason=event.reason,
        related=[event, *related_to(certificate)],
    )


def drop_plan(certificate: Certificate, planned: CertificateEvent, *, actor: User, reason: str) -> CertificateEvent:
    """Write that a planned decision is taken back, and take it off the locked certificate."""
    now = timezone.now()
    event = CertificateEvent.objects.create(
        certificate=certificate,
        kind=EventKind.WITHDRAW,
        reason=reason,
        effective_on=timezone.localdate(now),
        withdraws=planned,
        recorded_at=now,
        recorded_by=actor,
    )
    certificate.next_state, certificate.next_from = "", None
    certificate.save(update_fields=["next_state", "next_from"])
    record(
        actor=actor,
        verb="certificate.withdraw",
        obj=certificate,
        before={"planned": planned.kind, "effective_on": planned.effective_on},
        after={"planned": None},
        reason=reason,
        related=[event, *related_to(certificate)],
    )
    return event


def up_to_date(certificate: Certificate) -> Certificate:
    """Return the certificate with its row locked and its columns as the day has them: where every decision starts."""
    return settle_due(locked(certificate))


def settle_due(certificate: Certificate) -> Certificate:
    """Bring a locked certificate's columns up to date: what was planned for today or earlier has force now.

    Changes nothing that anybody reads of the certificate; what a revocation or a renewal ends is ended now. The trail
    of the change itself was written with the decision.
    """
    event = planned_event(certificate)
    if event is None or event.effective_on > timezone.localdate():
        return certificate
    certificate.state, certificate.state_changed_at = certificate.next_state, midnight(event.effective_on)
    certificate.next_state, certificate.next_from = "", None
    certificate.save(update_fields=["state", "state_changed_at", "next_state", "next_from"])
    if certificate.state in FINAL_STATES:
        end_with(certificate, event, certificate.state_changed_at)
    return certificate


def settle_all_due() -> int:
    """Bring up to date every certificate whose planned change has force by now; returns how many (each morning).

    Each in a transaction of its own, locked and looked at again: an officer may be at one of them, and whoever is
    killed in the middle is followed by the next run. One that fails is logged, and holds up no other.
    """
    due = Certificate.objects.filter(next_from__lte=timezone.localdate()).values_list("pk", flat=True)
    return each_alone((Certificate(pk=pk) for pk in due.iterator(chunk_size=500)), up_to_date)


def _require_sound(certificate: Certificate, kind: EventKind, ground: Ground, effective_on: date, today: date) -> None:
    if ground not in grounds_for(kind):
        raise RuleViolation(_("Choose a ground from the list."), code="ground")
    require_day_in_time(certificate, effective_on, renews=kind == EventKind.SUPERSEDE)
    if not CERTIFICATE.allows(kind, certificate.state):
        raise RuleViolation(str(CERTIFICATE.refusal).format(state=certificate.get_state_display()), code="state")
    if certificate.next_from is not None:
        _require_room_beside_plan(certificate, kind, is_planned=effective_on > today)


def require_day_in_time(certificate: Certificate, effective_on: date, *, renews: bool = False) -> None:
    """Raise `RuleViolation` "effective_past" or "effective_late" unless a decision can have force from this day on."""
    if effective_on < timezone.localdate():
        raise RuleViolation(
            _("A decision has force from today or from a later day: what was said on past days stays."),
            code="effective_past",
        )
    if effective_on > max(timezone.localdate(), certificate.valid_until) and not renews:
        raise RuleViolation(
            _("The decision would have force only after the last day of validity."), code="effective_late"
        )


def _require_room_beside_plan(certificate: Certificate, kind: EventKind, *, is_planned: bool) -> None:
    """Raise `RuleViolation` "planned" unless the decision leaves what is planned as it was decided.

    Nothing is planned beside a plan. A decision for today may go before it when it ends the certificate, plan and all,
    or when the planned step can still be taken after it.
    """
    target = CERTIFICATE.get(kind).target
    plan = PLANS[CertificateState(certificate.next_state)]
    if not is_planned and (target in FINAL_STATES or CERTIFICATE.allows(plan, target)):
        return
    words = (
        _("From {day} on a renewal takes the place of this certificate: until then decide from today on.")
        if plan == EventKind.SUPERSEDE
        else _("Another change is planned from {day}: withdraw it first, or wait until it has force.")
    )
    raise RuleViolation(format_lazy(words, day=longdate_lazy(certificate.next_from)), code="planned")


def require_published_in_both(az: str, en: str) -> None:
    """Raise `RuleViolation` "public_reason" when a reason would be published in English alone."""
    if en.strip() and not az.strip():
        raise RuleViolation(
            _("Write the public reason in Azerbaijani too: the English one stands beside it."), code="public_reason"
        )


def begin_of(event: CertificateEvent) -> datetime:
    """Return the moment from which an event has force: when it was recorded, or the beginning of a later day."""
    return max(event.recorded_at, midnight(event.effective_on))


def midnight(day: date) -> datetime:
    """Return the first moment of a day, in the body's time zone."""
    return timezone.make_aware(datetime.combine(day, time.min))


def related_to(certificate: Certificate) -> tuple[Model, ...]:
    """Return whose timelines show what happens to the certificate."""
    return (certificate.person, certificate.contract)
