"""The site in a process of its own, so that a test can take it away and bring it back at the same address."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

_PATIENCE = 30


@dataclass
class Server:
    """gunicorn on the test's database; `kill` leaves it no time to say good-bye."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where the site is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        with (self.folder / "gunicorn.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "certbody.wsgi", "--bind", f"127.0.0.1:{self.port}",
                 "--workers", "1", "--threads", "4", "--access-logfile", os.devnull],
                cwd=settings.PROJECT_DIR, env=_environment(), stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + _PATIENCE
        while not self._answers():
            assert time.monotonic() < deadline, (self.folder / "gunicorn.log").read_text()[-2000:]
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill master and workers at once."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def _answers(self) -> bool:
        """Ask for a page: a worker that is being killed still takes connections for a moment, and answers none."""
        with suppress(OSError, HTTPException), closing(HTTPConnection("127.0.0.1", self.port, timeout=5)) as asked:
            asked.request("GET", "/healthz/")
            return asked.getresponse().status == HTTPStatus.OK
        return False


@contextmanager
def running_server(folder: Path) -> Iterator[Server]:
    """Serve the site, and end it with the test."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    server = Server(folder, port)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def _environment() -> dict[str, str]:
    name = str(connection.settings_dict["NAME"])
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "certbody.settings.test",
        "DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl(),
        "DATA_DIR": str(settings.DATA_DIR),
    }
