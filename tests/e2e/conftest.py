"""What the end-to-end tests start from: a worker, a day, the body's staff."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from tests.e2e.visitor import Visitor
from tests.e2e.worker import Worker, running_worker
from tests.factories import UserFactory


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Yesterday, ten o'clock in Baku, and the time goes on: an exam fits into the day whenever the test runs.

    The worker lives today: whatever is due for the others is due for it.
    """
    yesterday = timezone.localtime() - timedelta(days=1)
    with time_machine.travel(yesterday.replace(hour=10, minute=0, second=0, microsecond=0)) as traveller:
        yield traveller


@pytest.fixture
def worker(transactional_db: None, tmp_path: Path) -> Iterator[Worker]:
    """A Celery worker in a process of its own."""
    with running_worker(tmp_path) as running:
        yield running


@pytest.fixture
def reference(transactional_db: None, capsys: pytest.CaptureFixture[str]) -> None:
    """Scheme, declarations, text of the contract."""
    call_command("load_reference")


@pytest.fixture
def staff(transactional_db: None) -> dict[str, User]:
    """One person for each role that somebody has to be given."""
    people = {
        "officer": (Role.OFFICER, "Həsənova", "Nigar", "Rafiq qızı"),
        "assessor": (Role.ASSESSOR, "Quliyev", "Rəşad", "İlqar oğlu"),
        "decider": (Role.DECIDER, "İsmayılov", "Tural", "Vaqif oğlu"),
        "auditor": (Role.AUDITOR, "Cəfərova", "Aynur", "Şahin qızı"),
    }
    return {
        login: UserFactory.create(
            email=f"{login}@orqan.example", surname=surname, given_name=given_name, patronymic=patronymic, roles=[role]
        )
        for login, (role, surname, given_name, patronymic) in people.items()
    }


@pytest.fixture
def visitor(new_context: Callable[..., Any], live_server: Any) -> Iterator[Callable[[], Visitor]]:
    """Let people sit down, each before a browser of their own; in the end nobody's browser has complained."""
    visitors: list[Visitor] = []

    def sits_down() -> Visitor:
        visitors.append(Visitor(new_context(), live_server.url))
        return visitors[-1]

    yield sits_down
    assert [complaint for one in visitors for complaint in one.complaints] == []
