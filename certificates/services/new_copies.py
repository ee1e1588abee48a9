"""A new copy that is made for another cause than a request for one: what becomes of the old copy and of such a request.

One that was asked for and is not made yet is the one that is made now: the request is settled by it. An original that
was reported lost is not owed; it is handed in if it is found (contract H8).
"""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Model

from accounts.models import User
from audit.references import reference
from certificates.models import Certificate, CertificateCopy, Duty, Replacement
from certificates.services.copies import make_copy
from certificates.services.duties import meet_about, open_duty
from certificates.services.requests.intake import settlement
from certificates.states import REPLACEMENT, CopyReason, DutyKind, DutyState, ReplacementKind, ReplacementState
from core.transitions import locked, move


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A copy and the one that took its place: by when the old original is owed, and the request that it settled."""

    old: CertificateCopy
    new: CertificateCopy
    return_on: date | None
    was_lost: bool
    request: Replacement | None


@transaction.atomic
def exchange_copy(certificate: Certificate, reason: CopyReason, *, about: Model, actor: User) -> Exchange:
    """Make the next copy of a certificate because of `about`, and have the old original handed in (contract H8).

    Effects: as `make_copy`; an open request for a new copy is settled by this one; the holder owes the old original
    within 15 days, unless it was reported lost, is owed already (then by the day that was set), or has been handed in,
    with the request or because of a suspension. Who calls it tells the holder all of this in one message.
    """
    # Locked before it is read which copy is in force: another one may be made at this moment.
    certificate = locked(certificate)
    old = certificate.copies.get(superseded_at=None)
    new = make_copy(certificate, reason, actor=actor)
    request = _settle_request(old, new, actor=actor)
    was_lost = request is not None and request.kind == ReplacementKind.LOST
    asked = Duty.objects.filter(certificate=certificate, kind=DutyKind.RETURN_COPY, details=str(old))
    duty = asked.exclude(state=DutyState.LAPSED).first()  # one that was met or waived is not asked for again
    if duty is None and not was_lost and not _was_returned(certificate):
        duty = open_duty(
            DutyKind.RETURN_COPY,
            about=about,
            person=certificate.person,
            certificate=certificate,
            details=str(old),
            key=str(certificate.pk),
        )
    return_on = duty.due_on if duty and duty.state == DutyState.OPEN else None
    return Exchange(old=old, new=new, return_on=return_on, was_lost=was_lost, request=request)


def _settle_request(old: CertificateCopy, new: CertificateCopy, *, actor: User) -> Replacement | None:
    """Settle the open request to replace a copy, if there is one, by the copy that has taken its place."""
    request = Replacement.objects.select_for_update().filter(old_copy=old, state=ReplacementState.REQUESTED).first()
    if request is None:
        return None
    related = (request.certificate, request.certificate.person)
    changes = settlement(actor, new_copy=new)
    settled = move(request, REPLACEMENT, "issue", actor=actor, changes=changes, related=related)
    meet_about(settled, DutyKind.SETTLE_REPLACEMENT, actor=actor, proof=str(new))
    return settled


def _was_returned(certificate: Certificate) -> bool:
    """Tell whether the suspension that is on has had the original handed in already, or released its holder from it."""
    suspension = certificate.suspensions.filter(ended_at=None).select_related("event").first()
    if suspension is None:
        return False
    returns = Duty.objects.filter(about=reference(suspension.event), kind=DutyKind.RETURN_ENDED)
    return returns.filter(state__in=[DutyState.MET, DutyState.WAIVED]).exists()
