"""Decisions on certification, certificate-use contracts, certificates and their suspensions."""

from datetime import date, timedelta

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from candidates.models import Person
from certificates.codes import CODE_LENGTH, grouped, new_verification_code
from certificates.states import (
    AcceptanceWay,
    CertificateState,
    ContractState,
    Outcome,
    ReviewState,
    Status,
)
from core.models import PrivateFile, RenderedFile
from exams.models import Amendment, Attempt, verdict_word
from schemes.models import SchemeVersion


class Decision(models.Model):
    """The decision on certification after an exam.

    A trigger refuses a decider who is not independent of the candidate.
    """

    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="decision")
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
        constraints = (models.CheckConstraint(condition=~Q(reasons=""), name="certificates_decision_has_reasons"),)
        indexes = (models.Index(fields=["-decided_at", "-id"], name="certificates_decision_newest"),)

    def __str__(self) -> str:
        """Show outcome and person."""
        return f"{self.get_outcome_display()}: {self.person}"

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


class Certificate(models.Model):
    """A certificate. `state` is what was decided about it; what a reader is told on a day is `status_on(day)`."""

    number = models.CharField(_("number"), max_length=30, unique=True)
    code = models.CharField(_("verification code"), max_length=CODE_LENGTH, unique=True, default=new_verification_code)
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="certificate")
    contract = models.OneToOneField(Contract, on_delete=models.PROTECT, related_name="certificate")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="certificates")
    scheme_version = models.ForeignKey(SchemeVersion, on_delete=models.PROTECT, related_name="certificates")
    state = models.CharField(_("state"), max_length=9, choices=CertificateState, default=CertificateState.VALID)
    state_changed_at = models.DateTimeField()
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"))
    snapshot = models.JSONField(help_text=_("everything that is printed; frozen by trigger"))
    document = models.OneToOneField(RenderedFile, on_delete=models.PROTECT, related_name="+")
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ("-issued_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("valid_from")), name="certificates_certificate_period"
            ),
        )
        indexes = (
            models.Index(fields=["-issued_at", "-id"], name="certificates_newest_idx"),
            models.Index(fields=["state", "valid_until"], name="certificates_expiry_idx"),
        )

    def __str__(self) -> str:
        """Show number and holder."""
        return f"{self.number} {self.person}"

    @property
    def grouped_code(self) -> str:
        """The code in groups of four, as people read it out."""
        return grouped(self.code)

    def status_on(self, day: date) -> Status:
        """Return what a reader is told on `day` (today or later; past days are answered from the events)."""
        if self.state == CertificateState.VALID:
            if day > self.valid_until:
                return Status.EXPIRED
            return Status.NOT_YET_VALID if day < self.valid_from else Status.VALID
        if self.state == CertificateState.SUSPENDED and day > self.valid_until:
            return Status.EXPIRED
        return Status(self.state)

    @property
    def status(self) -> Status:
        """Return what a reader is told today, in the body's time zone."""
        return self.status_on(timezone.localdate())

    @property
    def renewal_from(self) -> date:
        """Return the day of the first reminder: from then on the holder is told to apply for renewal (contract H6)."""
        return self.valid_until - timedelta(days=max(self.scheme_version.reminder_days, default=0))

    @property
    def badge_state(self) -> str:
        """Return what a badge shows today: the status, or that a valid certificate is about to expire."""
        if self.status == Status.VALID and timezone.localdate() >= self.renewal_from:
            return "about_to_expire"
        return str(self.status)


class Suspension(models.Model):
    """A time during which a certificate must not be used; ends by reinstatement or revocation, never by itself."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="suspensions")
    reason = models.TextField(_("reason"), max_length=2000)
    started_at = models.DateTimeField()
    review_on = models.DateField(_("suspended until (review)"))
    ended_at = models.DateTimeField(null=True)
    imposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-started_at",)
        constraints = (
            ExclusionConstraint(
                name="certificates_no_overlapping_suspensions",
                index_type="GIST",
                # A range of one number instead of the number itself: needs no extension of Postgres.
                expressions=[
                    (
                        Func(
                            F("certificate_id"),
                            F("certificate_id"),
                            function="int8range",
                            template="%(function)s(%(expressions)s, '[]')",
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    (Func(F("started_at"), F("ended_at"), function="tstzrange"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__gte=F("started_at"), ended_by__isnull=False),
                name="certificates_suspension_end_complete",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="certificates_suspension_has_reason"),
        )

    def __str__(self) -> str:
        """Show since when."""
        return f"{self.certificate.number}: {self.started_at:%Y-%m-%d}"
