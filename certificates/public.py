"""What the public page says about a copy of a certificate, today or on a past day: pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, gettext

from certificates.documents.snapshots import CertificateSnapshot, ScopeSnapshot
from certificates.history import standing_on
from certificates.models import Certificate, CertificateCopy, CertificateEvent, RegisterEntry
from certificates.models.published import PublishedReason, published_reason
from certificates.states import Status
from core.badges import Badge, badge_for

NOT_ISSUED = "not_issued"  # what machines read of a day before the issue
# What can be told from the certificate's own columns; for the others it takes the event that led there.
_AS_WRITTEN = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})", re.ASCII)
_PLAIN = frozenset({Status.VALID, Status.NOT_YET_VALID, Status.EXPIRED})


class NoSuchDayError(ValueError):
    """What was asked for is no day of the past; `code` says why: "nonsense" or "future"."""

    def __init__(self, code: str) -> None:
        """Keep the reason."""
        super().__init__(code)
        self.code = code


def asked_day(text: str, today: date) -> date:
    """Return the day that somebody asks about; today where nothing is asked.

    It is written YYYY-MM-DD, or DD.MM.YYYY as people write it. Raises `NoSuchDayError`.
    """
    if not text:
        return today
    # Only these two: Python reads other forms, too, which nobody means.
    written = _AS_WRITTEN.fullmatch(text)
    try:
        day = date.fromisoformat("-".join(written.group(3, 2, 1)) if written else text)
    except ValueError:
        raise NoSuchDayError("nonsense") from None
    if not written and day.isoformat() != text:
        raise NoSuchDayError("nonsense")
    if day > today:
        raise NoSuchDayError("future")
    return day


@dataclass(frozen=True, slots=True)
class PublicState:
    """How a certificate stands on a day, without what is printed: all that an answer can change by."""

    status: Status | None  # none before the issue
    since: date
    as_of: date
    review_on: date | None = None
    public_reason: str = ""
    public_reason_en: str = ""
    scopes: tuple[str, ...] = ()

    @property
    def published(self) -> PublishedReason:
        """The published reason, in the reader's language if it was written in it."""
        return published_reason(self.public_reason, self.public_reason_en)


def state_today(certificate: Certificate, events: Sequence[CertificateEvent], today: date) -> PublicState:
    """Return how the certificate stands today, from its own columns; `events` only where `needs_events` says so."""
    status = certificate.status_on(today)
    if status in _PLAIN:
        return PublicState(status, _since(certificate, status), today, scopes=tuple(certificate.scopes))
    told = state_on(certificate, events, today)
    return replace(told, status=status, as_of=today, scopes=tuple(certificate.scopes))


def needs_events(certificate: Certificate, today: date) -> bool:
    """Tell whether it takes the events to say how the certificate stands today."""
    return certificate.status_on(today) not in _PLAIN


def state_on(certificate: Certificate, events: Sequence[CertificateEvent], day: date) -> PublicState:
    """Return how the certificate stood on a day that is not to come, from the events alone."""
    standing = standing_on(events, valid_from=certificate.valid_from, valid_until=certificate.valid_until, day=day)
    if standing is None:
        return PublicState(None, day, day)
    if standing.status in _PLAIN:
        return PublicState(standing.status, _since(certificate, standing.status), day, scopes=standing.scopes)
    event = next(one for one in events if one.pk == standing.event.pk)
    reasons = (event.public_reason, event.public_reason_en) if event.is_published else ("", "")
    return PublicState(standing.status, standing.since, day, event.review_on, *reasons, standing.scopes)


def published_event(entry: RegisterEntry, events: Sequence[CertificateEvent], today: date) -> CertificateEvent | None:
    """Return the decision by which a suspended or revoked entry is what it is today, if its reason is published.

    From the same standing as the public page: a decision that never came to have force is none.
    """
    standing = standing_on(events, valid_from=entry.valid_from, valid_until=entry.valid_until, day=today)
    event = next((one for one in events if standing and one.pk == standing.event.pk), None)
    return event if event and event.is_published else None


