"""What a certificate and a contract print, frozen as JSON when they are issued or concluded.

A snapshot holds every printed fact, so that a document can be rendered again, alike to the byte, long after the person,
the scheme or the body has changed. Reading one is strict: a field too many or too few is an error, never a blank space
on a legal document. The field names are the file format: a new field needs a default, and none is ever renamed.
"""

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Self, cast, get_args, get_origin, get_type_hints

Json = dict[str, Any]


class SnapshotError(ValueError):
    """A stored snapshot does not have the shape that its document needs."""


class _Snapshot:
    """Strict reading from JSON, and writing back, for the dataclasses below."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Build from parsed JSON. Raises SnapshotError naming the first field that is wrong."""
        return cast("Self", _read(cls, data, cls.__name__))

    def to_json(self) -> Json:
        """Return plain JSON values; dates and times as ISO 8601 strings."""
        return {name: _plain(value) for name, value in asdict(self).items()}  # type: ignore[call-overload]


@dataclass(frozen=True, kw_only=True)
class PersonName(_Snapshot):
    """The holder as printed. `patronymic` includes oğlu or qızı, and may be empty."""

    surname: str
    given_name: str
    patronymic: str = ""

    @property
    def full(self) -> str:
        """Surname, given name, patronymic: the official order."""
        return " ".join(part for part in (self.surname, self.given_name, self.patronymic) if part)


@dataclass(frozen=True, kw_only=True)
class SchemeSnapshot(_Snapshot):
    """The scope: what the holder was found competent in. The two standard codes may be empty."""

    code: str
    name_az: str
    name_en: str
    level: int
    state_classification: str = ""
    economic_activity: str = ""


@dataclass(frozen=True, kw_only=True)
class BodySnapshot(_Snapshot):
    """The certification body as it was named on that day. E-mail and telephone may be empty."""

    name_az: str
    name_en: str
    short_name: str
    address_az: str
    address_en: str
    site: str
    signatory_name: str
    signatory_title_az: str
    signatory_title_en: str
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, kw_only=True)
class CertificateSnapshot(_Snapshot):
    """All that a certificate prints. `number` has its check characters; `verification_code` is printed in groups."""

    number: str
    copy_number: int
    verification_code: str
    verification_url: str
    holder: PersonName
    scheme: SchemeSnapshot
    decided_on: date
    issued_on: date
    valid_from: date
    valid_until: date
    body: BodySnapshot


class ConclusionMethod(StrEnum):
    """How the holder agreed to the contract."""

    PORTAL = "portal"
    PAPER = "paper"


@dataclass(frozen=True, kw_only=True)
class ContractPartySnapshot(_Snapshot):
    """The holder as a party: the blanks of the contract. `identity_card` is the series and number."""

    full_name: str
    address: str
    telephone: str
    email: str
    identity_card: str


@dataclass(frozen=True, kw_only=True)
class ContractTextSnapshot(_Snapshot):
    """The very text that was agreed to: kept whole, so that the contract never depends on a later text.

    `content` is a contract text as `contract_text` reads it, and `sha256` its digest.
    """

    version: int
    sha256: str
    content: Json


@dataclass(frozen=True, kw_only=True)
class ConclusionSnapshot(_Snapshot):
    """The holder's agreement: in the portal from the IP `address` of the request, or `signed_on` paper on that day."""

    how: ConclusionMethod
    at: datetime
    address: str = ""
    signed_on: date | None = None

    def __post_init__(self) -> None:
        """Refuse an agreement without the fact that proves it."""
        if self.how is ConclusionMethod.PORTAL and not self.address:
            raise SnapshotError("ConclusionSnapshot: an agreement in the portal needs the address of the request")
        if self.how is ConclusionMethod.PAPER and self.signed_on is None:
            raise SnapshotError("ConclusionSnapshot: an agreement on paper needs the day of the signature")
        if self.at.utcoffset() is None:
            raise SnapshotError("ConclusionSnapshot.at: needs a time zone")


@dataclass(frozen=True, kw_only=True)
class ContractSnapshot(_Snapshot):
    """All that a certificate-use contract prints. `concluded` is None until the holder has agreed."""

    number: str
    text: ContractTextSnapshot
    place: str
    dated_on: date
    holder: ContractPartySnapshot
    body: BodySnapshot
    scheme: SchemeSnapshot
    application_reference: str
    exam_on: date
    concluded: ConclusionSnapshot | None = None


def _read(kind: Any, data: object, where: str) -> Any:
    """Build the dataclass *kind* from a JSON object; *where* names it in errors."""
    if not isinstance(data, Mapping):
        raise SnapshotError(f"{where}: expected an object")
    known = {field.name for field in fields(kind)}
    if unknown := sorted(set(data) - known):
        raise SnapshotError(f"{where}: unknown field {unknown[0]}")
    required = {field.name for field in fields(kind) if field.default is MISSING}
    if missing := sorted(required - set(data)):
        raise SnapshotError(f"{where}: missing field {missing[0]}")
    hints = get_type_hints(kind)
    return kind(**{name: _value(hints[name], value, f"{where}.{name}") for name, value in data.items()})


def _value(hint: Any, value: object, where: str) -> object:
    """Convert *value* to the type that a field declares; a number is not read from a string, nor the other way."""
    if isinstance(hint, UnionType):
        (inner,) = (member for member in get_args(hint) if member is not NoneType)
        return None if value is None else _value(inner, value, where)
    if is_dataclass(hint):
        return _read(hint, value, where)
    if (hint is int and type(value) is int) or (get_origin(hint) is dict and isinstance(value, dict)):
        return value
    if isinstance(value, str) and hint in (str, date, datetime, ConclusionMethod):
        try:
            return hint.fromisoformat(value) if hint in (date, datetime) else hint(value)
        except ValueError as error:
            raise SnapshotError(f"{where}: {error}") from error
    raise SnapshotError(f"{where}: found {value!r}")


def _plain(value: object) -> object:
    """Return JSON for a field's value."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, date):  # a datetime is a date too
        return value.isoformat()
    return str(value) if isinstance(value, StrEnum) else value
