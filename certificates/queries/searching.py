"""How a typed word finds a holder or a number."""

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q

from core.text import prefix_query


def holder_or_number(text: str, *, through: str = "") -> Q:
    """Return the condition for a search field; `through` leads to what has the number and the person.

    What has a digit is the beginning of a number, anything else words of the name in Azerbaijani folding: never both,
    because an index answers either question alone.
    """
    words = prefix_query(text)
    if not words or any(character.isdigit() for character in text):
        return Q(**{f"{through}number__startswith": number_beginning(text)})
    return Q(**{f"{through}person__names": SearchQuery(words, search_type="raw", config="simple")})


def number_beginning(text: str) -> str:
    """Return the beginning of a number as it is written, whatever spaces and case it was typed with."""
    return "-".join(text.upper().replace("-", " ").split())
