"""The certificate: one A4 landscape sheet, Azerbaijani with English beneath."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from certificates.documents.ornament import certificate_ornament, emblem
from certificates.documents.qr import qr_image
from certificates.documents.snapshots import CertificateSnapshot, SchemeSnapshot
from certificates.documents.templating import fill
from certificates.documents.wording import in_groups, long_date
from core.fonts import SERIF, SERIF_SEMIBOLD, Face, text_width
from core.pdf import html_to_pdf

LINE_WIDTH = 225 / 25.4 * 72
"""Points between the margins of the sheet, less a little air."""

QR_SIDE = 38
"""Millimetres with the quiet zone: read from a 72 dpi scan of the sheet, and from a screen at arm's length."""

Sizes = tuple[tuple[int, int], ...]
"""Steps from the finest setting to the last resort: a size in points, and the lines that there is room for at it."""

HOLDER_SIZES: Sizes = (
    *((size, 1) for size in (32, 30, 28, 26, 24, 22, 20)),
    *((size, 2) for size in (18, 16, 14)),
    (12, 3),
    (10, 4),
)
SCHEME_SIZES: Sizes = (*((size, 1) for size in (20, 18, 16, 14)), (12, 2))
SCHEME_EN_SIZES: Sizes = ((12, 1), (10, 1), (9, 2))
SCOPE_SIZES: Sizes = ((10, 1), (9, 1), (8, 1), (7, 2))
BODY_SIZES: Sizes = (*((size, 1) for size in (13, 12, 11)), (10, 2))

BROKEN_LINE_FILL = 0.85
"""How much of a line is filled, at worst, when names are broken over several."""

# Contract H5, with the scope of H3: the holder uses what the body owns.
OWNERSHIP_AZ = (
    "Sertifikat onu vermiş qurumun mülkiyyətidir. Sahibi ondan yalnız etibarlılıq müddəti ərzində və göstərilən əhatə "
    "dairəsində istifadə etmək hüququna malikdir."
)
OWNERSHIP_EN = (
    "This certificate is the property of the certification body. The holder has the right to use it only while it is "
    "valid and within the stated scope."
)


@dataclass(frozen=True)
class Fact:
    """One printed fact: label and value, each in both languages; `width` is its class in the style sheet."""

    width: str
    label_az: str
    label_en: str
    value_az: str
    value_en: str


def render_certificate(snapshot: Mapping[str, Any]) -> bytes:
    """Return the PDF of a certificate from its stored snapshot; the same snapshot gives the same bytes.

    Raises SnapshotError when the snapshot lacks a field or has one too many.
    """
    certificate = CertificateSnapshot.from_json(snapshot)
    holder = certificate.holder.full
    return html_to_pdf(
        certificate_html(certificate),
        title=f"Peşə Səriştəlilik Sertifikatı {certificate.number}",
        language="az",
        author=certificate.body.name_az,
        subject=f"{holder}: {certificate.scheme.name_az}",
        created=datetime.combine(certificate.copied_on or certificate.issued_on, time(), UTC),
    )


def certificate_html(certificate: CertificateSnapshot) -> str:
    """Return the page before it is laid out."""
    holder = certificate.holder.full
    codes_az, codes_en = _codes(certificate.scheme)
    scopes_az, scopes_en = _scopes(certificate)
    qr = qr_image(certificate.verification_url, colour="#0b2a35")
    return fill(
        "pdf/certificate.html",
        {
            "certificate": certificate,
            "body": certificate.body,
            "scheme": certificate.scheme,
            "holder": holder,
            "holder_size": fitting_size(holder, SERIF_SEMIBOLD, HOLDER_SIZES),
            "scheme_size": fitting_size(certificate.scheme.name_az, SERIF_SEMIBOLD, SCHEME_SIZES),
            "scheme_en_size": fitting_size(certificate.scheme.name_en, SERIF, SCHEME_EN_SIZES),
            "body_size": fitting_size(certificate.body.name_az, SERIF_SEMIBOLD, BODY_SIZES),
            "scopes_az": scopes_az,
            "scopes_en": scopes_en,
            "scopes_size": fitting_size(scopes_az, SERIF, SCOPE_SIZES),
            "scopes_en_size": fitting_size(scopes_en, SERIF, SCOPE_SIZES[1:]),
            "codes_az": codes_az,
            "codes_en": codes_en,
            "facts": _facts(certificate),
            "code": in_groups(certificate.verification_code),
            "qr": qr.svg,
            "qr_side": f"{QR_SIDE:g}",
            "quiet_zone": f"{QR_SIDE * qr.quiet_share:.2f}",
            "ornament": certificate_ornament(),
            "emblem": emblem(),
            "ownership_az": OWNERSHIP_AZ,
            "ownership_en": OWNERSHIP_EN,
        },
    )


def fitting_size(text: str, face: Face, sizes: Sizes) -> int:
    """Return the first of *sizes* at which *text* has room; the last when none gives it."""
    for size, lines in sizes:
        room = LINE_WIDTH if lines == 1 else LINE_WIDTH * lines * BROKEN_LINE_FILL
        if text_width(text, face, size) <= room:
            return size
    return sizes[-1][0]


def _codes(scheme: SchemeSnapshot) -> tuple[str, str]:
    """Return the line of scheme code, level and standard codes in both languages, without the empty ones."""
    entries = [
        ("Sxem", "Scheme", scheme.code),
        ("Səviyyə", "Level", str(scheme.level)),
        ("Məşğulluq təsnifatı", "Occupation", scheme.state_classification),
        ("İqtisadi fəaliyyət", "Economic activity", scheme.economic_activity),
    ]
    present = [entry for entry in entries if entry[2]]
    return (
        "  ·  ".join(f"{az} {code}" for az, _, code in present),
        "  ·  ".join(f"{en} {code}" for _, en, code in present),
    )


def _scopes(certificate: CertificateSnapshot) -> tuple[str, str]:
    """Return the line of the scopes in both languages; empty for a scheme without any."""
    if not certificate.scopes:
        return "", ""
    return (
        "Əhatə dairəsi: " + "  ·  ".join(scope.name_az for scope in certificate.scopes),
        "Scope: " + "  ·  ".join(scope.name_en for scope in certificate.scopes),
    )


def _copy(certificate: CertificateSnapshot) -> str:
    """Return which copy it is, and of a later one when it was made."""
    number, day = certificate.copy_number, certificate.copied_on
    if day is None:
        return f"nüsxə / copy {number}"
    return f"nüsxə {number}, {long_date(day, 'az')} / copy {number}, made on {long_date(day, 'en')}"


def _facts(certificate: CertificateSnapshot) -> list[Fact]:
    start, end = certificate.valid_from, certificate.valid_until
    return [
        Fact("wide", "Sertifikatın nömrəsi", "Certificate number", f"№ {certificate.number}", _copy(certificate)),
        _dated("Verilmə tarixi", "Issued", certificate.issued_on),
        _dated("Qərarın tarixi", "Decided", certificate.decided_on),
        Fact("wide", "Etibarlılıq müddəti", "Valid", _span(start, end, "az"), _span(start, end, "en")),
    ]


def _dated(label_az: str, label_en: str, day: date) -> Fact:
    return Fact("half", label_az, label_en, long_date(day, "az"), long_date(day, "en"))


def _span(start: date, end: date, language: str) -> str:
    return f"{long_date(start, language)} – {long_date(end, language)}"
