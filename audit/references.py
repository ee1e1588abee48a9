"""How the trail names an object."""

from django.db import models


def reference(obj: models.Model) -> str:
    """Return the stable name of an object in the trail, e.g. "candidates.application:17"."""
    return f"{obj._meta.label_lower}:{obj.pk}"
