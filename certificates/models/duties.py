"""The ledger of duties with a date, the corrections of the working-day calendar, and calendar feeds."""

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from candidates.models import Person
from certificates.models.certificates import Certificate
from certificates.states import DUTIES, NAMES, RETURN_COPY_BECAUSE, DueUnit, DutyKind, DutyState, OwedBy
from core.models import PrivateFile

# What is due within these days is marked as near; what is due in years calls for nobody yet.
SOON = timedelta(days=14)


class Duty(models.Model):
    """Something that a holder or the body owes by a day: why, under which rule, until when, and by what it was met.

    `key` names the event that gives rise to it, so that the same event never gives rise to it twice. How `due_on` was
    computed is kept as the first day, the number and the unit; that it is overdue follows from the date.
    """

    key = models.CharField(max_length=120)
    kind = models.CharField(_("duty"), max_length=24, choices=DutyKind)
    owed_by = models.CharField(_("owed by"), max_length=6, choices=OwedBy)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="duties", db_index=False)
    certificate = models.ForeignKey(
        Certificate, null=True, on_delete=models.PROTECT, related_name="duties", db_index=False
    )
    about = models.CharField(max_length=80, help_text=_("app.model:id of what gave rise to it"))
    details = models.TextField(_("particulars"), blank=True, max_length=2000)
    start_on = models.DateField(_("counted from"))
    amount = models.PositiveSmallIntegerField(null=True)
    unit = models.CharField(max_length=12, choices=DueUnit)
    due_on = models.DateField(_("due"))
    shown_to_holder = models.BooleanField(default=True)
    state = models.CharField(_("state"), max_length=6, choices=DutyState, default=DutyState.OPEN)
    met_on = models.DateField(_("met on"), null=True)
    proof = models.TextField(_("proof"), blank=True, max_length=1000)
    proof_file = models.OneToOneField(PrivateFile, null=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("duty")
        verbose_name_plural = _("duties")
        ordering = ("due_on", "id")
        constraints = (
            models.UniqueConstraint(fields=["key"], name="certificates_duty_once"),
            models.CheckConstraint(
                condition=Q(unit="date", amount=None) | ~Q(unit="date") & Q(amount__isnull=False),
                name="certificates_duty_term",
            ),
            models.CheckConstraint(
                condition=Q(state="open", settled_at=None, met_on=None)
                | Q(state="met", settled_at__isnull=False, met_on__isnull=False) & ~Q(proof="")
                | Q(state__in=["waived", "lapsed"], settled_at__isnull=False, met_on=None),
                name="certificates_duty_settled_complete",
            ),
        )
        indexes = (
            models.Index(fields=["due_on", "id"], condition=Q(state="open"), name="certificates_duty_open"),
            models.Index(
                fields=["owed_by", "kind", "due_on", "id"], condition=Q(state="open"), name="certificates_duty_queue"
            ),
            models.Index(
                fields=["due_on"], condition=Q(state="open", unit="working_days"), name="certificates_duty_workdays"
            ),
            models.Index(
                fields=["state", "-settled_at", "-id"],
                condition=Q(settled_at__isnull=False),
                name="certificates_duty_settled",
            ),
            models.Index(fields=["person", "due_on"], name="certificates_duty_person"),
            models.Index(fields=["certificate", "due_on"], name="certificates_duty_cert"),
            models.Index(fields=["about"], name="certificates_duty_about"),
        )

    def __str__(self) -> str:
        """Show the rule with the day, the same in every language: the trail keeps it."""
        return f"{self.rule}, {self.due_on:%d.%m.%Y}"

    @property
    def name(self) -> str:
        """What it is called where its reader is not asked to do it."""
        return str(NAMES[DutyKind(self.kind)])

    @property
    def rule(self) -> str:
        """The rule of the contract, e.g. "H2"."""
        return self._because[0]

    @property
    def trigger(self) -> str:
        """What gave rise to it, in words."""
        return str(self._because[1])

    @property
    def _because(self) -> tuple[str, str | Promise]:
        """The rule and what gave rise to it: an old copy is handed in for several reasons, told by what it is about."""
        rule = DUTIES[DutyKind(self.kind)]
        because = (rule.rule, rule.trigger)
        if self.kind == DutyKind.RETURN_COPY:
            return RETURN_COPY_BECAUSE.get(self.about.partition(":")[0], because)
        return because

    def overdue_since(self, today: date) -> date | None:
        """Return the first day on which it was overdue, the one after its due day, if it is open still."""
        return self.due_on + timedelta(days=1) if self.state == DutyState.OPEN and today > self.due_on else None

    @property
    def copy_number(self) -> int | None:
        """The number of the copy that is to be handed in, where the duty names it: a replaced one."""
        number = self.details.rpartition(" / ")[2] if self.kind == DutyKind.RETURN_COPY else ""
        return int(number) if number.isdecimal() else None

    @property
    def badge_state(self) -> str:
        """Return what a badge of kind "duty" shows today."""
        if self.overdue_since(timezone.localdate()):
            return "overdue"
        if self.state == DutyState.OPEN and self.due_on - timezone.localdate() <= SOON:
            return "soon"
        return "met_late" if self.is_met_late else str(self.state)

    @property
    def is_met_late(self) -> bool:
        """Tell whether it was met, but after its day."""
        return self.met_on is not None and self.met_on > self.due_on


class CalendarCorrection(models.Model):
    """That a day is, or is not, a working day, otherwise than the law's list says; the newest word on a day counts.

    The Cabinet of Ministers moves days off each year. Append-only by trigger.
    """

    day = models.DateField(_("day"))
    is_working = models.BooleanField(_("working day"))
    note = models.CharField(_("reason"), max_length=300)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    moved = models.PositiveIntegerField(_("due dates moved"), default=0)

    class Meta:
        verbose_name = _("correction of the calendar")
        verbose_name_plural = _("corrections of the calendar")
        ordering = ("-made_at", "-id")
        constraints = (models.CheckConstraint(condition=~Q(note=""), name="certificates_correction_has_note"),)
        indexes = (models.Index(fields=["day", "-id"], name="certificates_correction_day"),)

    def __str__(self) -> str:
        """Show the day."""
        return f"{self.day:%Y-%m-%d}"


class CalendarFeed(models.Model):
    """A secret address under which a calendar program reads somebody's due dates; only its digest is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="calendar_feeds")
    for_office = models.BooleanField(help_text=_("the officers' due dates, not the holder's own"))
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_read_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(
                fields=["user", "for_office"], condition=Q(revoked_at=None), name="certificates_one_feed"
            ),
        )

    def __str__(self) -> str:
        """Show whose it is."""
        return str(self.user)


class Reminder(models.Model):
    """That somebody is to be reminded of something, once: written by the morning's sweep, turned into a message later.

    `key` makes it unique (what, of which object, how many days ahead), so that a sweep may run twice or be killed.
    """

    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=40, help_text=_("the kind of message"))
    certificate = models.ForeignKey(
        Certificate, null=True, on_delete=models.PROTECT, related_name="reminders", db_index=False
    )
    duty = models.ForeignKey(Duty, null=True, on_delete=models.PROTECT, related_name="reminders", db_index=False)
    days = models.SmallIntegerField(help_text=_("days ahead; below zero after the day"))
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, help_text=_("written as a message, or found to be needed no more"))
    message = models.OneToOneField("core.OutgoingMessage", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["key"], name="certificates_reminder_once"),
            models.CheckConstraint(
                condition=Q(message=None) | Q(settled_at__isnull=False), name="certificates_reminder_settled"
            ),
        )
        indexes = (
            models.Index(fields=["id"], condition=Q(settled_at=None), name="certificates_reminder_waiting"),
            models.Index(fields=["certificate", "kind", "days"], name="certificates_reminder_cert"),
            models.Index(fields=["duty", "kind", "days"], name="certificates_reminder_duty"),
        )

    def __str__(self) -> str:
        """Show its key."""
        return self.key
