"""The rows of a job, each for itself: one that is broken holds up no other."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import models, transaction

from core.errors import RuleViolation

logger = logging.getLogger(__name__)
M = TypeVar("M", bound=models.Model)


def each_alone(rows: Iterable[M], act: Callable[[M], object]) -> int:
    """Call `act` with each row, in a transaction of its own; returns how many it was done for.

    A row that a business rule refuses is passed over: somebody was quicker. One that fails (a defect, a deadlock that
    it loses) leaves nothing behind but a line in the log, with its key and no names, and its turn comes with the next
    run of the job.
    """
    count = 0
    for row in rows:
        try:
            with transaction.atomic():
                act(row)
        except RuleViolation as violation:
            logger.info("%s %s is left as it is: %s", row._meta.label_lower, row.pk, violation.code)
        except Exception:
            logger.exception("%s %s could not be settled", row._meta.label_lower, row.pk)
        else:
            count += 1
    return count
