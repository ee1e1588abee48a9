"""Engraved ornament of certificates: guilloche curves as SVG, drawn by formula and therefore always the same.

Lengths are millimetres. Every figure is symmetric about both axes of the sheet. A curve is a chain of cubic Béziers
fitted to its own tangents: few points, and smooth at any magnification.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from math import cos, pi, sin

from django.utils.safestring import SafeString, mark_safe

Point = tuple[float, float]
Curve = Callable[[float], Point]

SHEET_WIDTH, SHEET_HEIGHT = 297.0, 210.0
CENTRE: Point = (SHEET_WIDTH / 2, SHEET_HEIGHT / 2)
TURN = 2 * pi


def closed_path(curve: Curve, segments: int) -> str:
    """Return SVG path data of a closed *curve*, given on [0, 1], as *segments* Béziers."""
    knots = [_knot(curve, i / segments, 1 / segments) for i in range(segments)]
    (x, y), (u, v) = knots[0]
    start = f"M{x:.2f} {y:.2f}C{x + u:.2f} {y + v:.2f} "
    # A smooth segment (S) mirrors the handle before it. Each has its letter: WeasyPrint reads a long list slowly.
    ends = (f"{x - u:.2f} {y - v:.2f} {x:.2f} {y:.2f}" for (x, y), (u, v) in [*knots[1:], knots[0]])
    return start + "S".join(ends) + "Z"


def _knot(curve: Curve, t: float, step: float) -> tuple[Point, Point]:
    """Return the point at *t*, and the Bézier handle there for segments of length *step*."""
    epsilon = step / 1000
    (x0, y0), (x1, y1) = curve(t - epsilon), curve(t + epsilon)
    scale = step / (6 * epsilon)
    return curve(t), ((x1 - x0) * scale, (y1 - y0) * scale)


class Frame:
    """A rounded rectangle at *inset* from the edge of the sheet, walked clockwise from the middle of its top side."""

    def __init__(self, inset: float, radius: float) -> None:
        """Lay out the four sides and the four quarter circles between them."""
        half_width, half_height = SHEET_WIDTH / 2 - inset - radius, SHEET_HEIGHT / 2 - inset - radius
        self.radius, self.top = radius, inset
        arc = (pi / 2 * radius, True)
        tall, wide, half = (2 * half_height, False), (2 * half_width, False), (half_width, False)
        self.pieces = (half, arc, tall, arc, wide, arc, tall, arc, half)
        self.length = sum(length for length, _ in self.pieces)

    def at(self, distance: float, offset: float) -> Point:
        """Return the point *distance* along the frame and *offset* outside it."""
        x, y, heading = CENTRE[0], self.top, 0.0
        rest = distance % self.length
        for length, curved in self.pieces:
            step = min(rest, length)
            if curved:
                turned = heading + step / self.radius
                x += self.radius * (sin(turned) - sin(heading))
                y += self.radius * (cos(heading) - cos(turned))
                heading = turned
            else:
                x, y = x + step * cos(heading), y + step * sin(heading)
            rest -= step
            if rest <= 0:
                break
        return x + offset * sin(heading), y - offset * cos(heading)


def _braid(frame: Frame, *, strands: int, waves: int, amplitude: float, fineness: int) -> Iterator[str]:
    """Draw sine waves along the frame at evenly spread phases; an even number of strands keeps the braid symmetric."""
    for strand in range(strands):
        phase = TURN * strand / strands

        def wave(t: float, phase: float = phase) -> Point:
            return frame.at(t * frame.length, amplitude * sin(TURN * waves * t + phase))

        yield closed_path(wave, waves * fineness)


def _ring(*, mean: float, swing: float, waves: int) -> Iterator[str]:
    """Draw a woven ring about the middle of the sheet: a braid on a circle."""
    for strand in range(8):
        phase = TURN * strand / 8

        def wave(t: float, phase: float = phase) -> Point:
            return _polar(CENTRE, t, mean + swing * cos(TURN * waves * t + phase))

        yield closed_path(wave, waves * 4)


def _star(centre: Point, radius: float, *, points: int, rings: int) -> Iterator[str]:
    """Draw a star of nested petals: each ring is smaller than the one around it, and turned a little both ways."""
    for ring in range(rings):
        share = ring / (rings - 1)
        mean = radius * 0.82 * (1 - 0.66 * share)
        swing = radius * 0.18 * (1 - 0.35 * share)
        for phase in (pi * share, -pi * share):

            def petal(t: float, mean: float = mean, swing: float = swing, phase: float = phase) -> Point:
                return _polar(centre, t, mean + swing * cos(TURN * points * t + phase))

            yield closed_path(petal, points * 4)


def _polar(centre: Point, t: float, radius: float) -> Point:
    """Return the point at *radius* after the share *t* of a clockwise turn that starts at the top."""
    return centre[0] + radius * sin(TURN * t), centre[1] - radius * cos(TURN * t)


def _rings() -> Iterator[Iterator[str]]:
    yield _ring(mean=64, swing=7, waves=24)
    yield _ring(mean=47, swing=9, waves=16)
    yield _ring(mean=27, swing=11, waves=8)


def _group(paths: Iterator[str], colour: str, width: float) -> str:
    lines = "".join(f'<path d="{data}"/>' for data in paths)
    return f'<g fill="none" stroke="{colour}" stroke-width="{width}">{lines}</g>'


def _rule(inset: float, radius: float, colour: str, width: float) -> str:
    size = f'width="{SHEET_WIDTH - 2 * inset}" height="{SHEET_HEIGHT - 2 * inset}"'
    return f'<rect x="{inset}" y="{inset}" {size} rx="{radius}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


@lru_cache(maxsize=1)
def certificate_ornament() -> SafeString:
    """Return the frame and the pale woven rings of a certificate: one SVG the size of an A4 landscape sheet."""
    frame = Frame(inset=12.5, radius=9.0)
    parts = [
        *(_group(ring, "#e9f0ef", 0.14) for ring in _rings()),
        _group(_braid(frame, strands=8, waves=44, amplitude=2.9, fineness=6), "#1f5666", 0.11),
        _group(_braid(frame, strands=4, waves=132, amplitude=1.5, fineness=4), "#b08d4f", 0.11),
        _rule(8.4, 13.1, "#12424f", 0.45),
        _rule(16.6, 4.9, "#12424f", 0.18),
        _rule(17.5, 4.0, "#b08d4f", 0.18),
    ]
    # Safe: made of the formulas above, nothing of it comes from data.
    return mark_safe(_svg("".join(parts), SHEET_WIDTH, SHEET_HEIGHT))  # noqa: S308


@lru_cache(maxsize=1)
def emblem() -> SafeString:
    """Return the small gold star that stands above the title."""
    parts = _group(_star((10, 10), 9.8, points=8, rings=5), "#a8843f", 0.14)
    return mark_safe(_svg(parts, 20, 20))  # noqa: S308


def _svg(content: str, width: float, height: float) -> str:
    size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}mm" height="{height:g}mm"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{content}</svg>'
