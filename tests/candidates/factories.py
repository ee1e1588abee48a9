"""Files, applications in every state, and persons; states are reached through the services, as people reach them."""

import struct
import zlib
from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from accounts.states import Role
from candidates.models import Application, Person
from candidates.queries import latest_texts
from candidates.services.attachments import add_document, add_letter, keep_upload
from candidates.services.declarations import declare, load_declarations
from candidates.services.drafts import save_contact, save_identity, start_application
from candidates.services.review import accept_application, refuse_application, return_application
from candidates.services.submission import submit_application
from candidates.services.withdrawal import withdraw_application
from candidates.states import REQUIRED_DECLARATIONS, DocumentKind, IssuerKind, Section
from schemes.models import SchemeVersion
from tests.factories import UserFactory, next_fin

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300" + "10" * 64 + "ffc0000b080001000101011100ffc4001400010000"
    "0000000000000000000000000008ffc40014100100000000000000000000000000000000ffda0008010100003f0037ffd9"
)


def png() -> bytes:
    """Return a whole PNG of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\x00\x00")) + chunk(b"IEND", b"")
    )


def upload(name: str = "məktub.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    """Return an upload as a form gets it."""
    return SimpleUploadedFile(name, content)


def identity(**changes: Any) -> dict[str, Any]:
    """Return a whole identity as declared."""
    return {
        "surname": "Məmmədov",
        "given_name": "İlqar",
        "patronymic": "Həsən oğlu",
        "date_of_birth": date(1985, 3, 21),
        "identity_series": "AA",
        "identity_number": "1234567",
        "fin": next_fin(),
        **changes,
    }


def contact(**changes: Any) -> dict[str, Any]:
    """Return whole contact data."""
    return {
        "address": "Bakı, Nizami küçəsi 10",
        "telephone": "+994501234567",
        "email": "ilqar@example.az",
        "language": "az",
        "special_needs": "",
        **changes,
    }


def new_candidate(**fields: Any) -> User:
    """Return a candidate's account."""
    return UserFactory.create(roles=[Role.CANDIDATE], **{"surname": "Məmmədov", **fields})


def draft(version: SchemeVersion, account: User | None = None) -> Application:
    """Return an application that has just been begun."""
    return start_application(version.scheme, actor=account or new_candidate())


def complete_draft(version: SchemeVersion, account: User | None = None, **changes: Any) -> Application:
    """Return a draft with everything; `changes` are fields of identity or contact. Loads the declaration texts."""
    load_declarations()
    started = draft(version, account)
    actor = started.account
    assert actor is not None
    of_contact = {name: value for name, value in changes.items() if name in contact()}
    of_identity = {name: value for name, value in changes.items() if name not in of_contact}
    save_identity(started, data=identity(**of_identity), actor=actor)
    save_contact(started, data=contact(**of_contact), actor=actor)
    letter(started, actor)
    add_document(
        started, stored=keep_upload(upload("vəsiqə.pdf"), actor=actor), kind=DocumentKind.IDENTITY, actor=actor
    )
    declare_all(started, actor)
    started.refresh_from_db()
    return started


def letter(application: Application, actor: User) -> Any:
    """Attach a recommendation letter, each on another day of May."""
    return add_letter(
        application,
        stored=keep_upload(upload(), actor=actor),
        issuer="Bakı Tədris Mərkəzi",
        issuer_kind=IssuerKind.EMPLOYER,
        topic="Karyera kouçinqi",
        hours=40,
        dated=date(2026, 5, 4 + application.letters.count()),
        actor=actor,
    )


def declare_all(application: Application, actor: User) -> None:
    """Agree to every text that is required."""
    texts = latest_texts()
    declare(
        application, agreed=REQUIRED_DECLARATIONS, seen=[text.pk for text in texts.values()], language="az", actor=actor
    )


def submitted(version: SchemeVersion, account: User | None = None, **changes: Any) -> Application:
    """Return an application that waits for an officer."""
    application = complete_draft(version, account, **changes)
    assert application.account is not None
    return submit_application(application, actor=application.account)


def returned(version: SchemeVersion, officer: User, **changes: Any) -> Application:
    """Return an application that waits for its applicant."""
    application = submitted(version, **changes)
    return return_application(application, sections=[Section.LETTERS], reason="Məktub imzasızdır.", actor=officer)


def accepted(version: SchemeVersion, officer: User, account: User | None = None, **changes: Any) -> Application:
    """Return an accepted application; its person has the account."""
    return accept_application(submitted(version, account, **changes), actor=officer)


def refused(version: SchemeVersion, officer: User, **changes: Any) -> Application:
    """Return a refused application."""
    return refuse_application(submitted(version, **changes), reason="Sənədlər başqasınındır.", actor=officer)


def withdrawn(version: SchemeVersion, **changes: Any) -> Application:
    """Return a withdrawn application."""
    application = submitted(version, **changes)
    assert application.account is not None
    return withdraw_application(application, actor=application.account)


def account_of(application: Application) -> User:
    """Return the account of an on-line application."""
    assert application.account is not None
    return application.account


def person_of(application: Application) -> Person:
    """Return the person of a submitted application."""
    assert application.person is not None
    return application.person


def reference_of(application: Application) -> str:
    """Return the reference of a submitted application."""
    assert application.reference is not None
    return application.reference


def person(**changes: Any) -> Person:
    """Return a person without application or account."""
    known = {**identity(), **contact(), **changes}
    del known["special_needs"]
    return Person.objects.create(**known)
