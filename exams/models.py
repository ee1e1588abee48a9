"""Exam sessions, their panels, candidates' attempts, the stages of an attempt and every mark ever made."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from candidates.models import Application, Person
from exams.states import (
    OPEN_ATTEMPTS,
    AttemptState,
    ClientKind,
    IdentityDocument,
    PanelRole,
    SessionState,
)
from schemes.models import SchemeVersion, Stage, Step

COMMENT_LENGTH = 2000
REASON_LENGTH = 1000


def verdict_word(passed: bool | None) -> str:  # noqa: FBT001 -- the value of a column
    """Return the name of a verdict's badge."""
    return {True: "passed", False: "failed", None: "pending"}[passed]


class ExamSession(models.Model):
    """A day, a place and a panel. Its first use of a scheme version freezes that version (trigger)."""

    scheme_version = models.ForeignKey(SchemeVersion, on_delete=models.PROTECT, related_name="sessions")
    starts_at = models.DateTimeField(_("date and time"))
    place = models.CharField(_("place"), max_length=200)
    capacity = models.PositiveSmallIntegerField(_("capacity"))
    state = models.CharField(_("state"), max_length=10, choices=SessionState, default=SessionState.PLANNED)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("exam session")
        verbose_name_plural = _("exam sessions")
        ordering = ("-starts_at", "-id")
        constraints = (
            models.CheckConstraint(condition=Q(capacity__gte=1, capacity__lte=100), name="exams_session_capacity"),
        )
        indexes = (models.Index(fields=["-starts_at", "-id"], name="exams_session_starts_idx"),)

    def __str__(self) -> str:
        """Show place and identifier; the date is shown in the reader's time zone by the pages."""
        return f"#{self.pk} {self.place}"


class PanelMember(models.Model):
    """An assessor on the panel of a session."""

    session = models.ForeignKey(ExamSession, on_delete=models.CASCADE, related_name="panel")
    assessor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="panel_seats")
    role = models.CharField(_("role"), max_length=6, choices=PanelRole, default=PanelRole.MEMBER)

    class Meta:
        ordering = ("role", "id")
        constraints = (
            models.UniqueConstraint(fields=["session", "assessor"], name="exams_panel_member_once"),
            models.UniqueConstraint(fields=["session"], condition=Q(role="lead"), name="exams_panel_one_lead"),
        )

    def __str__(self) -> str:
        """Show the assessor."""
        return str(self.assessor)


class Attempt(models.Model):
    """A candidate's exam in a session. `passed` is the verdict over all stages, set when the last one is signed off.

    Triggers refuse panel members with a conflict of interest, candidates over the session's capacity, and any change
    of a released attempt.
    """

    session = models.ForeignKey(ExamSession, on_delete=models.PROTECT, related_name="attempts")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="attempts")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="attempts")
    starts_at = models.DateTimeField(_("time"))
    state = models.CharField(_("state"), max_length=11, choices=AttemptState, default=AttemptState.SCHEDULED)
    state_reason = models.TextField(
        _("reason"), blank=True, max_length=REASON_LENGTH, help_text=_("why it was cancelled or did not take place")
    )
    identity_checked_at = models.DateTimeField(null=True)
    identity_checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    identity_document = models.CharField(_("document"), max_length=15, choices=IdentityDocument, blank=True)
    overtime_reason = models.TextField(
        _("reason for exceeding the time of the exam"), blank=True, max_length=REASON_LENGTH
    )
    passed = models.BooleanField(null=True)
    released_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("exam")
        verbose_name_plural = _("exams")
        ordering = ("starts_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(state__in=[str(state) for state in OPEN_ATTEMPTS]),
                name="exams_one_open_attempt",
            ),
            models.UniqueConstraint(
                fields=["session", "person"],
                condition=~Q(state="cancelled"),
                name="exams_person_once_in_session",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["marked", "released"], passed__isnull=False)
                | (~Q(state__in=["marked", "released"]) & Q(passed__isnull=True)),
                name="exams_attempt_verdict_when_marked",
            ),
            models.CheckConstraint(
                condition=Q(identity_checked_at__isnull=True, identity_checked_by__isnull=True, identity_document="")
                | (Q(identity_checked_at__isnull=False, identity_checked_by__isnull=False) & ~Q(identity_document="")),
                name="exams_identity_check_complete",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["in_progress", "marked", "released"]) | Q(identity_checked_at__isnull=False),
                name="exams_begun_after_identity_check",
            ),
        )
        indexes = (models.Index(fields=["state", "starts_at"], name="exams_attempt_queue_idx"),)

    def __str__(self) -> str:
        """Show whose exam it is."""
        return f"#{self.pk} {self.person}"

    @property
    def verdict(self) -> str:
        """The verdict as its badge names it: passed, failed or pending."""
        return verdict_word(self.passed)


