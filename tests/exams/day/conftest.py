"""What the tests of the day of an exam start from."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.exams.factories import noon


@pytest.fixture(autouse=True)
def midday() -> Iterator[None]:
    """Noon, and the time goes on: what happened half an hour ago happened today, whenever the tests run."""
    with time_machine.travel(noon(0)):
        yield
