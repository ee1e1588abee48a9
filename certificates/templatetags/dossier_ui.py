"""How the dossier shows durations."""

from datetime import timedelta

from django import template

register = template.Library()


@register.filter
def clock(duration: timedelta | None) -> str:
    """Show a duration in minutes and seconds, as `31:04`; nothing for None."""
    if duration is None:
        return ""
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    return f"{minutes}:{seconds:02d}"
