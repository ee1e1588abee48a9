"""The database role of web and workers: it can do their work, and cannot touch the trail whatever SQL it sends."""

import os
from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from accounts.models import User
from audit.models import AuditEntry
from audit.services import record
from certbody.embedded import RUNTIME_ROLE
from tests.factories import UserFactory


@pytest.fixture
def runtime_role(db: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """A role that has been granted what the application may do: created if this run may, else the embedded server's."""
    if may_create_roles():
        role = f"certbody_test_{os.getpid()}"
        monkeypatch.setenv("RUNTIME_PASSWORD", "yalnız sınaq üçün")
        call_command("grant_runtime_role", role, password_env="RUNTIME_PASSWORD", verbosity=0)
    else:
        role = RUNTIME_ROLE
        call_command("grant_runtime_role", role, verbosity=0)
    return role


def may_create_roles() -> bool:
    """Tell whether the tests' own role may create others."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
        (answer,) = cursor.fetchone()
    return bool(answer)


def rights(role: str, table: str) -> dict[str, bool]:
    """Return what the role may do with a table, as PostgreSQL sees it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p, has_table_privilege(%s, %s, p) "
            "FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) AS p",
            [role, table],
        )
        return dict(cursor.fetchall())


@pytest.fixture
def as_runtime_role(runtime_role: str) -> Iterator[None]:
    """Everything that follows is sent as the runtime role."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {connection.ops.quote_name(runtime_role)}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def test_runtime_role_reads_and_writes_but_only_adds_to_the_trail(runtime_role: str) -> None:
    writes = {"SELECT": True, "INSERT": True, "UPDATE": True, "DELETE": True, "TRUNCATE": False, "TRIGGER": False}
    assert rights(runtime_role, "accounts_user") == writes
    assert rights(runtime_role, "audit_auditentry") == {**writes, "UPDATE": False, "DELETE": False}


def test_every_append_only_table_is_protected(runtime_role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%%\\_append\\_only'")
        tables = [name for (name,) in cursor.fetchall()]
    assert "audit_auditentry" in tables
    assert [table for table in tables if rights(runtime_role, table)["UPDATE"]] == []


def test_grant_again_changes_nothing(runtime_role: str) -> None:
    before = rights(runtime_role, "audit_auditentry")
    call_command("grant_runtime_role", runtime_role, verbosity=0)
    assert rights(runtime_role, "audit_auditentry") == before


@pytest.mark.usefixtures("as_runtime_role")
def test_runtime_role_does_the_work_of_the_application() -> None:
    user = UserFactory.create()
    record(actor=user, verb="account.create", obj=user)
    User.objects.filter(pk=user.pk).update(surname="Yeni")
    assert AuditEntry.objects.get().actor == user


@pytest.mark.usefixtures("as_runtime_role")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditentry SET reason = 'x'",
        "DELETE FROM audit_auditentry",
        "TRUNCATE audit_auditentry",
        "ALTER TABLE audit_auditentry DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_auditentry_append_only ON audit_auditentry",
        "SET LOCAL session_replication_role = replica",
        "DROP TABLE audit_auditentry",
    ],
)
def test_runtime_role_is_refused(statement: str) -> None:
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_owner_of_the_tables_is_refused_as_runtime_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (owner,) = cursor.fetchone()
    with pytest.raises(CommandError, match="owns tables"):
        call_command("grant_runtime_role", owner)


@pytest.mark.django_db
def test_unknown_role_is_named() -> None:
    with pytest.raises(CommandError, match="There is no role certbody_nobody"):
        call_command("grant_runtime_role", "certbody_nobody")


@pytest.mark.django_db
def test_missing_password_is_named() -> None:
    with pytest.raises(CommandError, match="CERTBODY_NO_SUCH_VARIABLE"):
        call_command("grant_runtime_role", "certbody_nobody", password_env="CERTBODY_NO_SUCH_VARIABLE")
