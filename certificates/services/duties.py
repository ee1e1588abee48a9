"""The ledger of duties: opened by the event that gives rise to them, met with a proof, waived with a reason.

An event opens its duty in its own transaction, under a key that names the event: whatever is run twice or killed in the
middle, a duty is there once or not at all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.references import reference
from audit.services import record
from candidates.models import Person
from certificates.models import Certificate, Duty
from certificates.queries.duties import work_calendar
from certificates.services.calendar import hold_calendar
from certificates.services.guards import require_officer, stated_reason
from certificates.states import DUTIES, DUTY, MET_BY_HAND, DueUnit, DutyKind, DutyState, OwedBy
from certificates.validity import months_after
from core.errors import RuleViolation
from core.messages import queue_message
from core.models import PrivateFile
from core.services.uploads import store_upload
from core.transitions import locked, move
from core.workdays import WorkCalendar


@dataclass(frozen=True, slots=True)
class Term:
    """When a duty is due: on the set day `due_on`, or as the catalogue says, counted from `start_on` (today)."""

    start_on: date | None = None
    due_on: date | None = None


CATALOGUE_TERM = Term()


def due_day(start: date, amount: int | None, unit: str, calendar: WorkCalendar) -> date:
    """Return the last day of a term that is counted from `start`; the first day counted is the one after it."""
    if unit == DueUnit.WORKING_DAYS:
        return calendar.after(start, amount or 0)
    if unit == DueUnit.MONTHS:
        return months_after(start, amount or 0)
    return start + timedelta(days=amount or 0)


def open_duty(
    kind: DutyKind,
    *,
    about: models.Model,
    person: Person,
    certificate: Certificate | None = None,
    term: Term = CATALOGUE_TERM,
    details: str = "",
    shown_to_holder: bool = True,
    key: str = "",
) -> Duty:
    """Write a duty that `about` gives rise to; the same one again returns the row that is there.

    `key` tells several duties of a kind about the same object apart. Writes "duty.open".
    """
    rule = DUTIES[kind]
    start = term.start_on or timezone.localdate()
    key = f"{kind}:{reference(about)}{':' if key else ''}{key}"
    existing = Duty.objects.filter(key=key).first()
    if existing:
        return existing
    is_set = term.due_on is not None
    unit = DueUnit.DATE if is_set else rule.unit
    if unit == DueUnit.WORKING_DAYS:
        hold_calendar()
    duty, created = Duty.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "owed_by": rule.owed_by,
            "person": person,
            "certificate": certificate,
            "about": reference(about),
            "details": details,
            "start_on": start,
            "amount": None if is_set else rule.amount,
            "unit": unit,
            "due_on": term.due_on or due_day(start, rule.amount, unit, work_calendar()),
            "shown_to_holder": shown_to_holder,
            "created_at": timezone.now(),
        },
    )
    if created:
        after = {"duty": kind, "rule": rule.rule, "due_on": duty.due_on}
        record(actor=None, verb="duty.open", obj=duty, after=after, related=_related(duty, about))
    return duty


def meet(
    duty: Duty, *, actor: User | None, proof: str, on: date | None = None, file: PrivateFile | None = None
) -> Duty:
    """Note that a duty was met, on which day and by what; part of the event that meets it (`actor` None: the system).

    Raises `RuleViolation` "met_future", "proof", or "state" when it is settled already: a return recorded twice.
    """
    day = on or timezone.localdate()
    if day > timezone.localdate():
        raise RuleViolation(_("The day on which it was done lies in the future."), code="met_future")
    if not proof.strip():
        raise RuleViolation(_("Please write down by what it is proved."), code="proof")
    changes = {
        "met_on": day,
        "proof": proof.strip(),
        "proof_file": file,
        "settled_at": timezone.now(),
        "settled_by": actor,
    }
    return move(duty, DUTY, "meet", actor=actor, changes=changes, untold={"proof_file"}, related=_related(duty))


def record_met(duty: Duty, *, actor: User, proof: str, on: date, upload: "UploadedFile[Any] | None" = None) -> Duty:
    """Note as an officer that a duty was met, with a paper that proves it if there is one.

    Only what nothing else records: returns and extra assessments; the holder is told. Raises `NotAllowed` "role",
    "own_case" or "interest"; `RuleViolation` "met_elsewhere", "met_early" (before it was owed; what begins on a later
    day may be done from the day on which that was written), as `meet`, and those of `store_upload`.
    """
    require_officer(actor, duty.person)
    if duty.kind not in MET_BY_HAND:
        raise RuleViolation(
            _("This duty is met by doing what it is about: open that page. Nothing was recorded."), code="met_elsewhere"
        )
    require_met_in_time(duty, on)
    with transaction.atomic():
        current = locked(duty)
        # A second one leaves no file behind.
        file = store_upload(upload, actor=actor) if upload and current.state == DutyState.OPEN else None
        met = meet(current, actor=actor, proof=proof, on=on, file=file)
        _tell("duty_recorded", met)
    return met


def require_met_in_time(duty: Duty, on: date) -> None:
    """Raise `RuleViolation` "met_future" or "met_early" unless an officer may record a duty as met on this day."""
    if on > timezone.localdate():
        raise RuleViolation(_("The day on which it was done lies in the future."), code="met_future")
    if on < min(duty.start_on, timezone.localdate(duty.created_at)):
        raise RuleViolation(
            _("The day on which it was done lies before the day on which the duty arose."), code="met_early"
        )


def waive(duty: Duty, *, actor: User, reason: str) -> Duty:
    """Release a holder from a duty; the reason is kept, and told to them. The body does not release itself.

    Raises `NotAllowed` "role", "own_case" or "interest"; `RuleViolation` "not_waivable", "reason" or "state".
    """
    require_officer(actor, duty.person)
    if duty.owed_by != OwedBy.HOLDER:
        raise RuleViolation(
            _("The certification body owes this itself: it is done, not waived. Nothing was changed."),
            code="not_waivable",
        )
    changes = {"settled_at": timezone.now(), "settled_by": actor}
    reason = stated_reason(reason)
    with transaction.atomic():
        waived = move(duty, DUTY, "waive", actor=actor, reason=reason, changes=changes, related=_related(duty))
        _tell("duty_waived", waived, reason=reason)
    return waived


def meet_about(about: models.Model, kind: DutyKind, *, actor: User | None, proof: str, on: date | None = None) -> None:
    """Meet the open duties of a kind that `about` gave rise to; none is no error."""
    for duty in _open_about(about, [kind]):
        meet(duty, actor=actor, proof=proof, on=on)


def lapse_about(about: models.Model, kinds: Iterable[DutyKind], *, reason: str) -> None:
    """End the open duties of these kinds that `about` gave rise to: what they are about is over."""
    for duty in _open_about(about, kinds):
        lapse(duty, reason=reason)


def lapse_of(certificate: Certificate, kinds: Iterable[DutyKind], *, reason: str) -> None:
    """End the open duties of these kinds about a certificate."""
    for duty in Duty.objects.filter(certificate=certificate, kind__in=list(kinds), state=DutyState.OPEN):
        lapse(duty, reason=reason)


def lapse(duty: Duty, *, reason: str) -> Duty:
    """End a duty that is no longer owed."""
    changes = {"settled_at": timezone.now()}
    return move(duty, DUTY, "lapse", actor=None, reason=reason, changes=changes, related=_related(duty))


def _tell(kind: str, duty: Duty, **context: str) -> None:
    """Tell the holder what an officer recorded of a duty of theirs that they know of."""
    if duty.owed_by != OwedBy.HOLDER or not duty.shown_to_holder:
        return
    queue_message(
        key=f"{kind}:{reference(duty)}",
        kind=kind,
        to=duty.person.email,
        language=duty.person.language,
        context={"duty": duty, "person": duty.person, "page": reverse("certificates:mine"), **context},
        about=duty.certificate or duty,
    )


def _open_about(about: models.Model, kinds: Iterable[DutyKind]) -> list[Duty]:
    return list(Duty.objects.filter(about=reference(about), kind__in=list(kinds), state=DutyState.OPEN))


def _related(duty: Duty, about: models.Model | None = None) -> list[models.Model]:
    """Return whose histories show it: the person's only if they may know of it, for an officer can be a holder."""
    found: list[models.Model | None] = [about, duty.certificate, duty.person if duty.shown_to_holder else None]
    return [one for one in found if one is not None]
