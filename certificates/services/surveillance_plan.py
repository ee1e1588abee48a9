"""Surveillances as they are planned and given up: at issue, as a follow-up, and when the certificate ends (B7)."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _, gettext_noop

from accounts.models import User
from certificates.models import Certificate, Surveillance
from certificates.queries.cases import OPEN_SURVEILLANCE, surveillances
from certificates.services.duties import Term, lapse_about, open_duty
from certificates.states import SURVEILLANCE, DutyKind, SurveillanceKind
from certificates.validity import months_after
from core.errors import RuleViolation
from core.rowbyrow import each_alone
from core.transitions import move

DUTIES_OF_SURVEILLANCE = (DutyKind.HOLD_SURVEILLANCE, DutyKind.FOLLOW_UP)


def plan_surveillance(certificate: Certificate) -> list[Surveillance]:
    """Plan the surveillances of a certificate's whole validity: every `surveillance_months` of its scheme version.

    Part of the issue. Each opens the body's duty to hold it; the holder is told ahead of the day.
    """
    return [_plan(certificate, day) for day in _days(certificate)]


def plan_follow_up(
    held: Surveillance, certificate: Certificate, *, due_on: date, findings: str, actor: User
) -> Surveillance:
    """Plan the surveillance that follows one which found something; part of its result.

    It is held under `certificate`: that of the surveillance, or the renewal that took its place. Opens the holder's
    duty to put right what was found, and the body's to look again, both by that day.
    """
    follow_up = Surveillance.objects.create(
        certificate=certificate,
        kind=SurveillanceKind.FOLLOW_UP,
        due_on=due_on,
        follows=held,
        created_at=timezone.now(),
        created_by=actor,
    )
    open_duty(
        DutyKind.FOLLOW_UP,
        about=follow_up,
        person=certificate.person,
        certificate=certificate,
        term=Term(due_on=due_on),
        details=findings,
    )
    owe_holding(follow_up)
    return follow_up


def owe_holding(surveillance: Surveillance, *, start_on: date | None = None, shown_to_holder: bool = True) -> None:
    """Open the body's duty to hold a surveillance by its day."""
    open_duty(
        DutyKind.HOLD_SURVEILLANCE,
        about=surveillance,
        person=surveillance.certificate.person,
        certificate=surveillance.certificate,
        term=Term(start_on, surveillance.due_on),
        shown_to_holder=shown_to_holder,
    )


def end_surveillance(surveillance: Surveillance, *, actor: User | None, reason: str) -> Surveillance:
    """Give up a surveillance that is still to be held; what was owed because of it lapses.

    Raises `RuleViolation` "state" when it was held or given up already, "reason" when none is given.
    """
    changes = {"settled_at": timezone.now(), "settled_by": actor}
    with transaction.atomic():
        ended = move(
            surveillance,
            SURVEILLANCE,
            "cancel",
            actor=actor,
            reason=reason,
            changes=changes,
            related=related_to(surveillance),
        )
        lapse_about(ended, DUTIES_OF_SURVEILLANCE, reason=reason)
    return ended


def cancel_surveillances(
    certificate: Certificate, *, reason: str, actor: User | None = None, spare_extraordinary: bool = False
) -> int:
    """Give up what is still to be held under a certificate that ends; returns how many.

    Part of a revocation, or of a renewal: then a suspicion that is being looked into (`spare_extraordinary`) stays.
    """
    found = certificate.surveillances.filter(state__in=OPEN_SURVEILLANCE).order_by("pk")
    if spare_extraordinary:
        found = found.exclude(kind=SurveillanceKind.EXTRAORDINARY)
    return sum(_ended(one, reason=reason, actor=actor) for one in found.select_related("certificate__person"))


def cancel_ended_surveillances(today: date) -> int:
    """Give up, each morning, what was not held before its certificate expired; returns how many.

    An extraordinary one stays: a suspicion ends neither with the validity nor with a renewal, but when an officer holds
    it or gives it up. May run twice or be killed at any moment: each is ended in a transaction of its own, and one that
    fails is logged.
    """
    reason = gettext_noop("The certificate has expired.")
    # None is due after the last day of validity, so that the index on the due day finds those that matter.
    found = surveillances().filter(state__in=OPEN_SURVEILLANCE, due_on__lt=today, certificate__valid_until__lt=today)
    found = found.exclude(kind=SurveillanceKind.EXTRAORDINARY)
    return each_alone(list(found), lambda one: end_surveillance(one, actor=None, reason=reason))


def require_due_in_time(certificate: Certificate, due_on: date | None) -> date:
    """Return the day; raises `RuleViolation` "due_missing", "due_past" (over) or "due_late" (after the validity)."""
    if due_on is None:
        raise RuleViolation(_("Please give the day by which it has to be done."), code="due_missing")
    if due_on < timezone.localdate():
        raise RuleViolation(_("The day by which it has to be done lies in the past."), code="due_past")
    if due_on > certificate.valid_until:
        raise RuleViolation(
            _("The day lies after the last day of validity of the certificate: choose an earlier one."),
            code="due_late",
        )
    return due_on


def related_to(surveillance: Surveillance) -> list[Certificate]:
    """Return on whose timeline, besides its own, a surveillance shows: the certificate's."""
    return [surveillance.certificate]


def _ended(surveillance: Surveillance, *, reason: str, actor: User | None) -> bool:
    """End one; tell whether it was still to be held: somebody may have held it at this moment."""
    try:
        end_surveillance(surveillance, actor=actor, reason=reason)
    except RuleViolation:
        return False
    return True


def _days(certificate: Certificate) -> list[date]:
    step = certificate.scheme_version.surveillance_months
    if not step:
        return []
    days = (months_after(certificate.valid_from, step * number) for number in range(1, 200))
    return [day for day in days if day < certificate.valid_until]


def _plan(certificate: Certificate, day: date) -> Surveillance:
    surveillance, _created = Surveillance.objects.get_or_create(
        certificate=certificate, kind=SurveillanceKind.PLANNED, due_on=day, defaults={"created_at": timezone.now()}
    )
    owe_holding(surveillance, start_on=certificate.valid_from)
    return surveillance
