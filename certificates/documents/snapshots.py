"""What a certificate and a contract print, frozen as JSON when they are issued or concluded.

A snapshot holds every printed fact, so that a document can be rendered again, alike to the byte, long after the person,
the scheme or the body has changed. Reading one is strict: a field too many or too few is an error, never a blank space
on a legal document. The field names are the file format: a new field needs a default, and none is ever renamed.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from core.snapshots import Json, Snapshot, SnapshotError


@dataclass(frozen=True, kw_only=True)
class PersonName(Snapshot):
    """The holder as printed. `patronymic` includes oğlu or qızı, and may be empty."""

    surname: str
    given_name: str
    patronymic: str = ""

    @property
    def full(self) -> str:
        """Surname, given name, patronymic: the official order."""
        return " ".join(part for part in (self.surname, self.given_name, self.patronymic) if part)


@dataclass(frozen=True, kw_only=True)
class SchemeSnapshot(Snapshot):
    """The scope: what the holder was found competent in. The two standard codes may be empty."""

    code: str
    name_az: str
    name_en: str
    level: int
    state_classification: str = ""
    economic_activity: str = ""


@dataclass(frozen=True, kw_only=True)
class ScopeSnapshot(Snapshot):
    """A part of the scheme for which the certificate holds."""

    code: str
    name_az: str
    name_en: str


@dataclass(frozen=True, kw_only=True)
class BodySnapshot(Snapshot):
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
class CertificateSnapshot(Snapshot):
    """All that a certificate prints. `number` has its check characters; `verification_code` is printed in groups.

    `copied_on` is the day on which a later copy was made; `scopes` are empty for a scheme without any.
    """

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
    scopes: tuple[ScopeSnapshot, ...] = ()
    copied_on: date | None = None


class ConclusionMethod(StrEnum):
    """How the holder agreed to the contract."""

    PORTAL = "portal"
    PAPER = "paper"


@dataclass(frozen=True, kw_only=True)
class ContractPartySnapshot(Snapshot):
    """The holder as a party: the blanks of the contract. `identity_card` is the series and number."""

    full_name: str
    address: str
    telephone: str
    email: str
    identity_card: str


@dataclass(frozen=True, kw_only=True)
class ContractTextSnapshot(Snapshot):
    """The very text that was agreed to: kept whole, so that the contract never depends on a later text.

    `content` is a contract text as `contract_text` reads it, and `sha256` its digest.
    """

    version: int
    sha256: str
    content: Json


@dataclass(frozen=True, kw_only=True)
class ConclusionSnapshot(Snapshot):
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


@dataclass(frozen=True, kw_only=True)
class ContractSnapshot(Snapshot):
    """All that a certificate-use contract prints.

    `concluded` is None until the holder has agreed, `exam_on` after a renewal that took no exam.
    """

    number: str
    text: ContractTextSnapshot
    place: str
    dated_on: date
    holder: ContractPartySnapshot
    body: BodySnapshot
    scheme: SchemeSnapshot
    application_reference: str
    exam_on: date | None
    concluded: ConclusionSnapshot | None = None
