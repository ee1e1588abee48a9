"""Withdrawing an application meets the decision on it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from accounts.states import Role
from candidates.models import ConflictOfInterest
from candidates.services.withdrawal import withdraw_application
from certificates.models import Decision
from certificates.queries.decisions import obstacles
from certificates.services.contracts import load_contract_templates, void_contract
from certificates.services.decisions import decide
from certificates.services.lifecycle import suspend_certificate
from certificates.states import Obstacle, Outcome
from core.errors import NotAllowed, RuleViolation
from core.integrity import constraint_name
from exams.services.scheduling import schedule_candidates
from tests.certificates import factories
from tests.certificates.factories import because
from tests.certificates.test_issue import at_once
from tests.exams.factories import new_session
from tests.factories import UserFactory


@pytest.mark.parametrize("stage", [factories.offered, factories.concluded])
@pytest.mark.django_db
def test_granted_application_is_not_withdrawn(version, stage):
    contract = stage(version)
    application = contract.decision.application
    with pytest.raises(RuleViolation) as caught:
        withdraw_application(application, actor=factories.account(contract))
    application.refresh_from_db()
    assert (caught.value.code, application.state) == ("decided", "accepted")


@pytest.mark.django_db
def test_withdrawal_is_offered_until_the_decision(version, decider, sign_in):
    load_contract_templates()
    attempt = factories.attempt(version)
    client = sign_in(factories.account(attempt))
    page = reverse("candidates:detail", args=[attempt.application.pk])
    withdraw = reverse("candidates:withdraw", args=[attempt.application.pk])
    assert withdraw in client.get(page).content.decode()
    assert client.get(withdraw).status_code == 200
    decide(attempt, actor=decider, outcome=Outcome.GRANTED, reasons="Bütün şərtlər ödənilib.")
    assert withdraw not in client.get(page).content.decode()
    assert client.get(withdraw)["Location"] == page


@pytest.mark.django_db(transaction=True)
def test_withdrawal_and_decision_at_once_leave_one(version, decider):
    load_contract_templates()
    attempt = factories.attempt(version)
    answers = at_once(
        lambda: withdraw_application(attempt.application, actor=factories.account(attempt)).state,
        lambda: decide(attempt, actor=decider, outcome=Outcome.GRANTED, reasons="Bütün şərtlər ödənilib.").outcome,
    )
    attempt.application.refresh_from_db()
    decided = Decision.objects.exists()
    assert sorted(map(str, answers)) == (["decided", "granted"] if decided else ["application", "withdrawn"])
    assert attempt.application.state == ("accepted" if decided else "withdrawn")


@pytest.mark.django_db(transaction=True)
def test_another_exam_and_refusal_at_once_leave_one(version, decider, officer):
    load_contract_templates()
    attempt = factories.attempt(version, passed=False)
    session = new_session(version)
    answers = at_once(
        lambda: schedule_candidates(session, [attempt.application], actor=officer)[0].state,
        lambda: decide(attempt, actor=decider, outcome=Outcome.REFUSED, reasons="Ödənilməyib.").outcome,
    )
    decided = Decision.objects.exists()
    assert sorted(map(str, answers)) == (["not_accepted", "refused"] if decided else ["later_attempt", "scheduled"])


@pytest.mark.django_db
def test_database_decides_on_open_applications_alone(version, decider):
    attempt = factories.attempt(version)
    attempt.application.concluded_at = timezone.now()
    attempt.application.save(update_fields=["concluded_at"])
    with pytest.raises(IntegrityError) as caught:
        Decision.objects.create(
            application=attempt.application, attempt=attempt, person=attempt.person,
            outcome="refused", reasons="səbəb yazılıb", decided_by=decider,
            decided_at=timezone.now(), appeal_until=timezone.localdate(),
        )  # fmt: skip
    assert constraint_name(caught.value) == "certificates_decision_on_open_case"


@pytest.mark.django_db
def test_account_that_applied_does_not_decide_even_when_unlinked(version):
    attempt = factories.attempt(version)
    user = factories.account(attempt)
    user.role_assignments.create(role=Role.DECIDER)
    attempt.person.user = None
    attempt.person.save(update_fields=["user"])
    assert obstacles(user, attempt) == [Obstacle.OWN_CASE]
    with pytest.raises(IntegrityError) as caught:
        Decision.objects.create(
            application=attempt.application, attempt=attempt, person=attempt.person,
            outcome="granted", reasons="səbəb yazılıb", decided_by=user,
            decided_at=timezone.now(), appeal_until=timezone.localdate(),
        )  # fmt: skip
    assert constraint_name(caught.value) == "certificates_decider_independent"


@pytest.mark.django_db
def test_officer_with_an_interest_handles_neither_contract_nor_certificate(version, officer, sign_in):
    contract, certificate = factories.offered(version), factories.certificate(version)
    for person in (contract.person, certificate.person):
        ConflictOfInterest.objects.create(person=person, user=officer, kind="related", note="", declared_by=officer)
    review = timezone.localdate() + timedelta(days=30)
    for call in (
        lambda: void_contract(contract, actor=officer, reason="səbəb yazılıb"),
        lambda: suspend_certificate(certificate, actor=officer, because=because("səbəb yazılıb"), review_on=review),
    ):
        with pytest.raises(NotAllowed) as caught:
            call()
        assert caught.value.code == "interest"
    client = sign_in(officer)
    assert client.get(f"/certificates/{certificate.pk}/").status_code == 200
    assert client.get(f"/certificates/{certificate.pk}/revoke/").status_code == 403
    assert sign_in(UserFactory.create(roles=[Role.OFFICER])).get(f"/contracts/{contract.pk}/void/").status_code == 200
