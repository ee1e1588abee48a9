"""Working days: the law's holidays, the Cabinet's corrections, and what holds for every day."""

from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from core.workdays import WorkCalendar, holiday_name

LAW = WorkCalendar()
days = st.dates(min_value=date(2020, 1, 1), max_value=date(2035, 12, 31))
terms = st.integers(min_value=1, max_value=40)
calendars = st.dictionaries(days, st.booleans(), max_size=30).map(WorkCalendar)


@pytest.mark.parametrize(
    ("start", "number", "due"),
    [
        (date(2026, 11, 3), 10, date(2026, 11, 19)),  # 9 and 10 November are off: Flag Day, and Victory Day moved
        (date(2026, 3, 19), 1, date(2026, 3, 31)),  # Novruz and Ramazan at once, with all that is moved past them
        (date(2026, 5, 26), 1, date(2026, 6, 1)),  # Qurban and the day of independence
        (date(2026, 12, 30), 1, date(2027, 1, 5)),  # solidarity day, new year, and Saturday 2 January moved to Monday
        (date(2026, 11, 20), 1, date(2026, 11, 23)),  # a plain weekend
    ],
)
def test_after_leaves_out_weekends_and_holidays(start, number, due):
    assert LAW.after(start, number) == due


def test_correction_has_the_last_word_either_way():
    saturday, holiday = date(2026, 11, 21), date(2026, 11, 9)
    assert LAW.corrected(saturday, is_working=True).after(date(2026, 11, 20), 1) == saturday
    assert LAW.corrected(holiday, is_working=True).after(date(2026, 11, 6), 1) == holiday
    moved = LAW.corrected(date(2026, 11, 23), is_working=False)
    assert moved.after(date(2026, 11, 20), 1) == date(2026, 11, 24)
    assert moved.corrected(date(2026, 11, 23), is_working=True).after(date(2026, 11, 20), 1) == date(2026, 11, 23)


def test_holidays_have_names_in_both_languages():
    assert holiday_name(date(2026, 5, 27)) == "Qurban bayramı"
    assert holiday_name(date(2026, 1, 20), "en") == "Martyrs' Day"
    assert holiday_name(date(2026, 11, 20)) == ""


def test_term_of_no_day_is_refused():
    with pytest.raises(ValueError, match="at least one day"):
        LAW.after(date(2026, 11, 20), 0)


@given(calendars, days, terms)
def test_term_ends_on_a_working_day_with_as_many_working_days_counted(calendar, start, number):
    due = calendar.after(start, number)
    counted = [start + timedelta(days=n) for n in range(1, (due - start).days + 1)]
    assert calendar.is_working(due)
    assert sum(map(calendar.is_working, counted)) == number


@given(calendars, days, terms, st.integers(min_value=0, max_value=20))
def test_later_start_or_longer_term_never_ends_earlier(calendar, start, number, more):
    due = calendar.after(start, number)
    assert calendar.after(start + timedelta(days=more), number) >= due
    assert (calendar.after(start, number + more) > due) == (more > 0)


@given(calendars, days, terms, days, st.booleans())
def test_correction_moves_only_terms_that_it_lies_within(calendar, start, number, day, is_working):
    due = calendar.after(start, number)
    moved = calendar.corrected(day, is_working=is_working).after(start, number)
    if not start < day <= due:
        assert moved == due
    elif is_working:
        assert moved <= due
    else:
        assert moved >= due
