"""States of the rows that core keeps."""

from django.db import models
from django.utils.translation import gettext_lazy as _, pgettext_lazy


class MessageState(models.TextChoices):
    """Where an outgoing message stands."""

    QUEUED = "queued", _("Queued")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    BOUNCED = "bounced", _("Came back")


# Its recipient does not have it: somebody sends it again, perhaps to another address.
UNDELIVERED = (MessageState.FAILED, MessageState.BOUNCED)


class BatchState(models.TextChoices):
    """Where a batch stands."""

    WAITING = "waiting", pgettext_lazy("batch", "Waiting")
    RUNNING = "running", pgettext_lazy("batch", "Under way")
    DONE = "done", pgettext_lazy("batch", "Done")


class ItemState(models.TextChoices):
    """Where one thing of a batch stands."""

    PENDING = "pending", pgettext_lazy("batch item", "To be done")
    DONE = "done", pgettext_lazy("batch item", "Done")
    FAILED = "failed", pgettext_lazy("batch item", "Failed")
