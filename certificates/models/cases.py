"""Cases that the body opens: misuse (contract H3, H10, H11) and surveillance (B7); and the papers of all cases."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from certificates.models.certificates import Certificate
from certificates.models.requests import ChangeNotice, Circumstance, Replacement
from certificates.states import (
    MisuseOutcome,
    MisuseRule,
    MisuseState,
    SurveillanceKind,
    SurveillanceResult,
    SurveillanceState,
)
from core.models import PrivateFile


class MisuseCase(models.Model):
    """A suspicion that a certificate is misused: the facts, the hearing of the holder, the outcome."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="misuse_cases")
    rule = models.CharField(_("rule"), max_length=3, choices=MisuseRule)
    facts = models.TextField(_("facts"), max_length=4000)
    state = models.CharField(_("state"), max_length=8, choices=MisuseState, default=MisuseState.OPEN)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    charge = models.TextField(_("what is held against the holder"), blank=True, max_length=4000)
    heard_at = models.DateTimeField(null=True, help_text=_("when the hearing was opened"))
    answer_due_on = models.DateField(_("answer due"), null=True)
    answer = models.TextField(_("the holder's answer"), blank=True, max_length=4000)
    answered_at = models.DateTimeField(null=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=MisuseOutcome, blank=True)
    reasons = models.TextField(_("reasons"), blank=True, max_length=4000)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("case of misuse")
        verbose_name_plural = _("cases of misuse")
        ordering = ("-opened_at", "-id")
        constraints = (
            models.CheckConstraint(condition=~Q(facts=""), name="certificates_misuse_has_facts"),
            models.CheckConstraint(
                condition=Q(state="settled", settled_at__isnull=False, settled_by__isnull=False)
                & ~Q(outcome="")
                & ~Q(reasons="")
                | ~Q(state="settled") & Q(settled_at=None, outcome=""),
                name="certificates_misuse_settled_complete",
            ),
            # Contract B1: who opened a case does not settle it.
            models.CheckConstraint(
                condition=Q(settled_by=None) | ~Q(settled_by=F("opened_by")),
                name="certificates_misuse_settled_by_another",
            ),
            # Nobody is punished unheard.
            models.CheckConstraint(
                condition=Q(outcome__in=["", "no_ground"]) | Q(heard_at__isnull=False, answer_due_on__isnull=False),
                name="certificates_misuse_heard_first",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "settled"])
                | Q(heard_at__isnull=False, answer_due_on__isnull=False)
                & ~Q(charge="")
                & (Q(state="hearing") | Q(answered_at__isnull=False) & ~Q(answer="")),
                name="certificates_misuse_step_complete",
            ),
        )
        indexes = (
            models.Index(fields=["state", "opened_at"], name="certificates_misuse_queue"),
            models.Index(fields=["-opened_at", "-id"], name="certificates_misuse_newest"),
        )

    def __str__(self) -> str:
        """Show rule and certificate."""
        return f"{self.rule}: {self.certificate}"


class Surveillance(models.Model):
    """A check whether the holder still meets the scheme (contract B7); an extraordinary one is not announced."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="surveillances")
    kind = models.CharField(_("kind"), max_length=13, choices=SurveillanceKind)
    due_on = models.DateField(_("to be held by"))
    cause = models.TextField(_("cause"), blank=True, max_length=2000)
    state = models.CharField(_("state"), max_length=9, choices=SurveillanceState, default=SurveillanceState.PLANNED)
    follows = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="followed_by")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    announced_at = models.DateTimeField(null=True)
    held_on = models.DateField(_("held on"), null=True)
    report = models.TextField(_("what was found"), blank=True, max_length=4000)
    result = models.CharField(_("result"), max_length=10, choices=SurveillanceResult, blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("surveillance")
        verbose_name_plural = _("surveillances")
        ordering = ("due_on", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["certificate", "due_on"], condition=Q(kind="planned"), name="certificates_surveillance_once"
            ),
            models.UniqueConstraint(
                fields=["certificate"],
                condition=Q(kind="extraordinary", state="planned"),
                name="certificates_one_open_extraordinary",
            ),
            models.CheckConstraint(
                condition=~Q(kind="extraordinary") | ~Q(state="announced") & ~Q(cause=""),
                name="certificates_extraordinary_not_announced",
            ),
            models.CheckConstraint(
                condition=~Q(state="announced") | Q(announced_at__isnull=False),
                name="certificates_surveillance_told",
            ),
            models.CheckConstraint(
                condition=Q(state="held", held_on__isnull=False, settled_at__isnull=False)
                & ~Q(result="")
                & ~Q(report="")
                | ~Q(state="held") & Q(held_on=None, result=""),
                name="certificates_surveillance_held_complete",
            ),
        )
        indexes = (
            models.Index(fields=["state", "due_on", "id"], name="certificates_surv_queue"),
            models.Index(
                fields=["due_on", "id"],
                condition=Q(state__in=["planned", "announced"]),
                name="certificates_surv_open",
            ),
        )

    def __str__(self) -> str:
        """Show the certificate with the day."""
        return f"{self.certificate}, {self.due_on:%Y-%m-%d}"


class CaseFile(models.Model):
    """A paper that belongs to exactly one case; who may see the case may see it."""

    stored = models.OneToOneField(PrivateFile, on_delete=models.PROTECT, related_name="+")
    change = models.ForeignKey(ChangeNotice, null=True, on_delete=models.PROTECT, related_name="files")
    circumstance = models.ForeignKey(Circumstance, null=True, on_delete=models.PROTECT, related_name="files")
    replacement = models.ForeignKey(Replacement, null=True, on_delete=models.PROTECT, related_name="files")
    misuse = models.ForeignKey(MisuseCase, null=True, on_delete=models.PROTECT, related_name="files")
    surveillance = models.ForeignKey(Surveillance, null=True, on_delete=models.PROTECT, related_name="files")
    by_holder = models.BooleanField(default=False)
    shown_to_holder = models.BooleanField(default=False)
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(change__isnull=False, circumstance=None, replacement=None, misuse=None, surveillance=None)
                | Q(change=None, circumstance__isnull=False, replacement=None, misuse=None, surveillance=None)
                | Q(change=None, circumstance=None, replacement__isnull=False, misuse=None, surveillance=None)
                | Q(change=None, circumstance=None, replacement=None, misuse__isnull=False, surveillance=None)
                | Q(change=None, circumstance=None, replacement=None, misuse=None, surveillance__isnull=False),
                name="certificates_file_of_one_case",
            ),
        )

    def __str__(self) -> str:
        """Show the name that it was given."""
        return self.stored.original_name
