"""Papers that the demo's applicants attach: small PDFs that say what they are."""

from datetime import date

from babel.dates import format_date
from django.utils import timezone
from django.utils.html import format_html

from certbody.demo.cast import Applicant
from core.pdf import html_to_pdf

_ISSUER = "“Xəzər İnkişaf Mərkəzi” MMC"
_STYLE = "@page { size: A5; margin: 18mm } body { font: 11pt/1.5 'Source Serif Pro' } h1 { font-size: 15pt }"


def letter(person: Applicant, topic: str, hours: int, dated: date) -> bytes:
    """Return a recommendation letter."""
    return _paper(
        "Tövsiyə məktubu",
        f"{person.surname} {person.given_name} {person.patronymic} bizimlə “{topic}” mövzusunda cəmi {hours} saat "
        "kouçluq xidməti göstərmişdir. Xidmətindən razı qalmışıq və onu sertifikatlaşdırmaya tövsiyə edirik.",
        f"{_ISSUER}, {_date(dated)}",
    )


def identity_card(person: Applicant) -> bytes:
    """Return what stands for the scan of an identity card."""
    return _paper(
        "Şəxsiyyət vəsiqəsi: nümunə",
        f"{person.surname} {person.given_name} {person.patronymic}",
        f"{person.card} · FİN {person.fin} · {_date(person.born)}",
    )


def _paper(title: str, *paragraphs: str) -> bytes:
    body = "".join(format_html("<p>{}</p>", text) for text in paragraphs)
    return html_to_pdf(
        f"<style>{_STYLE}</style><h1>{title}</h1>{body}",
        title=title,
        language="az",
        author=_ISSUER,
        subject=title,
        created=timezone.now(),
    )


def _date(day: date) -> str:
    return format_date(day, "d MMMM y", locale="az")
