"""A decision whose exam was amended afterwards."""

import pytest

from certificates.models import DecisionReview
from certificates.services.contracts import load_contract_templates
from tests.certificates.reviews.cases import decided
from tests.exams.amending import amend
from tests.exams.factories import new_attempt, new_session, released_attempt


@pytest.fixture(autouse=True)
def _text(db):
    load_contract_templates()


@pytest.fixture
def exam(version, candidate):
    """A passed exam whose result is released."""
    return released_attempt(new_attempt(new_session(version), user=candidate))


@pytest.fixture
def stage(exam):
    """Its first stage."""
    return exam.stages.get(stage__code="P1")


@pytest.fixture
def review(exam, stage, decider, officer):
    """The flag on a granted decision whose exam is not passed any more."""
    decided(exam, decider)
    amend(stage, officer=officer)
    return DecisionReview.objects.get()
