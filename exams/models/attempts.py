"""Candidates' attempts and the stages of an attempt."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from candidates.models import Application, Person
from exams.models.sessions import REASON_LENGTH, ExamSession
from exams.states import OPEN_ATTEMPTS, AttemptState, ClientKind, IdentityDocument, IncidentKind
from schemes.models import Stage


def verdict_word(passed: bool | None) -> str:  # noqa: FBT001 -- the value of a column
    """Return the name of a verdict's badge."""
    return {True: "passed", False: "failed", None: "pending"}[passed]


Pause = tuple[datetime, datetime | None]
"""An interruption: from when, and until when (None while it lasts)."""


def paused_within(pauses: Iterable[Pause], start: datetime, end: datetime) -> timedelta:
    """Return how much of the time from `start` to `end` was interrupted."""
    spans = ((max(begun, start), min(over or end, end)) for begun, over in pauses)
    return sum((over - begun for begun, over in spans if over > begun), timedelta())


class Attempt(models.Model):
    """A candidate's exam in a session. `passed` is the verdict over all stages, set when the last one is signed off.

    Triggers refuse panel members with a conflict of interest, candidates over the session's capacity, and any change
    of a released attempt but that of its verdict by an amendment.
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
    """One stage of an attempt: scenario, times stamped by the server, and, once signed off, its verdict.

    Only an approved amendment changes the verdict afterwards (`amendments` counts them); the database sees to it.
    """

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
    amendments = models.PositiveSmallIntegerField(default=0, help_text=_("approved ones, contained in the verdict"))

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
        """How long it took without its interruptions; None until it has ended."""
        if self.started_at is None or self.ended_at is None:
            return None
        return self.ended_at - self.started_at - paused_within(self.pauses, self.started_at, self.ended_at)

    @property
    def pauses(self) -> list[Pause]:
        """Its interruptions, as far as they were within it."""
        return [one.pause for one in self.incidents.all() if one.kind == IncidentKind.INTERRUPTION]

    @property
    def verdict(self) -> str:
        """The verdict as its badge names it: passed, failed or pending."""
        return verdict_word(self.passed)


class CarriedStage(models.Model):
    """A stage that was passed in an earlier exam and still counts in this one, as the scheme version allows."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="carried")
    run = models.ForeignKey(StageRun, on_delete=models.PROTECT, related_name="carried_into")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["attempt", "run"], name="exams_carried_once"),)

    def __str__(self) -> str:
        """Show the stage that counts."""
        return str(self.run)
