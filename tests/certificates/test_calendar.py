"""Correcting the working-day calendar: due days move with it, everybody concerned is told, once."""

from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEntry
from candidates.models import ConflictOfInterest, Person
from certificates.models import CalendarCorrection, Duty
from certificates.queries.duties import moves_of, work_calendar
from certificates.services.calendar import OWN_TERM, correct_day, preview
from certificates.services.duties import Term, open_duty, waive
from certificates.states import DutyKind
from core.errors import NotAllowed, RuleViolation
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
    inside, before = duty(DutyKind.SETTLE_CHANGE, start_on=start), duty(start_on=start - timedelta(days=60))
    set_day = duty(DutyKind.ACCEPT_CONTRACT, start_on=start, due_on=start + timedelta(days=15))
    settled = duty(start_on=start)
    waive(settled, actor=officer, reason="Artıq lazım deyil, sahib vəfat edib.")
    day, due = working_days(3, after=start), inside.due_on
    assert [move.duty for move in preview(day, is_working=False, actor=officer)] == [inside]
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


def test_a_holders_due_day_never_moves_to_an_earlier_one(officer, start):
    owed, day = duty(DutyKind.ANSWER_HEARING, start_on=start), working_days(3, after=start)
    told = owed.due_on
    correct_day(day, is_working=False, note=NOTE, actor=officer)
    later = Duty.objects.get(pk=owed.pk).due_on
    back = correct_day(day, is_working=True, note="Qərar ləğv edildi, 20 oktyabr.", actor=officer)
    assert (later > told, back.moved, Duty.objects.get(pk=owed.pk).due_on) == (True, 0, later)
    assert OutgoingMessage.objects.filter(kind="duty_moved").count() == 1


def test_nobody_is_made_overdue_by_a_correction(officer):
    """Due today; ten days ago becomes a working day: without a limit it would have been due yesterday or before."""
    today = timezone.localdate()
    own, body = (
        duty(kind, start_on=today - timedelta(days=20)) for kind in (DutyKind.REPORT_CHANGE, DutyKind.SETTLE_CHANGE)
    )
    Duty.objects.update(due_on=today)
    saturday = next(
        day for day in (today - timedelta(days=back) for back in range(1, 15)) if not work_calendar().is_working(day)
    )
    correct_day(saturday, is_working=True, note=NOTE, actor=officer)
    assert [Duty.objects.get(pk=one.pk).overdue_since(today) for one in (own, body)] == [None, None]


@pytest.mark.parametrize("near", ["own", "interest"])
def test_an_officer_moves_no_term_of_their_own_or_of_those_near_to_them(officer, other_officer, start, sign_in, near):
    owner = person()
    if near == "own":
        Person.objects.filter(pk=owner.pk).update(user=officer)
    else:
        ConflictOfInterest.objects.create(
            person=owner, user=officer, kind="related", note="Bacısı", declared_by=other_officer
        )
    owed, day = duty(DutyKind.ANSWER_HEARING, start_on=start, person=owner), working_days(3, after=start)
    with pytest.raises(NotAllowed) as refusal:
        correct_day(day, is_working=False, note=NOTE, actor=officer)
    assert (refusal.value.code, CalendarCorrection.objects.count()) == ("own_case", 0)
    page = reverse("certificates:calendar_correct")
    assert str(OWN_TERM) == sign_in(officer).get(page, {"day": day.isoformat()}).context["refusal"]
    sent = {"day": day.isoformat(), "is_working": "False", "note": NOTE}
    answer = sign_in(officer).post(page, sent)
    assert (answer.status_code, Duty.objects.get(pk=owed.pk).due_on) == (422, owed.due_on)
    assert correct_day(day, is_working=False, note=NOTE, actor=other_officer).moved == 1


def test_a_term_that_is_kept_from_an_officer_moves_without_a_word(officer, start):
    owner = person()
    Person.objects.filter(pk=owner.pk).update(user=officer)
    duty(DutyKind.SETTLE_MISUSE, start_on=start, person=owner, shown_to_holder=False)
    day = working_days(3, after=start)
    assert preview(day, is_working=False, actor=officer) == []
    assert correct_day(day, is_working=False, note=NOTE, actor=officer).moved == 1


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
