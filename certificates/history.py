"""What a certificate was on any day, told from its events alone: pure.

The events are the truth of which the certificate's own columns are the present. An event has force from its day on, and
never from a day before the one on which it was recorded, so that the answer for a past day is what the public page said
on that day, at its end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from certificates.states import CERTIFICATE, CertificateState, EventKind, Status, status_of


class Event(Protocol):
    """What is read of an event; `pk` tells which of two events of a day came first."""

    pk: int
    kind: str
    effective_on: date
    withdraws_id: int | None
    scopes: list[str]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a certificate stood on a day: what was told, since when, by which event, and for which scopes.

    `since` is the first day on which it was told; of an expired one, the day after the last of its validity.
    """

    status: Status
    since: date
    event: Event
    scopes: tuple[str, ...]


def effective(events: Iterable[Event]) -> list[Event]:
    """Return the events in the order in which they have force, without what was withdrawn before it had any."""
    known = list(events)
    gone = {event.withdraws_id for event in known if event.withdraws_id is not None}
    kept = [event for event in known if event.kind != EventKind.WITHDRAW and event.pk not in gone]
    return sorted(kept, key=lambda event: (event.effective_on, event.pk))


def standing_on(events: Sequence[Event], *, valid_from: date, valid_until: date, day: date) -> Standing | None:
    """Return how the certificate stood at the end of `day`; None before it was issued.

    An event that cannot start from where the certificate is (a supersession planned before a revocation) has no force.
    """
    state: CertificateState | None = None
    since, last = day, None
    scopes: tuple[str, ...] = ()
    for event in effective(events):
        if event.effective_on > day:
            break
        if event.kind == EventKind.ISSUE:
            state, since, last, scopes = CertificateState.VALID, valid_from, event, tuple(event.scopes)
        elif state is not None and CERTIFICATE.allows(event.kind, state):
            if event.kind == EventKind.REDUCE:
                scopes = tuple(event.scopes)
                continue
            state = CertificateState(CERTIFICATE.get(event.kind).target)
            since, last = event.effective_on, event
    if state is None or last is None:
        return None
    status = status_of(state, valid_from, valid_until, day)
    return Standing(status, valid_until + timedelta(days=1) if status == Status.EXPIRED else since, last, scopes)
