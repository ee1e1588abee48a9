"""A body with a million certificates and their history, written by COPY in minutes.

Every row obeys the constraints and the foreign keys of the real tables: they are taken off for the loading and put on
again afterwards, which proves them. What only triggers hold (documents that say what the certificate says, marks behind
verdicts, sessions that do not overflow) is left out: contracts and documents are empty shells, so that the database
stays small.
"""

import io
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, combinations
from typing import Any
from uuid import UUID

from django.db import connection

from bench.names import GIVEN_NAMES, PATRONYMICS, SURNAMES
from bench.tables import COLUMNS, bare_tables
from certificates.codes import CODE_ALPHABET
from certificates.register_words import name_words, pair_of
from certificates.validity import months_after, valid_until
from core.numbering import with_check
from core.text import sort_key

CHUNK = 20_000
YEARS = 6
SEED = 20261120
YES, NO = "t", "f"
SNAPSHOT = json.dumps({"bench": True})


@dataclass
class Frame:
    """What all rows refer to: two people who work here, the scheme, the contract text, the printed certificate."""

    officer: int
    decider: int
    scheme: int
    version: int
    session: int
    template: int
    printed: dict[str, Any]
    today: date


@dataclass
class Names:
    """People's names, some of them very common, as in life."""

    dice: random.Random
    cache: dict[str, tuple[str, list[str]]] = field(default_factory=dict)

    def pick(self) -> tuple[str, str, str]:
        """Return surname, given name and patronymic of one gender."""
        woman = self.dice.random() < 0.55  # noqa: PLR2004 -- a little more than half
        surname = self._one(SURNAMES) + ("a" if woman else "")
        given = self._one(GIVEN_NAMES[woman])
        return surname, given, f"{self._one(PATRONYMICS)} {'qızı' if woman else 'oğlu'}"

    def _one(self, names: tuple[str, ...]) -> str:
        return self.dice.choices(names, cum_weights=_weights(len(names)))[0]

    def sort(self, text: str) -> tuple[str, list[str]]:
        """Return the key by which a name sorts, and the words by which it is found."""
        if text not in self.cache:
            self.cache[text] = (sort_key(text), name_words(text))
        return self.cache[text]


_cumulated: dict[int, list[float]] = {}


def _weights(count: int) -> list[float]:
    """Return cumulated weights by which the first name is as common as Zipf's law says."""
    if count not in _cumulated:
        _cumulated[count] = list(accumulate(1 / (place + 1) ** 0.8 for place in range(count)))
    return _cumulated[count]


def populate(count: int, frame: Frame, say: Callable[[str], None] = print) -> None:
    """Write `count` certificates of as many people with all that belongs to them; the tables have to be empty."""
    begun = time.monotonic()
    with bare_tables(say):
        _write(count, frame)
        say(f"{count} certificates written after {time.monotonic() - begun:.0f} s")
    with connection.cursor() as cursor:
        for table in COLUMNS:
            cursor.execute(f"ANALYZE {table}")
    say(f"indexes, constraints and statistics after {time.monotonic() - begun:.0f} s")


def _write(count: int, frame: Frame) -> None:
    writer = _Writer(frame)
    for number in range(1, count + 1):
        writer.add(number)
        if number % CHUNK == 0:
            writer.flush()
    writer.flush()
    with connection.cursor() as cursor:
        for table in COLUMNS:
            if table != "core_renderedfile":
                cursor.execute(f"SELECT max(id) FROM {table}")  # noqa: S608 -- a table of our own
                (last,) = cursor.fetchone()
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, last or 1])


