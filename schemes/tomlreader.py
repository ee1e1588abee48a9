"""Reading typed values out of a TOML document, collecting every problem with the key where it is."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

LONGEST_TEXT = 4000
LONGEST_CODE = 30

_MISSING = object()


@dataclass(frozen=True, slots=True)
class Text:
    """A text in both languages of the system."""

    az: str
    en: str


NO_TEXT = Text("", "")


class Table:
    """One table of the document. A value that cannot be used is noted in `problems` and read as an empty one.

    The keys that were read are remembered, so that `finish` can name those that nobody asked for.
    """

    def __init__(self, values: Mapping[str, Any], problems: list[str], path: str = "") -> None:
        """Keep the values and where they stand; `problems` is shared by all tables of a document."""
        self._values = values
        self._problems = problems
        self._read: set[str] = set()
        self.path = path

    def complain(self, key: str, problem: str) -> None:
        """Note a problem of this table's `key`."""
        self._problems.append(f"{self._at(key)}: {problem}")

    def has(self, key: str) -> bool:
        """Tell whether the key is given."""
        return key in self._values

    def text(self, key: str, *, longest: int = LONGEST_TEXT) -> str:
        """Read a text that is not blank."""
        value = self._value(key, str, "a text")
        if value is None:
            return ""
        if not value.strip():
            self.complain(key, "is blank")
        elif "\x00" in value:
            self.complain(key, "holds a null character")
        elif len(value) > longest:
            self.complain(key, f"is longer than {longest} characters")
        return str(value).strip()

    def code(self, key: str, pattern: str, example: str) -> str:
        """Read a short code of the given form."""
        value = self.text(key, longest=LONGEST_CODE)
        if value and not re.fullmatch(pattern, value):
            self.complain(key, f"{value!r} is not a code like {example}")
        return value

    def bilingual(self, key: str, *, longest: int = LONGEST_TEXT, optional: bool = False) -> Text:
        """Read a table with `az` and `en`."""
        if optional and not self.has(key):
            return NO_TEXT
        inner = self.table(key)
        if inner is None:
            return NO_TEXT
        return inner.languages(longest=longest)

    def languages(self, *, longest: int = LONGEST_TEXT) -> Text:
        """Read this table itself as a text in both languages and nothing else."""
        text = Text(self.text("az", longest=longest), self.text("en", longest=longest))
        self.finish()
        return text

    def choice(self, key: str, allowed: Collection[str], *, default: str | None = None) -> str:
        """Read one of the `allowed` words; a key with a default may be absent."""
        if default is not None and not self.has(key):
            return default
        value = self.text(key, longest=LONGEST_CODE)
        if value and value not in allowed:
            self.complain(key, f"{value!r} is not one of: {', '.join(allowed)}")
        return value

    def whole(self, key: str, low: int, high: int, *, default: int | None = None) -> int:
        """Read a whole number from `low` to `high`; a key with a default may be absent."""
        if default is not None and not self.has(key):
            return default
        value = self._value(key, int, "a whole number")
        if value is None:
            return low
        return self._in_range(key, value, low, high)

    def whole_numbers(self, key: str, low: int, high: int) -> tuple[int, ...]:
        """Read a list of distinct whole numbers from `low` to `high`."""
        values = self._list(key, int, "a list of whole numbers")
        if len(set(values)) < len(values):
            self.complain(key, "names a number twice")
        return tuple(self._in_range(key, value, low, high) for value in values)

    def codes(self, key: str) -> tuple[str, ...]:
        """Read a list of at least one distinct code."""
        values = tuple(self._list(key, str, "a list of codes"))
        if len(set(values)) < len(values):
            self.complain(key, "names a code twice")
        return values

    def flag(self, key: str, *, optional: bool = False) -> bool:
        """Read true or false; an optional flag that is not given is false."""
        if optional and not self.has(key):
            return False
        return bool(self._value(key, bool, "true or false"))

    def day(self, key: str) -> date:
        """Read a date."""
        value = self._value(key, date, "a date such as 2026-01-31")
        return value if value is not None else date.min

    def table(self, key: str) -> "Table | None":
        """Read an inner table."""
        value = self._value(key, dict, "a table")
        return None if value is None else Table(value, self._problems, self._at(key))

    def tables(self, key: str, *, optional: bool = False) -> Iterator["Table"]:
        """Read a list of at least one inner table; each is named by its own code, or else by its place."""
        if optional and not self.has(key):
            return
        for place, value in enumerate(self._list(key, dict, "a list of tables"), start=1):
            name = value.get("code")
            label = name if isinstance(name, str) and name else str(place)
            yield Table(value, self._problems, f"{self._at(key)}[{label}]")

    def finish(self) -> None:
        """Note every key that was never asked for: a misspelt optional key must not be passed over."""
        for key in self._values.keys() - self._read:
            self.complain(key, "is not a key of the scheme format")

    def _at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def _in_range(self, key: str, value: int, low: int, high: int) -> int:
        if low <= value <= high:
            return value
        self.complain(key, f"{value} is not from {low} to {high}")
        return low

    def _value(self, key: str, kind: type, words: str) -> Any:
        self._read.add(key)
        value = self._values.get(key, _MISSING)
        if value is _MISSING:
            self.complain(key, "is missing")
            return None
        # type() and not isinstance(): true is no number, and a moment in time is no date
        if type(value) is not kind:
            self.complain(key, f"is not {words}")
            return None
        return value

    def _list(self, key: str, kind: type, words: str) -> Sequence[Any]:
        values = self._value(key, list, words)
        if values is None:
            return ()
        if not values:
            self.complain(key, "is empty")
        if any(type(value) is not kind for value in values):
            self.complain(key, f"is not {words}")
            return ()
        return list(values)
