"""Rows that every app uses: private files, rendered documents, outgoing messages, batches, number series."""

import uuid

from django.conf import settings
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from core.states import BatchState, ItemState, MessageState
from core.words import TITLE, in_language, unpacked


def private_path(instance: "PrivateFile", filename: str) -> str:
    """Name an upload by its identifier: what the person called it never reaches the file system."""
    return f"uploads/{instance.pk.hex[:2]}/{instance.pk.hex}"


class PrivateFile(models.Model):
    """An uploaded file, checked by content, served only through a view that checks permission."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file = models.FileField(upload_to=private_path, max_length=200)
    original_name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        """Show the name that the person gave it."""
        return self.original_name


class RenderedFile(models.Model):
    """A document that a worker renders once from a frozen snapshot; the row is the work, the file its result."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=30)
    snapshot = models.JSONField()
    download_name = models.CharField(max_length=120)
    file = models.FileField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(null=True)
    requested_at = models.DateTimeField(auto_now_add=True)
    rendered_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(rendered_at__isnull=True) | (Q(size__gt=0) & ~Q(sha256="") & ~Q(file="")),
                name="core_rendered_file_complete",
            ),
        )
        indexes = (
            models.Index(
                fields=["requested_at"], condition=Q(rendered_at__isnull=True), name="core_render_waiting_idx"
            ),
            models.Index(fields=["-requested_at", "id"], name="core_render_newest_idx"),
        )

    def __str__(self) -> str:
        """Show the name under which it is downloaded."""
        return self.download_name

    @property
    def is_ready(self) -> bool:
        """Tell whether the file can be downloaded."""
        return self.rendered_at is not None


class OutgoingMessage(models.Model):
    """An e-mail as a row: written with the event it tells of, sent by a worker, once for its unique key."""

    key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=40)
    recipient = models.EmailField()
    language = models.CharField(max_length=2)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    about = models.CharField(max_length=80, blank=True, help_text=_("app.model:id of the object it is about"))
    sensitive = models.BooleanField(default=False, help_text=_("holds a sign-in link; the body is cleared once sent"))
    state = models.CharField(max_length=10, choices=MessageState, default=MessageState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)
    bounce_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=[MessageState.SENT, MessageState.BOUNCED], sent_at__isnull=False)
                | Q(state__in=[MessageState.QUEUED, MessageState.FAILED], sent_at__isnull=True),
                name="core_message_sent_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=MessageState.BOUNCED) | Q(bounced_at__isnull=False) & ~Q(bounce_reason=""),
                name="core_message_bounce_has_reason",
            ),
        )
        indexes = (
            models.Index(fields=["due_at"], condition=Q(state="queued"), name="core_message_waiting_idx"),
            models.Index(fields=["about"], name="core_message_about_idx"),
            models.Index(fields=["-created_at", "-id"], name="core_message_newest_idx"),
            models.Index(fields=["kind", "-created_at", "-id"], name="core_message_kind_idx"),
            models.Index(fields=["-created_at", "-id"], condition=Q(state="failed"), name="core_message_failed_idx"),
            models.Index(fields=["-created_at", "-id"], condition=Q(state="bounced"), name="core_message_bounced_idx"),
            models.Index(OpClass(Upper("recipient"), "text_pattern_ops"), name="core_message_recipient_idx"),
        )

    def __str__(self) -> str:
        """Show the kind and the recipient."""
        return f"{self.kind} → {self.recipient}"


class NumberSeries(models.Model):
    """The last number given out in a yearly series; its row lock makes numbers gapless (see core.numbering)."""

    series = models.CharField(max_length=30)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["series", "year"], name="core_number_series_unique"),)

    def __str__(self) -> str:
        """Show the series with its last number."""
        return f"{self.series}-{self.year}: {self.last}"


class Batch(models.Model):
    """The same step for many things: a row of its own and one for each thing, so that it survives whoever started it.

    `kind` names the registered function that does one thing (core.batches).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    parameters = models.JSONField(default=dict)
    state = models.CharField(max_length=7, choices=BatchState, default=BatchState.WAITING)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="batches")
    created_at = models.DateTimeField()
    touched_at = models.DateTimeField(help_text=_("when a worker last did something for it"))
    finished_at = models.DateTimeField(null=True)
    result = models.OneToOneField(PrivateFile, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-created_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(state="done", finished_at__isnull=False) | ~Q(state="done") & Q(finished_at=None),
                name="core_batch_done_has_time",
            ),
        )
        indexes = (
            models.Index(fields=["started_by", "-created_at"], name="core_batch_own_idx"),
            models.Index(fields=["-created_at", "id"], name="core_batch_newest_idx"),
            models.Index(fields=["touched_at"], condition=~Q(state="done"), name="core_batch_waiting_idx"),
        )

    def __str__(self) -> str:
        """Show the title."""
        return self.title_words

    @property
    def title_words(self) -> str:
        """The title in the reader's language."""
        return in_language(self.title_in, self.title)

    @property
    def title_in(self) -> dict[str, str]:
        """The title in each language, as it was written when the batch was started."""
        return self.parameters.get(TITLE, {})  # type: ignore[no-any-return]


class BatchItem(models.Model):
    """One thing of a batch: what it is, and what became of it."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="items")
    reference = models.CharField(max_length=80, help_text=_("app.model:id of what it is about"))
    label = models.CharField(max_length=200)
    state = models.CharField(max_length=7, choices=ItemState, default=ItemState.PENDING)
    message = models.TextField(blank=True, help_text=_("what came of it, or why it could not be done"))
    tries = models.PositiveSmallIntegerField(default=0)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["batch", "reference"], name="core_batch_item_once"),)
        indexes = (models.Index(fields=["batch", "state", "id"], name="core_batch_item_state_idx"),)

    def __str__(self) -> str:
        """Show what it is about."""
        return self.label

    @property
    def message_words(self) -> str:
        """What came of it, in the reader's language."""
        return unpacked(self.message)
