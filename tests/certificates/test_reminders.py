"""The morning: who is reminded of what, once, whatever is killed or run twice (contract B4, H6, H9, B10)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from celery import current_app
from django.db import transaction
from django.utils import timezone, translation
from kombu.exceptions import OperationalError

from accounts.states import Role
from audit.models import AuditEntry
from certbody.celery import app
from certificates import tasks
from certificates.models import Certificate, Duty, Reminder, Renewal
from certificates.services import reminders
from certificates.services.duties import Term, open_duty, waive
from certificates.services.lifecycle import revoke_certificate, suspend_certificate
from certificates.services.reminders import sweep, write_waiting
from certificates.states import DutyKind, DutyState
from core.models import OutgoingMessage
from schemes.models import SchemeVersion
from schemes.services import load_shipped_schemes
from tests.certificates import factories
from tests.certificates.factories import because
from tests.exams.racing import DONE, at_once
from tests.factories import UserFactory

TODAY = date(2026, 11, 20)


def moment(day: date) -> datetime:
    """Return two in the night in UTC: six in the morning in Baku."""
    return datetime(day.year, day.month, day.day, 2, 0, tzinfo=UTC)


def on(certificate: Certificate, before: int) -> Any:
    """Travel to the morning so many days before the last day of validity."""
    return time_machine.travel(moment(certificate.valid_until - timedelta(days=before)), tick=False)


def written(kind: str = "") -> list[str]:
    """Return the keys of the reminders that became messages, in order, without what they are about."""
    found = OutgoingMessage.objects.filter(key__contains=":certificates.").order_by("pk")
    keys = [one.key for one in found if one.kind in {"certificate_reminder", "certificate_expired", "duty_due",
                                                     "duty_overdue"}]  # fmt: skip
    return [key.replace(":certificates.certificate", "") for key in keys if key.startswith(kind)]


def morning() -> None:
    """Run the morning's reminders to their end."""
    sweep()
    last = 0
    while last := write_waiting(last):
        pass


@pytest.fixture
def certificate(version) -> Certificate:
    with time_machine.travel(moment(TODAY), tick=False):
        return factories.certificate(version)


def test_renewal_is_reminded_of_at_the_days_of_the_scheme_once_each_and_expiry_too(certificate):
    told = {}
    for before in (181, 180, 179, 91, 90, 30, 29, 7, 0, -1, -2):
        with on(certificate, before):
            morning()
            morning()
        told[before] = written("certificate")
    pk = certificate.pk
    days = [f"certificate_reminder:{pk}:{days}" for days in (180, 90, 30, 7)]
    assert told == {
        181: [], 180: days[:1], 179: days[:1], 91: days[:1], 90: days[:2], 30: days[:3], 29: days[:3], 7: days, 0: days,
        -1: [*days, f"certificate_expired:{pk}"], -2: [*days, f"certificate_expired:{pk}"],
    }  # fmt: skip
    first = OutgoingMessage.objects.get(key__endswith=":180")
    assert first.subject == f"Sertifikatınızın müddəti 180 gündən sonra bitir: {certificate.number}"
    assert f"/certificates/{pk}/renewal/new/" in first.body


def test_day_is_that_of_baku(certificate):
    last_moment = moment(certificate.valid_until - timedelta(days=181)) + timedelta(hours=17, minutes=59)
    with time_machine.travel(last_moment, tick=False):  # 23:59 in Baku
        morning()
        assert written() == []
    with time_machine.travel(last_moment + timedelta(minutes=1), tick=False):
        morning()
        assert len(written()) == 1


def test_down_for_a_hundred_days_only_the_nearest_is_sent(certificate):
    with on(certificate, 185):
        morning()
    with on(certificate, 85):
        morning()
        assert written() == [f"certificate_reminder:{certificate.pk}:90"]
    with on(certificate, -15):  # and once more: past expiry, the reminders of 30 and 7 days are not made up for
        morning()
        assert written("certificate")[1:] == [f"certificate_expired:{certificate.pk}"]


