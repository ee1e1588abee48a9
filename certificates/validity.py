"""How long a certificate is valid: pure calendar arithmetic."""

from calendar import monthrange
from datetime import date, timedelta


def valid_until(valid_from: date, months: int) -> date:
    """Return the last day of validity: `months` after the first day, less one day.

    From 20 November 2026 for 60 months it is 19 November 2031. Where the month has no such day (29 February), it is the
    last day of that month. Raises ValueError for fewer than one month.
    """
    if months < 1:
        raise ValueError("a certificate is valid for at least one month")
    years, month = divmod(valid_from.month - 1 + months, 12)
    year, month = valid_from.year + years, month + 1
    last = monthrange(year, month)[1]
    if valid_from.day > last:
        return date(year, month, last)
    return date(year, month, valid_from.day) - timedelta(days=1)


def months_after(day: date, months: int) -> date:
    """Return the same day of the month `months` later, or the last day of that month where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
