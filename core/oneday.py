"""Decisions for which it is one day from their first line to their last, whatever the clock does meanwhile."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, transaction
from django.utils import timezone

from core.errors import RuleViolation

P = ParamSpec("P")
R = TypeVar("R")


def in_one_day(decide: Callable[P, R]) -> Callable[P, R]:
    """Run `decide` in a transaction in which every look at the clock finds the same day of the body's.

    When midnight comes into it, while it waits for a lock for example, all of it is taken back and decided anew on the
    new day, refusals too: what was checked for one day is never written down on the next. Only what is decided from
    the database and the arguments alone may be wrapped: it may run twice.
    """

    @wraps(decide)
    def decided(*args: P.args, **kwargs: P.kwargs) -> R:
        while True:
            day = timezone.localdate()
            try:
                with transaction.atomic():
                    result = decide(*args, **kwargs)
                    is_over = timezone.localdate() != day
                    if is_over:
                        transaction.set_rollback(True)
            except (RuleViolation, IntegrityError):
                if timezone.localdate() == day:
                    raise
            else:
                if not is_over:
                    return result

    return decided
