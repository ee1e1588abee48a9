"""Queries that PostgreSQL plans once for each connection, for the few pages that everybody asks for all day.

To plan a join costs several times what it takes to run it by a key. psycopg2 prepares nothing by itself, so the
statement is named here and known to the connection from its first use on. Only for text that never changes while the
site runs; a pooler that hands connections from one request to the next must keep to whole sessions.
"""

from typing import Any, cast
from weakref import WeakKeyDictionary

from django.db import connection

_known: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


class Prepared:
    """One such query: a name, its SQL with $1, $2..., and the PostgreSQL types of these parameters."""

    def __init__(self, name: str, sql: str, *types: str) -> None:
        """Keep the words; nothing is asked yet."""
        self.name = name
        self._prepare = f"PREPARE {name} ({', '.join(types)}) AS {sql}"
        self._execute = f"EXECUTE {name} ({', '.join(['%s'] * len(types))})"

    def fetch_one(self, *parameters: str | int) -> tuple[Any, ...] | None:
        """Run it and return its first row, if there is one. It counts as one query, also when it is prepared first."""
        with connection.cursor() as cursor:
            known = _known.setdefault(connection.connection, set())
            if self.name not in known:
                with connection.connection.cursor() as plain:  # a rolled back transaction keeps what it prepared
                    plain.execute(self._prepare)
                known.add(self.name)
            cursor.execute(self._execute, parameters)
            return cast("tuple[Any, ...] | None", cursor.fetchone())
