"""E-mails about what holders report and ask for (contract B4). None repeats a circumstance: it may be about health."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from candidates.models import Person
from certificates.models import ChangeNotice, Circumstance, Replacement
from certificates.queries.cases import extra_assessment
from certificates.queries.requests import changed_rows, return_due
from certificates.services.new_copies import Exchange
from certificates.services.notices import tell
from core.messages import queue_message


def tell_of_change(change: ChangeNotice) -> None:
    """Confirm that it was received, and say when an answer comes."""
    _of_change("change_received", change)


def tell_of_accepted_change(change: ChangeNotice, person: Person, exchanges: Sequence[Exchange]) -> None:
    """Tell what is on record now, which certificates got a new copy, and what becomes of each old one.

    Goes to the address as it is now.
    """
    _of_change("change_accepted", change, person, exchanges=exchanges)


def tell_left_address(change: ChangeNotice, person: Person, address: str) -> None:
    """Tell the old address that messages no longer come to it; it may have been left without the holder's will."""
    queue_message(
        key=f"change_left_address:{change.pk}",
        kind="change_left_address",
        to=address,
        language=person.language,
        context={"person": person},
        about=change,
    )


def tell_of_rejected_change(change: ChangeNotice) -> None:
    """Tell why the record stays as it is."""
    _of_change("change_rejected", change)


def tell_of_withdrawn_change(change: ChangeNotice) -> None:
    """Confirm that the holder took it back."""
    _of_change("change_withdrawn", change)


def tell_of_circumstance(circumstance: Circumstance) -> None:
    """Confirm that it was received, and what may follow."""
    _of_circumstance("circumstance_received", circumstance)


def tell_of_evaluation(circumstance: Circumstance) -> None:
    """Tell what follows, an assessment with its day, and where the reasons are read."""
    _of_circumstance("circumstance_evaluated", circumstance, assessment=extra_assessment(circumstance))


def tell_of_replacement(replacement: Replacement) -> None:
    """Confirm that it was received, and say what becomes of the old copy by when."""
    _of_replacement("replacement_received", replacement)


def tell_of_new_copy(replacement: Replacement) -> None:
    """Tell that the new copy is in force, and by when the old one is to be handed in."""
    _of_replacement("replacement_issued", replacement)


def tell_of_rejected_replacement(replacement: Replacement) -> None:
    """Tell why there is no new copy."""
    _of_replacement("replacement_rejected", replacement)


def tell_of_withdrawn_replacement(replacement: Replacement) -> None:
    """Confirm that the holder took it back."""
    _of_replacement("replacement_withdrawn", replacement)


def _of_change(kind: str, change: ChangeNotice, person: Person | None = None, **more: Any) -> None:
    page = reverse("certificates:change", args=[change.pk])
    context = {"certificate": change.certificate, "change": change, "changes": changed_rows(change), **more}
    tell(kind, person or change.certificate.person, change, context, page=page)


def _of_circumstance(kind: str, circumstance: Circumstance, **more: Any) -> None:
    page = reverse("certificates:circumstance", args=[circumstance.pk])
    context = {"certificate": circumstance.certificate, "circumstance": circumstance, **more}
    tell(kind, circumstance.certificate.person, circumstance, context, page=page)


def _of_replacement(kind: str, replacement: Replacement) -> None:
    page = reverse("certificates:replacement", args=[replacement.pk])
    context = {
        "certificate": replacement.certificate,
        "replacement": replacement,
        "return_on": return_due(replacement),
    }
    tell(kind, replacement.certificate.person, replacement, context, page=page)
