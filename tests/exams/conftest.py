"""What the tests of exams start from."""

import pytest

from accounts.models import User
from exams.models import Attempt, ExamSession, StageRun
from schemes.models import SchemeVersion
from tests.exams.factories import new_attempt, new_session, noon, running_stage


@pytest.fixture
def session(version: SchemeVersion, assessor: User) -> ExamSession:
    """A session of today, on whose panel `assessor` sits alone."""
    return new_session(version, assessor)


@pytest.fixture
def attempt(session: ExamSession, candidate: User) -> Attempt:
    """The scheduled exam of `candidate` in `session`."""
    return new_attempt(session, user=candidate)


@pytest.fixture
def run(attempt: Attempt) -> StageRun:
    """Stage P1 of `attempt`, under way."""
    return running_stage(attempt)


@pytest.fixture
def coming(version: SchemeVersion, assessor: User) -> ExamSession:
    """A session in a week."""
    return new_session(version, assessor, starts_at=noon(), capacity=2)
