"""Snapshots for tests of documents, and what can be read back from a PDF."""

from io import BytesIO
from typing import Any

from pypdf import PdfReader

from certificates.contract_text import digest, load_content

BODY = {
    "name_az": "Azerbaijan Quantum and Coaching Cooperation MMC",
    "name_en": "Azerbaijan Quantum and Coaching Cooperation LLC",
    "short_name": "AQCC",
    "address_az": "Bakı, Yasamal rayonu, Bəşir Səfəroğlu küçəsi 113, Oldu Town Plaza",
    "address_en": "113 Bashir Safaroghlu Street, Oldu Town Plaza, Yasamal, Baku, Azerbaijan",
    "site": "sso.az",
    "signatory_name": "Rəşad Quliyev",
    "signatory_title_az": "Direktor",
    "signatory_title_en": "Director",
    "email": "info@sso.az",
    "phone": "+994 12 000 00 00",
}
SCHEME = {
    "code": "coach-6",
    "name_az": "Kouç (Səviyyə 6)",
    "name_en": "Coach (Level 6)",
    "level": 6,
    "state_classification": "2635",
    "economic_activity": "9609011",
}
HOLDER = {"surname": "Əliyeva", "given_name": "Günay", "patronymic": "İsmayıl qızı"}
PORTAL = {"how": "portal", "at": "2026-11-20T10:05:09+00:00", "address": "203.0.113.7"}
PAPER = {"how": "paper", "at": "2026-11-20T10:05:09+00:00", "signed_on": "2026-11-19"}


def certificate_snapshot(**changes: Any) -> dict[str, Any]:
    return {
        "number": "AQCC-2026-000123-47",
        "copy_number": 1,
        "verification_code": "7KQF92MXTR4BHW3D",
        "verification_url": "https://sso.az/v/7KQF92MXTR4BHW3D/",
        "holder": HOLDER,
        "scheme": SCHEME,
        "decided_on": "2026-11-18",
        "issued_on": "2026-11-20",
        "valid_from": "2026-11-20",
        "valid_until": "2031-11-19",
        "body": BODY,
        **changes,
    }


def contract_snapshot(**changes: Any) -> dict[str, Any]:
    content = load_content(1)
    return {
        "number": "M-2026-000123-47",
        "text": {"version": 1, "sha256": digest(content), "content": content},
        "place": "Bakı şəhəri",
        "dated_on": "2026-11-20",
        "holder": {
            "full_name": "Əliyeva Günay İsmayıl qızı",
            "address": "Bakı şəhəri, Nəsimi rayonu, Füzuli küçəsi 12, mənzil 34",
            "telephone": "+994 50 123 45 67",
            "email": "gunay.aliyeva@example.org",
            "identity_card": "AZE 12345678",
        },
        "body": BODY,
        "scheme": SCHEME,
        "application_reference": "A-2026-00045",
        "exam_on": "2026-11-10",
        "concluded": None,
        **changes,
    }


def read(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf))


def words(pdf: bytes) -> str:
    """All text of a PDF with every run of white space as one space."""
    return " ".join(" ".join(page.extract_text() for page in read(pdf).pages).split())


def embedded_fonts(pdf: bytes) -> dict[str, bool]:
    """Each font of a PDF by its name without the subset tag, and whether its file is embedded."""
    found = {}
    for page in read(pdf).pages:
        resources: Any = page["/Resources"]
        for font in resources["/Font"].values():
            descendant = font.get_object()["/DescendantFonts"][0].get_object()
            descriptor = descendant["/FontDescriptor"].get_object()
            found[descriptor["/FontName"].partition("+")[2]] = "/FontFile2" in descriptor
    return found
