"""The badge of a certificate: a small picture that its holder may show while it is valid (contract H3, H4).

Of fixed proportions, two to one, and drawn from the frozen facts of the copy in force alone: the same copy gives the
same bytes. Its QR code leads to the public page, which always says how the certificate stands.
"""

from collections.abc import Mapping
from math import cos, pi, sin
from typing import Any

import segno

from certificates.documents.drawing import Box, Drawing, Figure, Point, Polygon, Stroke, Text, fitted, png, svg
from certificates.documents.snapshots import CertificateSnapshot
from core.fonts import SANS, SANS_SEMIBOLD, SERIF_SEMIBOLD, text_width

WIDTH, HEIGHT = 640, 320
SCALES = (1, 2, 4)
"""The sizes of the PNG: 640, 1280 and 2560 pixels wide."""

_BAR, _INK, _MUTED, _WHITE = "#0f4c5c", "#0b2a35", "#4a5b63", "#ffffff"
_LEFT, _ROOM = 32, 372  # where the text begins, and how wide it may be
_QR_SIDE, _QUIET = 204, 4


def badge_svg(snapshot: Mapping[str, Any]) -> bytes:
    """Return the badge as SVG. Raises SnapshotError when the snapshot lacks a field or has one too many."""
    return svg(_drawing(CertificateSnapshot.from_json(snapshot)))


def badge_png(snapshot: Mapping[str, Any], scale: int) -> bytes:
    """Return the badge as PNG, `scale` times 640 pixels wide. Raises SnapshotError as above."""
    return png(_drawing(CertificateSnapshot.from_json(snapshot)), scale)


def _drawing(certificate: CertificateSnapshot) -> Drawing:
    title = (
        f"{certificate.body.short_name}: {certificate.holder.full}, {certificate.scheme.name_az}, {certificate.number}"
    )
    figures = [*_frame(certificate), *_words(certificate), *_code(certificate)]
    return Drawing(width=WIDTH, height=HEIGHT, title=title, figures=figures)


def _frame(certificate: CertificateSnapshot) -> list[Figure]:
    """The bar with the body's mark and short name, and the edge."""
    edge = [(1.0, 1.0), (WIDTH - 1, 1), (WIDTH - 1, HEIGHT - 1), (1, HEIGHT - 1), (1, 1)]
    return [
        Box(0, 0, WIDTH, 60, _BAR),
        *_mark((_LEFT + 19, 30), 19),
        Text(_LEFT + 50, 39, certificate.body.short_name, SANS_SEMIBOLD, 25, _WHITE),
        _at_right(certificate.body.site, 17, 37, _WHITE),
        Stroke(edge, 2, _BAR),
    ]


def _mark(centre: Point, radius: float) -> list[Figure]:
    """Draw the eight-pointed star of the body with its check mark."""
    x, y = centre
    inner = radius * 0.765
    star = [_around(centre, inner if step % 2 else radius, step / 16) for step in range(16)]
    ring = [_around(centre, radius * 0.57, step / 48) for step in range(49)]
    unit = radius / 22
    check = [(x - 5.8 * unit, y + 0.4 * unit), (x - 1.6 * unit, y + 4.6 * unit), (x + 6 * unit, y - 3.8 * unit)]
    return [Polygon(star, _WHITE), Stroke(ring, 1.6 * unit, _BAR), Stroke(check, 3 * unit, _BAR)]


def _around(centre: Point, radius: float, turn: float) -> Point:
    """Return the point at that part of a full turn, clockwise from the top."""
    x, y = centre
    return x + radius * sin(2 * pi * turn), y - radius * cos(2 * pi * turn)


def _words(certificate: CertificateSnapshot) -> list[Figure]:
    """Whose it is and for what, downwards from the top; number and validity at the foot."""
    found: list[Figure] = []
    size, lines = fitted(
        certificate.holder.full, SERIF_SEMIBOLD, width=_ROOM, sizes=(32, 29, 26, 24, 22, 20, 18), lines=2
    )
    y = 74 + size
    for line in lines:
        found.append(Text(_LEFT, y, line, SERIF_SEMIBOLD, size, _INK))
        y += size * 1.15
    y += 34 - size * 1.15
    for text, face, sizes, colour in (
        (certificate.scheme.name_az, SANS_SEMIBOLD, (20, 18, 16, 15), _BAR),
        (certificate.scheme.name_en, SANS, (16, 15, 14), _MUTED),
        (", ".join(scope.name_az for scope in certificate.scopes), SANS, (15, 14, 13), _INK),
    ):
        size, lines = fitted(text, face, width=_ROOM, sizes=sizes, lines=2)
        for line in filter(None, lines):
            found.append(Text(_LEFT, y, line, face, size, colour))
            y += size * 1.3
        y += 2
    days = f"{certificate.valid_from:%d.%m.%Y} – {certificate.valid_until:%d.%m.%Y}"
    return [
        *found,
        Box(_LEFT, 258, 48, 2, _BAR),
        Text(_LEFT, 280, certificate.number, SANS_SEMIBOLD, 17, _INK),
        Text(_LEFT, 300, days, SANS, 15, _MUTED),
    ]


def _code(certificate: CertificateSnapshot) -> list[Figure]:
    """Draw the QR code of the public page, on whole units, so that its squares are sharp at every size."""
    code = segno.make(certificate.verification_url, error="m", micro=False, boost_error=True)
    side, _height = code.symbol_size(border=_QUIET)
    module = max(_QR_SIDE // side, 1)
    left, top = WIDTH - 16 - side * module, 60 + (HEIGHT - 60 - side * module) // 2
    squares: list[Figure] = []
    for row, bits in enumerate(code.matrix, start=_QUIET):
        squares += [
            Box(left + (start + _QUIET) * module, top + row * module, length * module, module, _INK)
            for start, length in _runs(bits)
        ]
    return squares


def _runs(bits: bytearray) -> list[tuple[int, int]]:
    """Return start and length of each run of dark modules in a row."""
    runs: list[tuple[int, int]] = []
    for x, dark in enumerate(bits):
        if dark and runs and sum(runs[-1]) == x:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif dark:
            runs.append((x, 1))
    return runs


def _at_right(text: str, size: float, y: float, fill: str) -> Text:
    return Text(WIDTH - 24 - text_width(text, SANS, size), y, text, SANS, size, fill)
