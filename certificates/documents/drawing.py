"""A small drawing, once as SVG and once as PNG: the same figures at the same places.

Text becomes outlines in the SVG, so that it looks the same wherever it is shown; the words stand in its title.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from io import BytesIO
from typing import Any

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from core.fonts import FACES, Face, text_width

Point = tuple[float, float]
SMOOTHING = 2
"""The PNG is drawn this many times larger and averaged: edges are smooth, and squares on whole pixels stay sharp."""


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    fill: str


@dataclass(frozen=True, slots=True)
class Polygon:
    """A filled polygon."""

    points: Sequence[Point]
    fill: str


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through points, with round ends; closed it is an outline."""

    points: Sequence[Point]
    width: float
    colour: str


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; `y` is its baseline."""

    x: float
    y: float
    text: str
    face: Face
    size: float
    fill: str


Figure = Box | Polygon | Stroke | Text


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn, in order, on a white ground of the given proportions; `title` says it in words."""

    width: int
    height: int
    title: str
    figures: Sequence[Figure]


def svg(drawing: Drawing) -> bytes:
    """Return the drawing as SVG; the same drawing gives the same bytes."""
    body = "".join(_svg_figure(figure) for figure in drawing.figures)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawing.width} {drawing.height}" '
        f'width="{drawing.width}" height="{drawing.height}" preserveAspectRatio="xMidYMid meet" role="img">'
        f"<title>{escape(drawing.title)}</title>"
        f'<path fill="#ffffff" d="M0 0h{drawing.width}v{drawing.height}H0z"/>{body}</svg>\n'
    ).encode()


def _svg_figure(figure: Figure) -> str:
    if isinstance(figure, Box):
        x, y, width, height = _n(figure.x), _n(figure.y), _n(figure.width), _n(figure.height)
        return f'<path fill="{figure.fill}" d="M{x} {y}h{width}v{height}h-{width}z"/>'
    if isinstance(figure, Polygon):
        return f'<path fill="{figure.fill}" d="M{_pairs(figure.points)}z"/>'
    if isinstance(figure, Stroke):
        return (
            f'<path fill="none" stroke="{figure.colour}" stroke-width="{_n(figure.width)}" stroke-linecap="round" '
            f'stroke-linejoin="round" d="M{_pairs(figure.points)}"/>'
        )
    return _svg_text(figure)


def _svg_text(line: Text) -> str:
    """Return a line as outlines, glyph after glyph."""
    units, glyphs, advances, names = _font(line.face)
    scale = line.size / units
    paths, x = [], 0
    for character in line.text:
        name = names.get(ord(character), ".notdef")
        pen = SVGPathPen(glyphs, ntos=_n)
        glyphs[name].draw(pen)
        if outline := pen.getCommands():
            paths.append(f'<path transform="translate({x})" d="{outline}"/>')
        x += advances[name][0]
    place = f"translate({_n(line.x)} {_n(line.y)}) scale({scale:.6f} -{scale:.6f})"
    return f'<g fill="{line.fill}" transform="{place}">{"".join(paths)}</g>'


@lru_cache(maxsize=len(FACES))
def _font(face: Face) -> tuple[int, Any, dict[str, tuple[int, int]], dict[int, str]]:
    """Return the units per em of a face, its outlines, widths, and the glyph of each character."""
    font = TTFont(face.path)
    return font["head"].unitsPerEm, font.getGlyphSet(), font["hmtx"].metrics, font.getBestCmap()


def png(drawing: Drawing, scale: int) -> bytes:
    """Return the drawing as PNG, `scale` pixels to each unit; the same drawing gives the same bytes."""
    factor = scale * SMOOTHING
    image = Image.new("RGB", (drawing.width * factor, drawing.height * factor), "#ffffff")
    canvas = ImageDraw.Draw(image)
    for figure in drawing.figures:
        _draw(canvas, figure, factor)
    target = BytesIO()
    image.reduce(SMOOTHING).save(target, "PNG", dpi=(scale * 96, scale * 96))
    return target.getvalue()


def _draw(canvas: ImageDraw.ImageDraw, figure: Figure, factor: int) -> None:
    if isinstance(figure, Box):
        right, bottom = figure.x + figure.width, figure.y + figure.height
        canvas.rectangle(
            (figure.x * factor, figure.y * factor, right * factor - 1, bottom * factor - 1), fill=figure.fill
        )
    elif isinstance(figure, Polygon):
        canvas.polygon(_scaled(figure.points, factor), fill=figure.fill)
    elif isinstance(figure, Stroke):
        points = _scaled(figure.points, factor)
        canvas.line(points, fill=figure.colour, width=round(figure.width * factor), joint="curve")
        radius = figure.width * factor / 2
        for x, y in (points[0], points[-1]):
            canvas.ellipse((x - radius, y - radius, x + radius, y + radius), fill=figure.colour)
    else:
        font = ImageFont.truetype(str(figure.face.path), round(figure.size * factor))
        place = (figure.x * factor, figure.y * factor)
        canvas.text(place, figure.text, font=font, fill=figure.fill, anchor="ls", features=["-kern"])


def _scaled(points: Iterable[Point], factor: int) -> list[Point]:
    return [(x * factor, y * factor) for x, y in points]


def fitted(text: str, face: Face, *, width: float, sizes: Sequence[float], lines: int = 1) -> tuple[float, list[str]]:
    """Return the first size at which the text fits the width in one line, or else in at most `lines`; and its lines.

    At the last size what is too long stays too long: it is broken at spaces only.
    """
    for size in sizes:
        if text_width(text, face, size) <= width:
            return size, [text]
    for size in sizes:
        broken = _broken(text, face, width=width, size=size)
        if len(broken) <= lines and all(text_width(line, face, size) <= width for line in broken):
            return size, broken
    return sizes[-1], _broken(text, face, width=width, size=sizes[-1])


def _broken(text: str, face: Face, *, width: float, size: float) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, face, size) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _n(number: float) -> str:
    """Write a number shortly."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def _pairs(points: Iterable[Point]) -> str:
    return " ".join(f"{_n(x)} {_n(y)}" for x, y in points)
