"""What two people do at the same moment to a decision and its exam."""

import pytest

from accounts.states import Role
from certificates.models import Decision
from certificates.services.reviews import settle_review
from exams.services.amendments import approve_amendment
from tests.certificates.reviews.cases import CONCLUSION, decided
from tests.exams.amending import propose
from tests.exams.racing import DONE, at_once
from tests.factories import UserFactory


@pytest.mark.django_db(transaction=True)
def test_decision_and_approval_at_once_never_grant_a_failed_exam(exam, stage, decider, officer):
    amendment = propose(stage)
    outcome = at_once(lambda: decided(exam, decider), lambda: approve_amendment(amendment, actor=officer))
    assert outcome in (["amendment_open", DONE], [DONE, "not_passed"])
    assert not Decision.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_decision_and_proposal_at_once_come_one_after_the_other(exam, stage, decider):
    outcome = at_once(lambda: decided(exam, decider), lambda: propose(stage))
    assert outcome in (["amendment_open", DONE], [DONE, DONE])
    assert Decision.objects.exists() == (outcome == [DONE, DONE])


@pytest.mark.django_db(transaction=True)
def test_two_conclusions_at_once_leave_one(review, decider):
    other = UserFactory.create(roles=[Role.DECIDER])
    outcome = at_once(
        lambda: settle_review(review, conclusion=CONCLUSION, actor=decider),
        lambda: settle_review(review, conclusion="Qərar qüvvədə qalır.", actor=other),
    )
    assert outcome == [DONE, "state"]
