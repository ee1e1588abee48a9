"""The certificate-use contract: its text in versions, and the contract with one holder."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from candidates.models import Person
from certificates.models.decisions import Decision
from certificates.states import AcceptanceWay, ContractState
from core.models import PrivateFile, RenderedFile

if TYPE_CHECKING:
    from certificates.models.certificates import Certificate


class ContractTemplate(models.Model):
    """A version of the certificate-use contract's text; append-only, because contracts refer to it for ever."""

    version = models.PositiveSmallIntegerField(unique=True)
    content = models.JSONField(help_text=_("articles and clauses with their rule codes"))
    content_sha256 = models.CharField(max_length=64, unique=True)
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("contract text")
        verbose_name_plural = _("contract texts")
        ordering = ("version",)

    def __str__(self) -> str:
        """Show the version."""
        return f"v{self.version}"


class Contract(models.Model):
    """The certificate-use contract with one holder. `snapshot` holds every word and blank of it; frozen by trigger."""

    number = models.CharField(_("number"), max_length=30, unique=True)
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="contract")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="contracts")
    template = models.ForeignKey(ContractTemplate, on_delete=models.PROTECT, related_name="contracts")
    snapshot = models.JSONField()
    state = models.CharField(_("state"), max_length=9, choices=ContractState, default=ContractState.OFFERED)
    offered_at = models.DateTimeField()
    due_on = models.DateField(_("to be concluded by"))
    concluded_at = models.DateTimeField(null=True)
    concluded_how = models.CharField(_("concluded"), max_length=6, choices=AcceptanceWay, blank=True)
    concluded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    request_address = models.GenericIPAddressField(_("address of the request"), null=True)
    signed_on = models.DateField(_("signed on"), null=True)
    scan = models.OneToOneField(PrivateFile, null=True, on_delete=models.PROTECT, related_name="+")
    draft_document = models.OneToOneField(RenderedFile, on_delete=models.PROTECT, related_name="+")
    document = models.OneToOneField(RenderedFile, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        ordering = ("-offered_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=(~Q(state="concluded") & Q(concluded_at=None, concluded_how="", document=None))
                | Q(
                    state="concluded", concluded_at__isnull=False, concluded_how="portal",
                    request_address__isnull=False, document__isnull=False,
                )
                | Q(
                    state="concluded", concluded_at__isnull=False, concluded_how="paper", scan__isnull=False,
                    signed_on__isnull=False, document__isnull=False,
                ),
                name="certificates_contract_concluded_complete",
            ),
        )  # fmt: skip
        indexes = (
            models.Index(fields=["-offered_at", "-id"], name="certificates_contract_newest"),
            models.Index(fields=["state", "due_on"], name="certificates_contract_queue"),
        )

    def __str__(self) -> str:
        """Show number and holder."""
        return f"{self.number} {self.person}"

    @property
    def issued_certificate(self) -> "Certificate | None":
        """Return the certificate that was issued on it, if there is one yet."""
        return getattr(self, "certificate", None)

    @property
    def is_overdue(self) -> bool:
        """Tell whether the holder has not concluded it in time."""
        return self.state == ContractState.OFFERED and timezone.localdate() > self.due_on
