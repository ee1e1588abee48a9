"""How the numbers of certificates and contracts are built, and which numbers a part of one may stand for."""

from collections.abc import Collection, Sequence

from certificates.codes import plain_number
from core import numbering

CONTRACT_SERIES = "contract"
CONTRACT_PREFIX = "MQ"  # Müqavilə
SERIAL_DIGITS = 5  # at least: K6-2026-00017-42
YEAR_DIGITS = 4

Series = tuple[str, int]  # a prefix and a year in which numbers were given out under it


def certificate_series(prefix: str) -> str:
    """Return the name of the series in which the certificates of a scheme are numbered."""
    return f"certificate-{prefix}"


def prefix_of(series: str) -> str:
    """Return the prefix of the numbers of a series; "" for one that numbers something else."""
    if series == CONTRACT_SERIES:
        return CONTRACT_PREFIX
    prefix = series.removeprefix(certificate_series(""))
    return prefix if prefix != series else ""


def beginnings(text: str, known: Collection[Series]) -> list[str]:
    """Return the beginnings of the numbers that `text` may stand for, whatever spaces and case it was typed with.

    A number is found by its beginning ("K6-2026"), in one piece ("K62026000174 2"), by its running number ("17",
    "00017", "00017-42"), and by year and running number ("2026-00017"), each with or without the prefix. `known` are
    the series that there are: an index answers for every beginning, none for an end.
    """
    parts = text.upper().replace("-", " ").split()
    if not parts:
        return []
    as_typed = [] if parts[0][0].isdigit() else ["-".join(parts)]  # every number begins with a letter
    found = {*as_typed, *_whole(text, known), *_by_serial(parts, known)}
    return sorted(one for one in found if not any(one != other and one.startswith(other) for other in found))


def year_of(beginning: str) -> int | None:
    """Return the year in the beginning of a number; None for a beginning that has none."""
    _prefix, _dash, rest = beginning.partition("-")
    year = rest.partition("-")[0]
    return int(year) if len(year) == YEAR_DIGITS and year.isdecimal() else None


def _whole(text: str, known: Collection[Series]) -> list[str]:
    """Return a whole number that was typed without its dashes, as it is printed."""
    plain = plain_number(text)
    if not numbering.is_valid(plain):
        return []
    rests = {prefix: plain.removeprefix(prefix) for prefix, _year in known if plain.startswith(prefix)}
    return [
        "-".join((prefix, rest[:YEAR_DIGITS], rest[YEAR_DIGITS:-2], rest[-2:]))
        for prefix, rest in rests.items()
        if rest.isdigit()
    ]


def _by_serial(parts: Sequence[str], known: Collection[Series]) -> list[str]:
    """Return the beginnings for a running number, perhaps with prefix or year before it and check digits behind."""
    if parts[0] in {prefix for prefix, _year in known}:
        known = [one for one in known if one[0] == parts[0]]
        parts = parts[1:]
    if not parts or not all(part.isdecimal() for part in parts):
        return []
    if len(parts[0]) == YEAR_DIGITS and (of_year := [one for one in known if one[1] == int(parts[0])]):
        known, parts = of_year, parts[1:]
    if not parts:
        return [f"{prefix}-{year}" for prefix, year in known]
    serial, *check = parts
    # Typed without its zeros, or as far as its zeros only.
    serials = {serial.zfill(SERIAL_DIGITS), *([serial] if serial.startswith("0") and not check else [])}
    return ["-".join((prefix, str(year), one, *check)) for prefix, year in known for one in serials]
