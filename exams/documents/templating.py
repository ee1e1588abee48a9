"""Fills the HTML of the papers: Django's template language as a pure function, apart from the pages of the site."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from django.template import Context, Engine


@lru_cache(maxsize=1)
def _engine() -> Engine:
    return Engine(dirs=[str(Path(__file__).parent / "templates")], autoescape=True)


def fill(template: str, values: Mapping[str, object]) -> str:
    """Fill *template* with *values*, each of them escaped; numbers look the same in every language."""
    return _engine().get_template(template).render(Context(dict(values), use_l10n=False))
