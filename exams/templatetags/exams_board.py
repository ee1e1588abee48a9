"""What the live board gives its script."""

from datetime import datetime

from django import template

register = template.Library()


@register.filter
def milliseconds(moment: datetime) -> int:
    """Return a moment as JavaScript counts it."""
    return round(moment.timestamp() * 1000)
