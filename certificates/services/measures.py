"""What the outcome of a case does to the certificate, and the papers of a case."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from certificates.models import CaseFile, Certificate, MisuseCase, Surveillance
from certificates.services.lifecycle import Because, revoke_certificate, suspend_certificate
from certificates.states import CertificateState, EventKind
from core.errors import RuleViolation
from core.services.uploads import store_upload

MOST_FILES = 10


def take_measure(
    certificate: Certificate, kind: EventKind, because: Because, *, actor: User, review_on: date | None
) -> None:
    """Suspend or revoke a certificate from today, as the outcome of a case says; part of its settlement.

    A certificate that was renewed meanwhile has no force any more: the measure is taken on the renewal that took its
    place, the last one of the chain that has begun, and the trail of the one that the case is about names it
    ("certificate.measure"). A renewal that is not valid yet is reached through the certificate before it. Raises
    `RuleViolation` "review_missing" for a suspension without the day of its review, and what `suspend_certificate` and
    `revoke_certificate` raise.
    """
    bearer = bearer_of(certificate)
    if kind == EventKind.REVOKE:
        event = revoke_certificate(bearer, because, actor=actor)
    elif review_on is None:
        raise RuleViolation(_("Please give the day until which it is suspended."), code="review_missing")
    else:
        event = suspend_certificate(bearer, because, actor=actor, review_on=review_on)
    if bearer != certificate:
        record(
            actor=actor,
            verb="certificate.measure",
            obj=certificate,
            after={"measure": kind, "number": bearer.number},
            related=[event, bearer],
        )


def bearer_of(certificate: Certificate) -> Certificate:
    """Return what carries the certification today: the certificate, or the last renewal that took its place."""
    today = timezone.localdate()
    current = certificate
    while current.state_on(today) == CertificateState.SUPERSEDED:
        renewal = Certificate.objects.filter(renews=current).first()
        if renewal is None:
            break
        current = renewal
    return current


def keep_files(
    case: MisuseCase | Surveillance,
    files: Sequence["UploadedFile[Any]"],
    *,
    actor: User,
    by_holder: bool = False,
    shown_to_holder: bool = False,
) -> list[CaseFile]:
    """Keep papers with a case; all of them or, when one cannot be read, none.

    Raises `RuleViolation` "too_many", and what `store_upload` raises.
    """
    # Each side has its own number: the body's papers take no room from the holder's.
    if case.files.filter(by_holder=by_holder).count() + len(files) > MOST_FILES:
        raise RuleViolation(
            format_lazy(_("At most {number} files can be added: put several pages into one PDF."), number=MOST_FILES),
            code="too_many",
        )
    of_case = {"misuse": case} if isinstance(case, MisuseCase) else {"surveillance": case}
    return [
        CaseFile.objects.create(
            stored=store_upload(one, actor=actor), by_holder=by_holder, shown_to_holder=shown_to_holder, **of_case
        )
        for one in files
    ]
