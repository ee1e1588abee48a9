"""A real Celery worker for a test: a process of its own, on the test's database and files, with a broker of its own."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection

from certbody import lifeline

_END_OF_MESSAGE = b"\n" + b"-" * 79 + b"\n"
_LAST_DATABASE = 15  # of the sixteen that every Redis has
_PATIENCE = 30


@dataclass
class Worker:
    """The running worker and what it has sent."""

    child: lifeline.Child
    mail: Path

    def letters(self) -> list[EmailMessage]:
        """Return the e-mails that were sent, in no order."""
        parser = BytesParser(EmailMessage, policy=policy.default)
        parts = [part for file in self.mail.glob("*.log") for part in file.read_bytes().split(_END_OF_MESSAGE)]
        return [parser.parsebytes(part) for part in parts if part.strip()]

    def letter(self, subject: str) -> EmailMessage:
        """Wait until a letter with this subject has been sent."""
        self.until(lambda: subject in {letter["Subject"] for letter in self.letters()}, f"the letter “{subject}”")
        return next(letter for letter in self.letters() if letter["Subject"] == subject)

    def until(self, done: Callable[[], bool], what: str) -> None:
        """Wait until the worker has done something; it fails with its log when it ends or takes too long."""
        deadline = time.monotonic() + _PATIENCE
        while not done():
            assert self.child.ended is None, self.child.last_lines(60)
            assert time.monotonic() < deadline, f"{what} did not come\n{self.child.last_lines(60)}"
            time.sleep(0.1)


@contextmanager
def running_worker(folder: Path) -> Iterator[Worker]:
    """Start a worker, let this process hand its jobs to it, and stop it in the end."""
    mail = folder / "mail"
    mail.mkdir()
    broker = _own_broker()
    child = lifeline.start(
        "Celery worker",
        [
            sys.executable, "-m", "celery", "-A", "certbody", "worker",
            "--pool=solo", "--purge", "--loglevel=info", "--without-gossip", "--without-mingle", "--without-heartbeat",
        ],
        log=folder / "worker.log",
        cwd=Path(settings.PROJECT_DIR),
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.e2e.worker_settings",
            "DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{_database()}").geturl(),
            "DATA_DIR": str(settings.DATA_DIR),
            "EMAIL_FILE_PATH": str(mail),
            "CELERY_BROKER_URL": broker,
        },
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CELERY_BROKER_URL", broker)  # Celery looks here before its configuration
        patch.setattr(current_app.amqp, "_producer_pool", None)
        worker = Worker(child, mail)
        try:
            # It empties the queue when it starts: what was handed over before would be lost.
            worker.until(lambda: " ready." in child.last_lines(60), "the worker itself")
            yield worker
        finally:
            child.stop()


def _database() -> str:
    return str(connection.settings_dict["NAME"])


def _own_broker() -> str:
    """Return a Redis database that no other test uses: they empty theirs, and would take the jobs."""
    number = _LAST_DATABASE - int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    address = str(settings.CELERY_BROKER_URL).partition("?")[0]
    if address.startswith("redis+socket:"):
        return f"{address}?virtual_host={number}"
    return urlsplit(address)._replace(path=f"/{number}").geturl()