def test_written_late_only_the_nearest_is_written(certificate):
    """The sweep ran, but no worker wrote: of what waits, only the nearest is still worth a message."""
    for before in (180, 90):
        with on(certificate, before):
            sweep()
    with on(certificate, 89):
        morning()
    assert written() == [f"certificate_reminder:{certificate.pk}:90"]
    assert Reminder.objects.filter(settled_at=None).count() == 0


def test_old_database_is_no_flood(certificate):
    with on(certificate, -121):
        morning()
    assert written() == []


def apply_for_renewal(certificate: Certificate) -> Renewal:
    """Have the holder's application for renewal on its way."""
    case = certificate.decision.application
    fields = {field.attname: getattr(case, field.attname) for field in case._meta.concrete_fields}
    for name in ("id", "names", "reference", "concluded_at"):
        del fields[name]
    application = type(case).objects.create(**{**fields, "reference": "M-R", "state": "submitted", "is_renewal": True})
    return Renewal.objects.create(
        certificate=certificate, application=application, needs="both", applied_at=timezone.now()
    )


def test_who_applied_is_not_reminded_not_even_between_sweep_and_writing(certificate):
    with on(certificate, 180):
        sweep()
        renewal = apply_for_renewal(certificate)
        assert write_waiting() > 0
        assert (written(), Reminder.objects.get().message_id) == ([], None)
    with on(certificate, 90):
        morning()
        assert written() == []
    with on(certificate, 30):
        renewal.application.state = "withdrawn"
        renewal.application.save()
        morning()
        assert written() == [f"certificate_reminder:{certificate.pk}:30"]


def test_revoked_is_not_reminded_and_suspended_is(version, certificate, officer):
    with time_machine.travel(moment(TODAY), tick=False):
        suspended = factories.certificate(version)
    with on(certificate, 200):
        revoke_certificate(certificate, because(), actor=officer)
        review = certificate.valid_until
        suspend_certificate(suspended, because(), actor=officer, review_on=review)
    with on(certificate, 180):
        morning()
    assert written("certificate") == [f"certificate_reminder:{suspended.pk}:180"]
    assert "dayandırılıb" in OutgoingMessage.objects.get(kind="certificate_reminder").body


def test_expiry_owes_the_original_and_ends_the_duty_to_apply(certificate):
    with on(certificate, -1):
        morning()
        morning()
        owed = Duty.objects.get(kind="return_ended")
        assert (owed.key, owed.start_on, owed.due_on, owed.amount, owed.unit) == (
            f"return_ended:certificates.certificate:{certificate.pk}:expiry",
            certificate.valid_until + timedelta(days=1), certificate.valid_until + timedelta(days=16), 15, "days",
        )  # fmt: skip
    assert Duty.objects.get(kind="apply_for_renewal").state == DutyState.LAPSED
    trail = AuditEntry.objects.filter(object_ref=f"certificates.duty:{owed.pk}")
    assert [(entry.verb, entry.actor_label, entry.after["rule"]) for entry in trail] == [("duty.open", "system", "H9")]
    assert f"certificates.certificate:{certificate.pk}" in trail[0].subjects
    assert AuditEntry.objects.filter(verb="duty.lapse").count() == 1


def test_expiry_that_is_found_late_owes_the_original_from_the_true_day_and_tells_once_that_it_has_passed(certificate):
    with on(certificate, -20):
        morning()
        morning()
    owed, first = Duty.objects.get(kind="return_ended"), certificate.valid_until + timedelta(days=1)
    assert (owed.start_on, owed.due_on) == (first, first + timedelta(days=15))
    assert written("duty") == [f"duty_overdue:certificates.duty:{owed.pk}:-1:{owed.due_on}"]


