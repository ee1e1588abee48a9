"""What a duty tells its reader: what to do, how its day came about, and which page it leads to; pure."""

from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _, ngettext

from certificates.models import Duty
from certificates.states import DueUnit, DutyKind
from core.templatetags.core_ui import longdate

# Where what a duty is about has a page of its own, by what the ledger calls it; of the others it is the certificate's.
PAGES = {
    "certificates.contract": "certificates:contract",
    "certificates.changenotice": "certificates:change",
    "certificates.circumstance": "certificates:circumstance",
    "certificates.replacement": "certificates:replacement",
    "certificates.renewal": "certificates:renewal",
    "certificates.misusecase": "certificates:misuse",
    "certificates.surveillance": "certificates:surveillance",
}


def how_computed(duty: Duty) -> str:
    """Return e.g. "10 working days after 3 November 2026", in the reader's language."""
    number, facts = duty.amount or 0, {"number": duty.amount, "day": longdate(duty.start_on)}
    if duty.unit == DueUnit.WORKING_DAYS:
        return ngettext("%(number)s working day after %(day)s", "%(number)s working days after %(day)s", number) % facts
    if duty.unit == DueUnit.DAYS:
        return ngettext("%(number)s day after %(day)s", "%(number)s days after %(day)s", number) % facts
    if duty.unit == DueUnit.MONTHS:
        return ngettext("%(number)s month after %(day)s", "%(number)s months after %(day)s", number) % facts
    return _("the day was set, not counted")


def step_of(duty: Duty, today: date) -> str:
    """Return what its holder has to do: a certificate that ends on a later day may be used until then (contract H9)."""
    if duty.kind != DutyKind.RETURN_ENDED:
        return str(duty.get_kind_display())
    words = (
        _("From %(day)s on the certificate may no longer be used: hand in the original by %(due)s.")
        if duty.start_on > today
        else _("The certificate may no longer be used: hand in the original by %(due)s.")
    )
    return words % {"day": longdate(duty.start_on), "due": longdate(duty.due_on)}


def page_of(duty: Duty) -> str:
    """Return the address of what a duty is about, for those who read cases; "" where it has no page."""
    model, _colon, pk = duty.about.partition(":")
    if model in PAGES:
        return reverse(PAGES[model], args=[pk])
    return reverse("certificates:certificate", args=[duty.certificate_id]) if duty.certificate_id else ""
