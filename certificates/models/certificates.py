"""Certificates, their copies, and what was decided about them after the issue."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from candidates.models import Person
from certificates.codes import CODE_LENGTH, grouped, new_verification_code
from certificates.models.contracts import Contract
from certificates.models.decisions import Decision
from certificates.models.published import PublishedReason, published_reason
from certificates.states import (
    FINAL_STATES,
    CertificateState,
    CopyReason,
    EventKind,
    Ground,
    Status,
    rule_of,
    status_of,
)
from core.models import RenderedFile
from schemes.models import CODE_LENGTH as SCOPE_LENGTH, SchemeVersion


class Certificate(models.Model):
    """A certificate: one number, one validity, as many copies as were needed.

    `state` is what has been decided about it and has force; `next_state` what was decided to have force from
    `next_from` on. Both are told apart by the date whenever they are read, so that no job has to be in time. What was
    said on any past day follows from its events alone (certificates.history).
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="certificate")
    contract = models.OneToOneField(Contract, on_delete=models.PROTECT, related_name="certificate")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="certificates")
    scheme_version = models.ForeignKey(SchemeVersion, on_delete=models.PROTECT, related_name="certificates")
    state = models.CharField(_("state"), max_length=10, choices=CertificateState, default=CertificateState.VALID)
    state_changed_at = models.DateTimeField()
    next_state = models.CharField(max_length=10, choices=CertificateState, blank=True)
    next_from = models.DateField(null=True)
    scopes = ArrayField(models.CharField(max_length=SCOPE_LENGTH), default=list, blank=True)
    renews = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="renewed_by", verbose_name=_("renews")
    )
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"))
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
            models.CheckConstraint(
                condition=Q(next_state="", next_from=None) | ~Q(next_state="") & Q(next_from__isnull=False),
                name="certificates_next_complete",
            ),
        )
        indexes = (
            models.Index(fields=["-issued_at", "-id"], name="certificates_newest_idx"),
            models.Index(fields=["state", "valid_until"], name="certificates_expiry_idx"),
            models.Index(
                fields=["-valid_until", "-id"],
                condition=~Q(state__in=["revoked", "superseded"]),
                name="certificates_running_idx",
            ),
            models.Index(fields=["next_from"], condition=Q(next_from__isnull=False), name="certificates_next_idx"),
        )

    def __str__(self) -> str:
        """Show number and holder."""
        return f"{self.number} {self.person}"

    @property
    def current_copy(self) -> "CertificateCopy":
        """The copy in force; read through `copies`, so that a list prefetches them."""
        return next(copy for copy in self.copies.all() if copy.superseded_at is None)

    @property
    def code(self) -> str:
        """The verification code of the copy in force."""
        return self.current_copy.code

    @property
    def grouped_code(self) -> str:
        """That code in groups of four, as people read it out."""
        return self.current_copy.grouped_code

    @property
    def snapshot(self) -> Any:
        """All that the copy in force prints."""
        return self.current_copy.snapshot

    @property
    def document(self) -> RenderedFile:
        """The document of the copy in force."""
        return self.current_copy.document

    def state_on(self, day: date) -> CertificateState:
        """Return what has been decided to hold on `day` (today or later)."""
        has_come = self.next_from is not None and day >= self.next_from
        return CertificateState(self.next_state if has_come else self.state)

    def status_on(self, day: date) -> Status:
        """Return what a reader is told on `day` (today or later; past days are answered from the events)."""
        return status_of(self.state_on(day), self.valid_from, self.valid_until, day)

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
        """Return what a badge shows today: the status, or that a valid certificate is about to expire.

        One whose renewal has been issued, or whose revocation is decided, does not: nobody is to do anything about it.
        """
        is_settled = self.next_state in FINAL_STATES
        if self.status == Status.VALID and timezone.localdate() >= self.renewal_from and not is_settled:
            return "about_to_expire"
        return str(self.status)

    @property
    def successor(self) -> "Certificate | None":
        """Return the certificate that renewed this one, if there is one."""
        return getattr(self, "renewed_by", None)


