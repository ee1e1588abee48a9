"""QR codes as SVG."""

from dataclasses import dataclass

import segno
from django.utils.safestring import SafeString, mark_safe

QUIET_ZONE = 4
"""Modules of white on each side, as ISO/IEC 18004 asks."""


@dataclass(frozen=True)
class QrImage:
    """A square QR code; `quiet_share` is the part of its width that each white margin takes."""

    svg: SafeString
    quiet_share: float


def qr_image(text: str, *, colour: str) -> QrImage:
    """Return the QR code of *text* with its quiet zone, at level Q: a quarter of it may be soiled or creased.

    Rows overlap by a thirtieth of a module: where they only touch, viewers draw hairlines between them.
    """
    code = segno.make(text, error="q", micro=False, boost_error=False)
    side, _ = code.symbol_size(border=QUIET_ZONE)
    rows = "".join(_row(y, bits) for y, bits in enumerate(code.matrix, start=QUIET_ZONE))
    path = f'<path stroke="{colour}" stroke-width="1.03" fill="none" d="{rows}"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">{path}</svg>'
    # Safe: digits and the caller's colour; the text itself is only in the pattern.
    return QrImage(mark_safe(svg), QUIET_ZONE / side)  # noqa: S308


def _row(y: int, bits: bytearray) -> str:
    """Path data of the dark runs of one row, as horizontal strokes through its middle."""
    runs: list[str] = []
    start: int | None = None
    for x, dark in enumerate([*bits, 0]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            runs.append(f"M{start + QUIET_ZONE} {y}.5h{x - start}")
            start = None
    return "".join(runs)
