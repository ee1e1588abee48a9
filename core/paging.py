"""Pages of long lists."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

MOST_COUNTED = 10_000


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
