"""The embedded services and the guard of their processes: real processes, sockets and data."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg2
import pytest
import redis

from certbody import embedded, lifeline
from script.lib.console import ROOT

SH = shutil.which("sh") or "/bin/sh"


def eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def runs(pid: int) -> bool:
    """Whether the process is there and not a zombie that only waits to be collected."""
    if Path("/proc/self/stat").exists():
        with suppress(FileNotFoundError, ProcessLookupError):
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], check=False, capture_output=True, text=True).stdout
    return bool(state.strip()) and not state.startswith("Z")


def pid_in(path: Path) -> int:
    assert eventually(lambda: path.exists() and path.read_text().endswith("\n"))
    return int(path.read_text())


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process of somebody else, with the same command as those that are stopped."""
    process = subprocess.Popen(["sleep", "1000"])
    yield process
    process.kill()
    process.wait()


# --- Children ---------------------------------------------------------------------------------------------------------
def test_stop_ends_the_child_and_its_children_and_nothing_else(
    tmp_path: Path, bystander: subprocess.Popen[bytes]
) -> None:
    script = f"sleep 1000 & echo $! > {tmp_path}/grandchild; echo $$ > {tmp_path}/child; wait"
    child = lifeline.start("child", [SH, "-c", script], log=tmp_path / "log")
    pids = [pid_in(tmp_path / "child"), pid_in(tmp_path / "grandchild")]
    assert all(runs(pid) for pid in pids)

    child.stop()

    assert not any(runs(pid) for pid in pids)
    assert bystander.poll() is None


def test_children_end_when_their_starter_is_killed(tmp_path: Path, bystander: subprocess.Popen[bytes]) -> None:
    script = (
        "import pathlib, sys, time; from certbody import lifeline; "
        f"lifeline.start('child', ['sh', '-c', 'echo $$ > {tmp_path}/child; exec sleep 1000'], "
        f"log=pathlib.Path('{tmp_path}/log')); time.sleep(1000)"
    )
    starter = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
    child = pid_in(tmp_path / "child")
    assert runs(child)

    starter.kill()
    starter.wait()

    assert eventually(lambda: not runs(child))
    assert bystander.poll() is None


def test_child_gets_the_signal_for_an_orderly_end(tmp_path: Path) -> None:
    script = f"trap 'echo orderly; exit 0' INT; echo $$ > {tmp_path}/child; while :; do sleep 0.05; done"
    child = lifeline.start("child", [SH, "-c", script], log=tmp_path / "log", stop_signal=signal.SIGINT)
    pid_in(tmp_path / "child")

    child.stop()

    assert child.last_lines() == "orderly"
    assert child.ended == 0


def test_child_that_does_not_want_to_end_is_killed_after_the_grace(tmp_path: Path) -> None:
    script = f"trap '' TERM; echo $$ > {tmp_path}/child; while :; do sleep 0.05; done"
    child = lifeline.start("child", [SH, "-c", script], log=tmp_path / "log", grace=0.3)
    pid = pid_in(tmp_path / "child")

    child.stop()

    assert not runs(pid)
    assert child.ended == 128 + signal.SIGKILL


def test_child_that_ends_by_itself_tells_its_exit_code_and_last_lines(tmp_path: Path) -> None:
    script = "echo first; echo second; echo third; exit 7"
    child = lifeline.start("child", [SH, "-c", script], log=tmp_path / "log")

    assert eventually(lambda: child.ended is not None)
    child.stop()

    assert child.ended == 7
    assert child.last_lines(2) == "second\nthird"


def test_program_that_does_not_exist_is_named_in_the_log(tmp_path: Path) -> None:
    child = lifeline.start("child", ["/no/such/program"], log=tmp_path / "log")

    assert eventually(lambda: child.ended is not None)
    child.stop()

    assert child.ended == 127
    assert child.last_lines() == "/no/such/program: No such file or directory"


# --- Sockets ----------------------------------------------------------------------------------------------------------
def test_socket_dir_is_the_preferred_one_when_it_is_short_and_plain() -> None:
    preferred = Path("/tmp") / f"certbody-test-{os.getpid()}"  # noqa: S108 -- tmp_path may be too long for a socket
    try:
        assert embedded.make_socket_dir(preferred, "redis.sock") == preferred
        assert preferred.stat().st_mode & 0o777 == 0o700
    finally:
        preferred.rmdir()


