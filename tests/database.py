"""The database of the tests: made once for all processes of a run, and emptied quickly between tests."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management.commands import flush
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test.utils import setup_databases, teardown_databases
from psycopg2 import sql


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: Any,
    django_db_keepdb: bool,
    django_db_createdb: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """Make the database: in place of pytest-django's, which makes none for the tests of the demo's site alone.

    The processes of a parallel run migrate once: each has a copy of what the first in need of a database makes.
    """
    process = os.environ.get("PYTEST_XDIST_WORKER")
    keep = django_db_keepdb and not django_db_createdb
    lock = tmp_path_factory.getbasetemp().parent / "database.lock"  # all processes of the run have this folder
    with django_db_blocker.unblock(), _taking_turns(lock) if process else nullcontext():
        makes_template = process is not None and not keep and _provide_template(lock.with_suffix(".made"), process)
        made = setup_databases(verbosity=0, interactive=False, serialized_aliases=[], keepdb=keep)
    yield
    with django_db_blocker.unblock():
        if not django_db_keepdb:
            _end_other_sessions()
            teardown_databases(made, verbosity=0)
        if makes_template:
            with _taking_turns(lock), connection._nodb_cursor() as cursor:
                lock.with_suffix(".made").unlink()
                cursor.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(_test_settings()["TEMPLATE"])))


@contextmanager
def _taking_turns(lock: Path) -> Iterator[None]:
    with lock.open("w") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield


def _test_settings() -> dict[str, Any]:
    settings_of_tests: dict[str, Any] = settings.DATABASES["default"]["TEST"]
    return settings_of_tests


def _provide_template(made: Path, process: str) -> bool:
    """Have this process's database copied from the run's template; tell whether it was made just now."""
    test = _test_settings()
    test["TEMPLATE"] = test["NAME"].removesuffix(f"_{process}")
    if made.exists():
        return False
    database = settings.DATABASES["default"]
    outside = database["NAME"]
    database["TEST"] = {**test, "NAME": test["TEMPLATE"], "TEMPLATE": None}
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    connection.close()  # a database in use cannot be copied
    database.update(NAME=outside, TEST=test)
    made.touch()
    return True


def _end_other_sessions() -> None:
    """End what a browser's request or a test's thread may still hold: it would keep the database from being dropped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


# What Django writes when it migrates, and would have to write anew after every emptying.
_KEPT = {"django_content_type", "auth_permission"}


@pytest.fixture(autouse=True, scope="session")
def _tables_are_emptied_quickly_between_tests() -> Iterator[None]:
    """Empty, after a transactional test, only the tables that hold something, past the triggers that keep them.

    TRUNCATE takes half a second for all tables, however little is in them. Where the database does not let the tests
    switch triggers off, it has to do.
    """
    patch = pytest.MonkeyPatch()
    truncate = DatabaseOperations.sql_flush

    def sql_flush(self: DatabaseOperations, style: Any, tables: Any, **options: Any) -> list[str]:
        emptied = [table for table in tables if table not in _KEPT]
        with self.connection.cursor() as cursor:
            return _deletions(cursor, emptied) or _past_guards(cursor, truncate(self, style, emptied, **options))

    patch.setattr(DatabaseOperations, "sql_flush", sql_flush)
    patch.setattr(flush, "emit_post_migrate_signal", lambda *_args, **_kwargs: None)
    yield
    patch.undo()


def _deletions(cursor: Any, tables: list[str]) -> list[str]:
    """Return the SQL that empties what is not empty; nothing where triggers cannot be switched off."""
    cursor.execute("SELECT has_parameter_privilege(current_user, 'session_replication_role', 'SET')")
    if not cursor.fetchone()[0]:
        return []
    holds_any = sql.SQL(", ").join(
        sql.SQL("EXISTS (SELECT 1 FROM {})").format(sql.Identifier(table)) for table in tables
    )
    cursor.execute(sql.SQL("SELECT {}").format(holds_any))
    filled = [table for table, holds in zip(tables, cursor.fetchone(), strict=True) if holds]
    return [
        "SET session_replication_role = replica",
        *(f'DELETE FROM "{table}"' for table in filled),  # noqa: S608 -- names of our own tables
        "SET session_replication_role = DEFAULT",
    ]


def _past_guards(cursor: Any, statements: list[str]) -> list[str]:
    """Return TRUNCATE statements between those that let them pass the triggers which refuse them."""
    cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%\\_no\\_truncate'")
    guarded = [row[0] for row in cursor.fetchall()]
    return [
        *(f"ALTER TABLE {table} DISABLE TRIGGER {table}_no_truncate" for table in guarded),
        *statements,
        *(f"ALTER TABLE {table} ENABLE TRIGGER {table}_no_truncate" for table in guarded),
    ]
