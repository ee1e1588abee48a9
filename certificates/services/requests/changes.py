"""Changes of the holder's data (contract H2): reported in ten working days, checked, taken over everywhere."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _, gettext_noop

from accounts.models import User
from audit.references import reference
from audit.services import record
from candidates.models import Person
from candidates.services.persons import changed_details, labels_of, update_person
from certificates.documents.snapshots import CertificateSnapshot
from certificates.models import Certificate, CertificateCopy, ChangeNotice, Duty
from certificates.queries.duties import work_calendar
from certificates.services.calendar import hold_calendar
from certificates.services.copies import make_copy
from certificates.services.duties import Term, due_day, lapse_about, meet, meet_about, open_duty
from certificates.services.guards import require_officer, stated_reason
from certificates.services.register import relist_person
from certificates.services.requests.intake import (
    ENDED,
    Intake,
    columns,
    keep_file,
    lock_open,
    require_holder,
    settlement,
)
from certificates.services.requests.notices import (
    tell_left_address,
    tell_of_accepted_change,
    tell_of_change,
    tell_of_rejected_change,
    tell_of_withdrawn_change,
)
from certificates.states import CHANGE, DUTIES, ChangeState, CopyReason, DutyKind, DutyState, Status
from core.errors import RuleViolation
from core.transitions import locked, move
from core.words import untranslated

NAMES = frozenset({"surname", "given_name", "patronymic"})
# What is printed or proves who somebody is: nobody's word alone is enough.
EVIDENCED = NAMES | {"identity_series", "identity_number"}


def change_hindrance(certificate: Certificate) -> str:
    """Return why a change would be refused today, "" when nothing stands against it; a page asks before its form."""
    if certificate.status in {Status.REVOKED, Status.SUPERSEDED}:
        return str(_("The certificate was revoked or superseded: its contract no longer asks for a report."))
    return ""


def report_change(
    certificate: Certificate, *, changed_on: date, details: Mapping[str, str], actor: User, intake: Intake
) -> ChangeNotice:
    """Take in that data of the holder changed; `details` has the data as they are now, changed ones and others.

    Effects: the duty to report is on the ledger, met on the day of the report, so that a late one is seen there; the
    body owes an answer; the holder is told. Two at once come one after the other: the person's row is locked.
    Raises the errors of `columns`, of `changed_details` and of `store_upload`; `RuleViolation` "changed_future",
    "changed_early" (before the date of birth), "final" (a revoked or superseded certificate), "nothing_changed",
    "evidence" (names and identity card need a paper), or "pending" (a notice about the same datum is open).
    """
    with transaction.atomic():
        person = locked(certificate.person)
        certificate = locked(certificate)
        taken = columns(certificate, intake, actor=actor)
        _require_plausible(changed_on, taken["received_on"], person)
        if refusal := change_hindrance(certificate):
            raise RuleViolation(refusal, code="final")
        changes = changed_details(person, details)
        if not changes:
            raise RuleViolation(_("Nothing differs from what we have on record."), code="nothing_changed")
        if EVIDENCED & changes.keys() and intake.file is None:
            raise RuleViolation(
                _("Attach a paper that shows the change of the name or of the identity card."), code="evidence"
            )
        _refuse_pending(person, changes)
        rule = DUTIES[DutyKind.REPORT_CHANGE]
        hold_calendar()
        change = ChangeNotice.objects.create(
            **taken,
            changed_on=changed_on,
            changes=changes,
            due_on=due_day(changed_on, rule.amount, rule.unit, work_calendar()),
        )
        record(
            actor=actor,
            verb="change.report",
            obj=change,
            after={"changed_on": changed_on, "received_on": change.received_on},
            related=_related(change),
        )
        owed = open_duty(
            DutyKind.REPORT_CHANGE, about=change, person=person, certificate=certificate, term=Term(changed_on)
        )
        meet(owed, actor=actor, proof=gettext_noop("Reported"), on=change.received_on)
        open_duty(
            DutyKind.SETTLE_CHANGE,
            about=change,
            person=person,
            certificate=certificate,
            term=Term(change.received_on),
        )
        tell_of_change(change)
        keep_file(intake, change, actor=actor)
    return change


def accept_change(change: ChangeNotice, *, actor: User) -> ChangeNotice:
    """Take the reported data over as an officer.

    Effects: the person's record is brought up to date; when the name changed, every certificate of the person that is
    in force, or suspended, and shows another one gets a new copy, the holder owes the old one in 15 days (contract H8),
    and the register follows; messages go to the new address from now on, and the old one is told that it is left.
    Raises `NotAllowed` "role", "own_case" or "interest"; `RuleViolation` "state", and the errors of `update_person`
    ("outdated").
    """
    require_officer(actor, change.certificate.person)
    with transaction.atomic():
        current = lock_open(change, CHANGE, "accept")
        left = current.certificate.person.email
        person = update_person(
            current.certificate.person,
            changes=current.changes,
            actor=actor,
            reason=gettext_noop("Change of data reported by the holder (contract H2)"),
            related=[current, current.certificate],
        )
        copies = []
        if NAMES & current.changes.keys():
            copies = _replace_copies(current, person, actor=actor)
            relist_person(person, actor=actor)
        own = next((copy for copy in copies if copy.certificate_id == current.certificate_id), None)
        settled = settlement(actor, copy=own)
        current = move(current, CHANGE, "accept", actor=actor, changes=settled, related=_related(current))
        meet_about(current, DutyKind.SETTLE_CHANGE, actor=actor, proof=untranslated(ChangeState.ACCEPTED.label))
        tell_of_accepted_change(current, person, copies)
        if person.email != left:
            tell_left_address(current, person, left)
    change.refresh_from_db()
    return current


def reject_change(change: ChangeNotice, *, actor: User, reason: str) -> ChangeNotice:
    """Refuse the reported data as an officer; the holder is told why, and the record stays as it is.

    Raises `NotAllowed` "role", "own_case" or "interest"; `RuleViolation` "reason" or "state".
    """
    require_officer(actor, change.certificate.person)
    reason = stated_reason(reason)
    with transaction.atomic():
        settled = settlement(actor, answer=reason)
        current = move(change, CHANGE, "reject", actor=actor, reason=reason, changes=settled, related=_related(change))
        meet_about(current, DutyKind.SETTLE_CHANGE, actor=actor, proof=untranslated(ChangeState.REJECTED.label))
        tell_of_rejected_change(current)
    return current


def withdraw_change(change: ChangeNotice, *, actor: User) -> ChangeNotice:
    """Take a notice back as the holder, while nobody has settled it; raises `NotAllowed` "not_holder", "state"."""
    require_holder(change.certificate, actor)
    with transaction.atomic():
        current = move(change, CHANGE, "withdraw", actor=actor, changes=settlement(actor), related=_related(change))
        lapse_about(current, [DutyKind.SETTLE_CHANGE], reason=str(ChangeState.WITHDRAWN.label))
        tell_of_withdrawn_change(current)
    return current


def _require_plausible(changed_on: date, received_on: date, person: Person) -> None:
    if changed_on > received_on:
        raise RuleViolation(
            _("The change lies in the future: report it on the day of the change or afterwards."), code="changed_future"
        )
    if changed_on < (person.date_of_birth or date(1900, 1, 1)):
        raise RuleViolation(_("The change lies before the date of birth."), code="changed_early")


def _refuse_pending(person: Person, changes: Mapping[str, object]) -> None:
    """Refuse a second notice about a datum of which one is open, on whichever certificate of the person."""
    for other in ChangeNotice.objects.filter(certificate__person=person, state=ChangeState.REPORTED):
        if same := changes.keys() & other.changes.keys():
            raise RuleViolation(
                format_lazy(
                    _("A notice about this is open already: {names}. Withdraw it first, or wait for the answer."),
                    names=labels_of(sorted(same)),
                ),
                code="pending",
            )


def _replace_copies(change: ChangeNotice, person: Person, *, actor: User) -> list[CertificateCopy]:
    """Make new copies of the certificates that show another name, and have the old ones handed in.

    A suspended certificate gets its new copy too. The original that was handed in because of the suspension, or need
    not be, is not owed again.
    """
    copies = []
    for certificate in Certificate.objects.filter(person=person).prefetch_related("copies").order_by("pk"):
        old = certificate.current_copy
        shown = CertificateSnapshot.from_json(old.snapshot).holder
        if certificate.status in ENDED or all(getattr(shown, name) == getattr(person, name) for name in NAMES):
            continue
        copies.append(make_copy(certificate, CopyReason.CHANGED, actor=actor))
        owed = Duty.objects.filter(certificate=certificate, kind=DutyKind.RETURN_COPY, details=str(old))
        if not owed.filter(state=DutyState.OPEN).exists() and not _was_returned(certificate):
            open_duty(
                DutyKind.RETURN_COPY,
                about=change,
                person=person,
                certificate=certificate,
                details=str(old),
                key=str(certificate.pk),
            )
    return copies


def _was_returned(certificate: Certificate) -> bool:
    """Tell whether the suspension that is on has had the original handed in already, or released its holder from it."""
    suspension = certificate.suspensions.filter(ended_at=None).select_related("event").first()
    if suspension is None:
        return False
    returns = Duty.objects.filter(about=reference(suspension.event), kind=DutyKind.RETURN_ENDED)
    return returns.filter(state__in=[DutyState.MET, DutyState.WAIVED]).exists()


def _related(change: ChangeNotice) -> tuple[Certificate, Person]:
    return (change.certificate, change.certificate.person)
