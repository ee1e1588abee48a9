"""Handing work to Celery without ever losing it or holding up a request."""

import logging
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


def enqueue(task: str, *arguments: Any) -> None:
    """Send the task now; a broker that is away is logged, not raised."""
    try:
        current_app.send_task(task, args=arguments)
    except OperationalError:
        logger.warning("The broker is away: %s%s is left to the sweep", task, arguments)
