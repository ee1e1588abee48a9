"""Handing work to Celery without ever losing it or holding up a request."""

import logging
from collections.abc import Iterable
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def enqueue_on_commit(task: str, *arguments: Any) -> None:
    """Send the task by name once the transaction commits; a rolled-back transaction sends nothing.

    The work itself is a row. If the broker is away, the person's request still succeeds and the sweep finds the row.
    """
    transaction.on_commit(lambda: enqueue(task, *arguments))


def enqueue_all_on_commit(task: str, keys: Iterable[Any]) -> None:
    """Send the task once for each key when the transaction commits; the first that finds no broker is the last."""
    transaction.on_commit(lambda: all(enqueue(task, key) for key in list(keys)))


def enqueue(task: str, *arguments: Any) -> bool:
    """Send the task now; a broker that is away is logged, not raised. Tells whether it was there."""
    try:
        current_app.send_task(task, args=arguments)
    except OperationalError:
        logger.warning("The broker is away: %s%s is left to the sweep", task, arguments)
        return False
    return True
