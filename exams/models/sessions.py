"""Exam sessions and who sits on their panels."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exams.states import PanelRole, SessionState
from schemes.models import SchemeVersion

REASON_LENGTH = 1000


class ExamSession(models.Model):
    """A day, a place and a panel. Its first use of a scheme version freezes that version (trigger)."""

    scheme_version = models.ForeignKey(SchemeVersion, on_delete=models.PROTECT, related_name="sessions")
    starts_at = models.DateTimeField(_("date and time"))
    place = models.CharField(_("place"), max_length=200)
    capacity = models.PositiveSmallIntegerField(_("capacity"))
    state = models.CharField(_("state"), max_length=10, choices=SessionState, default=SessionState.PLANNED)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("exam session")
        verbose_name_plural = _("exam sessions")
        ordering = ("-starts_at", "-id")
        constraints = (
            models.CheckConstraint(condition=Q(capacity__gte=1, capacity__lte=100), name="exams_session_capacity"),
        )
        indexes = (models.Index(fields=["-starts_at", "-id"], name="exams_session_starts_idx"),)

    def __str__(self) -> str:
        """Show place and identifier; the date is shown in the reader's time zone by the pages."""
        return f"#{self.pk} {self.place}"


class PanelMember(models.Model):
    """A seat on the panel of a session.

    Once an exam has begun, seats only change by hand-over: a member leaves with a reason (`left_at`), and a substitute
    may take the seat over (`substitutes`); the database refuses everything else.
    """

    session = models.ForeignKey(ExamSession, on_delete=models.CASCADE, related_name="panel")
    assessor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="panel_seats")
    role = models.CharField(_("role"), max_length=8, choices=PanelRole, default=PanelRole.MEMBER)
    left_at = models.DateTimeField(null=True)
    left_reason = models.TextField(blank=True, max_length=REASON_LENGTH)
    substitutes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="substitute")

    class Meta:
        ordering = ("role", "id")
        constraints = (
            models.UniqueConstraint(fields=["session", "assessor"], name="exams_panel_member_once"),
            models.UniqueConstraint(
                fields=["session"], condition=Q(role="lead", left_at=None), name="exams_panel_one_lead"
            ),
            models.CheckConstraint(
                condition=Q(left_at=None, left_reason="") | Q(left_at__isnull=False) & ~Q(left_reason=""),
                name="exams_seat_left_with_reason",
            ),
        )

    def __str__(self) -> str:
        """Show the assessor."""
        return str(self.assessor)

    @property
    def marks(self) -> bool:
        """Whether whoever sits here assesses; an observer sees, but never marks."""
        return self.role != PanelRole.OBSERVER
