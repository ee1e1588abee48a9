"""Gapless numbers with check characters."""

from concurrent.futures import ThreadPoolExecutor
from string import ascii_uppercase, digits

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis.strategies import integers, sampled_from

from core.numbering import allocate, is_valid, with_check

NUMBERS = integers(min_value=1, max_value=99999).map(lambda place: with_check(f"K6-2026-{place:05d}"))


def test_allocate_counts_each_series_and_year_from_one(db):
    assert [allocate("K6", 2026), allocate("K6", 2026), allocate("K6", 2027), allocate("M", 2026)] == [1, 2, 1, 1]


def test_allocate_gives_a_number_back_on_rollback(db):
    with transaction.atomic():
        assert allocate("K6", 2026) == 1
        transaction.set_rollback(True)
    assert allocate("K6", 2026) == 1


@pytest.mark.django_db(transaction=True)
def test_allocate_is_gapless_when_many_allocate_at_once():
    def work(place):
        try:
            with transaction.atomic():
                number = allocate("K6", 2026)
                gives_up = place % 5 == 0
                transaction.set_rollback(gives_up)
            return None if gives_up else number
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=8) as pool:
        given_out = [number for number in pool.map(work, range(40)) if number]
    assert sorted(given_out) == list(range(1, 33))


def test_is_valid_ignores_case_spaces_and_dashes():
    number = with_check("K6-2026-00017")
    assert is_valid(number)
    assert is_valid(number.lower().replace("-", " "))
    assert not is_valid("K6-2026-00017")
    assert not is_valid("")


@given(number=NUMBERS, place=integers(min_value=0), other=integers(min_value=0))
def test_is_valid_notices_any_wrong_letter_or_digit(number, place, other):
    compact = number.replace("-", "")
    place %= len(compact)
    kin = digits if compact[place] in digits else ascii_uppercase
    wrong = compact[:place] + kin[other % len(kin)] + compact[place + 1 :]
    assert is_valid(wrong) == (wrong == compact)


@given(number=NUMBERS, place=integers(min_value=2), letter=sampled_from(ascii_uppercase))
def test_is_valid_notices_a_letter_for_a_digit(number, place, letter):
    compact = number.replace("-", "")
    place = 2 + place % (len(compact) - 2)
    assert not is_valid(compact[:place] + letter + compact[place + 1 :])


@given(number=NUMBERS, place=integers(min_value=0))
def test_is_valid_notices_swapped_neighbours(number, place):
    compact = number.replace("-", "")
    place = 1 + place % (len(compact) - 2)
    swapped = compact[:place] + compact[place + 1] + compact[place] + compact[place + 2 :]
    assert is_valid(swapped) == (swapped == compact)
