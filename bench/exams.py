"""The exams that are marked: one session, panel and candidate for each assessor."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from accounts.models import User
from accounts.states import Role
from bench.floors import TABLE
from exams.models import MarkEvent, Sheet
from exams.sheets import board_of
from schemes.models import SchemeVersion
from tests.exams.factories import ended_stage, new_attempt, new_session, running_stage
from tests.factories import UserFactory


@dataclass
class Desk:
    """An assessor with a tablet, and what they have been told of their marks."""

    assessor: int
    session: str
    steps: list[tuple[int, str]]
    device: str = field(default_factory=lambda: str(uuid4()))
    sequence: Iterator[int] = field(default_factory=lambda: count(1))
    last: dict[tuple[int, str], str] = field(default_factory=dict)
    stored: list[str] = field(default_factory=list)
    sent: int = 0

    def hear(self, sent: dict[str, Any], answer: dict[str, Any]) -> None:
        """Remember what the server says that it has. Raises RuntimeError when it refused something."""
        if answer["refused"]:
            raise RuntimeError(str(answer["refused"]))
        self.sent += len(sent["events"])
        self.stored += answer["stored"]
        for event in sent["events"]:
            self.last[event["run"], event["step"]] = event["id"]


def desks(number: int) -> list[Desk]:
    """Make so many assessors, each in the middle of an exam: P1 has ended, P2 runs; both are to be marked."""
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
    version = SchemeVersion.objects.get()
    return [_desk(version) for _ in range(number)]


def _desk(version: SchemeVersion) -> Desk:
    assessor = UserFactory.create(roles=[Role.ASSESSOR])
    attempt = new_attempt(new_session(version, assessor))
    runs = [ended_stage(attempt, "P1", minutes=30, ago=5), running_stage(attempt, "P2", since_minutes=4)]
    steps = [
        (run.pk, code) for run in runs for code in run.stage.steps.order_by("order").values_list("code", flat=True)
    ]
    return Desk(assessor.pk, _signed_in(assessor), steps)


def _signed_in(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def stored_events() -> set[str]:
    """Return the identifiers of all events in the database."""
    return {str(pk) for pk in MarkEvent.objects.values_list("pk", flat=True)}


def standing_marks() -> int:
    """Return on how many steps of all sheets one mark stands."""
    return sum(len(board_of(sheet).marks) for sheet in Sheet.objects.all())
