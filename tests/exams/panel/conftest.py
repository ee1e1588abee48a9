"""The people of a panel, and a stage that they have marked."""

import pytest

from accounts.models import User
from accounts.states import Role
from exams.models import Attempt, ExamSession, StageRun
from schemes.models import SchemeVersion
from tests.exams.factories import an_event, ended_stage, marked_stage, new_session, sealed_stage, sent
from tests.exams.panel.steps import SECRET
from tests.factories import UserFactory


@pytest.fixture
def member(db: None) -> User:
    return UserFactory.create(roles=[Role.ASSESSOR])


@pytest.fixture
def observer(db: None) -> User:
    return UserFactory.create(roles=[Role.ASSESSOR])


@pytest.fixture
def session(version: SchemeVersion, assessor: User, member: User, observer: User) -> ExamSession:
    """A session of today with a lead, a further assessor and an observer."""
    return new_session(version, assessor, member, observers=[observer])


@pytest.fixture
def ended(attempt: Attempt) -> StageRun:
    """Stage P1, ended, with two open sheets."""
    return ended_stage(attempt)


@pytest.fixture
def differing(ended: StageRun, assessor: User, member: User) -> StageRun:
    """The same, sealed by both: they differ on BQ.2 and BQ.4."""
    sent(ended, an_event(ended, "BQ.2", comment=SECRET), actor=assessor)
    marked_stage(ended, assessor=assessor)
    marked_stage(ended, assessor=member, missed=["BQ.2", "BQ.4"])
    return sealed_stage(ended)
