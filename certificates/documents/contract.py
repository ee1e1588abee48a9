"""The certificate-use contract: A4 portrait, one copy for each side in one file, in the language of its text."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

from certificates.contract_text import ContractText, digest, read_contract_text
from certificates.documents.contract_reading import fill_text
from certificates.documents.snapshots import (
    BodySnapshot,
    ConclusionMethod,
    ContractPartySnapshot,
    ContractSnapshot,
)
from certificates.documents.templating import fill
from certificates.documents.wording import baku_time, legal_date_az
from core.pdf import html_to_pdf
from core.snapshots import SnapshotError

Facts = list[tuple[str, str]]
"""Labels and values, as a list of definitions shows them."""

COPIES = ("1-ci nüsxə: Qurumda qalır", "2-ci nüsxə: Sertifikat sahibinə verilir")


def render_contract(snapshot: Mapping[str, Any]) -> bytes:
    """Return the PDF of a contract from its stored snapshot: two copies, each numbering its own pages.

    The same snapshot gives the same bytes. Raises SnapshotError when a field is missing or unknown, or when the text is
    not the one whose digest was stored; ContractTextError when the text itself is faulty.
    """
    contract = ContractSnapshot.from_json(snapshot)
    if digest(contract.text.content) != contract.text.sha256:
        raise SnapshotError("ContractSnapshot.text: the text is not the one that was agreed to")
    text = read_contract_text(contract.text.content)
    return html_to_pdf(
        [contract_html(contract, text, copy) for copy in COPIES],
        title=f"{text.title}, № {contract.number}",
        language=text.language,
        author=contract.body.name_az,
        subject=contract.holder.full_name,
        created=datetime.combine(contract.dated_on, time(), UTC),
    )


def contract_html(contract: ContractSnapshot, text: ContractText, copy: str) -> str:
    """Return one copy before it is laid out."""
    filled = fill_text(text, contract)
    return fill(
        "pdf/contract.html",
        {
            "contract": contract,
            "text": text,
            "copy": copy,
            "date": legal_date_az(contract.dated_on),
            "preamble": filled.preamble,
            "closing": filled.closing,
            "articles": filled.articles,
            "body_facts": _body_facts(contract.body),
            "holder_facts": _holder_facts(contract.holder),
            "acceptance": _acceptance(contract),
            "signed_on_paper": _signed_on_paper(contract),
        },
    )


def _body_facts(body: BodySnapshot) -> Facts:
    facts = [("Ünvan", body.address_az), ("Telefon", body.phone), ("E-poçt", body.email), ("Sayt", body.site)]
    return [(label, value) for label, value in facts if value]


def _holder_facts(holder: ContractPartySnapshot) -> Facts:
    facts = [
        ("Ünvan", holder.address),
        ("Telefon", holder.telephone),
        ("E-poçt", holder.email),
        ("Şəxsiyyət vəsiqəsi", holder.identity_card),
    ]
    return [(label, value) for label, value in facts if value]


def _acceptance(contract: ContractSnapshot) -> Facts:
    """Return what stands in the holder's signature place after an agreement in the portal."""
    concluded = contract.concluded
    if concluded is None or concluded.how is not ConclusionMethod.PORTAL:
        return []
    return [
        ("Vaxt", baku_time(concluded.at)),
        ("Sorğunun IP ünvanı", concluded.address),
        ("Mətnin versiyası", str(contract.text.version)),
    ]


def _signed_on_paper(contract: ContractSnapshot) -> str:
    concluded = contract.concluded
    if concluded is None or concluded.signed_on is None:
        return ""
    return legal_date_az(concluded.signed_on)
