"""Copies of a certificate: the same number, a new copy number, a code of its own (contract H8)."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit.services import record
from certificates.codes import new_verification_code
from certificates.models import Certificate, CertificateCopy
from certificates.services.snapshots import copy_snapshot
from certificates.states import CopyReason
from core.rendering import request_render
from core.transitions import locked


@transaction.atomic
def make_copy(certificate: Certificate, reason: CopyReason, *, actor: User) -> CertificateCopy:
    """Make the next copy of a certificate, with the holder's name and the scopes as they are now; part of its cause.

    Effects: the copy that was in force is superseded, and its code says so for ever; the new document is requested.
    Two at the same moment come one after the other: the certificate's row is locked. Writes "certificate.copy".
    """
    certificate = locked(certificate)
    now = timezone.now()
    old = certificate.copies.get(superseded_at=None)
    number, code = old.number + 1, new_verification_code()
    snapshot = copy_snapshot(certificate, old, number=number, code=code, made_on=timezone.localdate(now))
    old.superseded_at = now
    old.save(update_fields=["superseded_at"])
    copy = CertificateCopy.objects.create(
        certificate=certificate,
        number=number,
        code=code,
        reason=reason,
        snapshot=snapshot,
        document=request_render("certificate", snapshot, f"sertifikat-{certificate.number}-{number}.pdf"),
        made_at=now,
        made_by=actor,
    )
    record(
        actor=actor,
        verb="certificate.copy",
        obj=certificate,
        before={"copy": old.number},
        after={"copy": number, "why": reason},
        related=(copy, certificate.person),
    )
    return copy
