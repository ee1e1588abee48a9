"""Correcting the working-day calendar: due days move with it, everybody concerned is told, once."""

from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEntry
from candidates.models import Person
from certificates.models import CalendarCorrection, Duty
from certificates.queries.duties import moves_of, work_calendar
from certificates.services.calendar import correct_day, preview
from certificates.services.duties import Term, open_duty, waive
from certificates.states import DutyKind
from core.errors import RuleViolation
from core.models import OutgoingMessage
from tests.certificates.duties_factories import duties_at_once, duty, person
from tests.exams.racing import DONE, at_once

pytestmark = pytest.mark.django_db
NOTE = "Nazirlər Kabinetinin qərarı, 12 oktyabr 2026."


def working_days(number: int, *, after: date) -> date:
    return work_calendar().after(after, number)


@pytest.fixture
def start() -> date:
    """A day in the past from which terms are counted."""
    return timezone.localdate() - timedelta(days=1)


def test_correction_moves_what_is_open_and_counted_across_the_day(officer, start):
    inside, before = duty(start_on=start), duty(start_on=start - timedelta(days=60))
    set_day = duty(DutyKind.ACCEPT_CONTRACT, start_on=start, due_on=start + timedelta(days=15))
    settled = duty(start_on=start)
    waive(settled, actor=officer, reason="Artıq lazım deyil, sahib vəfat edib.")
    day, due = working_days(3, after=start), inside.due_on
    assert [move.duty for move in preview(day, is_working=False)] == [inside]
    correction = correct_day(day, is_working=False, note=NOTE, actor=officer)
    assert correction.moved == 1
    rows = {one.pk: one.due_on for one in Duty.objects.all()}
    assert rows == {
        inside.pk: working_days(1, after=due), before.pk: before.due_on, set_day.pk: set_day.due_on, settled.pk: due,
    }  # fmt: skip
    assert [(move.before, move.after, move.reason) for move in moves_of(inside)] == [(due, rows[inside.pk], NOTE)]
    back = correct_day(day, is_working=True, note="Qərar ləğv edildi, 20 oktyabr.", actor=officer)
    assert (back.moved, Duty.objects.get(pk=inside.pk).due_on) == (1, due)


def test_holder_is_told_once_of_all_that_moved_and_not_of_what_is_hidden(officer, start):
    english = person(language="en", email="reader@example.az")
    duties_at_once(2, start_on=start, owner=english)
    duty(DutyKind.ANSWER_HEARING, start_on=start, shown_to_holder=False)
    duty(DutyKind.SETTLE_CHANGE, start_on=start)  # the body's
    correct_day(working_days(2, after=start), is_working=False, note=NOTE, actor=officer)
    message = OutgoingMessage.objects.get(kind="duty_moved")
    assert (message.recipient, message.language, message.body.count("now due on")) == ("reader@example.az", "en", 2)
    assert NOTE in message.body


def test_same_correction_again_is_refused_clearly(officer, start):
    day = working_days(3, after=start)
    correct_day(day, is_working=False, note=NOTE, actor=officer)
    with pytest.raises(RuleViolation) as refusal:
        correct_day(day, is_working=False, note=NOTE, actor=officer)
    assert (refusal.value.code, CalendarCorrection.objects.count()) == ("already", 1)


@pytest.mark.parametrize(
    ("day", "note", "code"),
    [(date(2090, 3, 1), NOTE, "day_range"), (date(2026, 11, 25), "yox", "reason")],
)
def test_correction_that_makes_no_sense_changes_nothing(officer, day, note, code):
    with pytest.raises(RuleViolation) as refusal:
        correct_day(day, is_working=False, note=note, actor=officer)
    assert (refusal.value.code, CalendarCorrection.objects.count()) == (code, 0)


def test_only_officers_correct(auditor, start):
    with pytest.raises(RuleViolation) as refusal:
        correct_day(working_days(3, after=start), is_working=False, note=NOTE, actor=auditor)
    assert refusal.value.code == "role"


def test_correction_of_hundreds_costs_as_many_queries_as_of_one(officer, start):
    duty(start_on=start)
    assert officer.roles  # read once
    with CaptureQueriesContext(connection) as one:
        correct_day(working_days(3, after=start), is_working=False, note=NOTE, actor=officer)
    for _person in range(20):
        duties_at_once(20, start_on=start, owner=person())
    with CaptureQueriesContext(connection) as hundreds:
        correction = correct_day(working_days(3, after=start), is_working=False, note=NOTE, actor=officer)
    assert (correction.moved, len(hundreds)) == (401, len(one))
    assert AuditEntry.objects.filter(verb="duty.move").count() == 402
    assert OutgoingMessage.objects.filter(kind="duty_moved").count() == 22


@pytest.mark.django_db(transaction=True)
def test_two_officers_correct_the_same_day_at_once(officer, other_officer, start):
    one, day = duty(start_on=start), working_days(3, after=start)
    due = one.due_on
    outcome = at_once(
        *(lambda by=by: correct_day(day, is_working=False, note=NOTE, actor=by) for by in (officer, other_officer))
    )
    assert outcome == ["already", DONE]
    assert Duty.objects.get(pk=one.pk).due_on == working_days(1, after=due)
    assert OutgoingMessage.objects.filter(kind="duty_moved").count() == 1


def test_pages_show_what_a_correction_does_and_keep_what_was_typed(officer, candidate, sign_in, start):
    duty(start_on=start)
    day, client = working_days(3, after=start), sign_in(officer)
    page = reverse("certificates:calendar_correct")
    shown = client.get(page, {"day": day.isoformat()}).context
    assert (shown["is_working"], shown["moved"], shown["told"]) == (False, 1, 1)
    sent = {"day": day.isoformat(), "is_working": "False", "note": "yox"}
    refused = client.post(page, sent)
    assert (refused.status_code, refused.context["form"]["note"].value(), refused.context["moved"]) == (422, "yox", 1)
    done = client.post(page, {**sent, "note": NOTE})
    assert done.url == f"{reverse('certificates:calendar')}?year={day.year}"
    again = client.post(page, {**sent, "note": NOTE})
    assert (again.status_code, len(again.context["form"].non_field_errors())) == (422, 1)
    year = client.get(done.url)
    assert [one.correction.note for one in year.context["days"] if one.correction] == [NOTE]
    own = sign_in(candidate)
    assert own.get(reverse("certificates:calendar")).context["corrections"] is None
    assert own.get(page).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_duty_that_opens_while_the_calendar_is_corrected_counts_as_corrected(officer, start):
    somebody, day = person(), working_days(3, after=start)
    outcome = at_once(
        lambda: correct_day(day, is_working=False, note=NOTE, actor=officer),
        lambda: opened(somebody, start),
    )
    due = Duty.objects.get(person=somebody).due_on
    assert (outcome, due) == ([DONE, DONE], working_days(10, after=start))


def opened(somebody: Person, start: date) -> Duty:
    """Open a duty as an event does, in its transaction."""
    with transaction.atomic():
        return open_duty(DutyKind.REPORT_CHANGE, about=somebody, person=somebody, term=Term(start))