def test_duty_whose_day_is_moved_is_reminded_of_anew_and_once_each(certificate):
    with time_machine.travel(moment(TODAY), tick=False):
        duty = open_duty(
            DutyKind.EXTRA_ASSESSMENT, about=certificate, person=certificate.person, certificate=certificate,
            term=Term(TODAY, TODAY + timedelta(days=20)),
        )  # fmt: skip
    told = []
    for offset in (13, 21, 34, 36, 53, 54, 61, 62, 74, 75):
        with time_machine.travel(moment(TODAY + timedelta(days=offset)), tick=False):
            before = len(written("duty"))
            if offset == 36:
                Duty.objects.filter(pk=duty.pk).update(due_on=TODAY + timedelta(days=60))
            morning()
            morning()
            told += [(offset, key.split(":", 3)[3]) for key in written("duty")[before:]]
    days = [TODAY + timedelta(days=20), TODAY + timedelta(days=60)]
    assert told == [
        (13, f"7:{days[0]}"), (21, f"-1:{days[0]}"), (34, f"-14:{days[0]}"),
        (53, f"7:{days[1]}"), (61, f"-1:{days[1]}"), (74, f"-14:{days[1]}"),
    ]  # fmt: skip


def test_reminder_of_a_day_that_was_moved_before_it_was_written_is_not_sent(certificate):
    with time_machine.travel(moment(TODAY), tick=False):
        duty = open_duty(
            DutyKind.EXTRA_ASSESSMENT, about=certificate, person=certificate.person, certificate=certificate,
            term=Term(TODAY, TODAY + timedelta(days=20)),
        )  # fmt: skip
    with time_machine.travel(moment(TODAY + timedelta(days=13)), tick=False):
        sweep()
        day = TODAY + timedelta(days=22)
        Duty.objects.filter(pk=duty.pk).update(due_on=day)
        assert write_waiting() > 0
        assert written("duty") == []
    with time_machine.travel(moment(TODAY + timedelta(days=15)), tick=False):
        morning()
    assert written("duty") == [f"duty_due:certificates.duty:{duty.pk}:7:{day}"]


def test_nobody_is_reminded_of_what_ends_with_the_certificate_before_its_day(certificate, officer):
    with time_machine.travel(moment(TODAY), tick=False):
        for kind in (DutyKind.EXTRA_ASSESSMENT, DutyKind.RETURN_COPY):
            open_duty(
                kind, about=certificate, person=certificate.person, certificate=certificate,
                term=Term(TODAY, TODAY + timedelta(days=20)),
            )  # fmt: skip
    with time_machine.travel(moment(TODAY + timedelta(days=14)), tick=False):
        with transaction.atomic():
            morning()
            assert [key.split(":")[-2] for key in written("duty_due")] == ["7", "7"]
            transaction.set_rollback(True)
        revoke_certificate(certificate, because(), actor=officer, effective_on=TODAY + timedelta(days=17))
        morning()
        returned = Duty.objects.get(kind=DutyKind.RETURN_COPY)
        assert [key.split(":")[2] for key in written("duty_due")] == [str(returned.pk)]


def test_duties_of_holders_a_week_ahead_and_twice_when_overdue(certificate, officer):
    day = TODAY + timedelta(days=15)
    with time_machine.travel(moment(TODAY), tick=False):
        for kind, shown, until in (
            (DutyKind.EXTRA_ASSESSMENT, True, day),
            (DutyKind.FOLLOW_UP, False, day),  # not shown
            (DutyKind.RETURN_COPY, True, TODAY + timedelta(days=6)),  # too short to be reminded of ahead
        ):
            open_duty(
                kind, about=certificate, person=certificate.person, certificate=certificate,
                term=Term(TODAY, until), shown_to_holder=shown,
            )  # fmt: skip
    told = []
    for offset in (0, 7, 8, 12, 15, 16, 17, 29, 60):
        with time_machine.travel(moment(TODAY + timedelta(days=offset)), tick=False):
            before = len(written("duty"))
            morning()
            new = OutgoingMessage.objects.filter(kind__in=["duty_due", "duty_overdue"]).order_by("pk")[before:]
            told += [(offset, one.kind, one.key.split(":")[-2]) for one in new]
            if offset == 29:
                waive(Duty.objects.get(kind="return_copy"), actor=officer, reason="Nüsxə itib, akt var.")
    assert told == [
        (7, "duty_overdue", "-1"),
        (8, "duty_due", "7"),
        (16, "duty_overdue", "-1"),
        (29, "duty_overdue", "-14"),
        (29, "duty_overdue", "-14"),
    ]


