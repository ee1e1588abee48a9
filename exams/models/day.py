"""What happens on the day of an exam besides marking."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from exams.models.attempts import Attempt, Pause, StageRun
from exams.models.sessions import REASON_LENGTH
from exams.states import BreachState, IncidentKind


class Incident(models.Model):
    """Something that happened at an exam, with its time: shown in the result and on the protocol, never changed.

    An interruption lasts from `started_at` to `ended_at`; its time does not count as time of the stage or the exam.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="incidents")
    run = models.ForeignKey(StageRun, null=True, on_delete=models.PROTECT, related_name="incidents")
    kind = models.CharField(_("what happened"), max_length=12, choices=IncidentKind)
    note = models.TextField(_("note"), blank=True, max_length=REASON_LENGTH)
    started_at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(_("until"), null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        ordering = ("started_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["attempt"], condition=Q(kind="interruption", ended_at=None), name="exams_one_interruption"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None)
                | Q(
                    kind="interruption",
                    ended_at__isnull=False,
                    ended_at__gte=F("started_at"),
                    ended_by__isnull=False,
                ),
                name="exams_incident_ends_after_start",
            ),
            models.CheckConstraint(condition=Q(kind="late_start") | ~Q(note=""), name="exams_incident_has_note"),
        )

    def __str__(self) -> str:
        """Show at whose exam; what happened is told in the reader's language by the pages."""
        return str(self.attempt)

    @property
    def pause(self) -> Pause:
        """From when until when it lasted."""
        return self.started_at, self.ended_at


class HelpCall(models.Model):
    """A call for help from an exam room, open until an officer answers."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="help_calls")
    note = models.CharField(_("note"), blank=True, max_length=200)
    called_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    called_at = models.DateTimeField()
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("called_at", "id")
        constraints = (
            models.UniqueConstraint(fields=["attempt"], condition=Q(answered_at=None), name="exams_one_open_call"),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by=None)
                | Q(answered_at__isnull=False, answered_by__isnull=False),
                name="exams_call_answered_complete",
            ),
        )

    def __str__(self) -> str:
        """Show from which exam the call came."""
        return str(self.attempt)


class BreachCase(models.Model):
    """A suspicion of cheating at an exam: no decision on certification is made while it is open."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="breaches")
    incident = models.OneToOneField(Incident, on_delete=models.PROTECT, related_name="breach")
    state = models.CharField(_("state"), max_length=9, choices=BreachState, default=BreachState.OPEN)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True)
    conclusion = models.TextField(_("conclusion"), blank=True, max_length=REASON_LENGTH)

    class Meta:
        verbose_name = _("breach case")
        verbose_name_plural = _("breach cases")
        ordering = ("-opened_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(state="open", settled_at=None, settled_by=None, conclusion="")
                | ~Q(state="open") & Q(settled_at__isnull=False, settled_by__isnull=False) & ~Q(conclusion=""),
                name="exams_breach_settled_complete",
            ),
            models.CheckConstraint(
                condition=Q(settled_by=None) | ~Q(settled_by=F("opened_by")), name="exams_breach_settled_by_other"
            ),
        )
        indexes = (models.Index(fields=["state", "opened_at"], name="exams_breach_queue_idx"),)

    def __str__(self) -> str:
        """Show at whose exam."""
        return str(self.attempt)
