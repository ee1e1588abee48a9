"""Changed terms of the contract or the scheme, and who accepted them (contract B5)."""

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certificates.models.certificates import Certificate
from certificates.models.contracts import ContractTemplate
from certificates.states import AcceptanceWay, CertificateState, Status, TermsKind, TermsState
from core.models import PrivateFile
from schemes.models import SchemeVersion, in_language

# For whoever comes under terms after their transition: a contract is offered for as long.
TOLD_AFTERWARDS = timedelta(days=30)


class TermsChange(models.Model):
    """New terms with a time of transition: certificates keep their validity until it is over."""

    kind = models.CharField(_("what changes"), max_length=8, choices=TermsKind)
    template = models.ForeignKey(ContractTemplate, null=True, on_delete=models.PROTECT, related_name="terms")
    scheme_version = models.ForeignKey(SchemeVersion, null=True, on_delete=models.PROTECT, related_name="terms")
    summary_az = models.TextField(_("what changes, in Azerbaijani"), max_length=4000)
    summary_en = models.TextField(_("what changes, in English"), max_length=4000)
    effective_on = models.DateField(_("new terms hold from"))
    transition_until = models.DateField(_("transition until"))
    state = models.CharField(_("state"), max_length=9, choices=TermsState, default=TermsState.DRAFT)
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()
    announced_at = models.DateTimeField(null=True)
    announced_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("change of terms")
        verbose_name_plural = _("changes of terms")
        ordering = ("-prepared_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(kind="contract", template__isnull=False, scheme_version=None)
                | Q(kind="scheme", template=None, scheme_version__isnull=False),
                name="certificates_terms_about_one",
            ),
            models.CheckConstraint(
                condition=Q(transition_until__gte=F("effective_on")), name="certificates_terms_transition"
            ),
            models.UniqueConstraint(
                fields=["template"], condition=~Q(state="cancelled"), name="certificates_terms_template_once"
            ),
            models.UniqueConstraint(
                fields=["scheme_version"], condition=~Q(state="cancelled"), name="certificates_terms_version_once"
            ),
            models.CheckConstraint(
                condition=Q(state="announced", announced_at__isnull=False)
                | ~Q(state="announced") & Q(announced_at=None),
                name="certificates_terms_announced",
            ),
        )

    def __str__(self) -> str:
        """Show what changes."""
        return f"{self.get_kind_display()}: {self.template or self.scheme_version}"

    def in_transition(self, today: date) -> bool:
        """Tell whether the old terms still do."""
        return today <= self.transition_until

    @property
    def summary(self) -> str:
        """What changes, in the reader's language."""
        return in_language(self.summary_az, self.summary_en)

    @property
    def subject(self) -> str:
        """The text or the scheme that changes, as one reads it."""
        if self.scheme_version:
            return f"{self.scheme_version.scheme.name}, v{self.scheme_version.version}"
        return str(self.template)

    @property
    def version(self) -> int | None:
        """The number of the version of the text or the scheme."""
        changed = self.template or self.scheme_version
        return changed.version if changed else None

    @property
    def is_over(self) -> bool:
        """Tell whether the transition has ended."""
        return not self.in_transition(timezone.localdate())


class TermsConsent(models.Model):
    """That the holder of one certificate was told of changed terms, and when and how they accepted them.

    One that was not accepted when newer terms of the same kind were announced lapsed: `replaced_by` are those.
    """

    change = models.ForeignKey(TermsChange, on_delete=models.PROTECT, related_name="consents")
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="consents")
    told_at = models.DateTimeField()
    replaced_by = models.ForeignKey(TermsChange, null=True, on_delete=models.PROTECT, related_name="replaces")
    accepted_at = models.DateTimeField(null=True)
    accepted_how = models.CharField(_("accepted"), max_length=6, choices=AcceptanceWay, blank=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    request_address = models.GenericIPAddressField(_("address of the request"), null=True)
    signed_on = models.DateField(_("signed on"), null=True)
    scan = models.OneToOneField(PrivateFile, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("acceptance of changed terms")
        verbose_name_plural = _("acceptances of changed terms")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["change", "certificate"], name="certificates_consent_once"),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_how="")
                | Q(accepted_at__isnull=False, accepted_how="portal", request_address__isnull=False)
                | Q(accepted_at__isnull=False, accepted_how="paper", scan__isnull=False, signed_on__isnull=False),
                name="certificates_consent_complete",
            ),
            models.CheckConstraint(
                condition=Q(replaced_by=None) | Q(accepted_at=None), name="certificates_consent_replaced"
            ),
        )
        indexes = (
            models.Index(fields=["change", "id"], condition=Q(accepted_at=None), name="certificates_not_accepted"),
        )

    def __str__(self) -> str:
        """Show whose it is."""
        return str(self.certificate)

    @property
    def due_on(self) -> date:
        """The day until which it is to be accepted: the end of the transition, or, told after it, a term of its own."""
        told_on = timezone.localdate(self.told_at)
        in_time = self.change.in_transition(told_on)
        return self.change.transition_until if in_time else told_on + TOLD_AFTERWARDS

    @property
    def is_over(self) -> bool:
        """Tell whether that day has passed."""
        return self.due_on < timezone.localdate()

    @property
    def is_late(self) -> bool:
        """Tell whether it was accepted only after that day."""
        return self.signed_on is not None and self.signed_on > self.due_on

    @property
    def is_open(self) -> bool:
        """Tell whether it can still be accepted: it was not yet, nor replaced, and the certificate is held today.

        One that is to end on a later day is held until then, and what is planned may be withdrawn; not so the renewal,
        whose contract is offered on the terms of its own day.
        """
        renewal = self.certificate.successor
        if renewal is not None and renewal.state != CertificateState.REVOKED:
            return False
        held = self.certificate.status in {Status.VALID, Status.SUSPENDED, Status.NOT_YET_VALID}
        return self.accepted_at is None and self.replaced_by_id is None and held

    @property
    def standing(self) -> str:
        """Return where it stands: "accepted", "late", "waiting", "replaced" or "ended" (no certificate is held)."""
        if self.accepted_at is not None:
            return "late" if self.is_late else "accepted"
        if self.replaced_by_id is not None:
            return "replaced"
        return "waiting" if self.is_open else "ended"
