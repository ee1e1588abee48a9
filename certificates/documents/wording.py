"""Dates and names as documents print them, in Azerbaijani and English; independent of the active language."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

BAKU = ZoneInfo("Asia/Baku")

_UNITS = {1: "ci", 2: "ci", 3: "cü", 4: "cü", 5: "ci", 6: "cı", 7: "ci", 8: "ci", 9: "cu"}
_TENS = {1: "cu", 2: "ci", 3: "cu", 4: "cı", 5: "ci", 6: "cı", 7: "ci", 8: "ci", 9: "cı"}


def long_date(day: date, language: str) -> str:
    """Write a date as 20 noyabr 2026, or 20 November 2026."""
    return format_date(day, "d MMMM y", locale=language)


def year_az(year: int) -> str:
    """Write a year as an Azerbaijani ordinal: 2026-cı, 2027-ci, 2029-cu. The ending follows the last spoken numeral."""
    if unit := year % 10:
        ending = _UNITS[unit]
    elif ten := year // 10 % 10:
        ending = _TENS[ten]
    else:
        ending = "cü" if year // 100 % 10 else "ci"
    return f"{year}-{ending}"


def legal_date_az(day: date) -> str:
    """Write a date as legal texts write it: 20 noyabr 2026-cı il."""
    return f"{format_date(day, 'd MMMM', locale='az')} {year_az(day.year)} il"


def in_groups(code: str, size: int = 4) -> str:
    """Write a code in groups of four, as one reads and types it: 7KQF-92MX-TR4B-HW3D."""
    compact = code.replace("-", "")
    return "-".join(compact[start : start + size] for start in range(0, len(compact), size))


def baku_time(moment: datetime) -> str:
    """Write an instant as the clock in Baku shows it: 20.11.2026, 14:05:09 (Bakı vaxtı, UTC+04:00)."""
    local = moment.astimezone(BAKU)
    return f"{local:%d.%m.%Y, %H:%M:%S} (Bakı vaxtı, UTC{local.isoformat()[-6:]})"
