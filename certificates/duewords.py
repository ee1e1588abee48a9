"""What a duty tells its reader, and what histories tell of duties and decisions: in words, and pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from audit.models import AuditEntry
from certificates.models import Duty
from certificates.states import NAMES, DueUnit, DutyKind
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


def title_of(duty: Duty, copy: int | None = None) -> str:
    """Return what its holder is asked to do; of an original which copy it is, if that is known; of terms which."""
    if duty.kind == DutyKind.ACCEPT_TERMS and duty.details:
        return _("%(duty)s: %(terms)s") % {"duty": duty.get_kind_display(), "terms": duty.details}
    number = duty.copy_number or (copy if duty.kind == DutyKind.RETURN_ENDED else None)
    if number is None:
        return str(duty.get_kind_display())
    return _("%(duty)s, copy %(number)s") % {"duty": duty.get_kind_display(), "number": number}


def step_of(duty: Duty, today: date) -> str:
    """Return what its holder has to do: a certificate that ends on a later day may be used until then (contract H9)."""
    if duty.kind != DutyKind.RETURN_ENDED:
        return f"{title_of(duty)}."
    words = (
        _("From %(day)s on the certificate may no longer be used: hand in the original by %(due)s.")
        if duty.start_on > today
        else _("The certificate may no longer be used: hand in the original by %(due)s.")
    )
    return words % {"day": longdate(duty.start_on), "due": longdate(duty.due_on)}


# What officers do about a duty that a holder has left undone.
CHASING: dict[DutyKind, Promise] = {
    DutyKind.ACCEPT_CONTRACT: gettext_lazy("Ask for the overdue contract"),
    DutyKind.RETURN_COPY: gettext_lazy("Ask for the overdue original"),
    DutyKind.RETURN_ENDED: gettext_lazy("Ask for the overdue original"),
    DutyKind.EXTRA_ASSESSMENT: gettext_lazy("The extra assessment is overdue: decide what follows"),
    DutyKind.FOLLOW_UP: gettext_lazy("The follow-up of the surveillance is overdue: decide what follows"),
    DutyKind.ACCEPT_TERMS: gettext_lazy("The changed terms have not been accepted: ask the holder"),
}


def work_of(duty: Duty) -> str | Promise:
    """Return what an officer does about a duty: does what the body owes, or chases what a holder has left undone."""
    return CHASING.get(DutyKind(duty.kind), duty.get_kind_display())


def page_of(duty: Duty) -> str:
    """Return the address of what a duty is about, for those who read cases; "" where it has no page."""
    model, _colon, pk = duty.about.partition(":")
    if model in PAGES:
        return reverse(PAGES[model], args=[pk])
    return reverse("certificates:certificate", args=[duty.certificate_id]) if duty.certificate_id else ""


def told_of_duties(entries: Sequence[AuditEntry]) -> Mapping[int, str]:
    """Return which duty each entry of a timeline is about, and its due day; all from the trail itself.

    The entry that opened a duty names its kind, and is shown wherever a later one about it is.
    """
    opened = {entry.object_ref: entry.after for entry in entries if "duty" in entry.after}
    return {entry.pk: _told(entry, opened[entry.object_ref]) for entry in entries if entry.object_ref in opened}


def told_of_certificates(entries: Sequence[AuditEntry]) -> Mapping[int, str]:
    """Return from which day on that has force which was decided for a later one."""
    planned = {entry.pk: entry.after["effective_on"] for entry in entries if "effective_on" in entry.after}
    return {key: _("from %(day)s on") % {"day": longdate(date.fromisoformat(day))} for key, day in planned.items()}


def _told(entry: AuditEntry, opened: Mapping[str, str]) -> str:
    facts = {"duty": NAMES[DutyKind(opened["duty"])], "day": longdate(_due_day(entry, opened))}
    return _("%(duty)s, due on %(day)s") % facts


def _due_day(entry: AuditEntry, opened: Mapping[str, str]) -> date:
    """Return the due day as it was then: told by the entry or its label, else as it was when the duty arose."""
    _rule, comma, labelled = entry.object_label.rpartition(", ")
    if "due_on" not in entry.after and comma:
        return datetime.strptime(labelled, "%d.%m.%Y").date()  # noqa: DTZ007
    return date.fromisoformat(entry.after.get("due_on") or opened["due_on"])
