"""How the dossier shows durations."""

from datetime import timedelta

from django import template
from django.urls import reverse

from certificates.models import Decision

register = template.Library()


@register.filter
def clock(duration: timedelta | None) -> str:
    """Show a duration in minutes and seconds, as `31:04`; nothing for None."""
    if duration is None:
        return ""
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    return f"{minutes}:{seconds:02d}"


@register.simple_tag
def dossier_url(decision: Decision) -> str:
    """Return the address of the dossier on which a decision rests: that of the exam, or of the renewal on evidence."""
    if decision.attempt_id is not None:
        return reverse("certificates:dossier", args=[decision.attempt_id])
    return reverse("certificates:renewal_decide", args=[decision.application.renewal.pk])
