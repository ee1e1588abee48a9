"""Handing work to Celery: only on commit, and without the broker nothing fails."""

import os
import subprocess
import sys

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError

from core.batches import LEFT_AFTER
from core.jobs import PAUSE, enqueue, enqueue_on_commit
from core.outages import Outage

WITHOUT_BROKER = """
import django
django.setup()
from time import monotonic
from core.jobs import enqueue
before = monotonic()
enqueue("core.tasks.send_message", 1)
print("the request goes on", "at once" if monotonic() - before < 2 else "late")
"""


def test_enqueue_without_a_broker_is_logged_and_the_request_goes_on():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_BROKER],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "certbody.settings.test", "REDIS_URL": "redis://127.0.0.1:9/0"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "the request goes on at once\n")
    assert "The broker is away: core.tasks.send_message(1,) and what follows is left to the sweep" in done.stderr


def test_a_broker_that_is_away_is_waited_for_once_and_tried_again_later(monkeypatch, caplog):
    tried, now, away = [], [1000.0], [True]

    def send_task(task: str, *, args: tuple[int]) -> None:
        tried.append(args[0])
        if away[0]:
            raise OperationalError("no answer")

    monkeypatch.setattr("core.jobs.current_app.send_task", send_task)
    monkeypatch.setattr("core.jobs._outage", Outage(PAUSE))
    monkeypatch.setattr("core.outages.monotonic", lambda: now[0])
    caplog.set_level("INFO", logger="core.jobs")
    assert [enqueue("core.tasks.send_message", one) for one in range(3)] == [False, False, False]
    assert (tried, len(caplog.records)) == ([0], 1)
    now[0] += PAUSE
    assert [enqueue("core.tasks.send_message", one) for one in (3, 4)] == [False, False]
    assert (tried, len(caplog.records)) == ([0, 3], 1)
    now[0], away[0] = now[0] + PAUSE, False
    assert [enqueue("core.tasks.send_message", one) for one in (5, 6)] == [True, True]
    assert (tried, caplog.messages[1:]) == ([0, 3, 5, 6], ["The broker is back"])


def test_enqueue_on_commit_sends_nothing_when_the_transaction_is_rolled_back(db, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks, transaction.atomic():
        enqueue_on_commit("core.tasks.send_message", 1)
        transaction.set_rollback(True)
    assert callbacks == []


def test_every_scheduled_task_exists():
    names = [entry["task"] for entry in current_app.conf.beat_schedule.values()]
    assert [import_string(name).name for name in names] == names


def test_no_task_is_handed_out_again_while_a_worker_may_be_at_it():
    conf = current_app.conf
    current_app.loader.import_default_modules()
    ours = [task for name, task in current_app.tasks.items() if not name.startswith("celery.")]
    longest = max(task.time_limit or conf.task_time_limit for task in ours)
    waiting = max(getattr(task, "retry_backoff_max", 0) for task in ours)  # a retry waits in a worker, unfinished
    assert longest == settings.LONG_TASK_SECONDS
    assert conf.broker_transport_options["visibility_timeout"] > max(longest, waiting + conf.task_time_limit)
    # What a dead worker left is found by a sweep, long before the broker hands it out again.
    sweeps = [one["schedule"] for name, one in conf.beat_schedule.items() if name.startswith("sweep-")]
    quick = [every for every in sweeps if every == 60.0]
    assert (len(quick), LEFT_AFTER.total_seconds() < 300) == (3, True)
