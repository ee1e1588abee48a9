"""Let web and workers use the database as a role that cannot touch what is append-only, whatever SQL they send."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg2 import errors, sql

_TABLE_RIGHTS = "SELECT, INSERT, UPDATE, DELETE"
_SEQUENCE_RIGHTS = "USAGE, SELECT"
_APPEND_ONLY_TABLES = """
    SELECT DISTINCT pg_class.relname
    FROM pg_trigger
    JOIN pg_class ON pg_class.oid = pg_trigger.tgrelid
    JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace
    WHERE NOT pg_trigger.tgisinternal
      AND pg_namespace.nspname = current_schema()
      AND pg_trigger.tgname = pg_class.relname || '_append_only'
    ORDER BY pg_class.relname
"""


class Command(BaseCommand):
    """Grant the runtime role what the application may do; run it as the owner of the tables, after every migration."""

    help = (
        "Grants a database role what the web and the workers may do: read and write all tables, but neither change nor "
        "delete rows of append-only ones. Run it with the owner's DATABASE_URL; running it again changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the role, and where its password is."""
        parser.add_argument("role", help="the role; it must exist unless --password-env is given")
        parser.add_argument(
            "--password-env",
            metavar="NAME",
            help="create the role if it is missing, able to sign in with the password in the environment variable NAME",
        )

    def handle(self, *args: Any, role: str, password_env: str | None, **options: Any) -> None:
        """Do it all or nothing."""
        password = _password(password_env) if password_env else None
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                _refuse_owner(cursor, role)
                if password is not None:
                    _ensure_role(cursor, role, password)
                _grant(cursor, role)
                protected = _protect_append_only(cursor, role)
        except ProgrammingError as error:
            raise CommandError(_explain(error, role)) from error
        self.stdout.write(f"{role}: may read and write; may only add to: {', '.join(protected) or 'no table'}.")


def _password(name: str) -> str:
    password = os.environ.get(name)
    if not password:
        raise CommandError(f"The environment variable {name} does not hold a password for the role.")
    return password


def _refuse_owner(cursor: CursorWrapper, role: str) -> None:
    """The owner of a table can give itself back every right: as the runtime role it would guard nothing."""
    cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tableowner = %s", [role])
    if cursor.fetchone() != (0,):
        raise CommandError(f"{role} owns tables of this database: name another role for the web and the workers.")


def _ensure_role(cursor: CursorWrapper, role: str, password: str) -> None:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    statement = "ALTER ROLE {} LOGIN PASSWORD {}" if cursor.fetchone() else "CREATE ROLE {} LOGIN PASSWORD {}"
    cursor.execute(sql.SQL(statement).format(sql.Identifier(role), sql.Literal(password)))


def _grant(cursor: CursorWrapper, role: str) -> None:
    cursor.execute("SELECT current_database(), current_schema()")
    database, schema = cursor.fetchone()
    names = {"role": sql.Identifier(role), "database": sql.Identifier(database), "schema": sql.Identifier(schema)}
    for statement in (
        "GRANT CONNECT ON DATABASE {database} TO {role}",
        "GRANT USAGE ON SCHEMA {schema} TO {role}",
        f"GRANT {_TABLE_RIGHTS} ON ALL TABLES IN SCHEMA {{schema}} TO {{role}}",
        f"GRANT {_SEQUENCE_RIGHTS} ON ALL SEQUENCES IN SCHEMA {{schema}} TO {{role}}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {{schema}} GRANT {_TABLE_RIGHTS} ON TABLES TO {{role}}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {{schema}} GRANT {_SEQUENCE_RIGHTS} ON SEQUENCES TO {{role}}",
    ):
        cursor.execute(sql.SQL(statement).format(**names))


def _protect_append_only(cursor: CursorWrapper, role: str) -> list[str]:
    """Take back from the role what no trigger would let pass anyway; return the tables."""
    cursor.execute(_APPEND_ONLY_TABLES)
    tables = [name for (name,) in cursor.fetchall()]
    for table in tables:
        cursor.execute(
            sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(sql.Identifier(table), sql.Identifier(role))
        )
    return tables


def _explain(error: ProgrammingError, role: str) -> str:
    if isinstance(error.__cause__, errors.UndefinedObject):
        return f"There is no role {role}: create it, or name the variable with its password in --password-env."
    if isinstance(error.__cause__, errors.InsufficientPrivilege):
        return (
            f"The role in DATABASE_URL may not do this; use the owner of the tables. PostgreSQL says: {error}".strip()
        )
    return str(error)
