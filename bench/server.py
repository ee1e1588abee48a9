"""The running site that a benchmark measures: gunicorn on PostgreSQL and Redis, durable as on a server."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from certbody.embedded import start_postgres, start_redis

ROOT = Path(__file__).resolve().parent.parent
WORKERS = "2"


@contextmanager
def services() -> Iterator[Path]:
    """Start PostgreSQL and Redis in a folder of this run, put their addresses into the environment, and clean up."""
    folder = Path(tempfile.mkdtemp(prefix="certbody-bench-"))
    folder.chmod(0o755)
    postgres = start_postgres(folder / "postgres", log=folder / "postgres.log")
    redis = start_redis(folder / "redis", log=folder / "redis.log")
    os.environ.update(
        BENCH_FOLDER=str(folder),
        DATABASE_URL=postgres.owner_url,
        REDIS_URL=redis.url,
        DATA_DIR=str(folder / "files"),
        DJANGO_SETTINGS_MODULE="bench.settings",
    )
    try:
        yield folder
    finally:
        redis.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def gunicorn(folder: Path, database: str = "") -> Iterator[int]:
    """Serve the site with as many workers as the machine of the body has cores; gives the port.

    On the database with the address `database`, or else the one in the environment.
    """
    port = _free_port()
    with (folder / f"gunicorn-{port}.log").open("wb") as log:
        server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "gunicorn",
                "certbody.wsgi",
                "--bind",
                f"127.0.0.1:{port}",
                "--access-logfile",
                os.devnull,
            ],
            cwd=ROOT,
            env={**os.environ, "WEB_CONCURRENCY": WORKERS, "DATABASE_URL": database or os.environ["DATABASE_URL"]},
            stdout=log,
            stderr=log,
        )
        try:
            _wait_for(port, folder / f"gunicorn-{port}.log")
            yield port
        finally:
            server.terminate()
            server.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait_for(port: int, log: Path) -> None:
    for _attempt in range(80):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz/", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
    raise RuntimeError(f"the server did not start: {log.read_text(encoding='utf-8')[-2000:]}")
