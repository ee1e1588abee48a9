"""What printed documents are made from: frozen dataclasses, read from JSON strictly and written back.

Reading refuses a field too many, a field too few and a value of another type: a paper that stands as evidence has no
blank where a fact was lost. A field with a default may be absent, so that a format can grow.
"""

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Self, cast, get_args, get_origin, get_type_hints

Json = dict[str, Any]


class SnapshotError(ValueError):
    """A stored snapshot does not have the shape that its document needs."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Base of everything that a document is made from: plain values, other snapshots, and tuples of them."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Build from parsed JSON. Raises SnapshotError naming the first field that is wrong."""
        return cast("Self", _read(cls, data, cls.__name__))

    def to_json(self) -> Json:
        """Return plain JSON values: dates and times as ISO 8601 strings, tuples as lists."""
        return {name: _plain(value) for name, value in asdict(self).items()}


def _read(kind: Any, data: object, where: str) -> Any:
    """Build the dataclass *kind* from a JSON object; *where* names it in errors."""
    if not isinstance(data, Mapping):
        raise SnapshotError(f"{where}: expected an object")
    hints, required = _shape(kind)
    if unknown := sorted(data.keys() - hints.keys()):
        raise SnapshotError(f"{where}: unknown field {unknown[0]}")
    if missing := sorted(required - data.keys()):
        raise SnapshotError(f"{where}: missing field {missing[0]}")
    return kind(**{name: _value(hints[name], value, f"{where}.{name}") for name, value in data.items()})


@cache
def _shape(kind: Any) -> tuple[dict[str, Any], frozenset[str]]:
    """Return the types of a snapshot's fields, and the names of those it must have: found once for each kind."""
    declared = get_type_hints(kind)
    return (
        {field.name: declared[field.name] for field in fields(kind)},
        frozenset(field.name for field in fields(kind) if field.default is MISSING),
    )


def _value(hint: Any, value: object, where: str) -> object:
    """Convert *value* to the type that a field declares; a number is not read from a string, nor the other way."""
    if type(value) is hint:  # text, a number, a truth: most fields
        return value
    if isinstance(hint, UnionType):
        (inner,) = (member for member in get_args(hint) if member is not NoneType)
        return None if value is None else _value(inner, value, where)
    if get_origin(hint) is tuple:
        return _many(get_args(hint)[0], value, where)
    if is_dataclass(hint):
        return _read(hint, value, where)
    if get_origin(hint) is dict and isinstance(value, dict):
        return value
    if isinstance(value, str) and isinstance(hint, type) and hint not in {bool, int}:
        return _from_text(hint, value, where)
    raise SnapshotError(f"{where}: found {value!r}")


def _many(hint: Any, values: object, where: str) -> tuple[object, ...]:
    if not isinstance(values, list):
        raise SnapshotError(f"{where}: expected a list")
    return tuple(_value(hint, value, f"{where}[{number}]") for number, value in enumerate(values))


def _from_text(hint: Any, text: str, where: str) -> object:
    """Read a date, an instant, a member of an enumeration, or text itself."""
    try:
        value = hint.fromisoformat(text) if hint in {date, datetime} else hint(text)
    except ValueError as error:
        raise SnapshotError(f"{where}: {error}") from error
    if isinstance(value, datetime) and value.utcoffset() is None:
        raise SnapshotError(f"{where}: needs a time zone")
    return cast("object", value)


def _plain(value: object) -> object:
    """Return JSON for a field's value."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, date):  # a datetime is a date too
        return value.isoformat()
    return str(value) if isinstance(value, StrEnum) else value
