"""States of the rows that core keeps."""

from django.db import models
from django.utils.translation import gettext_lazy as _


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

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Under way")
    DONE = "done", _("Done")


class ItemState(models.TextChoices):
    """Where one thing of a batch stands."""

    PENDING = "pending", _("To be done")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
