"""What ends with a certificate, or with its suspension: what is owed under it, and the surveillance that is planned.

Nothing of this ends by the validity running out. The review of a suspension stays owed until an officer ends the
suspension, which is possible after the last day too, or revokes the certificate; an extra assessment until it is
recorded, waived, or the certificate is revoked or renewed. No renewal is issued before the suspension is ended.
"""

from datetime import datetime

from django.utils.translation import gettext_noop

from accounts.models import User
from audit.references import reference
from certificates.models import Certificate, CertificateEvent, Duty, Suspension
from certificates.queries.requests import lost_copies
from certificates.services.duties import Term, lapse, lapse_about, lapse_of, meet_about, open_duty
from certificates.services.surveillance_plan import cancel_surveillances
from certificates.states import ENDS_WITH_CERTIFICATE, DutyKind, DutyState, EventKind

ENDED = {
    EventKind.REVOKE: gettext_noop("Certificate revoked"),
    EventKind.SUPERSEDE: gettext_noop("Certificate renewed"),
}


def end_suspension(certificate: Certificate, at: datetime, *, actor: User | None, proof: str) -> Suspension | None:
    """End the suspension that is open or planned, if there is one: its review has been made by the decision.

    One that had not begun is ended at its beginning: it never was.
    """
    suspension = certificate.suspensions.filter(ended_at=None).select_related("event").first()
    if suspension is None:
        return None
    has_begun = suspension.started_at <= at
    suspension.ended_at, suspension.ended_by = max(at, suspension.started_at), actor
    suspension.save(update_fields=["ended_at", "ended_by"])
    if has_begun:
        meet_about(suspension.event, DutyKind.REVIEW_SUSPENSION, actor=actor, proof=proof)
    else:
        lapse_about(suspension.event, [DutyKind.REVIEW_SUSPENSION, DutyKind.RETURN_ENDED], reason=proof)
    return suspension


def end_with(certificate: Certificate, event: CertificateEvent, at: datetime) -> None:
    """End what a revocation or a renewal ends, on the day from which it has force.

    The suspension, what is owed under the certificate, and every surveillance that has not been held.
    """
    why = ENDED[EventKind(event.kind)]
    end_suspension(certificate, at, actor=event.recorded_by, proof=why)
    if event.kind == EventKind.REVOKE:  # the revocation has the original handed in itself
        for duty in Duty.objects.filter(
            certificate=certificate, kind=DutyKind.RETURN_ENDED, state=DutyState.OPEN
        ).exclude(about=reference(event)):
            lapse(duty, reason=why)
    lapse_of(certificate, ENDS_WITH_CERTIFICATE, reason=why)
    # A suspicion that is being looked into outlives a renewal.
    spare = event.kind == EventKind.SUPERSEDE
    cancel_surveillances(certificate, reason=why, actor=event.recorded_by, spare_extraordinary=spare)


def owe_return(event: CertificateEvent, *, after: Suspension | None = None) -> bool:
    """Have the holder hand the original back once the certificate may no longer be used (contract H9).

    Returns whether it is owed. It is not when the body has it: it was handed in because of the suspension `after` which
    this decision comes, or when the validity ran out; nor when it has been reported lost (contract H8).
    """
    certificate = event.certificate
    if _was_returned(certificate, after) or lost_copies(certificate).exists():
        return False
    open_duty(
        DutyKind.RETURN_ENDED,
        about=event,
        person=certificate.person,
        certificate=certificate,
        term=Term(event.effective_on),
    )
    return True


def _was_returned(certificate: Certificate, suspension: Suspension | None) -> bool:
    """Tell whether the body has the original, or asked for it no more; a reinstated holder has got it back.

    Of the copy that was in force when the suspension began: one that a change of name made since then was not asked
    for. An older copy, handed in before, does not count.
    """
    copies = certificate.copies.order_by("-made_at")
    if suspension:
        copies = copies.filter(made_at__lte=suspension.started_at)
    causes = [reference(cause) for cause in (certificate, suspension and suspension.event) if cause]
    return Duty.objects.filter(
        about__in=causes,
        kind=DutyKind.RETURN_ENDED,
        state__in=[DutyState.MET, DutyState.WAIVED],
        settled_at__gte=copies.values_list("made_at", flat=True)[0],
    ).exists()