def test_language_is_that_of_the_holder_and_the_cost_does_not_grow(version, django_assert_num_queries):
    with time_machine.travel(moment(TODAY), tick=False):
        found = [factories.certificate(version, language=language) for language in ("en", "az", "en")]
    with on(found[0], 180):
        sweep()
        with django_assert_num_queries(8) as three:
            write_waiting()
        Reminder.objects.all().delete()
        OutgoingMessage.objects.filter(kind="certificate_reminder").delete()
    subjects = {
        "en": "Your certificate expires in 180 days: ",
        "az": "Sertifikatınızın müddəti 180 gündən sonra bitir: ",
    }
    with on(found[0], 180):
        sweep()
        Reminder.objects.exclude(certificate=found[0]).delete()
        with django_assert_num_queries(len(three)):
            write_waiting()
        sweep()
        write_waiting()
    told = OutgoingMessage.objects.filter(kind="certificate_reminder")
    assert {one.about: one.subject for one in told} == {
        f"certificates.certificate:{one.pk}": subjects[one.person.language] + one.number for one in found
    }


def test_killed_between_sweep_and_writing_and_in_the_middle_of_a_chunk(version, monkeypatch):
    with time_machine.travel(moment(TODAY), tick=False):
        found = [factories.certificate(version) for _ in range(3)]
    with on(found[0], 180):
        sweep()  # and the worker is killed
        with monkeypatch.context() as patch:
            patch.setattr(reminders, "queue_all", _killed)
            with pytest.raises(MemoryError):
                write_waiting()
        assert (written(), Reminder.objects.filter(settled_at=None).count()) == ([], 3)
        morning()
        assert len(written()) == 3


def _killed(_drafts: object) -> None:
    raise MemoryError


def test_one_that_cannot_be_written_holds_up_no_other(version, monkeypatch):
    with time_machine.travel(moment(TODAY), tick=False):
        found = [factories.certificate(version) for _ in range(3)]
    draft = reminders._drafted

    def fails_for_one(reminder, person, context):
        if reminder.certificate_id == found[1].pk:
            raise ValueError("a template that is broken")
        return draft(reminder, person, context)

    with on(found[0], 180):
        with monkeypatch.context() as patch:
            patch.setattr(reminders, "_drafted", fails_for_one)
            morning()
        assert sorted(written()) == [f"certificate_reminder:{one.pk}:180" for one in (found[0], found[2])]
        tasks.write_reminders()
        assert len(written()) == 3


@pytest.mark.django_db(transaction=True)
def test_broker_gone_at_commit_and_two_sweeps_at_once(monkeypatch):
    load_shipped_schemes()
    with time_machine.travel(moment(TODAY), tick=False):
        version = SchemeVersion.objects.get(scheme__code="coach-6")
        certificate = factories.certificate(version)
    monkeypatch.setattr(current_app, "send_task", _no_broker)
    monkeypatch.setattr(app, "send_task", _no_broker)
    with on(certificate, 180):
        assert at_once(sweep, sweep) == [DONE, DONE]
        assert Reminder.objects.get().settled_at is None
        assert at_once(write_waiting, write_waiting) == [DONE, DONE]
    assert written() == [f"certificate_reminder:{certificate.pk}:180"]


def _no_broker(*_args: object, **_kwargs: object) -> None:
    raise OperationalError("connection refused")


