"""What every test may use: people by role, a scheme, a clock, a browser."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management.commands import flush
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import Client
from django.utils import translation
from psycopg2 import sql

from accounts.models import User
from accounts.states import Role
from schemes.models import SchemeVersion
from schemes.queries import current_version
from schemes.services import load_shipped_schemes
from tests.factories import UserFactory

pytest_plugins = ["tests.browser"]


@pytest.fixture(autouse=True)
def _clean_surroundings() -> Iterator[None]:
    """No test sees another's cached counts or language."""
    translation.activate("az")
    yield
    cache.clear()
    translation.activate("az")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """End the sessions that a browser's request or a test's thread may still hold before the database is dropped."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
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


@pytest.fixture(autouse=True, scope="session")
def _private_files() -> Iterator[None]:
    """Uploads and documents of the tests go when the run ends."""
    yield
    shutil.rmtree(settings.DATA_DIR, ignore_errors=True)


@pytest.fixture
def officer(db: None) -> User:
    return UserFactory.create(roles=[Role.OFFICER])


@pytest.fixture
def other_officer(db: None) -> User:
    return UserFactory.create(roles=[Role.OFFICER])


@pytest.fixture
def assessor(db: None) -> User:
    return UserFactory.create(roles=[Role.ASSESSOR])


@pytest.fixture
def decider(db: None) -> User:
    return UserFactory.create(roles=[Role.DECIDER])


@pytest.fixture
def auditor(db: None) -> User:
    return UserFactory.create(roles=[Role.AUDITOR])


@pytest.fixture
def sysadmin(db: None) -> User:
    return UserFactory.create(roles=[Role.SYSADMIN])


@pytest.fixture
def candidate(db: None) -> User:
    return UserFactory.create(roles=[Role.CANDIDATE])


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    """Give a client in which `user` is signed in."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def version(db: None) -> SchemeVersion:
    """The version of the shipped scheme Coach (Level 6) that is in force."""
    load_shipped_schemes()
    found = SchemeVersion.objects.get(scheme__code="coach-6")
    assert current_version(found.scheme) == found
    return found
