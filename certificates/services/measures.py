"""What the outcome of a case does to the certificate, and the papers of a case."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from certificates.models import CaseFile, Certificate, Circumstance, MisuseCase, Surveillance
from certificates.services.duties import Term, open_duty
from certificates.services.lifecycle import Because, revoke_certificate, settle_due, suspend_certificate
from certificates.states import CertificateState, DutyKind, EventKind, MisuseOutcome, Status
from core.errors import RuleViolation
from core.services.uploads import store_upload
from core.transitions import locked
from core.words import untranslated

MOST_FILES = 10
NOTHING_IN_FORCE = _(
    "Nothing can be ordered: neither the certificate nor a renewal of it is in force today. The last one, {number}, is "
    "in the state “{state}”. Choose another outcome."
)
CARRIED_OVER = _(
    "The certificate was renewed meanwhile. What is decided here has its effect on {number}, which took its place."
)


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
    note_carried_over(certificate, bearer, kind, actor=actor, related=[event])


def owe_assessment(
    case: MisuseCase | Circumstance, bearer: Certificate, *, details: str, due_on: date, actor: User
) -> None:
    """Have the holder owe the extra assessment that a case orders (contract H10), under what carries it: `bearer`."""
    duty = open_duty(
        DutyKind.EXTRA_ASSESSMENT,
        about=case,
        person=bearer.person,
        certificate=bearer,
        term=Term(due_on=due_on),
        details=details,
    )
    measure = untranslated(MisuseOutcome.ASSESSMENT.label)
    note_carried_over(case.certificate, bearer, measure, actor=actor, related=[duty])


def note_carried_over(
    certificate: Certificate, bearer: Certificate, measure: str, *, actor: User, related: Sequence[Model]
) -> None:
    """Write on the trail of the certificate that a case is about what was decided on its renewal, if it was renewed."""
    if bearer != certificate:
        record(
            actor=actor,
            verb="certificate.measure",
            obj=certificate,
            after={"measure": measure, "number": bearer.number},
            related=[*related, bearer],
        )


def bearer_in_force(certificate: Certificate) -> Certificate:
    """Return what carries the certification today, locked and up to date: whatever is ordered is ordered for that.

    Raises `RuleViolation` "ended" when nothing of the chain is in force.
    """
    bearer = settle_due(locked(bearer_of(certificate)))
    if bearer.status in {Status.EXPIRED, Status.REVOKED, Status.SUPERSEDED}:
        state = Status(bearer.status).label
        raise RuleViolation(format_lazy(NOTHING_IN_FORCE, number=bearer.number, state=state), code="ended")
    return bearer


def carried_over(certificate: Certificate) -> str:
    """Return the words for a page that decides about a certificate which a renewal has replaced; "" for any other."""
    bearer = bearer_of(certificate)
    return "" if bearer == certificate else str(CARRIED_OVER).format(number=bearer.number)


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
