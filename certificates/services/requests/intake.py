"""What every report and request of a holder has in common: who hands it in, which day counts, its paper."""

from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.states import Role
from certificates.models import CaseFile, Certificate, ChangeNotice, Circumstance, Replacement
from certificates.services.guards import require_officer
from certificates.states import Status
from core.errors import NotAllowed, RuleViolation
from core.services.uploads import store_upload
from core.transitions import Lifecycle, locked

Request = ChangeNotice | Circumstance | Replacement
R = TypeVar("R", ChangeNotice, Circumstance, Replacement)

ENDED = (Status.REVOKED, Status.SUPERSEDED, Status.EXPIRED)
NOT_HOLDER = _("Only the holder of the certificate, or an officer on their behalf, may do this. Nothing was changed.")
HAS_ENDED = _(
    "The certificate is no longer in force: it has expired, or was revoked or superseded. Nothing can be asked for it "
    "any more; whoever wants a new one applies for it."
)


@dataclass(frozen=True, slots=True)
class Intake:
    """How it came in: its paper, and, when an officer enters what came on paper, the day on which it was received."""

    received_on: date | None = None
    file: "UploadedFile[Any] | None" = None


def columns(certificate: Certificate, intake: Intake, *, actor: User) -> dict[str, Any]:
    """Return what is noted of every report: by whom it was entered, when, and which day counts.

    For a holder who reports it here that is today, for an officer who enters it the day on which it was received.
    Raises `NotAllowed` "not_holder", "own_case" or "interest"; `RuleViolation` "received_future", or "received_early"
    (before the certificate was issued).
    """
    today = timezone.localdate()
    day = today
    if certificate.person.user_id != actor.pk:
        if not actor.has_role(Role.OFFICER):
            raise NotAllowed(NOT_HOLDER, code="not_holder")
        require_officer(actor, certificate.person)
        day = intake.received_on or today
    require_received_in_time(certificate, day)
    return {"certificate": certificate, "entered_by": actor, "reported_at": timezone.now(), "received_on": day}


def require_received_in_time(certificate: Certificate, day: date) -> None:
    """Raise `RuleViolation` "received_future" or "received_early" unless something can have come in on this day."""
    if day > timezone.localdate():
        raise RuleViolation(_("The day on which it was received lies in the future."), code="received_future")
    if day < timezone.localdate(certificate.issued_at):
        raise RuleViolation(
            _("The day on which it was received lies before the issue of the certificate."), code="received_early"
        )


def keep_file(intake: Intake, request: Request, *, actor: User) -> None:
    """Keep the paper with its case; raises `RuleViolation` as `store_upload`. The last step of taking something in."""
    if intake.file is not None:
        CaseFile.objects.create(
            stored=store_upload(intake.file, actor=actor),
            by_holder=request.certificate.person.user_id == actor.pk,
            **{_CASE[type(request)]: request},
        )


def has_ended(certificate: Certificate) -> bool:
    """Tell whether the certificate has expired, or was revoked or superseded."""
    return certificate.status in ENDED


def require_in_force(certificate: Certificate) -> None:
    """Raise `RuleViolation` "ended" when the certificate has expired, or was revoked or superseded."""
    if has_ended(certificate):
        raise RuleViolation(HAS_ENDED, code="ended")


def require_holder(certificate: Certificate, actor: User) -> None:
    """Raise `NotAllowed` "not_holder" unless it is the account of the holder."""
    if certificate.person.user_id != actor.pk:
        raise NotAllowed(_("Only the holder of the certificate may do this. Nothing was changed."), code="not_holder")


def lock_open(request: R, lifecycle: Lifecycle, verb: str) -> R:
    """Return the request locked; raises `RuleViolation` "state" when it is settled already (a second click, a race)."""
    current = locked(request)
    if not lifecycle.allows(verb, current.state):
        raise RuleViolation(str(lifecycle.refusal).format(state=current.get_state_display()), code="state")
    return current


def settlement(actor: User, **more: Any) -> dict[str, Any]:
    """Return the columns that say when and by whom a request was settled, with what else changes."""
    return {"settled_at": timezone.now(), "settled_by": actor, **more}


_CASE: dict[type[Request], str] = {
    ChangeNotice: "change",
    Circumstance: "circumstance",
    Replacement: "replacement",
}
