"""Pages of long lists."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

MOST_COUNTED = 10_000
MOST_FOUND = 100  # of what a common name finds: whoever reads on types more of it


class CappedPaginator(Paginator[Any]):
    """A paginator that never counts a whole table: a list is paged through up to its ten-thousandth row.

    Nobody reads so far; filters lead to what lies behind. `is_capped` tells that there is more, for the page to say so.
    """

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        # Ordered as the list is, so that the same index answers and the database stops early.
        return int(rows[: MOST_COUNTED + 1].count()) if isinstance(rows, QuerySet) else len(rows)

    @cached_property
    def count(self) -> int:
        """How many rows can be paged through."""
        return min(self._counted, MOST_COUNTED)

    @property
    def is_capped(self) -> bool:
        """Tell whether there are more rows than can be paged through."""
        return self._counted > MOST_COUNTED


class FoundPaginator(Paginator[Any]):
    """A paginator of what a typed word finds: its first keys, read at once; no query counts them or reads a page.

    To count all that a common name finds would take longer than to find the first of it: of that, few are read.
    """

    def __init__(self, keys: QuerySet[Any, Any], per_page: int, *, is_common: bool) -> None:
        """Read the first keys, and one more, which tells whether there are others."""
        most = MOST_FOUND if is_common else MOST_COUNTED
        found = list(keys[: most + 1])
        super().__init__(found[:most], per_page)
        self.is_capped = len(found) > most
