"""Printed papers of renewals that are decided on evidence alone; those of exams are kept with the exams."""

from django.conf import settings
from django.db import models

from certificates.models.requests import Renewal
from core.models import RenderedFile


class RenewalPaper(models.Model):
    """The dossier of a renewal as it was asked for: what it says is what was true at that moment."""

    renewal = models.ForeignKey(Renewal, on_delete=models.PROTECT, related_name="papers")
    rendered = models.OneToOneField(RenderedFile, on_delete=models.PROTECT, related_name="+")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-requested_at", "-id")

    def __str__(self) -> str:
        """Show under which name it is downloaded."""
        return self.rendered.download_name
