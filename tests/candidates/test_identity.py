"""What people type about themselves: examples, and whatever hypothesis thinks of."""

import re
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, strategies as st

from candidates import identity
from candidates.states import FIN_PATTERN

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("5abc1d2", "5ABC1D2"), (" 5AB C1D2 ", "5ABC1D2"), ("0000000", "0000000"), ("", "")],
)
def test_clean_fin_normalises(typed: str, kept: str) -> None:
    assert identity.clean_fin(typed) == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("5ABC1D", "fin_length"),
        ("5ABC1D22", "fin_length"),
        ("5ABCID2", "fin_letters"),
        ("5ABC1O2", "fin_letters"),
        ("5abcid2", "fin_letters"),
        ("5ƏBC1D2", "fin"),
        ("5АBC1D2", "fin"),  # a Cyrillic А
        ("5ABC-D2", "fin"),
        ("٥ABC1D2", "fin"),
    ],
)
def test_clean_fin_wrong_says_how(typed: str, code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        identity.clean_fin(typed)
    assert caught.value.code == code


@given(st.text(max_size=12))
def test_clean_fin_returns_only_what_the_pattern_allows(typed: str) -> None:
    try:
        kept = identity.clean_fin(typed)
    except ValidationError:
        return
    assert kept == "" or re.fullmatch(FIN_PATTERN, kept)
    assert identity.clean_fin(kept) == kept


@given(st.from_regex(FIN_PATTERN, fullmatch=True))
def test_clean_fin_takes_every_fin_in_any_case(fin: str) -> None:
    assert identity.clean_fin(fin) == identity.clean_fin(fin.lower()) == fin


@pytest.mark.parametrize(
    ("series", "typed", "kept"),
    [("AA", "1234567", "1234567"), ("AZE", "12345678", "12345678"), ("AA", "aa 1234567", "1234567"),
     ("AZE", "AZE№12345678", "12345678"), ("AA", "", ""), ("", "", "")],
)  # fmt: skip
def test_clean_card_number_normalises(series: str, typed: str, kept: str) -> None:
    assert identity.clean_card_number(series, typed) == kept


@pytest.mark.parametrize(
    ("series", "typed", "code"),
    [("AA", "12345678", "card_number"), ("AZE", "1234567", "card_number"), ("AA", "123456A", "card_number"),
     ("AA", "١٢٣٤٥٦٧", "card_number"), ("", "1234567", "card_series"), ("AB", "1234567", "card_series")],
)  # fmt: skip
def test_clean_card_number_wrong_says_how(series: str, typed: str, code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        identity.clean_card_number(series, typed)
    assert caught.value.code == code


@pytest.mark.parametrize("born", [TODAY, date(1985, 3, 21), date(1916, 1, 1)])
def test_check_date_of_birth_takes_the_living(born: date) -> None:
    assert identity.check_date_of_birth(born, TODAY) == born


@pytest.mark.parametrize(
    ("born", "code"),
    [(date(2026, 11, 21), "birth_future"), (date(1915, 12, 31), "birth_past"), (date(1, 1, 1), "birth_past")],
)
def test_check_date_of_birth_refuses_others(born: date, code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        identity.check_date_of_birth(born, TODAY)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("050 123 45 67", "+994501234567"), ("+994 (50) 123-45-67", "+994501234567"), ("994501234567", "+994501234567"),
     ("501234567", "+994501234567"), ("00994501234567", "+994501234567"), ("+90 532 123 45 67", "+905321234567"),
     ("", "")],
)  # fmt: skip
def test_clean_telephone_normalises(typed: str, kept: str) -> None:
    assert identity.clean_telephone(typed) == kept


@pytest.mark.parametrize(
    "typed", ["12345", "+99450123456", "+9945012345678", "abc", "+0501234567", "050-ABC-45-67", "+"]
)
def test_clean_telephone_wrong_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError) as caught:
        identity.clean_telephone(typed)
    assert caught.value.code == "telephone"


@given(st.text(alphabet="0123456789+ ()-.abcə٣", max_size=20))
def test_clean_telephone_returns_a_number_that_stays(typed: str) -> None:
    try:
        kept = identity.clean_telephone(typed)
    except ValidationError:
        return
    assert kept == "" or re.fullmatch(r"\+[1-9][0-9]{7,14}", kept)
    assert identity.clean_telephone(kept) == kept
