"""Words for verdicts in templates."""

from django import template
from django.utils.translation import get_language

from exams.scoring import StageVerdict

register = template.Library()


@register.filter
def explained(verdict: StageVerdict | None) -> str:
    """Say why the verdict is what it is, in the reader's language; nothing for None."""
    if verdict is None:
        return ""
    return verdict.explain("en" if (get_language() or "").startswith("en") else "az")
