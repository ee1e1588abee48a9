"""Changes of marks after sign-off."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.badges import badge_for
from core.models import PrivateFile
from exams.models.attempts import StageRun
from exams.models.sessions import REASON_LENGTH
from exams.states import AmendmentState
from schemes.models import Step


class Amendment(models.Model):
    """Another mark for a step of a signed stage: proposed by one, approved by another; the first mark stays.

    `verdict_before` and `verdict_after` are the stage's and the exam's verdicts around the approval.
    """

    run = models.ForeignKey(StageRun, on_delete=models.PROTECT, related_name="amended_steps")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="+")
    value = models.BooleanField(_("new mark"))
    why = models.TextField(_("why"), max_length=REASON_LENGTH)
    evidence = models.TextField(_("evidence"), max_length=REASON_LENGTH)
    file = models.ForeignKey(PrivateFile, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=8, choices=AmendmentState, default=AmendmentState.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True)
    settled_reason = models.TextField(blank=True, max_length=REASON_LENGTH)
    verdict_before = models.JSONField(null=True)
    verdict_after = models.JSONField(null=True)

    class Meta:
        verbose_name = _("amendment")
        verbose_name_plural = _("amendments")
        ordering = ("proposed_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["run", "step"], condition=Q(state="proposed"), name="exams_one_open_amendment"
            ),
            models.CheckConstraint(condition=~Q(why="") & ~Q(evidence=""), name="exams_amendment_has_grounds"),
            models.CheckConstraint(
                condition=Q(state="proposed", settled_at=None, settled_by=None)
                | ~Q(state="proposed") & Q(settled_at__isnull=False, settled_by__isnull=False),
                name="exams_amendment_settled_complete",
            ),
            models.CheckConstraint(
                condition=Q(settled_by=None) | ~Q(settled_by=F("proposed_by")), name="exams_amendment_by_two"
            ),
            models.CheckConstraint(
                condition=~Q(state="rejected") | ~Q(settled_reason=""), name="exams_amendment_rejected_with_reason"
            ),
            models.CheckConstraint(
                condition=Q(state="approved", verdict_before__isnull=False, verdict_after__isnull=False)
                | ~Q(state="approved") & Q(verdict_before=None, verdict_after=None),
                name="exams_amendment_approved_complete",
            ),
        )
        indexes = (models.Index(fields=["state", "proposed_at"], name="exams_amendment_queue_idx"),)

    def __str__(self) -> str:
        """Show the step and the new mark."""
        return f"{self.step.code}: {self.value}"

    @property
    def former(self) -> bool:
        """The mark that counted when it was proposed: a mark is changed to the other one, and nothing else."""
        return not self.value

    @property
    def badge(self) -> str:
        """The new mark as its badge names it."""
        return "met" if self.value else "not_met"

    @property
    def former_badge(self) -> str:
        """The former mark as its badge names it."""
        return "met" if self.former else "not_met"

    @property
    def mark(self) -> str:
        """The new mark in words."""
        return str(badge_for("step", self.badge).word)

    @property
    def former_mark(self) -> str:
        """The former mark in words."""
        return str(badge_for("step", self.former_badge).word)
