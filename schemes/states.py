"""Enumerations of the schemes and the verbs of their trail.

A scheme version has no lifecycle table: it is open until the first exam uses it, then frozen by a trigger, for good.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _, pgettext_lazy


class Method(models.TextChoices):
    """How a stage is assessed. Another method is another value here and other rules in its scoring."""

    CHECKLIST = "checklist", pgettext_lazy("assessment method", "Checklist")


class Retake(models.TextChoices):
    """Which stages a candidate repeats after a failed exam."""

    FAILED_STAGES = "failed_stages", _("only the stages that were not passed")
    ALL_STAGES = "all_stages", _("every stage")


class RenewalNeeds(models.TextChoices):
    """What a holder brings to have a certificate renewed (contract H6)."""

    EVIDENCE = "evidence", _("evidence of continued practice")
    EXAM = "exam", _("an exam")
    BOTH = "both", _("evidence of continued practice and an exam")


class LoadOutcome(models.TextChoices):
    """What loading a scheme file did."""

    CREATED = "created", _("new scheme")
    NEW_VERSION = "new_version", _("new version, because the previous one is frozen")
    REPLACED = "replaced", _("content replaced in the open version")
    UNCHANGED = "unchanged", _("unchanged")


LOADED = "scheme.load"
REPLACED = "scheme.replace"

VERBS = {
    LOADED: _("Scheme version loaded"),
    REPLACED: _("Content of the scheme version replaced"),
}
