"""Two people at the same moment, with real threads and real transactions."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from core.errors import RuleViolation

DONE = "done"


def at_once(*calls: Callable[[], object]) -> list[str]:
    """Run the calls in threads that start together; return "done" or the code of the refusal, sorted."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], object]) -> str:
        try:
            barrier.wait(timeout=10)
            call()
        except RuleViolation as violation:
            return violation.code
        else:
            return DONE
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(pool.map(run, calls))
