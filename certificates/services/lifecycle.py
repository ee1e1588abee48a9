"""What is decided about a certificate after its issue: suspension, reinstatement, revocation."""

from datetime import date

from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from certificates.models import Certificate, Suspension
from certificates.services.guards import require_officer, stated_reason
from certificates.services.notices import tell_of_reinstatement, tell_of_revocation, tell_of_suspension
from certificates.states import CERTIFICATE, Status
from core.errors import RuleViolation
from core.integrity import constraint_errors
from core.transitions import locked, move

ALREADY_SUSPENDED = _("The certificate is suspended already. Reload the page to see until when.")


def suspend_certificate(certificate: Certificate, *, actor: User, reason: str, review_on: date) -> Certificate:
    """Suspend a valid certificate until it is reinstated or revoked; `review_on` is when the body looks at it again.

    Effects: the public page says so at once; the holder is told to stop using it (contract H9) and by when it is
    reviewed. Raises `NotAllowed` "role", "own_case" or "interest"; `RuleViolation` "reason", "review_past" (not after
    today), "review_late" (after the last day of validity), "expired", or "state" (suspended or revoked already).
    """
    require_officer(actor, certificate.person)
    reason = stated_reason(reason)
    with transaction.atomic():
        certificate = locked(certificate)
        _require_in_time(certificate, _("The certificate has expired: there is nothing to suspend."))
        require_review_in_time(certificate, review_on)
        now = timezone.now()
        changes = {"state_changed_at": now}
        moved = move(
            certificate,
            CERTIFICATE,
            "suspend",
            actor=actor,
            reason=reason,
            changes=changes,
            related=_related(certificate),
        )
        with constraint_errors({"certificates_no_overlapping_suspensions": ALREADY_SUSPENDED}):
            suspension = Suspension.objects.create(
                certificate=moved, reason=reason, started_at=now, review_on=review_on, imposed_by=actor
            )
        tell_of_suspension(suspension)
    return moved


def reinstate_certificate(certificate: Certificate, *, actor: User, reason: str) -> Certificate:
    """End a suspension: the certificate is valid again.

    Effects: the suspension ends; the public page says so at once; the holder is told.
    Raises `NotAllowed` "role", "own_case" or "interest"; `RuleViolation` "reason", "expired", or "state" (not
    suspended).
    """
    require_officer(actor, certificate.person)
    reason = stated_reason(reason)
    with transaction.atomic():
        certificate = locked(certificate)
        _require_in_time(
            certificate, _("The certificate has expired: it cannot become valid again. The holder applies for renewal.")
        )
        moved, suspension = _move_out_of_suspension(certificate, "reinstate", actor=actor, reason=reason)
        tell_of_reinstatement(moved, suspension)
    return moved


def revoke_certificate(certificate: Certificate, *, actor: User, reason: str) -> Certificate:
    """Withdraw a certificate for good; an expired one too, so that the register tells the truth about it.

    Effects: an open suspension ends; the public page says so at once; the holder is told to stop using it and to hand
    the original back (contract H9). Revoked is final: the database refuses any further change.
    Raises `NotAllowed` "role", "own_case" or "interest"; `RuleViolation` "reason" or "state" (revoked already).
    """
    require_officer(actor, certificate.person)
    reason = stated_reason(reason)
    with transaction.atomic():
        moved, _suspension = _move_out_of_suspension(locked(certificate), "revoke", actor=actor, reason=reason)
        tell_of_revocation(moved, reason=reason)
    return moved


def _move_out_of_suspension(
    certificate: Certificate, verb: str, *, actor: User, reason: str
) -> tuple[Certificate, Suspension | None]:
    """Move the certificate and end the suspension it is in, if any."""
    now = timezone.now()
    moved = move(
        certificate,
        CERTIFICATE,
        verb,
        actor=actor,
        reason=reason,
        changes={"state_changed_at": now},
        related=_related(certificate),
    )
    suspension = moved.suspensions.filter(ended_at=None).first()
    if suspension:
        suspension.ended_at, suspension.ended_by = now, actor
        suspension.save(update_fields=["ended_at", "ended_by"])
    return moved, suspension


def _require_in_time(certificate: Certificate, message: object) -> None:
    if certificate.status == Status.EXPIRED:
        raise RuleViolation(str(message), code="expired")


def require_review_in_time(certificate: Certificate, review_on: date) -> None:
    """Raise `RuleViolation` "review_past" or "review_late" unless the day lies ahead and within the validity."""
    if review_on <= timezone.localdate():
        raise RuleViolation(_("The date of the review has to lie in the future."), code="review_past")
    if review_on > certificate.valid_until:
        raise RuleViolation(
            _("The date of the review lies after the last day of validity of the certificate."), code="review_late"
        )


def _related(certificate: Certificate) -> tuple[Model, ...]:
    return (certificate.person, certificate.contract)
