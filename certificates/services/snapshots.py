"""Freezing what a contract and a certificate print: everything is copied, so that nothing printed changes later."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from candidates.models import Application, Person
from certificates.documents.snapshots import (
    BodySnapshot,
    CertificateSnapshot,
    ConclusionSnapshot,
    ContractPartySnapshot,
    ContractSnapshot,
    ContractTextSnapshot,
    PersonName,
    SchemeSnapshot,
    ScopeSnapshot,
)
from certificates.models import Certificate, CertificateCopy, Contract, ContractTemplate, Decision
from schemes.models import Scheme, SchemeVersion

_BODY_FIELDS = tuple(BodySnapshot.__dataclass_fields__)


def body_snapshot() -> BodySnapshot:
    """Return the certification body as the settings name it today."""
    body: Mapping[str, str] = settings.BODY
    return BodySnapshot(**{name: body[name] for name in _BODY_FIELDS})


def scheme_snapshot(scheme: Scheme) -> SchemeSnapshot:
    """Return the scope."""
    return SchemeSnapshot(
        code=scheme.code,
        name_az=scheme.name_az,
        name_en=scheme.name_en,
        level=scheme.level,
        state_classification=scheme.state_classification,
        economic_activity=scheme.economic_activity,
    )


def contract_snapshot(decision: Decision, template: ContractTemplate, *, number: str, dated_on: date) -> dict[str, Any]:
    """Return every word and blank of the contract with the holder, not concluded yet."""
    application = decision.application
    exam = decision.attempt
    return ContractSnapshot(
        number=number,
        text=ContractTextSnapshot(version=template.version, sha256=template.content_sha256, content=template.content),
        place=settings.BODY["place_az"],
        dated_on=dated_on,
        holder=_party(application),
        body=body_snapshot(),
        scheme=scheme_snapshot(application.scheme),
        application_reference=application.reference or "",
        exam_on=timezone.localdate(exam.starts_at) if exam else None,
    ).to_json()


def _party(application: Application) -> ContractPartySnapshot:
    """Return the holder as declared on the application, which is an inseparable part of the contract."""
    return ContractPartySnapshot(
        full_name=application.full_name,
        address=application.address,
        telephone=application.telephone,
        email=application.email,
        identity_card=application.identity_card,
    )


def concluded_snapshot(contract: Contract, conclusion: ConclusionSnapshot) -> dict[str, Any]:
    """Return the offered words with the facts of the holder's agreement."""
    return {**contract.snapshot, "concluded": conclusion.to_json()}


def certificate_snapshot(
    contract: Contract,
    *,
    number: str,
    code: str,
    scopes: Collection[str],
    issued_on: date,
    valid_from: date,
    valid_until: date,
) -> dict[str, Any]:
    """Return all that the first copy of a certificate prints; `scopes` are the codes of those it holds for.

    The name is that on record: it may have changed since the application was accepted (contract H2).
    """
    decision = contract.decision
    application = decision.application
    return CertificateSnapshot(
        number=number,
        copy_number=1,
        verification_code=code,
        verification_url=_verification_url(code),
        holder=_name_of(contract.person),
        scheme=scheme_snapshot(application.scheme),
        scopes=_scopes(decision.scheme_version, scopes),
        decided_on=timezone.localdate(decision.decided_at),
        issued_on=issued_on,
        valid_from=valid_from,
        valid_until=valid_until,
        body=body_snapshot(),
    ).to_json()


def copy_snapshot(
    certificate: Certificate, old: CertificateCopy, *, number: int, code: str, made_on: date
) -> dict[str, Any]:
    """Return all that a later copy prints: as the one before it, with name, scopes and body as they are now."""
    return replace(
        CertificateSnapshot.from_json(old.snapshot),
        copy_number=number,
        copied_on=made_on,
        verification_code=code,
        verification_url=_verification_url(code),
        holder=_name_of(certificate.person),
        scopes=_scopes(certificate.scheme_version, certificate.scopes),
        body=body_snapshot(),
    ).to_json()


def _name_of(person: Person) -> PersonName:
    return PersonName(surname=person.surname, given_name=person.given_name, patronymic=person.patronymic)


def _scopes(version: SchemeVersion, codes: Collection[str]) -> tuple[ScopeSnapshot, ...]:
    return tuple(
        ScopeSnapshot(code=scope.code, name_az=scope.name_az, name_en=scope.name_en)
        for scope in version.scopes.all()
        if scope.code in codes
    )


def _verification_url(code: str) -> str:
    return settings.SITE_URL + reverse("certificates:public", args=[code])
