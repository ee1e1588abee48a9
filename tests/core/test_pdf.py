"""HTML to PDF: alike to the byte, on bundled fonts, cut off from everything outside."""

import socket
import subprocess
import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from pypdf import PdfReader

from core.fonts import FACES, SANS, SERIF_SEMIBOLD, text_width
from core.pdf import ForbiddenResource, html_to_pdf

CREATED = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
LETTERS = "Əə Ğğ Iı İi Şş Çç Öö Üü № – «»"


def pdf(*parts: str, title: str = "Başlıq", created: datetime = CREATED) -> bytes:
    return html_to_pdf(parts, title=title, language="az", author="Qurum", subject="Mövzu", created=created)


def page(text: str, face: str = "House Sans", weight: int = 400) -> str:
    return f'<html lang="az"><body style="font: {weight} 12pt {face!r}">{text}</body></html>'


def read(content: bytes) -> PdfReader:
    return PdfReader(BytesIO(content))


def test_same_arguments_give_same_bytes() -> None:
    assert pdf(page(LETTERS)) == pdf(page(LETTERS))


def test_other_arguments_give_another_identifier() -> None:
    one, other = read(pdf(page("a"))), read(pdf(page("a"), title="Başqa"))
    assert str(one.trailer["/ID"]) != str(other.trailer["/ID"])


def test_another_process_gives_same_bytes() -> None:
    script = (
        "import hashlib, datetime, core.pdf as c;"
        "made = c.html_to_pdf('<p>Əə №</p>', title='t', language='az', author='a', subject='s',"
        " created=datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC));"
        "print(hashlib.sha256(made).hexdigest())"
    )
    root = Path(__file__).parents[2]
    first, second = (
        subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True).stdout
        for _run in range(2)
    )
    assert first == second


def test_metadata_comes_from_arguments() -> None:
    reader = read(pdf(page("a")))
    assert reader.metadata is not None
    assert str(reader.root_object["/Lang"]) == "az"
    assert str(reader.root_object["/MarkInfo"]) == "{'/Marked': True}"
    assert {key: str(value) for key, value in reader.metadata.items()} == {
        "/Producer": reader.metadata.producer,
        "/Title": "Başlıq",
        "/Author": "Qurum",
        "/Subject": "Mövzu",
        "/CreationDate": "D:20261120083000+00'00",
        "/ModDate": "D:20261120083000+00'00",
    }


def test_several_documents_number_their_own_pages() -> None:
    style = '<style>@page { @bottom-right { content: counter(page) " / " counter(pages) } }</style>'
    two_pages = page(style + '<p>a</p><p style="break-before: page">b</p>')
    texts = [one.extract_text().split("\n")[-1] for one in read(pdf(two_pages, two_pages)).pages]
    assert texts == ["1 / 2", "2 / 2", "1 / 2", "2 / 2"]


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.path.stem)
def test_every_face_draws_every_azerbaijani_letter(face) -> None:
    reader = read(pdf(page(LETTERS, face.family, face.weight)))
    resources: Any = reader.pages[0]["/Resources"]
    fonts = [font.get_object()["/BaseFont"] for font in resources["/Font"].values()]
    assert len(fonts) == 1  # a letter that the face lacks would bring in a second font
    assert fonts[0].partition("+")[2].startswith(face.family.replace(" ", "-"))
    assert reader.pages[0].extract_text() == LETTERS


@pytest.mark.parametrize(
    "html",
    [
        '<img src="http://192.0.2.1/a.png">',
        '<img src="https://example.org/a.png">',
        '<img src="file:///etc/hostname">',
        '<link rel="stylesheet" href="http://192.0.2.1/a.css">',
        '<style>@import url("http://192.0.2.1/a.css");</style>',
        '<p style="background: url(file:///etc/hostname)">a</p>',
        '<style>@font-face { font-family: x; src: url("http://192.0.2.1/x.ttf"); }</style>a',
        '<svg width="9" height="9"><image href="file:///etc/hostname" width="9" height="9"/></svg>',
        f'<img src="{SANS.url}/../../../../etc/hostname">',
    ],
)
def test_outside_resource_is_refused(html: str) -> None:
    with pytest.raises(ForbiddenResource):
        pdf(page(html))


def test_data_uri_is_allowed() -> None:
    square = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/%3E"
    assert len(read(pdf(page(f'<img src="{square}">'))).pages) == 1


def test_rendering_opens_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise AssertionError("a document opened a connection")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert read(pdf(page("a"))).pages[0].extract_text() == "a"


def test_naive_date_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        pdf(page("a"), created=datetime(2026, 11, 20))  # noqa: DTZ001 -- the very fault


def test_no_document_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        pdf()


def test_text_width_adds_up() -> None:
    parts = [text_width(letter, SERIF_SEMIBOLD, 30) for letter in "Əliyeva"]
    assert text_width("Əliyeva", SERIF_SEMIBOLD, 30) == pytest.approx(sum(parts))
    assert text_width("Əliyeva", SERIF_SEMIBOLD, 60) == pytest.approx(2 * sum(parts))


def test_text_width_counts_an_unknown_letter_as_one_em() -> None:
    assert text_width("漢", SANS, 10) == 10


@given(st.text(alphabet="ƏəĞğIıİiŞşÇçÖöÜü-’ abc", max_size=40), st.text(alphabet="ƏəĞğIı", max_size=5))
def test_text_width_grows_with_the_text(text: str, more: str) -> None:
    assert text_width(text + more, SANS, 12) >= text_width(text, SANS, 12)
