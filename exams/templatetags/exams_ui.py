"""Words for verdicts in templates."""

from django import template
from django.utils.translation import get_language

from exams.scoring import StageVerdict

register = template.Library()


@register.filter
def explained(verdict: StageVerdict | None) -> str:
    """Say why the verdict is what it is, in the reader's language; nothing for None."""
    return "" if verdict is None else verdict.explain(_language())


@register.filter
def explained_of_panel(verdict: StageVerdict | None) -> str:
    """Say the same of a panel's marks: what has no mark yet is what the panel has to settle."""
    return "" if verdict is None else verdict.explain(_language(), panel=True)


def _language() -> str:
    return "en" if (get_language() or "").startswith("en") else "az"
