"""The typefaces that documents are set in: where their files lie, and how wide a text runs.

Source Sans and Source Serif come from installed packages, so a document looks the same on every machine. Only upright
weights are offered: the Serif italics lack ə and Ə, and the Sans italics lack №.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from fontTools.ttLib import TTFont


@dataclass(frozen=True)
class Face:
    """One weight of one family, as CSS names it."""

    family: str
    weight: int
    path: Path

    @property
    def url(self) -> str:
        """Address of the font file, as it stands in the style sheet."""
        return self.path.as_uri()


def _face(family: str, weight: int, package: str, file_name: str) -> Face:
    return Face(family, weight, Path(str(files(package))) / "files" / file_name)


SERIF = _face("House Serif", 400, "font_source_serif_pro", "SourceSerifPro-Regular.ttf")
SERIF_SEMIBOLD = _face("House Serif", 600, "font_source_serif_pro", "SourceSerifPro-Semibold.ttf")
SANS = _face("House Sans", 400, "font_source_sans_pro", "SourceSansPro-Regular.ttf")
SANS_SEMIBOLD = _face("House Sans", 600, "font_source_sans_pro", "SourceSansPro-Semibold.ttf")

FACES: tuple[Face, ...] = (SERIF, SERIF_SEMIBOLD, SANS, SANS_SEMIBOLD)


def font_face_css() -> str:
    """Return the ``@font-face`` rules of every bundled face."""
    return "\n".join(
        f'@font-face {{ font-family: "{face.family}"; font-weight: {face.weight}; src: url("{face.url}"); }}'
        for face in FACES
    )


@lru_cache(maxsize=len(FACES))
def _advances(face: Face) -> tuple[int, dict[int, int]]:
    """Return the units per em of a face, and the advance width of each character that it has."""
    with TTFont(face.path, lazy=True) as font:
        widths = {code: font["hmtx"][glyph][0] for code, glyph in font.getBestCmap().items()}
        return font["head"].unitsPerEm, widths


def text_width(text: str, face: Face, size: float) -> float:
    """Return the width of *text* on one line at *size*, in the unit of *size*, without kerning.

    A character that the face lacks counts as one em, so the result is never too small for what a fallback font draws.
    """
    units_per_em, advances = _advances(face)
    return sum(advances.get(ord(character), units_per_em) for character in text) * size / units_per_em
