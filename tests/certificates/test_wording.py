"""Dates and codes as documents write them."""

from datetime import UTC, date, datetime

import pytest

from certificates.documents.wording import baku_time, in_groups, legal_date_az, long_date, year_az


@pytest.mark.parametrize(
    ("year", "written"),
    [
        (1999, "1999-cu"),
        (2000, "2000-ci"),
        (2010, "2010-cu"),
        (2020, "2020-ci"),
        (2021, "2021-ci"),
        (2023, "2023-cü"),
        (2024, "2024-cü"),
        (2025, "2025-ci"),
        (2026, "2026-cı"),
        (2029, "2029-cu"),
        (2030, "2030-cu"),
        (2040, "2040-cı"),
        (2060, "2060-cı"),
        (2090, "2090-cı"),
        (2100, "2100-cü"),
    ],
)
def test_year_takes_the_ending_of_its_last_numeral(year: int, written: str) -> None:
    assert year_az(year) == written


def test_dates_in_both_languages() -> None:
    day = date(2026, 5, 1)
    assert (long_date(day, "az"), long_date(day, "en")) == ("1 may 2026", "1 May 2026")
    assert legal_date_az(day) == "1 may 2026-cı il"


def test_instant_is_shown_by_the_clock_in_baku() -> None:
    assert baku_time(datetime(2026, 12, 31, 22, 0, 1, tzinfo=UTC)) == "01.01.2027, 02:00:01 (Bakı vaxtı, UTC+04:00)"


@pytest.mark.parametrize("code", ["7KQF92MXTR4BHW3D", "7KQF-92MX-TR4B-HW3D"])
def test_code_is_written_in_groups(code: str) -> None:
    assert in_groups(code) == "7KQF-92MX-TR4B-HW3D"
