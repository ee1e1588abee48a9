"""HTML in, PDF bytes out: the only module that knows WeasyPrint.

Importing it costs half a second and loads Pango, so web processes should not: only renderers that run in a worker
import it. A document is made from its arguments alone: nothing is fetched, no clock is read, and the same arguments
give the same bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from core.fonts import FACES, font_face_css


class ForbiddenResource(ValueError):
    """A document refers to something outside itself: a fault of its template, or an attack through its data."""


class _BundledOnly(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Opens the bundled fonts and ``data:`` URIs; refuses everything else, on disk as well as on the network."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("data", "file"), allow_redirects=False, fail_on_errors=True)
        self.refused: list[str] = []
        self._font_urls = frozenset(face.url for face in FACES)

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Open *url* if it may be opened; remember a refusal, because WeasyPrint draws on after some of them."""
        if url in self._font_urls or url.startswith("data:"):
            return super().fetch(url, headers)
        self.refused.append(url)
        raise ForbiddenResource(url)


@dataclass(frozen=True)
class _House:
    """What every document of this process shares: parsed once, because reading the fonts costs more than a page."""

    fonts: FontConfiguration
    font_faces: CSS


@lru_cache(maxsize=1)
def _house() -> _House:
    fonts = FontConfiguration()
    return _House(fonts, CSS(string=font_face_css(), font_config=fonts, url_fetcher=_BundledOnly()))


def html_to_pdf(
    html: str | Sequence[str],
    *,
    title: str,
    language: str,
    author: str,
    subject: str,
    created: datetime,
) -> bytes:
    """Lay out *html* and return a tagged PDF.

    *html* is one whole document, or several that follow each other in one file, each numbering its pages from 1.
    *language* is a BCP 47 tag. *created* (aware) stands as the dates of the file, whose identifier is a digest of all
    that was passed: equal arguments give equal bytes.

    Raises ForbiddenResource when a document refers to anything but the bundled fonts and ``data:`` URIs, and
    ValueError when *created* is naive or no document is given.
    """
    parts = [html] if isinstance(html, str) else list(html)
    if not parts:
        raise ValueError("a PDF needs at least one document")
    if created.utcoffset() is None:
        raise ValueError("created needs a time zone")
    fetcher = _BundledOnly()
    try:
        documents = [_lay_out(part, fetcher) for part in parts]
        document = documents[0].copy([page for part in documents for page in part.pages])
        stamp = created.isoformat(timespec="seconds")
        metadata = document.metadata
        metadata.title, metadata.lang, metadata.authors, metadata.description = title, language, [author], subject
        metadata.created = metadata.modified = stamp
        identifier = sha256("\0".join([*parts, title, language, author, subject, stamp]).encode()).digest()[:16]
        pdf: bytes = document.write_pdf(pdf_identifier=identifier, pdf_tags=True)
    except FatalURLFetchingError as error:  # a BaseException: it would pass every handler of a worker
        raise ForbiddenResource(", ".join(fetcher.refused) or str(error)) from error
    if fetcher.refused:
        raise ForbiddenResource(", ".join(fetcher.refused))
    return pdf


def _lay_out(html: str, fetcher: _BundledOnly) -> Any:
    house = _house()
    document = HTML(string=html, url_fetcher=fetcher)
    return document.render(font_config=house.fonts, stylesheets=[house.font_faces])
