"""What templates ask of the trail."""

from collections.abc import Iterable

from django import template

from audit.models import AuditEntry
from audit.timelines import Stretch, stretches

register = template.Library()


@register.simple_tag(name="stretches")
def stretches_tag(entries: Iterable[AuditEntry]) -> list[Stretch]:
    """Return the entries of a timeline as they are shown: `{% stretches entries as shown %}`."""
    return stretches(entries)
