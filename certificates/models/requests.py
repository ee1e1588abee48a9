"""What holders report and ask for after the decision (contract H2, H7, H8), and renewals (H6, B10)."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from candidates.models import Application
from certificates.models.certificates import Certificate, CertificateCopy
from certificates.states import (
    ChangeState,
    CircumstanceKind,
    CircumstanceOutcome,
    CircumstanceState,
    ReplacementKind,
    ReplacementState,
)
from schemes.states import RenewalNeeds


class HolderRequest(models.Model):
    """What every report or request of a holder has; `entered_by` is the holder, or the officer who took it down."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="%(class)ss")
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(_("reported"))
    received_on = models.DateField(_("received on"), help_text=_("the day that counts; on paper it may be earlier"))
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answer = models.TextField(_("answer"), blank=True, max_length=2000)

    class Meta:
        abstract = True


class ChangeNotice(HolderRequest):
    """That data of the holder changed (contract H2): since when, what, and whether it was reported in time."""

    changed_on = models.DateField(_("date of the change"))
    changes = models.JSONField(help_text=_("field of the person: [as it was, as it is]"))
    due_on = models.DateField(_("to be reported by"))
    state = models.CharField(_("state"), max_length=9, choices=ChangeState, default=ChangeState.REPORTED)
    copy = models.OneToOneField(CertificateCopy, null=True, on_delete=models.PROTECT, related_name="change")

    class Meta:
        verbose_name = _("change of data")
        verbose_name_plural = _("changes of data")
        ordering = ("-reported_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(changed_on__lte=F("received_on")), name="certificates_change_not_in_future"
            ),
            models.CheckConstraint(
                condition=Q(state="reported", settled_at=None) | ~Q(state="reported") & Q(settled_at__isnull=False),
                name="certificates_change_settled",
            ),
        )
        indexes = (
            models.Index(fields=["state", "reported_at"], name="certificates_change_queue"),
            models.Index(fields=["-reported_at", "-id"], name="certificates_change_newest"),
        )

    def __str__(self) -> str:
        """Show whose data changed."""
        return str(self.certificate)

    @property
    def is_late(self) -> bool:
        """Tell whether it was reported after its term."""
        return self.received_on > self.due_on


class Circumstance(HolderRequest):
    """What may harm the ability to keep to the scheme (contract H7), and what the body made of it."""

    kind = models.CharField(_("what it is"), max_length=10, choices=CircumstanceKind)
    since = models.DateField(_("since"))
    description = models.TextField(_("what happened"), max_length=4000)
    state = models.CharField(_("state"), max_length=9, choices=CircumstanceState, default=CircumstanceState.REPORTED)
    outcome = models.CharField(_("outcome"), max_length=10, choices=CircumstanceOutcome, blank=True)

    class Meta:
        verbose_name = _("circumstance affecting competence")
        verbose_name_plural = _("circumstances affecting competence")
        ordering = ("-reported_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(since__lte=F("received_on")), name="certificates_circumstance_not_in_future"
            ),
            models.CheckConstraint(
                condition=Q(state="reported", settled_at=None, outcome="")
                | Q(state="evaluated", settled_at__isnull=False) & ~Q(outcome="") & ~Q(answer=""),
                name="certificates_circumstance_evaluated",
            ),
        )
        indexes = (
            models.Index(fields=["state", "reported_at"], name="certificates_circ_queue"),
            models.Index(fields=["-reported_at", "-id"], name="certificates_circ_newest"),
        )

    def __str__(self) -> str:
        """Show whose it is."""
        return str(self.certificate)


class Replacement(HolderRequest):
    """A request for a new copy of a damaged, lost or wrong certificate (contract H8)."""

    old_copy = models.ForeignKey(CertificateCopy, on_delete=models.PROTECT, related_name="replacements")
    kind = models.CharField(_("what is the matter"), max_length=7, choices=ReplacementKind)
    description = models.TextField(_("what happened"), max_length=2000)
    state = models.CharField(_("state"), max_length=9, choices=ReplacementState, default=ReplacementState.REQUESTED)
    new_copy = models.OneToOneField(CertificateCopy, null=True, on_delete=models.PROTECT, related_name="replaces")

    class Meta:
        verbose_name = _("request for a new copy")
        verbose_name_plural = _("requests for new copies")
        ordering = ("-reported_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["old_copy"], condition=Q(state="requested"), name="certificates_one_open_replacement"
            ),
            models.CheckConstraint(
                condition=Q(state="requested", settled_at=None, new_copy=None)
                | Q(state="issued", settled_at__isnull=False, new_copy__isnull=False)
                | Q(state__in=["rejected", "withdrawn"], settled_at__isnull=False, new_copy=None),
                name="certificates_replacement_settled",
            ),
        )
        indexes = (
            models.Index(fields=["state", "reported_at"], name="certificates_repl_queue"),
            models.Index(fields=["-reported_at", "-id"], name="certificates_repl_newest"),
        )

    def __str__(self) -> str:
        """Show which copy it is about."""
        return str(self.old_copy)


class Renewal(models.Model):
    """A holder's application to have a certificate renewed (contract H6), or anew after it expired (B10).

    The application itself is one like any other, with its papers and its review; where it stands is told by it, by the
    decision on it, and by the certificate that follows. `needs` is what the scheme version in force asked for.
    """

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="renewals")
    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="renewal")
    needs = models.CharField(_("what it takes"), max_length=8, choices=RenewalNeeds)
    evidence = models.TextField(_("evidence of continued practice"), blank=True, max_length=4000)
    applied_at = models.DateTimeField()

    class Meta:
        verbose_name = _("renewal")
        verbose_name_plural = _("renewals")
        ordering = ("-applied_at", "-id")
        indexes = (models.Index(fields=["-applied_at", "-id"], name="certificates_renewal_newest"),)

    def __str__(self) -> str:
        """Show what is to be renewed."""
        return str(self.certificate)

    @property
    def is_late(self) -> bool:
        """Tell whether it was applied for after the certificate expired (contract B10)."""
        return self.applied_on > self.certificate.valid_until

    @property
    def applied_on(self) -> date:
        """The day of the application, in the body's time zone."""
        return timezone.localdate(self.applied_at)
