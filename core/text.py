"""Azerbaijani letters in search and sorting.

Azerbaijani pairs I with ı and İ with i, and has an alphabet of its own (ə after e, x after h, q after k). Neither the
database's collation (the embedded server has no ICU) nor Python's `str.lower` knows that, so both use these tables.
"""

import unicodedata
from typing import Any

from django.db.models import CharField, Func, Value
from django.db.models.expressions import Combinable

ALPHABET = "abcçdeəfgğhxıijkqlmnoöprsştuüvwyz"  # w is not an Azerbaijani letter; foreign names get it after v
_CAPITALS = "ABCÇDEƏFGĞHXIİJKQLMNOÖPRSŞTUÜVWYZ"
_PLAIN = str.maketrans({"ç": "c", "ə": "e", "ğ": "g", "ı": "i", "ö": "o", "ş": "s", "ü": "u"})
_LOWER = str.maketrans(_CAPITALS, ALPHABET)
# One ASCII character for each letter, in the order of the alphabet: sorted as bytes, it sorts as Azerbaijani does.
_SORT_CODES = "".join(chr(ord("A") + place) for place in range(len(ALPHABET)))

_FOLD_FROM = _CAPITALS + "çəğıöşü"
_FOLD_TO = ALPHABET.translate(_PLAIN) + "cegiosu"
_SORT_FROM = _CAPITALS + ALPHABET
_SORT_TO = _SORT_CODES * 2


def lower(text: str) -> str:
    """Lower-case as Azerbaijani does: I to ı, İ to i."""
    return text.translate(_LOWER).lower()


def fold(text: str) -> str:
    """Reduce to what a search compares: `isa`, `ISA`, `İsa` and `Isa` all become `isa`; `Əliyev` becomes `eliyev`."""
    return lower(text).translate(_PLAIN)


def sort_key(text: str) -> str:
    """Return a key whose byte order is the Azerbaijani alphabetical order of `text`; case does not matter."""
    return text.translate(str.maketrans(_SORT_FROM, _SORT_TO))


class Fold(Func):
    """`fold` in SQL; immutable, so that a generated column and its index can use it."""

    function = "translate"
    output_field = CharField()

    def __init__(self, expression: Combinable | str, **extra: Any) -> None:
        """Fold the text of `expression`."""
        super().__init__(expression, Value(_FOLD_FROM), Value(_FOLD_TO), **extra)


class SortKey(Func):
    """`sort_key` in SQL; the column that stores it has the collation "C"."""

    function = "translate"
    output_field = CharField()

    def __init__(self, expression: Combinable | str, **extra: Any) -> None:
        """Give the key of `expression`."""
        super().__init__(expression, Value(_SORT_FROM), Value(_SORT_TO), **extra)


def search_words(text: str) -> list[str]:
    """Split what a person typed into folded words; anything but letters and digits separates."""
    composed = unicodedata.normalize("NFC", text)  # some keyboards type İ as two characters
    return "".join(letter if letter.isalnum() else " " for letter in fold(composed)).split()


def prefix_query(text: str) -> str:
    """Return a tsquery that finds every word of `text` as the beginning of a word; "" when nothing was typed."""
    return " & ".join(f"{word}:*" for word in search_words(text))
