"""Handing work to Celery: only on commit, and without the broker nothing fails."""

import os
import subprocess
import sys

from celery import current_app
from django.db import transaction
from django.utils.module_loading import import_string

from core.jobs import enqueue_on_commit

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
    assert "The broker is away: core.tasks.send_message(1,) is left to the sweep" in done.stderr


def test_enqueue_on_commit_sends_nothing_when_the_transaction_is_rolled_back(db, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks, transaction.atomic():
        enqueue_on_commit("core.tasks.send_message", 1)
        transaction.set_rollback(True)
    assert callbacks == []


def test_every_scheduled_task_exists():
    names = [entry["task"] for entry in current_app.conf.beat_schedule.values()]
    assert [import_string(name).name for name in names] == names
