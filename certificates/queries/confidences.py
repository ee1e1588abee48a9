"""What is held back from a reader who is a holder, or has an interest in one, whatever else they may read (B1, B6, B7).

Officers and auditors read everybody's cases, but a case of misuse, an extraordinary surveillance and a circumstance of
somebody near to them is read by their colleagues. What the holder themselves may know is on the holder's own pages.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from candidates.models import ConflictOfInterest, Person
from certificates.models import Certificate, Circumstance, Duty, MisuseCase, Surveillance
from certificates.states import SurveillanceKind


def near_persons(reader: User) -> list[int]:
    """Return the persons near to a reader: themselves, and in whom an interest of theirs is on record (contract B1).

    Read first, in one query: most readers have none, and a list of millions joins nothing for them.
    """
    own = Person.objects.filter(user=reader).order_by().values_list("pk", flat=True)
    declared = ConflictOfInterest.objects.filter(user=reader).order_by().values_list("person_id", flat=True)
    return sorted(own.union(declared))


def near_certificates(reader: User) -> list[int]:
    """Return the certificates of those near to a reader, hardly ever any; one query, two for those who have them."""
    near = near_persons(reader)
    found = Certificate.objects.filter(person__in=near).order_by().values_list("pk", flat=True)
    return list(found) if near else []


def concealed_from(reader: Any) -> list[str]:
    """Return the names in the trail of what is held back from a reader; the trail leaves out what is about them.

    Of what is told to the holder later (a hearing, a held surveillance) all that came before stays held back: what was
    written down then was not written for them. Their own circumstances they reported themselves.
    """
    near = near_persons(reader) if isinstance(reader, User) else []
    if not near:
        return []
    held_back: tuple[QuerySet[Any], ...] = (
        MisuseCase.objects.filter(certificate__person__in=near),
        Surveillance.objects.filter(certificate__person__in=near, kind=SurveillanceKind.EXTRAORDINARY),
        Circumstance.objects.filter(certificate__person__in=near).exclude(certificate__person__user=reader),
        Duty.objects.filter(person__in=near, shown_to_holder=False),
    )
    return [name for rows in held_back for name in _names(rows)]


def _names(rows: QuerySet[Any]) -> Iterator[str]:
    label = rows.model._meta.label_lower
    return (f"{label}:{key}" for key in rows.order_by().values_list("pk", flat=True))
