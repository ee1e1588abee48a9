"""How a typed word finds a holder or a number, quickly at any size of the tables.

Which way is quick depends on how common a name is, and the planner cannot know: it guesses how many names begin with
what was typed. So the persons are counted first, up to a limit. A rare name: those persons, by the index of the names,
and what is theirs. A common one, of which only a page is read: along the newest rows until the page is full.
"""

from datetime import MAXYEAR, MINYEAR, datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchQuery
from django.db.models import BooleanField, F, Func, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from candidates.models import Person
from certificates.numbers import beginnings, prefix_of, year_of
from core.models import NumberSeries
from core.text import prefix_query

# Up to so many persons it takes less time to look for what is theirs than to walk along the rows. Measured with a
# million of each and pages of `core.paging.MOST_FOUND` rows (docs/benchmarks.md).
FEW = 10_000


def holder_or_number(text: str, *, through: str = "", first: bool = False, dated: str = "") -> Q:
    """Return the condition for a search field; `through` leads to what has the number and the person.

    What has a digit is a number or a part of one, anything else words of the name in Azerbaijani folding: never both,
    because an index answers either question alone. `first` is for whoever reads the first rows alone of a common name,
    in the order of an index. `dated` names the moment at which the number was given out.
    """
    if is_number(text):
        return number_is(text, through=through, dated=dated)
    return holder_is(text, through=through, first=first)


def is_number(text: str) -> bool:
    """Tell whether what was typed is a number or a part of one: it has a digit, and no name has one."""
    return not prefix_query(text) or any(character.isdigit() for character in text)


def number_is(text: str, *, through: str = "", dated: str = "") -> Q:
    """Return the condition that a number is, begins with, or has the running number that was typed.

    A whole year of numbers is found along the newest rows, which `dated` lets begin in that year.
    """
    condition = Q(pk__in=[])
    possible = beginnings(text, _known_series())
    for beginning in possible:
        condition |= Q(**{f"{through}number__startswith": beginning})
    years = {year_of(beginning) for beginning in possible}
    year = years.pop() if len(years) == 1 else None
    return condition & _in_year(dated, year) if dated and year and MINYEAR < year < MAXYEAR else condition


def _in_year(dated: str, year: int) -> Q:
    """Return the condition that a moment lies in a year, or within a day of it."""
    start, end = (timezone.make_aware(datetime(number, 1, 1)) for number in (year, year + 1))  # noqa: DTZ001 -- is made so
    return Q(**{f"{dated}__gte": start - timedelta(days=1), f"{dated}__lt": end + timedelta(days=1)})


def holder_is(text: str, *, through: str = "", first: bool = False) -> Q:
    """Return the condition that the person has every word of `text` as the beginning of a word of their name."""
    named = SearchQuery(prefix_query(text), search_type="raw", config="simple")
    if not first:
        all_of_them = Q(**{f"{through}person__names": named})
        return all_of_them if is_common(text) else Q(_among(f"{through}person_id", _named(text)))
    # Not a join, which the planner would turn round: asked of one row after the other.
    whose = Person.objects.filter(pk=OuterRef(f"{through}person_id")).order_by()
    is_named = Func(F("names"), named, template="%(expressions)s", arg_joiner=" @@ ", output_field=BooleanField())
    return Q(Subquery(whose.values_list(is_named), output_field=BooleanField()))


def is_common(text: str) -> bool:
    """Tell whether many persons have a name that begins so; no number is common."""
    return not is_number(text) and _named(text).values("pk")[: FEW + 1].count() > FEW


def _named(text: str) -> QuerySet[Person]:
    return Person.objects.filter(names=SearchQuery(prefix_query(text), search_type="raw", config="simple")).order_by()


def _among(name: str, persons: QuerySet[Person]) -> Func:
    """Return that the column holds one of these persons, who are looked up beforehand whatever the planner guesses."""
    return Func(
        F(name), ArraySubquery(persons.values("pk")), template="%(expressions)s)", arg_joiner=" = ANY (",
        output_field=BooleanField(),
    )  # fmt: skip


def _known_series() -> list[tuple[str, int]]:
    """Return the prefixes of certificates and contracts, each with the years in which numbers were given out."""
    rows: Any = NumberSeries.objects.order_by("series", "year").values_list("series", "year")
    return [(prefix, year) for series, year in rows if (prefix := prefix_of(series))]