class StageRun(models.Model):
    """One stage of an attempt: scenario, times stamped by the server, and, once signed off, its verdict for good."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="stages")
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="runs")
    scenario = models.CharField(_("scenario reference"), max_length=60, blank=True)
    client_kind = models.CharField(_("client"), max_length=11, choices=ClientKind, blank=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    short_reason = models.TextField(_("reason for the short session"), blank=True, max_length=REASON_LENGTH)
    signed_off_at = models.DateTimeField(null=True)
    signed_off_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    met = models.PositiveSmallIntegerField(null=True)
    total = models.PositiveSmallIntegerField(null=True)
    missed_critical = ArrayField(models.CharField(max_length=10), default=list)
    passed = models.BooleanField(null=True)

    class Meta:
        ordering = ("attempt", "stage__order")
        constraints = (
            models.UniqueConstraint(fields=["attempt", "stage"], name="exams_stage_once"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(started_at__isnull=False, ended_at__gte=F("started_at")),
                name="exams_stage_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(
                    signed_off_at__isnull=True, signed_off_by__isnull=True, passed__isnull=True, met__isnull=True,
                    total__isnull=True,
                )
                | Q(
                    signed_off_at__isnull=False, signed_off_by__isnull=False, passed__isnull=False,
                    met__isnull=False, total__isnull=False, ended_at__isnull=False,
                ),
                name="exams_sign_off_complete",
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        """Show stage and attempt."""
        return f"{self.stage.code} {self.attempt}"

    @property
    def is_running(self) -> bool:
        """Whether it has begun and not ended."""
        return self.started_at is not None and self.ended_at is None

    @property
    def is_signed_off(self) -> bool:
        """Whether its marks are final."""
        return self.signed_off_at is not None

    @property
    def duration(self) -> timedelta | None:
        """How long it took; None until it has ended."""
        if self.started_at is None or self.ended_at is None:
            return None
        return self.ended_at - self.started_at

    @property
    def verdict(self) -> str:
        """The verdict as its badge names it: passed, failed or pending."""
        return verdict_word(self.passed)


class MarkEntry(models.Model):
    """A mark as it was made: append-only, so that nothing is ever overwritten.

    The entry that no other follows is the current one of its step. `follows` names the entry that the assessor saw when
    marking; the database lets only one entry follow another, so a second device that did not see the first one's mark
    is refused instead of overwriting it. The identifier is made on the device: a request that is sent again is
    recognised.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(StageRun, on_delete=models.PROTECT, related_name="entries")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="+")
    follows = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    value = models.BooleanField(null=True, help_text=_("met, not met, or not marked yet"))
    comment = models.TextField(_("comment"), blank=True, max_length=COMMENT_LENGTH)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("recorded_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["run", "step", "follows"], nulls_distinct=False, name="exams_mark_follows_once"
            ),
        )

    def __str__(self) -> str:
        """Show the step and what was marked."""
        return f"{self.step.code}: {self.value}"

    @property
    def badge(self) -> str:
        """The mark as its badge names it: met, not_met or unmarked."""
        return {True: "met", False: "not_met", None: "unmarked"}[self.value]
