"""The holder's duty to apply for renewal (contract H6): met by an application, owed again when that led to nothing."""

from django.utils import timezone

from accounts.models import User
from candidates.models import Application
from certificates.models import Certificate, Duty
from certificates.queries.renewals import renewal_of
from certificates.services.duties import Term, meet, open_duty
from certificates.states import FINAL_STATES, DutyKind, DutyState


def meet_renewal_duties(certificate: Certificate, *, actor: User, proof: str) -> None:
    """Meet what the holder owes; none is no error (an expired one is not owed any more)."""
    owed = Duty.objects.filter(certificate=certificate, kind=DutyKind.APPLY_FOR_RENEWAL, state=DutyState.OPEN)
    for duty in owed:
        meet(duty, actor=actor, proof=proof)


def owe_renewal_again(application: Application) -> None:
    """Open the duty anew after a renewal was refused or withdrawn, while the certificate still runs."""
    renewal = renewal_of(application)
    if renewal is None:
        return
    certificate, today = renewal.certificate, timezone.localdate()
    if certificate.state in FINAL_STATES or today > certificate.valid_until:
        return
    open_duty(
        DutyKind.APPLY_FOR_RENEWAL,
        about=renewal,
        person=certificate.person,
        certificate=certificate,
        term=Term(today, certificate.valid_until),
    )
