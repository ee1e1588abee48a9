"""The audit trail: who did what to which object, when, why, and what changed. Append-only by trigger."""

from collections.abc import Iterator

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext as _

from audit.changes import Change, changes_of
from audit.verbs import verb_label
from core.text import Fold


class AuditEntry(models.Model):
    """One thing that happened. `subjects` names every object on whose timeline it belongs, as `app.model:id`."""

    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    actor_label = models.CharField(max_length=200)
    verb = models.CharField(max_length=80)
    object_ref = models.CharField(max_length=80)
    object_label = models.CharField(max_length=200)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    subjects = ArrayField(models.CharField(max_length=80))
    actor_words = models.GeneratedField(
        expression=SearchVector(Fold("actor_label"), config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    words = models.GeneratedField(
        expression=SearchVector(
            Fold(Concat(F("object_label"), Value(" "), F("reason"), output_field=models.TextField())), config="simple"
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        ordering = ("-id",)
        indexes = (
            GinIndex(fields=["subjects"], name="audit_subjects_idx"),
            models.Index(fields=["verb", "-id"], name="audit_verb_idx"),
            models.Index(fields=["actor", "-id"], name="audit_actor_idx"),
            models.Index(fields=["at"], name="audit_at_idx"),
            GinIndex(fields=["actor_words"], name="audit_actor_words_idx"),
            GinIndex(fields=["words"], name="audit_words_idx"),
        )

    def __str__(self) -> str:
        """Show verb and object."""
        return f"{self.verb} {self.object_ref}"

    @property
    def actor_name(self) -> str:
        """Name who acted as of then; the system in the reader's language."""
        return self.actor_label if self.actor_id else _("The system")

    @property
    def verb_label(self) -> str:
        """Name what happened in the reader's language."""
        return verb_label(self.verb)

    @property
    def reason_words(self) -> str:
        """The reason; one that the system gave itself, in the reader's language."""
        return _(self.reason) if self.reason else ""

    @property
    def changes(self) -> Iterator[Change]:
        """Give each changed field with its value before and after, in the reader's words."""
        return changes_of(self.object_ref.partition(":")[0], self.before, self.after)