@pytest.mark.parametrize("name", ["x" * 120, "with space", "çay", "per%cent"])
def test_socket_dir_is_under_the_temporary_folder_when_the_preferred_one_cannot_be(tmp_path: Path, name: str) -> None:
    folder = embedded.make_socket_dir(tmp_path / name, "redis.sock")
    try:
        assert folder != tmp_path / name
        assert folder.name.startswith(f"certbody-{os.geteuid()}-")
        assert folder.stat().st_mode & 0o777 == 0o700
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(folder / "redis.sock"))
    finally:
        shutil.rmtree(folder)


def test_socket_dir_that_is_a_link_is_refused(tmp_path: Path) -> None:
    folder = embedded.make_socket_dir(tmp_path / "with space", "redis.sock")
    folder.rmdir()
    folder.symlink_to(tmp_path)
    try:
        with pytest.raises(embedded.EmbeddedServiceError, match="belongs to somebody else"):
            embedded.make_socket_dir(tmp_path / "with space", "redis.sock")
    finally:
        folder.unlink()


# --- Services ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that other accounts may walk through: pytest closes its own again while tests run."""
    with TemporaryDirectory(prefix="certbody-") as folder:
        yield Path(folder)


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def test_postgres_keeps_its_data_and_separates_the_roles(place: Path) -> None:
    log = place / "log"
    postgres = embedded.start_postgres(place / "data", log=log)
    try:
        query(postgres.owner_url, "CREATE TABLE kept (word text)")
        query(postgres.owner_url, "INSERT INTO kept VALUES ('Əliyev')")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            query(postgres.runtime_url, "SELECT * FROM kept")
    finally:
        postgres.stop()
    with pytest.raises(psycopg2.OperationalError):
        query(postgres.owner_url, "SELECT 1")

    again = embedded.start_postgres(place / "data", log=log)
    try:
        assert query(
            again.owner_url, "SELECT word, lower(word), rolsuper FROM kept, pg_roles WHERE rolname = user"
        ) == [("Əliyev", "əliyev", False)]
    finally:
        again.stop()


def test_postgres_data_of_another_version_is_refused_with_what_to_do(place: Path) -> None:
    data = place / "data"
    data.mkdir()
    (data / "PG_VERSION").write_text("16\n")

    with pytest.raises(embedded.EmbeddedServiceError, match=r"made by PostgreSQL 16, .*--reset"):
        embedded.start_postgres(data, log=place / "log")


def test_postgres_that_cannot_start_shows_the_end_of_its_log(place: Path) -> None:
    data = place / "data"
    embedded.start_postgres(data, log=place / "log", throwaway=True).stop()
    (data / "postgresql.conf").write_text("no_such_setting = on\n")

    with pytest.raises(embedded.EmbeddedServiceError, match=r"(?s)PostgreSQL did not start.*no_such_setting"):
        embedded.start_postgres(data, log=place / "log", throwaway=True)


def test_redis_keeps_what_is_queued_over_a_restart(place: Path) -> None:
    first = embedded.start_redis(place / "data", log=place / "log")
    with redis.Redis.from_url(first.url) as client:
        client.lpush("celery", "job")
    first.stop()

    second = embedded.start_redis(place / "data", log=place / "log")
    try:
        with redis.Redis.from_url(second.url) as client:
            assert client.lrange("celery", 0, -1) == [b"job"]
    finally:
        second.stop()


def test_services_for_tests_start_nothing_that_the_environment_names(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere/else")
    monkeypatch.setenv("REDIS_URL", "redis://somewhere")

    with embedded.ServicesForTests(place):
        assert os.environ["DATABASE_URL"] == "postgresql://somewhere/else"
        assert list(place.iterdir()) == []

    assert os.environ["REDIS_URL"] == "redis://somewhere"


def test_services_for_tests_leave_nothing_and_remove_what_a_killed_run_left(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    (place / str(gone.pid)).mkdir()
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)

    with embedded.ServicesForTests(place):
        assert query(os.environ["DATABASE_URL"], "SELECT current_user") == [(embedded.OWNER_ROLE,)]
        with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
            assert client.ping() is True

    assert "DATABASE_URL" not in os.environ
    assert list(place.iterdir()) == []
