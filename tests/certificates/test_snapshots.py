"""Snapshots: strict on reading, and alike after a round through JSON."""

import json
from typing import Any

import pytest

from certificates.documents.snapshots import CertificateSnapshot, ContractSnapshot, PersonName
from core.snapshots import SnapshotError
from tests.certificates.printed import BODY, HOLDER, PAPER, PORTAL, certificate_snapshot, contract_snapshot

CERTIFICATE_FIELDS = [
    "number",
    "copy_number",
    "verification_code",
    "verification_url",
    "holder",
    "scheme",
    "decided_on",
    "issued_on",
    "valid_from",
    "valid_until",
    "body",
]
CONTRACT_FIELDS = [
    "number",
    "text",
    "place",
    "dated_on",
    "holder",
    "body",
    "scheme",
    "application_reference",
    "exam_on",
    "concluded",
]


def test_certificate_snapshot_survives_json() -> None:
    stored = CertificateSnapshot.from_json(certificate_snapshot()).to_json()
    added: dict[str, Any] = {"scopes": [], "copied_on": None}  # an older snapshot lacks them
    assert json.loads(json.dumps(stored)) == certificate_snapshot() | added
    assert list(stored) == [*CERTIFICATE_FIELDS, *added]


@pytest.mark.parametrize(
    "concluded", [None, {**PORTAL, "signed_on": None}, {**PAPER, "address": ""}], ids=["waiting", "portal", "paper"]
)
def test_contract_snapshot_survives_json(concluded: dict[str, Any] | None) -> None:
    stored = ContractSnapshot.from_json(contract_snapshot(concluded=concluded)).to_json()
    assert json.loads(json.dumps(stored)) == contract_snapshot(concluded=concluded)
    assert list(stored) == CONTRACT_FIELDS


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"colour": "red"}, "CertificateSnapshot: unknown field colour"),
        ({"copy_number": "1"}, "CertificateSnapshot.copy_number: found '1'"),
        ({"copy_number": True}, "CertificateSnapshot.copy_number: found True"),
        ({"number": None}, "CertificateSnapshot.number: found None"),
        ({"number": 7}, "CertificateSnapshot.number: found 7"),
        ({"holder": "Əliyeva"}, "CertificateSnapshot.holder: expected an object"),
        ({"holder": {"surname": "Əliyeva"}}, "CertificateSnapshot.holder: missing field given_name"),
        ({"valid_until": "20.11.2026"}, "CertificateSnapshot.valid_until: Invalid isoformat string: '20.11.2026'"),
        ({"body": {**BODY, "fax": "1"}}, "CertificateSnapshot.body: unknown field fax"),
    ],
)
def test_wrong_certificate_snapshot_is_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(SnapshotError) as refusal:
        CertificateSnapshot.from_json(certificate_snapshot(**changes))
    assert str(refusal.value) == problem


@pytest.mark.parametrize(
    ("concluded", "problem"),
    [
        ({"how": "telephone", "at": PORTAL["at"]}, "'telephone' is not a valid ConclusionMethod"),
        ({"how": "portal", "at": PORTAL["at"]}, "needs the address of the request"),
        ({"how": "paper", "at": PORTAL["at"]}, "needs the day of the signature"),
        ({**PORTAL, "at": "2026-11-20T10:05:09"}, "needs a time zone"),
    ],
)
def test_agreement_without_proof_is_refused(concluded: dict[str, Any], problem: str) -> None:
    with pytest.raises(SnapshotError, match=problem):
        ContractSnapshot.from_json(contract_snapshot(concluded=concluded))


def test_full_name_without_patronymic() -> None:
    assert PersonName.from_json({**HOLDER, "patronymic": ""}).full == "Əliyeva Günay"