class CertificateCopy(models.Model):
    """A copy of a certificate as printed: the same number, a number of its own, a code of its own (contract H8).

    One copy is in force; the others are superseded, and their codes say so for ever. Frozen by trigger.
    """

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="copies")
    number = models.PositiveSmallIntegerField(_("copy number"))
    code = models.CharField(_("verification code"), max_length=CODE_LENGTH, unique=True, default=new_verification_code)
    reason = models.CharField(_("why it was made"), max_length=10, choices=CopyReason, default=CopyReason.FIRST)
    snapshot = models.JSONField(help_text=_("everything that is printed; frozen by trigger"))
    document = models.OneToOneField(RenderedFile, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    superseded_at = models.DateTimeField(null=True)

    number_in_force: int  # that of the copy in force, where it was asked for (queries.certificates.by_code)

    class Meta:
        verbose_name = _("copy of a certificate")
        verbose_name_plural = _("copies of certificates")
        ordering = ("certificate", "number")
        constraints = (
            models.UniqueConstraint(fields=["certificate", "number"], name="certificates_copy_number"),
            models.UniqueConstraint(
                fields=["certificate"], condition=Q(superseded_at=None), name="certificates_one_copy_in_force"
            ),
        )

    def __str__(self) -> str:
        """Show the number of the certificate with that of the copy."""
        return f"{self.certificate.number} / {self.number}"

    @property
    def grouped_code(self) -> str:
        """The code in groups of four, as people read it out."""
        return grouped(self.code)

    @property
    def in_force(self) -> bool:
        """Tell whether no later copy has taken its place."""
        return self.superseded_at is None

    @property
    def badge_state(self) -> str:
        """Return what a badge of kind "copy" shows today: only a valid certificate has a copy in force."""
        if not self.in_force:
            return "superseded"
        return "in_force" if self.certificate.status == Status.VALID else "latest"


class CertificateEvent(models.Model):
    """Something that was decided about a certificate, and the day from which it has force; append-only by trigger.

    It never has force before the day on which it was recorded: what the public page said on a past day stays true.
    `reason` is for the file and the holder; `public_reason`, if it is published, for everybody (contract B3), in
    Azerbaijani, and in English if that was written too.
    """

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(_("what was decided"), max_length=10, choices=EventKind)
    ground = models.CharField(_("ground"), max_length=24, choices=Ground, blank=True)
    reason = models.TextField(_("reason"), max_length=2000, blank=True)
    public_reason = models.TextField(_("public reason"), max_length=500, blank=True)
    public_reason_en = models.TextField(
        _("public reason in English"), max_length=500, blank=True, default="", db_default=""
    )
    is_published = models.BooleanField(_("published on the register"), default=False)
    effective_on = models.DateField(_("in force from"))
    review_on = models.DateField(_("suspended until (review)"), null=True)
    scopes = ArrayField(models.CharField(max_length=SCOPE_LENGTH), default=list, blank=True)
    withdraws = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="withdrawn_by")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("event of a certificate")
        verbose_name_plural = _("events of certificates")
        ordering = ("effective_on", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=["issue", "withdraw", "supersede"]) | ~Q(ground="") & ~Q(reason=""),
                name="certificates_event_has_ground",
            ),
            models.CheckConstraint(
                condition=Q(kind="suspend", review_on__gt=F("effective_on")) | ~Q(kind="suspend") & Q(review_on=None),
                name="certificates_event_review",
            ),
            models.CheckConstraint(
                condition=Q(kind="withdraw", withdraws__isnull=False) | ~Q(kind="withdraw") & Q(withdraws=None),
                name="certificates_event_withdraws",
            ),
            models.CheckConstraint(
                condition=Q(is_published=False) | ~Q(public_reason=""), name="certificates_event_published_reason"
            ),
            models.CheckConstraint(
                condition=Q(public_reason_en="") | Q(is_published=True), name="certificates_event_published_in_english"
            ),
            models.UniqueConstraint(
                fields=["certificate"], condition=Q(kind="issue"), name="certificates_event_issued_once"
            ),
        )
        indexes = (models.Index(fields=["certificate", "effective_on", "id"], name="certificates_event_history"),)

    def __str__(self) -> str:
        """Show what was decided and from when."""
        return f"{self.get_kind_display()} {self.effective_on:%Y-%m-%d}"

    @property
    def rule(self) -> str:
        """The rule of the contract on which the ground rests."""
        return rule_of(self.ground)

    @property
    def published(self) -> PublishedReason:
        """The published reason, in the reader's language if it was written in it."""
        return published_reason(self.public_reason, self.public_reason_en)


class Suspension(models.Model):
    """A time during which a certificate must not be used; ends by reinstatement or revocation, never by itself."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="suspensions")
    event = models.OneToOneField(CertificateEvent, on_delete=models.PROTECT, related_name="suspension")
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
