"""script/server's arguments, its lock, and what can be refused before anything is installed."""

import argparse
import errno
import fcntl
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from script.lib.console import LOCAL, Failure

HOST = "127.0.0.1"
_LAST_PORT = 65535


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """`port` and `reset`."""
    parser = argparse.ArgumentParser(
        prog="script/server",
        description="Starts PostgreSQL, Redis, web, worker and beat on this machine, with demo data. Ctrl-C ends them.",
    )
    parser.add_argument("--port", type=_port, default=8000, help="the web's port on this machine (8000)")
    parser.add_argument("--reset", action="store_true", help="remove all local data first: start afresh, do not ask")
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number (1 to {_LAST_PORT})")
    return int(text)


def refuse_early(options: argparse.Namespace) -> None:
    """Raises Failure when this start cannot succeed, before the first download."""
    with server_lock():
        ensure_port_is_free(options.port)
    refuse_reset_of_named_database(options)


def refuse_reset_of_named_database(options: argparse.Namespace) -> None:
    """Raises Failure when --reset could be understood as emptying a database that is not in .local."""
    if options.reset and os.environ.get("DATABASE_URL"):
        raise Failure(
            "--reset removes local data only, and DATABASE_URL names a database of yours: "
            "empty that one yourself, or unset DATABASE_URL."
        )


def ensure_port_is_free(port: int) -> None:
    """Raises Failure, with a port that is free, when the web could not listen on `port`."""
    try:
        _bind(port)
    except OSError as error:
        if error.errno == errno.EACCES:
            raise Failure(f"Port {port} may not be used without being root: choose one above 1023.") from None
        if error.errno != errno.EADDRINUSE:
            raise
        raise Failure(
            f"Port {port} is in use by another program: end that one, or use another port: "
            f"script/server --port {_free_port_after(port)}"
        ) from None


def _bind(port: int) -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen()


def _free_port_after(port: int) -> int:
    for candidate in range(port + 1, _LAST_PORT + 1):
        try:
            _bind(candidate)
        except OSError:
            continue
        return candidate
    return 8000


@contextmanager
def server_lock(path: Path = LOCAL / "server.lock") -> Iterator[None]:
    """Held while a server of this checkout runs; raises Failure when another one holds it."""
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure(
                "script/server is already running in this folder: use that one, or end it with Ctrl-C first."
            ) from None
        yield
