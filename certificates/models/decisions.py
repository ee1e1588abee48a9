"""Decisions on certification, and their reviews after an amended exam."""

from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from candidates.models import Application, Person
from certificates.states import Outcome, ReviewState
from exams.models import Amendment, Attempt, verdict_word
from schemes.models import SchemeVersion

if TYPE_CHECKING:
    from certificates.models.contracts import Contract


class Decision(models.Model):
    """The decision on certification: after an exam, or on the evidence of a renewal that takes no exam.

    A trigger refuses a decider who is not independent of the candidate.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="decisions")
    attempt = models.OneToOneField(Attempt, null=True, on_delete=models.PROTECT, related_name="decision")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(_("decision"), max_length=7, choices=Outcome)
    reasons = models.TextField(_("reasons"), max_length=4000)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions")
    decided_at = models.DateTimeField()
    appeal_until = models.DateField(_("appeal possible until"))

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ("-decided_at", "-id")
        constraints = (
            models.CheckConstraint(condition=~Q(reasons=""), name="certificates_decision_has_reasons"),
            models.UniqueConstraint(
                fields=["application"], condition=Q(attempt=None), name="certificates_decision_on_evidence_once"
            ),
        )
        indexes = (models.Index(fields=["-decided_at", "-id"], name="certificates_decision_newest"),)

    def __str__(self) -> str:
        """Show outcome and person."""
        return f"{self.get_outcome_display()}: {self.person}"

    @property
    def scheme_version(self) -> SchemeVersion:
        """The version of the scheme under which it was made: that of the exam, or of the application."""
        return self.attempt.session.scheme_version if self.attempt else self.application.scheme_version

    @property
    def offered_contract(self) -> "Contract | None":
        """Return the contract that was offered on it; None after a refusal."""
        return getattr(self, "contract", None)


class DecisionReview(models.Model):
    """A flag on a decision: a mark that counts in its exam was amended afterwards, and it has to be looked at again.

    The decision itself never changes. What follows for a contract or a certificate is done there; the conclusion says
    what and why. A trigger refuses a reviewer who is not independent of the candidate, and any later change.
    """

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="reviews")
    amendment = models.ForeignKey(Amendment, on_delete=models.PROTECT, related_name="reviews")
    passed_before = models.BooleanField(_("exam passed before the amendment"))
    passed_after = models.BooleanField(_("exam passed after the amendment"))
    state = models.CharField(_("state"), max_length=7, choices=ReviewState, default=ReviewState.OPEN)
    opened_at = models.DateTimeField()
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True)
    conclusion = models.TextField(_("conclusion"), blank=True, max_length=4000)

    class Meta:
        verbose_name = _("review of a decision")
        verbose_name_plural = _("reviews of decisions")
        ordering = ("-opened_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=["decision", "amendment"], name="certificates_review_once"),
            models.CheckConstraint(
                condition=Q(state="open", settled_at=None, settled_by=None, conclusion="")
                | Q(state="settled", settled_at__isnull=False, settled_by__isnull=False) & ~Q(conclusion=""),
                name="certificates_review_settled_complete",
            ),
        )
        indexes = (models.Index(fields=["state", "opened_at"], name="certificates_review_queue"),)

    def __str__(self) -> str:
        """Show whose decision is reviewed."""
        return str(self.decision.person)

    @property
    def exam(self) -> Attempt:
        """The exam that was decided on; only decisions on exams come up for review (trigger)."""
        return cast(Attempt, self.decision.attempt)

    @property
    def changes_verdict(self) -> bool:
        """Tell whether the amendment changed the verdict of the exam that was decided on."""
        return self.passed_before != self.passed_after

    @property
    def contradicts(self) -> bool:
        """Tell whether certification stands granted on an exam that is not passed any more."""
        return self.decision.outcome == Outcome.GRANTED and not self.passed_after

    @property
    def badge_before(self) -> str:
        """The verdict before the amendment as its badge names it."""
        return verdict_word(self.passed_before)

    @property
    def badge_after(self) -> str:
        """The verdict after the amendment as its badge names it."""
        return verdict_word(self.passed_after)
