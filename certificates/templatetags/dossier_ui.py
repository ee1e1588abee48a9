"""How the dossier shows durations and verdicts."""

from datetime import timedelta

from django import template
from django.utils.translation import get_language

from exams.scoring import StageVerdict

register = template.Library()


@register.filter
def clock(duration: timedelta | None) -> str:
    """Show a duration in minutes and seconds, as `31:04`; nothing for None."""
    if duration is None:
        return ""
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    return f"{minutes}:{seconds:02d}"


@register.filter
def explained(verdict: StageVerdict | None) -> str:
    """Say in the reader's language what the verdict rests on; nothing for None."""
    return verdict.explain("en" if get_language() == "en" else "az") if verdict else ""
