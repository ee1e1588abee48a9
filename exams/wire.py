"""The events that a device sends, read from JSON: each by itself, so that one that is wrong does not take others along.

The format is version 1; a page that was opened before an upgrade goes on sending what it knows, so a version is read
for as long as such pages may be open. docs/marking.md describes it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from exams.models import COMMENT_LENGTH
from exams.states import Audience, EventKind

VERSION = 1
MOST_EVENTS = 500
"""Of one batch; the rest is refused with the code "batch" and sent again by the device."""
MOST_RUNS = 50
"""How many stages a device may report on at once; an assessor has a handful in a day."""
LARGEST_SKEW = timedelta(days=365)
"""A clock further off than this is wrong by years: what was marked by it is refused, and the device says so."""

_LONGEST_SESSION = 24 * 60  # minutes
_MOST_REPLACED = 50
_LARGEST_SEQUENCE = 2**31 - 1
_LARGEST_TIME = 8_640_000_000_000_000  # milliseconds: the last moment that a browser's Date knows
_COMMON = {"id", "run", "seq", "step", "minute", "at", "skew", "replaces"}
_BATCH = {"v", "assessor", "device", "now", "unsent", "events"}
_MARK, _COMMENT = _COMMON | {"value"}, _COMMON | {"comment", "audience"}
_YEARS_OFF = _("The clock of the device is years off: set it right, then mark again.")


class Malformed(Exception):
    """The batch as a whole cannot be read; nothing of it is taken."""

    def __init__(self, message: str | Promise, code: str = "malformed") -> None:
        """Keep what is wrong, in words for the person at the device."""
        super().__init__(message)
        self.message, self.code = message, code


@dataclass(frozen=True, slots=True)
class Refused:
    """An event that is not stored: its place in the batch, its identifier as far as it has one, and why."""

    index: int
    id: str | None
    code: str
    message: str | Promise


@dataclass(frozen=True, slots=True)
class SentEvent:
    """A mark or a comment as a device made it; `step` is None for a comment on the stage as a whole."""

    index: int
    id: UUID
    run: int
    seq: int
    step: str | None
    kind: EventKind
    value: bool | None
    text: str
    audience: str
    minute: int
    at: datetime
    skew_ms: int
    replaces: tuple[UUID, ...]

    @property
    def moment(self) -> datetime:
        """When it was made by the clock of the server, as far as the device knew it."""
        return self.at + timedelta(milliseconds=self.skew_ms)


@dataclass(frozen=True, slots=True)
class Batch:
    """What a device sends at once: events that can be read, those that cannot, and how much it still holds by stage.

    `now` is the device's clock in milliseconds since 1970, right or wrong.
    """

    assessor: int
    device: UUID
    now: int
    unsent: Mapping[int, int]
    events: tuple[SentEvent, ...]
    refused: tuple[Refused, ...]


def read_batch(body: bytes) -> Batch:
    """Read a batch. Raises `Malformed` when it is no batch at all; single events that are wrong are in `refused`."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed(_("The marks did not arrive whole. They are kept on the device and sent again.")) from None
    return batch_of(data)


def batch_of(data: Any, *, most: int = MOST_EVENTS) -> Batch:
    """Read a batch of up to `most` events from parsed JSON; raises `Malformed` as `read_batch` does."""
    if not isinstance(data, dict):
        raise Malformed(_("This is not a batch of marks."))
    if type(data.get("v")) is not int or data["v"] != VERSION:
        raise Malformed(_("The server does not know this version of the page: reload it."), code="version")
    if unknown := data.keys() - _BATCH:
        raise Malformed(_("Unknown field: %(names)s.") % {"names": _shown(unknown)}, code="unknown_field")
    events = data.get("events")
    if not isinstance(events, list):
        raise Malformed(_("This is not a batch of marks."))
    good, bad = _read_events(events, most)
    return Batch(
        assessor=_whole(data.get("assessor"), 1, _LARGEST_TIME),
        device=_uuid(data.get("device")),
        now=_whole(data.get("now"), -_LARGEST_TIME, _LARGEST_TIME, "clock"),
        unsent=_unsent(data.get("unsent", {})),
        events=good,
        refused=bad,
    )


def _read_events(events: list[Any], most: int) -> tuple[tuple[SentEvent, ...], tuple[Refused, ...]]:
    good: list[SentEvent] = []
    bad: list[Refused] = []
    for index, event in enumerate(events):
        if index >= most:
            bad.append(Refused(index, _id_in(event), "batch", _("Too many marks at once: the rest is sent again.")))
            continue
        try:
            good.append(_event(index, event))
        except Malformed as error:
            bad.append(Refused(index, _id_in(event), error.code, error.message))
    return tuple(good), tuple(bad)


