"""Fills the HTML of the papers: Django's template language as a pure function, apart from the pages of the site."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from django.template import Context, Engine

OWN = Path(__file__).parent / "templates"


@lru_cache(maxsize=2)
def _engine(*directories: Path) -> Engine:
    return Engine(dirs=[str(directory) for directory in (*directories, OWN)], autoescape=True)


def fill(template: str, values: Mapping[str, object], *directories: Path) -> str:
    """Fill *template* with *values*, each of them escaped; numbers look the same in every language.

    A paper of an app above is in one of its own *directories*, and is made of the parts that are here.
    """
    return _engine(*directories).get_template(template).render(Context(dict(values), use_l10n=False))
