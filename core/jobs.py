"""Handing work to Celery without ever losing it or holding up a request.

What is handed over is a row already. A broker that is away is found out once: for a few seconds nobody in the process
waits for it again, and the sweeps find the rows.
"""

import logging
from collections.abc import Iterable
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from core.outages import Outage

logger = logging.getLogger(__name__)
PAUSE = 10.0  # seconds for which a broker that did not answer is left alone: several times the wait for it
_outage = Outage(PAUSE)


def enqueue_on_commit(task: str, *arguments: Any) -> None:
    """Send the task by name once the transaction commits; a rolled-back transaction sends nothing.

    The work itself is a row. If the broker is away, the person's request still succeeds and the sweep finds the row.
    """
    transaction.on_commit(lambda: enqueue(task, *arguments))


def enqueue_all_on_commit(task: str, keys: Iterable[Any]) -> None:
    """Send the task once for each key when the transaction commits; the first that finds no broker is the last."""
    transaction.on_commit(lambda: all(enqueue(task, key) for key in list(keys)))


def enqueue(task: str, *arguments: Any) -> bool:
    """Send the task now; a broker that is away is logged once, not raised. Tells whether it was there."""
    if _outage.is_left_alone:
        return False
    try:
        current_app.send_task(task, args=arguments)
    except OperationalError:
        if _outage.began():
            logger.warning("The broker is away: %s%s and what follows is left to the sweep", task, arguments)
        return False
    if _outage.ended():
        logger.info("The broker is back")
    return True
