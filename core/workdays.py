"""Working days of Azerbaijan: pure calendar arithmetic over the law's holidays and the corrections of officers.

Weekends and public holidays do not count. The holidays come from the package `holidays`, which estimates the days of
Ramazan and Qurban ahead; the Cabinet of Ministers announces them, and moves days off, each year. What it announces is
given here as corrections, which have the last word.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

import holidays

_SATURDAY = 5
_PACKAGE_LANGUAGE = {"az": "az", "en": "en_US"}


@dataclass(frozen=True)
class WorkCalendar:
    """The working days, with `corrections`: for a day, whether it is a working day after all."""

    corrections: Mapping[date, bool] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        """Tell whether people work on `day`."""
        if day in self.corrections:
            return self.corrections[day]
        return is_weekday(day) and day not in holidays_of(day.year)

    def after(self, start: date, days: int) -> date:
        """Return the working day that lies `days` working days after `start`; `start` itself does not count.

        Raises ValueError for fewer than one day.
        """
        if days < 1:
            raise ValueError("a term has at least one day")
        day = start
        while days:
            day += timedelta(days=1)
            days -= self.is_working(day)
        return day

    def corrected(self, day: date, *, is_working: bool) -> "WorkCalendar":
        """Return the calendar in which `day` is, or is not, a working day."""
        return WorkCalendar({**self.corrections, day: is_working})


def is_weekday(day: date) -> bool:
    """Tell whether it is one of Monday to Friday."""
    return day.weekday() < _SATURDAY


def holiday_name(day: date, language: str = "az") -> str:
    """Return what is celebrated on `day`, in Azerbaijani or English ("en"); "" when it is no public holiday."""
    return holidays_of(day.year, language).get(day, "")


@lru_cache(maxsize=128)
def holidays_of(year: int, language: str = "az") -> Mapping[date, str]:
    """Return the public holidays of a year by their day, with their names in Azerbaijani or English ("en")."""
    known = holidays.country_holidays(
        "AZ", years=year, expand=False, language=_PACKAGE_LANGUAGE.get(language, _PACKAGE_LANGUAGE["az"])
    )
    return {day: _in_our_words(name) for day, name in sorted(known.items())}


def _in_our_words(name: str) -> str:
    """Return a holiday's name: the package leaves out an ending, and names a day that was moved word for word."""
    return name.replace("bayrami", "bayramı").replace("(müşahidə olunur)", "(istirahət günü köçürülüb)")
