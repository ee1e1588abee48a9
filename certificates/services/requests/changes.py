"""Changes of the holder's data (contract H2): reported in ten working days, checked, taken over everywhere."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _, gettext_noop

from accounts.models import User
from audit.services import record
from candidates.models import Person
from candidates.services.persons import changed_details, labels_of, update_person
from certificates.models import Certificate, ChangeNotice
from certificates.queries.duties import work_calendar
from certificates.services.calendar import hold_calendar
from certificates.services.duties import Term, due_day, lapse_about, meet, meet_about, open_duty
from certificates.services.guards import require_officer, stated_reason
from certificates.services.new_copies import exchange_copy
from certificates.services.register import relist_person
from certificates.services.requests.intake import (
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
from certificates.services.shown_names import NAMES, showing_another_name
from certificates.states import CHANGE, DUTIES, ChangeState, CopyReason, DutyKind, Status
from core.errors import RuleViolation
from core.transitions import locked, move
from core.words import untranslated

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
        require_plausible(changed_on, taken["received_on"], person)
        if refusal := change_hindrance(certificate):
            raise RuleViolation(refusal, code="final")
        changes = changed_details(person, details)
        if not changes:
            raise RuleViolation(_("Nothing differs from what we have on record."), code="nothing_changed")
        require_evidence(changes, intake.file)
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
    in force, or suspended, and shows another one gets a new copy, the holder owes the old one in 15 days unless it was
    reported lost (contract H8), a request for a new copy is settled by it, and the register follows; messages go to the
    new address from now on, and the old one is told that it is left. Raises `NotAllowed` "role", "own_case" or
    "interest"; `RuleViolation` "state", and the errors of `update_person` ("outdated").
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
        exchanges = []
        if NAMES & current.changes.keys():
            # A suspended certificate gets its new copy too.
            shown = showing_another_name(person, person)
            exchanges = [exchange_copy(one, CopyReason.CHANGED, about=current, actor=actor) for one in shown]
            relist_person(person, actor=actor)
        own = next((one.new for one in exchanges if one.new.certificate_id == current.certificate_id), None)
        settled = settlement(actor, copy=own)
        current = move(current, CHANGE, "accept", actor=actor, changes=settled, related=_related(current))
        meet_about(current, DutyKind.SETTLE_CHANGE, actor=actor, proof=untranslated(ChangeState.ACCEPTED.label))
        tell_of_accepted_change(current, person, exchanges)
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
        lapse_about(current, [DutyKind.SETTLE_CHANGE], reason=untranslated(ChangeState.WITHDRAWN.label))
        tell_of_withdrawn_change(current)
    return current


def require_evidence(changes: Mapping[str, object], file: object) -> None:
    """Raise `RuleViolation` "evidence" when a name or the identity card changed and no paper shows it."""
    if EVIDENCED & changes.keys() and not file:
        raise RuleViolation(
            _("Attach a paper that shows the change of the name or of the identity card."), code="evidence"
        )


def require_plausible(changed_on: date, received_on: date, person: Person) -> None:
    """Raise `RuleViolation` "changed_future" (after it was received) or "changed_early" (before the birth)."""
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


def _related(change: ChangeNotice) -> tuple[Certificate, Person]:
    return (change.certificate, change.certificate.person)