def test_digest_is_told_once_a_day_to_each_officer_and_not_without_content(certificate, officer):
    UserFactory.create(roles=[Role.OFFICER], language="en")
    UserFactory.create(roles=[Role.OFFICER], is_active=False)
    OutgoingMessage.objects.all().delete()
    with time_machine.travel(moment(TODAY), tick=False):
        tasks.send_officer_digests()
        assert OutgoingMessage.objects.count() == 0
        about: dict[str, Any] = {"about": certificate, "person": certificate.person, "certificate": certificate}
        open_duty(DutyKind.SETTLE_CHANGE, term=Term(TODAY, TODAY), **about)
        open_duty(DutyKind.RETURN_COPY, term=Term(TODAY, TODAY - timedelta(days=1)), **about)
        tasks.send_officer_digests()
        tasks.send_officer_digests()
        told = list(OutgoingMessage.objects.filter(recipient=officer.email))
        assert [one.key for one in told] == [f"officer_digest:{officer.pk}:2026-11-20"]
        assert "Bildirilmiş" in told[0].body or "bu gün 1" in told[0].body
        assert OutgoingMessage.objects.filter(language="en").get().subject == "Today's work: 20 November 2026"
    with time_machine.travel(moment(TODAY + timedelta(days=1)), tick=False):
        tasks.send_officer_digests()
        assert OutgoingMessage.objects.filter(recipient=officer.email).count() == 2


def test_each_task_of_the_morning_may_run_twice(certificate):
    surveillance = certificate.surveillances.order_by("due_on")[0]
    with time_machine.travel(moment(surveillance.due_on - timedelta(days=20)), tick=False):
        for task in (
            tasks.settle_due_events, tasks.sweep_reminders, tasks.announce_surveillances, tasks.end_surveillances,
            tasks.send_officer_digests, tasks.write_reminders,
        ):  # fmt: skip
            task()
            task()
    told = OutgoingMessage.objects.filter(kind__startswith="surveillance").values_list("kind", flat=True)
    surveillance.refresh_from_db()
    assert (surveillance.state, len(told)) == ("announced", 1)


def test_beat_runs_the_morning_in_baku(settings):
    schedule = settings.CELERY_BEAT_SCHEDULE
    names = {entry["task"] for entry in schedule.values()}
    assert {f"certificates.tasks.{name}" for name in (
        "settle_due_events", "sweep_reminders", "announce_surveillances", "end_surveillances", "send_officer_digests",
        "write_reminders",
    )} <= names & set(app.tasks)  # fmt: skip
    assert (settings.CELERY_TIMEZONE, min(schedule["sweep-reminders"]["schedule"].hour)) == ("Asia/Baku", 6)


@pytest.mark.parametrize("language", ["az", "en"])
def test_each_message_is_written_in_the_language_of_the_holder(version, language):
    with time_machine.travel(moment(TODAY), tick=False):
        certificate = factories.certificate(version, language=language, given_name="O'Ra")
        about: dict[str, Any] = {"about": certificate, "person": certificate.person, "certificate": certificate}
        open_duty(DutyKind.EXTRA_ASSESSMENT, term=Term(TODAY, TODAY + timedelta(days=20)), **about)
    for offset in (13, 21):
        with time_machine.travel(moment(TODAY + timedelta(days=offset)), tick=False):
            morning()
    for before in (7, -1):
        with on(certificate, before):
            morning()
    subjects = {one.kind: (one.subject, one.body.split("\n")[0]) for one in OutgoingMessage.objects.all()}
    with translation.override(language):
        duty = f"{DutyKind.EXTRA_ASSESSMENT.label} ({certificate.number})"
    greeting = {"az": "Hörmətli O'Ra Əliyeva,", "en": "Dear O'Ra Əliyeva,"}[language]
    words = {
        "az": ("{days} gün qalıb: ", "Müddət keçib: ", "Sertifikatınızın müddəti bitdi: "),
        "en": ("{days} days left: ", "Overdue: ", "Your certificate has expired: "),
    }[language]
    assert {kind: subjects[kind] for kind in ("duty_due", "duty_overdue", "certificate_expired")} == {
        "duty_due": (words[0].format(days=7) + duty, greeting),
        "duty_overdue": (words[1] + duty, greeting),
        "certificate_expired": (words[2] + certificate.number, greeting),
    }