def _id_in(event: Any) -> str | None:
    """Return what the event calls itself, as it came: by it the device, or whoever reads the answer, finds it."""
    found = event.get("id") if isinstance(event, dict) else None
    return _printable(found[:64]) if isinstance(found, str) else None


def _event(index: int, event: Any) -> SentEvent:
    if not isinstance(event, dict):
        raise Malformed(_("This is not a mark."))
    is_comment = "comment" in event
    _check_fields(event, _COMMENT if is_comment else _MARK)
    return SentEvent(
        index=index,
        id=_uuid(event["id"]),
        run=_whole(event["run"], 1, _LARGEST_TIME, "run"),
        seq=_whole(event["seq"], 1, _LARGEST_SEQUENCE, "sequence"),
        step=_step(event["step"], is_comment=is_comment),
        kind=EventKind.COMMENT if is_comment else EventKind.MARK,
        value=None if is_comment else _value(event["value"]),
        text=_text(event["comment"]) if is_comment else "",
        audience=_audience(event["audience"]) if is_comment else "",
        minute=_whole(event["minute"], -1, _LONGEST_SESSION, "minute"),
        at=_moment(event["at"]),
        skew_ms=_skew(event["skew"]),
        replaces=_replaced(event["replaces"]),
    )


def _check_fields(event: dict[str, Any], names: set[str]) -> None:
    if unknown := event.keys() - names:
        raise Malformed(_("Unknown field: %(names)s.") % {"names": _shown(unknown)}, code="unknown_field")
    if missing := names - event.keys():
        raise Malformed(_("Missing field: %(names)s.") % {"names": _shown(missing)})


def _shown(names: Iterable[str]) -> str:
    return _printable(", ".join(sorted(names))[:60])


def _printable(text: str) -> str:
    """Replace halves of surrogate pairs, which no answer could be written with."""
    return text.encode("utf-8", "replace").decode()


def _whole(value: Any, smallest: int, largest: int, code: str = "malformed") -> int:
    if type(value) is not int or not smallest <= value <= largest:
        raise Malformed(_("A number is missing or out of range: %(what)s.") % {"what": code}, code=code)
    return value


def _value(value: Any) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise Malformed(_("A mark is true, false or null."), code="value")
    return value


def _step(value: Any, *, is_comment: bool) -> str | None:
    if value is None and is_comment:
        return None
    if not _is_text(value):
        raise Malformed(_("The step is named by its code."), code="step")
    return str(value)


def _text(value: Any) -> str:
    if not _is_text(value):
        raise Malformed(_("The comment holds a character that cannot be stored."), code="comment")
    if len(value) > COMMENT_LENGTH:
        raise Malformed(_("The comment is longer than 2000 characters."), code="comment")
    return str(value)


def _audience(value: Any) -> str:
    if value not in Audience.values:
        raise Malformed(_("A comment is for the candidate or internal."), code="audience")
    return str(value)


def _replaced(value: Any) -> tuple[UUID, ...]:
    if not isinstance(value, list) or len(value) > _MOST_REPLACED:
        raise Malformed(_("A mark names the marks that it replaces."))
    return tuple(_uuid(one) for one in value)


def _unsent(value: Any) -> dict[int, int]:
    """Read how many events the device holds by stage; what cannot be read is no reason to refuse marks."""
    if not isinstance(value, dict):
        return {}
    pairs = [(key, number) for key, number in value.items() if key.isdecimal() and len(key) < len(str(_LARGEST_TIME))]
    return {
        int(key): number
        for key, number in pairs[:MOST_RUNS]
        if type(number) is int and 0 <= number <= _LARGEST_SEQUENCE
    }


def _moment(value: Any) -> datetime:
    milliseconds = _whole(value, -_LARGEST_TIME, _LARGEST_TIME, "clock")
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    except OverflowError:
        raise Malformed(_YEARS_OFF, code="clock") from None


def _skew(value: Any) -> int:
    """Read by how much the device's clock was off; where it is years, no moment that it gives can be believed."""
    milliseconds = _whole(value, -_LARGEST_TIME, _LARGEST_TIME, "clock")
    if abs(milliseconds) > LARGEST_SKEW / timedelta(milliseconds=1):
        raise Malformed(_YEARS_OFF, code="clock")
    return milliseconds


def _is_text(value: object) -> bool:
    """Tell whether Postgres can store it: text without the character 0 and without halves of a surrogate pair."""
    return isinstance(value, str) and "\0" not in value and not any("\ud800" <= one <= "\udfff" for one in value)


def _uuid(text: object) -> UUID:
    """Read an identifier in the one form that the answer gives it back in: a device finds its event by it."""
    try:
        found = UUID(text) if isinstance(text, str) else None
    except ValueError:
        found = None
    if found is None or str(found) != text:
        raise Malformed(_("An identifier is a UUID."))
    return found
