"""Printed papers of exams."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.models import RenderedFile
from exams.models.attempts import Attempt
from exams.models.sessions import ExamSession
from exams.states import PaperKind


class Paper(models.Model):
    """A protocol or dossier as it was asked for: what it says is what was true at that moment."""

    kind = models.CharField(max_length=16, choices=PaperKind)
    attempt = models.ForeignKey(Attempt, null=True, on_delete=models.PROTECT, related_name="papers")
    session = models.ForeignKey(ExamSession, null=True, on_delete=models.PROTECT, related_name="papers")
    rendered = models.OneToOneField(RenderedFile, on_delete=models.PROTECT, related_name="+")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-requested_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(kind="session_protocol", session__isnull=False, attempt=None)
                | ~Q(kind="session_protocol") & Q(session=None, attempt__isnull=False),
                name="exams_paper_of_one",
            ),
        )

    def __str__(self) -> str:
        """Show what it is."""
        return self.get_kind_display()
