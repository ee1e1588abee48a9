"""What assessors mark: a sheet for each of them, and the events that a device made, kept for good."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exams.models.attempts import StageRun
from exams.models.sessions import REASON_LENGTH
from exams.states import Audience, EventKind, SheetState
from schemes.models import Step

COMMENT_LENGTH = 2000
PHRASE_LENGTH = 300


class Sheet(models.Model):
    """One assessor's marks of one stage: nobody else sees or changes them until every sheet of the stage is closed.

    Sealing stores the SHA-256 of the canonical marks (exams.canonical), which the device and the server computed
    alike, and its short form, the receipt.
    """

    run = models.ForeignKey(StageRun, on_delete=models.PROTECT, related_name="sheets")
    assessor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="sheets")
    state = models.CharField(_("state"), max_length=11, choices=SheetState, default=SheetState.OPEN)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    closed_reason = models.TextField(blank=True, max_length=REASON_LENGTH)
    digest = models.CharField(max_length=64, blank=True)
    receipt = models.CharField(max_length=9, blank=True, db_index=True)
    steps = models.PositiveSmallIntegerField(null=True)

    class Meta:
        verbose_name = _("marking sheet")
        verbose_name_plural = _("marking sheets")
        ordering = ("run", "id")
        constraints = (
            models.UniqueConstraint(fields=["run", "assessor"], name="exams_sheet_once"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None, closed_by=None)
                | ~Q(state="open") & Q(closed_at__isnull=False, closed_by__isnull=False),
                name="exams_sheet_closed_complete",
            ),
            models.CheckConstraint(
                condition=Q(state="sealed", digest__regex=r"^[0-9a-f]{64}$", steps__isnull=False, steps__gte=1)
                & ~Q(receipt="")
                | ~Q(state="sealed") & Q(digest="", receipt="", steps=None),
                name="exams_sheet_sealed_with_receipt",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "sealed"], closed_reason="")
                | Q(state__in=["abstained", "handed_over"]) & ~Q(closed_reason=""),
                name="exams_sheet_left_with_reason",
            ),
        )

    def __str__(self) -> str:
        """Show whose marks of which stage these are."""
        return f"{self.run}: {self.assessor}"

    @property
    def is_open(self) -> bool:
        """Whether marks can be made."""
        return self.state == SheetState.OPEN

    @property
    def is_sealed(self) -> bool:
        """Whether its marks count, and are final."""
        return self.state == SheetState.SEALED


class MarkEvent(models.Model):
    """A tap or a comment as it was made on a device: append-only, so that nothing is ever overwritten.

    The identifier is made on the device: what is sent again is recognised. `replaces` names the events that the
    assessor saw standing on the step; what nothing replaces stands. Two devices that differ leave two standing events:
    both are kept, and the assessor chooses by a third one that replaces them (exams.marklog).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Indexes that nothing reads would only slow a save down; the sheet is the first column of `exams_event_sequence`.
    sheet = models.ForeignKey(Sheet, on_delete=models.PROTECT, related_name="events", db_index=False)
    # Without a step it is about the stage as a whole.
    step = models.ForeignKey(Step, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=7, choices=EventKind)
    value = models.BooleanField(null=True, help_text=_("met, not met, or taken back"))
    text = models.TextField(_("comment"), blank=True, max_length=COMMENT_LENGTH)
    audience = models.CharField(max_length=9, choices=Audience, blank=True)
    device = models.UUIDField()
    seq = models.PositiveIntegerField()
    minute = models.SmallIntegerField()
    device_time = models.DateTimeField()
    skew_ms = models.BigIntegerField(help_text=_("clock of the server less that of the device, in milliseconds"))
    replaces = ArrayField(models.UUIDField(), default=list)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    taken_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("received_at", "seq")
        constraints = (
            models.UniqueConstraint(fields=["sheet", "device", "seq"], name="exams_event_sequence"),
            models.CheckConstraint(
                condition=Q(kind="mark", text="", audience="", step__isnull=False)
                | Q(kind="comment", value=None, audience__in=["candidate", "internal"]),
                name="exams_event_mark_or_comment",
            ),
        )

    def __str__(self) -> str:
        """Show what was marked."""
        return f"{self.kind} {self.step_id or '*'}: {self.text or self.value}"


class CriticalNote(models.Model):
    """Why a critical step is marked as not met: asked at sealing where the scheme hides which steps are critical."""

    sheet = models.ForeignKey(Sheet, on_delete=models.PROTECT, related_name="critical_notes")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(max_length=REASON_LENGTH)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["sheet", "step"], name="exams_critical_note_once"),
            models.CheckConstraint(condition=~Q(note=""), name="exams_critical_note_given"),
        )

    def __str__(self) -> str:
        """Show the note."""
        return self.note


class Settlement(models.Model):
    """The panel's word on a step on which its assessors differ."""

    run = models.ForeignKey(StageRun, on_delete=models.PROTECT, related_name="settlements")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="+")
    value = models.BooleanField()
    reason = models.TextField(max_length=REASON_LENGTH)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField()

    class Meta:
        ordering = ("step__order",)
        constraints = (
            models.UniqueConstraint(fields=["run", "step"], name="exams_settled_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="exams_settled_with_reason"),
        )

    def __str__(self) -> str:
        """Show the step and the panel's word."""
        return f"{self.step.code}: {self.value}"


class DeviceReport(models.Model):
    """What a device last said of a sheet: how much it holds that the server has not, and how far off its clock is."""

    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="devices")
    device = models.UUIDField()
    unsent = models.PositiveIntegerField(default=0)
    skew_ms = models.BigIntegerField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["sheet", "device"], name="exams_device_once"),)

    def __str__(self) -> str:
        """Show the device."""
        return str(self.device)


class Phrase(models.Model):
    """A sentence that assessors insert into comments with one tap: one's own, or shared by the body."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="phrases")
    text = models.CharField(_("phrase"), max_length=PHRASE_LENGTH)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("phrase")
        verbose_name_plural = _("phrases")
        ordering = ("text",)
        constraints = (
            models.UniqueConstraint(fields=["owner", "text"], nulls_distinct=False, name="exams_phrase_once"),
            models.CheckConstraint(condition=~Q(text=""), name="exams_phrase_given"),
        )

    def __str__(self) -> str:
        """Show the sentence."""
        return self.text