class _Writer:
    """Rows of all tables, kept as text until there are enough of them to be copied at once."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.dice = random.Random(SEED)  # noqa: S311 -- the same people each time
        self.names = Names(self.dice)
        self.rows: dict[str, list[str]] = {table: [] for table in COLUMNS}
        self.next = dict.fromkeys(("event", "suspension", "surveillance", "duty", "copy"), 0)
        printed = json.dumps(frame.printed, ensure_ascii=False)
        self.printed = printed.replace("\\", "\\\\")

    def _put(self, table: str, *values: object) -> None:
        self.rows[table].append("\t".join([_text(value) for value in values]))

    def _id(self, kind: str) -> int:
        self.next[kind] += 1
        return self.next[kind]

    def flush(self) -> None:
        """Copy what there is into the tables."""
        connection.ensure_connection()
        with connection.connection.cursor() as cursor:
            for table, rows in self.rows.items():
                text = io.StringIO("\n".join(rows) + ("\n" if rows else ""))
                columns = ", ".join(COLUMNS[table].split())
                cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", text)
                rows.clear()

    def add(self, number: int) -> None:
        """Write one person with a certificate and its history; one in fifty of them is suspended or revoked."""
        frame, dice = self.frame, self.dice
        surname, given, patronymic = self.names.pick()
        issued_on = frame.today - timedelta(days=int(dice.random() * YEARS * 365))
        issued_at = datetime(issued_on.year, issued_on.month, issued_on.day, 8, tzinfo=UTC)
        until = valid_until(issued_on, 60)
        person = (
            surname, given, patronymic, date(1985, 4, 5), "AZE", f"{number:08d}", _fin(number), "Bakı, Nizami küçəsi 5",
            "+994501234567", f"holder{number}@example.az", "az" if number % 5 else "en",
        )  # fmt: skip
        self._put("candidates_person", number, *person, issued_at)
        self._put(
            "candidates_application", number, *person, f"M-{number}", "accepted", "", "", "{}", 1, issued_at, issued_at,
            issued_at, issued_at, frame.officer, frame.scheme, frame.version, number, NO, YES,
        )  # fmt: skip
        self._put(
            "exams_attempt", number, issued_at, "released", "", issued_at, frame.officer, "identity_card", "", YES,
            issued_at, issued_at, number, number, frame.session,
        )  # fmt: skip
        self._put(
            "certificates_decision", number, "granted", "Bütün meyarlar ödənilib.", issued_at,
            issued_on + timedelta(days=10), frame.decider, number, number, number,
        )  # fmt: skip
        papers = [str(UUID(int=number * 4 + place)) for place in range(3)]
        for paper, kind in zip(papers, ("contract", "contract", "certificate"), strict=True):
            self._put(
                "core_renderedfile", paper, kind, SNAPSHOT, "sened.pdf", "sened.pdf", "0", 1, issued_at, issued_at, 1,
                "",
            )  # fmt: skip
        self._put(
            "certificates_contract", number, with_check(f"MQ-{issued_on.year}-{number:07d}"), SNAPSHOT, "concluded",
            issued_at, issued_on + timedelta(days=30), issued_at, "portal", "203.0.113.7", issued_on, frame.officer,
            papers[0], papers[1], number, frame.template, number,
        )  # fmt: skip
        state = self._certificate(number, (surname, given, patronymic), (issued_on, issued_at, until), papers[2])
        if number % 20 and until >= frame.today:  # one in twenty did not consent
            self._register(number, f"{surname} {given} {patronymic}", (issued_on, until), state)

    def _certificate(
        self, number: int, name: tuple[str, str, str], days: tuple[date, datetime, date], paper: str
    ) -> str:
        frame = self.frame
        issued_on, issued_at, until = days
        state, changed_at = self._history(number, issued_on, issued_at, until)
        own = with_check(f"K6-{issued_on.year}-{number:07d}")
        self._put(
            "certificates_certificate", number, own, state, changed_at, issued_on, until, issued_at, frame.officer,
            number, frame.version, number, number, "", "{}",
        )  # fmt: skip
        code = code_of(number)
        printed = (
            self.printed.replace("<number>", own)
            .replace("<code>", code)
            .replace("<surname>", name[0])
            .replace("<given_name>", name[1])
            .replace("<patronymic>", name[2])
            .replace("<from>", issued_on.isoformat())
            .replace("<until>", until.isoformat())
        )
        self.rows["certificates_certificatecopy"].append(
            f"{self._id('copy')}\t1\t{code}\tfirst\t{printed}\t{issued_at}\t\\N\t{number}\t{paper}\t{frame.officer}"
        )
        for months in (24, 48):
            self._surveillance(number, months_after(issued_on, months), issued_at)
        over = until < frame.today or state == "revoked"
        self._put(
            "certificates_duty", self._id("duty"), f"apply_for_renewal:certificates.certificate:{number}",
            "apply_for_renewal", "holder", f"certificates.certificate:{number}", "", until - timedelta(days=180),
            "date", until, YES, "lapsed" if over else "open", None, "", issued_at if over else None, issued_at,
            number, number,
        )  # fmt: skip
        return state

    def _history(self, number: int, issued_on: date, issued_at: datetime, until: date) -> tuple[str, datetime]:
        """Write the events of a certificate; returns its state, and since when."""
        frame = self.frame
        self._event(number, "issue", issued_on, issued_at)
        last = min(until, frame.today)
        if number % 25 or (last - issued_on).days < 60:  # noqa: PLR2004 -- two months have to fit
            return "valid", issued_at
        begin = issued_on + timedelta(days=30)
        begun_at = issued_at + timedelta(days=30)
        event = self._event(number, "suspend", begin, begun_at, review_on=begin + timedelta(days=20))
        if number % 100 == 0:
            revoked_at = begun_at + timedelta(days=15)
            self._event(number, "revoke", begin + timedelta(days=15), revoked_at)
            self._suspension(number, event, begun_at, revoked_at)
            return "revoked", revoked_at
        if number % 50 == 0:
            self._suspension(number, event, begun_at, None)
            return "suspended", begun_at
        ended_at = begun_at + timedelta(days=15)
        self._event(number, "reinstate", begin + timedelta(days=15), ended_at)
        self._suspension(number, event, begun_at, ended_at)
        return "valid", ended_at

    def _event(self, number: int, kind: str, day: date, at: datetime, *, review_on: date | None = None) -> int:
        event = self._id("event")
        told = kind in {"suspend", "revoke"}
        self._put(
            "certificates_certificateevent", event, kind, "" if kind == "issue" else _GROUND[kind],
            "" if kind == "issue" else "Araşdırmanın nəticəsi.", "Müqavilənin şərtləri pozulub." if told else "", told,
            day, review_on, "{}", at, number, self.frame.officer,
        )  # fmt: skip
        return event

    def _suspension(self, number: int, event: int, begun_at: datetime, ended_at: datetime | None) -> None:
        officer = self.frame.officer
        self._put(
            "certificates_suspension", self._id("suspension"), "Araşdırmanın nəticəsi.", begun_at,
            begun_at.date() + timedelta(days=20), ended_at, number, officer if ended_at else None, officer, event,
        )  # fmt: skip

    def _surveillance(self, number: int, day: date, created_at: datetime) -> None:
        held = day < self.frame.today
        one = self._id("surveillance")
        at = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
        self._put(
            "certificates_surveillance", one, "planned", day, "", "held" if held else "planned", created_at,
            day if held else None, "Tələblər ödənilir." if held else "", "confirmed" if held else "",
            at if held else None, number, self.frame.officer if held else None,
        )  # fmt: skip
        self._put(
            "certificates_duty", self._id("duty"), f"hold_surveillance:certificates.surveillance:{one}",
            "hold_surveillance", "body", f"certificates.surveillance:{one}", "", created_at.date(), "date", day, YES,
            "met" if held else "open", day if held else None, "Keçirilib." if held else "", at if held else None,
            created_at, number, number,
        )  # fmt: skip

    def _register(self, number: int, name: str, days: tuple[date, date], state: str) -> None:
        parts = [self.names.sort(part) for part in name.split()]
        key = " ".join(part[0] for part in parts)[:250]
        own = with_check(f"K6-{days[0].year}-{number:07d}")
        self._put(
            "certificates_registerentry", number, name, key, number, self.frame.scheme, own, *days, state, ""
        )  # fmt: skip
        words = list(dict.fromkeys(word for part in parts for word in part[1]))
        for word in {*words, *(pair_of(one, other) for one, other in combinations(words, 2))}:
            self._put("certificates_registerword", word, key, number)


_GROUND = {"suspend": "surveillance", "reinstate": "resolved", "revoke": "not_resolved"}


def code_of(number: int) -> str:
    """Return the verification code of the certificate with this number in the population."""
    digits = []
    rest = number * 0x9E3779B97F4A7C15 % 2**80
    for _place in range(16):
        rest, digit = divmod(rest, 32)
        digits.append(CODE_ALPHABET[digit])
    return "".join(digits)


_FIN_LETTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def _fin(number: int) -> str:
    letters = []
    for _place in range(7):
        number, digit = divmod(number, len(_FIN_LETTERS))
        letters.append(_FIN_LETTERS[digit])
    return "".join(letters)


def _text(value: object) -> str:
    """Return a value as COPY reads it."""
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value).replace("\\", "\\\\")