def _since(certificate: Certificate, status: Status) -> date:
    """Return the first day on which an expired one was that, the day after its last; else the first of its validity."""
    return certificate.valid_until + timedelta(days=1) if status == Status.EXPIRED else certificate.valid_from


@dataclass(frozen=True)
class PublicFacts:
    """The answer for a reader who has this copy: its state, and what is printed on it.

    Whether the copy had been made and was in force is told of the day that is asked about, like the state.
    `other_in_force` is the number of the copy in force on that day, if it was another one; none before the first.
    """

    copy: CertificateCopy
    state: PublicState
    is_past: bool = False
    chain: Sequence[Certificate] = field(default=())
    other_in_force: int | None = None

    @property
    def status(self) -> Status | None:
        """How the certificate stands."""
        return self.state.status

    @cached_property
    def look(self) -> Badge:
        """Word, icon and colour of the state."""
        return badge_for("certificate", self.state.status or Status.NOT_YET_VALID)

    @property
    def word(self) -> str:
        """The state in a word."""
        return str(self.look.word) if self.state.status else gettext("Not issued yet")

    @cached_property
    def printed(self) -> CertificateSnapshot:
        """What the copy prints."""
        return CertificateSnapshot.from_json(self.copy.snapshot)

    @property
    def may_be_used(self) -> bool:
        """Tell whether the holder may use this copy on the day."""
        return self.state.status == Status.VALID and self.copy_in_force

    @cached_property
    def made_on(self) -> date:
        """The day on which this copy was made."""
        return timezone.localdate(self.copy.made_at)

    @cached_property
    def is_made(self) -> bool:
        """Tell whether this copy had been made by the end of the day."""
        return self.made_on <= self.state.as_of

    @cached_property
    def superseded_on(self) -> date | None:
        """The day on which another copy took the place of this one, if it had by the end of the day."""
        day = timezone.localdate(self.copy.superseded_at) if self.copy.superseded_at else None
        return day if day and day <= self.state.as_of else None

    @cached_property
    def copy_in_force(self) -> bool:
        """Tell whether this was the copy in force at the end of the day."""
        return self.is_made and self.superseded_on is None

    @property
    def number_in_force(self) -> int | None:
        """The number of the copy in force at the end of the day; none before the first was made."""
        return self.copy.number if self.copy_in_force else self.other_in_force

    @property
    def successor(self) -> Certificate | None:
        """The certificate that renewed this one."""
        return next((one for one in self.chain if one.renews_id == self.copy.certificate_id), None)

    @property
    def scopes(self) -> list[ScopeSnapshot]:
        """The printed scopes for which it holds on the day."""
        return [scope for scope in self.printed.scopes if scope.code in self.state.scopes]

    @property
    def scope_names(self) -> list[str]:
        """Their names in the reader's language."""
        return [scope.name_en if get_language() == "en" else scope.name_az for scope in self.scopes]


def facts_for_machines(facts: PublicFacts) -> dict[str, Any]:
    """Return the same as JSON.

    `found`, `status` with its dates and public reason (`public_reason_en`: "" where it was written in Azerbaijani
    alone), the copy as it stood on the day (`made_on` may be a later one), the scopes that hold, the certificates of
    the same chain, and `printed`, every field that the copy prints.
    """
    state = facts.state
    return {
        "found": True,
        "status": str(state.status or NOT_ISSUED),
        "status_since": state.since.isoformat() if state.status else None,
        "review_on": state.review_on.isoformat() if state.review_on else None,
        "public_reason": state.public_reason,
        "public_reason_en": state.public_reason_en,
        "may_be_used": facts.may_be_used,
        "as_of": state.as_of.isoformat(),
        "copy": {
            "number": facts.copy.number,
            "made_on": facts.made_on.isoformat(),
            "in_force": facts.copy_in_force,
            "superseded_on": facts.superseded_on.isoformat() if facts.superseded_on else None,
            "number_in_force": facts.number_in_force,
        },
        "scopes": list(state.scopes),
        "chain": [one.number for one in facts.chain],
        "printed": facts.printed.to_json(),
    }
