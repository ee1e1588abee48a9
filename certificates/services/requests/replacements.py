"""New copies of damaged, lost or wrong certificates (contract H8): the number stays, the copy's number is new."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from candidates.models import Person
from certificates.models import Certificate, Replacement
from certificates.services.copies import make_copy
from certificates.services.duties import Term, lapse_about, meet_about, open_duty
from certificates.services.guards import described, require_officer, stated_reason
from certificates.services.requests.intake import (
    HAS_ENDED,
    Intake,
    columns,
    has_ended,
    keep_file,
    lock_open,
    require_holder,
    require_in_force,
    settlement,
)
from certificates.services.requests.notices import (
    tell_of_new_copy,
    tell_of_rejected_replacement,
    tell_of_replacement,
    tell_of_withdrawn_replacement,
)
from certificates.states import REPLACEMENT, CopyReason, DutyKind, ReplacementKind, ReplacementState, Status
from core.errors import RuleViolation
from core.integrity import constraint_errors
from core.transitions import locked, move
from core.words import untranslated

ONE_OPEN = "certificates_one_open_replacement"
_OPEN_ALREADY = _("A new copy has been asked for already, and the request is open.")
_ALREADY_OPEN = {ONE_OPEN: _OPEN_ALREADY}


def replacement_hindrance(certificate: Certificate) -> str:
    """Return why a new copy would be refused today, "" when nothing stands against it; a page asks before its form."""
    if has_ended(certificate):
        return str(HAS_ENDED)
    is_open = Replacement.objects.filter(certificate=certificate, state=ReplacementState.REQUESTED).exists()
    return str(_OPEN_ALREADY) if is_open else ""


def request_replacement(
    certificate: Certificate, *, kind: ReplacementKind, description: str, stops_use: bool, actor: User, intake: Intake
) -> Replacement:
    """Ask for a new copy of a certificate; the holder declares that the old copy is no longer used.

    Effects: the holder owes the old copy within 15 days, unless it is lost (then it is handed in if it is found); the
    body owes an answer; the holder is told. Raises the errors of `columns` and of `store_upload`; `RuleViolation`
    "ended", "stop_use", "description", or ONE_OPEN (a second click, another tab).
    """
    with transaction.atomic():
        current = locked(certificate)
        taken = columns(current, intake, actor=actor)
        require_in_force(current)
        if not stops_use:
            raise RuleViolation(
                _("Confirm that the copy is no longer used: the contract asks for it (H8)."), code="stop_use"
            )
        old_copy = current.copies.get(superseded_at=None)
        with constraint_errors(_ALREADY_OPEN):
            replacement = Replacement.objects.create(
                **taken, old_copy=old_copy, kind=kind, description=described(description)
            )
        record(
            actor=actor,
            verb="replacement.request",
            obj=replacement,
            after={"kind": kind, "copy": old_copy.number, "received_on": replacement.received_on},
            related=_related(replacement),
        )
        owed = [DutyKind.SETTLE_REPLACEMENT]
        if kind != ReplacementKind.LOST:
            owed.append(DutyKind.RETURN_COPY)
        for duty in owed:
            open_duty(
                duty,
                about=replacement,
                person=current.person,
                certificate=current,
                term=Term(replacement.received_on),
                details=str(old_copy) if duty == DutyKind.RETURN_COPY else "",
            )
        tell_of_replacement(replacement)
        keep_file(intake, replacement, actor=actor)
    return replacement


def issue_replacement(replacement: Replacement, *, actor: User) -> Replacement:
    """Issue the new copy as an officer: same certificate number, next copy number, a code of its own.

    Effects: the old copy is superseded, and its code says so; the document is requested; the holder is told. The old
    copy stays owed until it is handed in. Raises `NotAllowed` "role", "own_case" or "interest"; `RuleViolation`
    "state", "ended", "suspended" (wait until it is reinstated), or "superseded" (a newer copy is in force already).
    """
    require_officer(actor, replacement.certificate.person)
    with transaction.atomic():
        # The certificate first, as whatever else makes a copy does: no two of them wait for each other.
        certificate = locked(replacement.certificate)
        current = lock_open(replacement, REPLACEMENT, "issue")
        require_in_force(certificate)
        if certificate.status == Status.SUSPENDED:
            raise RuleViolation(
                _("The certificate is suspended: a new copy is issued once it is reinstated."), code="suspended"
            )
        if not locked(current.old_copy).in_force:
            raise RuleViolation(
                _("A newer copy is in force already, which replaced this one. Reject the request and say so."),
                code="superseded",
            )
        copy = make_copy(certificate, CopyReason(current.kind), actor=actor)
        settled = settlement(actor, new_copy=copy)
        current = move(current, REPLACEMENT, "issue", actor=actor, changes=settled, related=_related(current))
        meet_about(current, DutyKind.SETTLE_REPLACEMENT, actor=actor, proof=str(copy))
        tell_of_new_copy(current)
    replacement.refresh_from_db()
    return current


def reject_replacement(replacement: Replacement, *, actor: User, reason: str) -> Replacement:
    """Refuse a new copy as an officer; the holder is told why, and owes the old one no longer while it is in force.

    Raises `NotAllowed` "role", "own_case" or "interest"; `RuleViolation` "reason" or "state".
    """
    require_officer(actor, replacement.certificate.person)
    reason = stated_reason(reason)
    with transaction.atomic():
        settled = settlement(actor, answer=reason)
        current = move(
            replacement,
            REPLACEMENT,
            "reject",
            actor=actor,
            reason=reason,
            changes=settled,
            related=_related(replacement),
        )
        meet_about(
            current, DutyKind.SETTLE_REPLACEMENT, actor=actor, proof=untranslated(ReplacementState.REJECTED.label)
        )
        _release(current, untranslated(ReplacementState.REJECTED.label))
        tell_of_rejected_replacement(current)
    return current


def withdraw_replacement(replacement: Replacement, *, actor: User) -> Replacement:
    """Take a request back as the holder, while nobody has settled it; raises `NotAllowed` "not_holder", "state"."""
    require_holder(replacement.certificate, actor)
    with transaction.atomic():
        current = move(
            replacement,
            REPLACEMENT,
            "withdraw",
            actor=actor,
            changes=settlement(actor),
            related=_related(replacement),
        )
        lapse_about(current, [DutyKind.SETTLE_REPLACEMENT], reason=untranslated(ReplacementState.WITHDRAWN.label))
        _release(current, untranslated(ReplacementState.WITHDRAWN.label))
        tell_of_withdrawn_replacement(current)
    return current


def _release(replacement: Replacement, reason: str) -> None:
    """Let the holder keep the copy, if no newer one has taken its place."""
    if replacement.old_copy.in_force:
        lapse_about(replacement, [DutyKind.RETURN_COPY], reason=reason)


def _related(replacement: Replacement) -> tuple[Certificate, Person]:
    return (replacement.certificate, replacement.certificate.person)
