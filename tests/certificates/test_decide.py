"""Deciding on certification: who may, once, with what effect."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.states import Role
from audit.models import AuditEntry
from candidates.models import ConflictOfInterest
from certificates.models import Contract, Decision
from certificates.queries.decisions import obstacles, queue_to_decide
from certificates.services.contracts import load_contract_templates
from certificates.services.decisions import decide
from certificates.states import ContractState, Obstacle, Outcome
from core.errors import NotAllowed, RuleViolation
from core.integrity import constraint_name
from core.models import OutgoingMessage
from exams.models import Attempt
from tests.certificates import factories
from tests.factories import UserFactory

REASONS = "Bütün meyarlar ödənilib."


@pytest.fixture(autouse=True)
def _text(db):
    load_contract_templates()


def refuse(attempt, decider):
    return decide(attempt, actor=decider, outcome=Outcome.REFUSED, reasons=" Kritik addım ödənilməyib. ")


def grant(attempt, decider):
    return decide(attempt, actor=decider, outcome=Outcome.GRANTED, reasons=REASONS)


def code_of(error):
    return error.value.code


def test_decide_grants_and_offers_the_contract(version, decider):
    attempt = factories.attempt(version)
    decision = grant(attempt, decider)
    contract = Contract.objects.get()
    today = timezone.localdate()
    assert (decision.outcome, decision.person, decision.decided_by) == ("granted", attempt.person, decider)
    assert decision.appeal_until == today + timedelta(days=10)
    assert (contract.decision, contract.state) == (decision, ContractState.OFFERED)
    assert contract.due_on == today + timedelta(days=30)
    assert attempt.application.concluded_at is None
    assert sorted(OutgoingMessage.objects.values_list("kind", flat=True)) == ["contract_offered", "decision_granted"]
    assert list(AuditEntry.objects.filter(actor=decider).order_by("id").values_list("verb", flat=True)) == [
        "decision.granted",
        "contract.offer",
    ]


def test_decide_refuses_and_concludes_the_application(version, decider):
    attempt = factories.attempt(version, passed=False)
    decision = refuse(attempt, decider)
    attempt.application.refresh_from_db()
    message = OutgoingMessage.objects.get()
    assert decision.reasons == "Kritik addım ödənilməyib."
    assert attempt.application.concluded_at is not None
    assert not Contract.objects.exists()
    assert (message.kind, message.recipient, message.language) == ("decision_refused", "gunay@example.az", "az")
    assert "Kritik addım ödənilməyib." in message.body
    assert "etiraz verə bilərsiniz" in message.body


def test_decide_refuses_a_passed_exam_too(version, decider):
    assert refuse(factories.attempt(version), decider).outcome == Outcome.REFUSED


def test_decide_writes_in_the_language_of_the_person(version, decider):
    grant(factories.attempt(version, language="en"), decider)
    subjects = OutgoingMessage.objects.order_by("id").values_list("subject", flat=True)
    number = Contract.objects.get().number
    assert list(subjects) == [f"A contract waits for you: {number}", "Certification granted"]


@time_machine.travel(datetime(2026, 11, 20, 21, 30, tzinfo=UTC), tick=False)  # 01:30 on the 21st in Baku
def test_decide_takes_the_local_day_for_the_appeal(version, decider):
    decision = refuse(factories.attempt(version), decider)
    assert str(decision.appeal_until) == "2026-12-01"


@pytest.mark.parametrize("reasons", ["", "  \n ", "x", "Keçib."])
def test_decide_wants_reasons_that_are_a_sentence(version, decider, reasons):
    with pytest.raises(RuleViolation) as error:
        decide(factories.attempt(version), actor=decider, outcome=Outcome.GRANTED, reasons=reasons)
    assert code_of(error) == "reasons"
    assert not Decision.objects.exists()


def test_decide_does_not_grant_a_failed_exam(version, decider):
    with pytest.raises(RuleViolation) as error:
        grant(factories.attempt(version, passed=False), decider)
    assert code_of(error) == "not_passed"


def test_decide_refuses_a_second_decision(version, decider):
    attempt = factories.attempt(version)
    grant(attempt, decider)
    with pytest.raises(RuleViolation) as error:
        refuse(attempt, UserFactory.create(roles=[Role.DECIDER]))
    assert code_of(error) == "decided"


def test_decide_refuses_an_exam_that_is_not_released(version, decider):
    released = factories.attempt(version)
    other = factories.application(version)
    assert other.person
    scheduled = Attempt.objects.create(
        session=released.session, application=other, person=other.person, starts_at=timezone.now()
    )
    with pytest.raises(RuleViolation) as error:
        refuse(scheduled, decider)
    assert code_of(error) == "not_released"


def test_decide_refuses_a_withdrawn_application(version, decider):
    attempt = factories.attempt(version)
    attempt.application.state = "withdrawn"
    attempt.application.save(update_fields=["state"])
    with pytest.raises(RuleViolation) as error:
        grant(attempt, decider)
    assert code_of(error) == "application"


def test_decide_waits_for_a_later_exam(version, decider):
    first = factories.attempt(version, passed=False)
    later = factories.attempt(version, on=first.application)
    with pytest.raises(RuleViolation) as error:
        refuse(first, decider)
    assert code_of(error) == "later_attempt"
    assert list(queue_to_decide()) == [later]


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ASSESSOR, Role.AUDITOR, Role.SYSADMIN, Role.CANDIDATE])
def test_decide_refuses_every_other_role(version, role):
    with pytest.raises(NotAllowed) as error:
        grant(factories.attempt(version), UserFactory.create(roles=[role]))
    assert code_of(error) == "role"


def with_interest(attempt):
    user = UserFactory.create(roles=[Role.DECIDER])
    ConflictOfInterest.objects.create(
        person=attempt.person, user=user, kind="trained", note="2025-ci ildə təlim", declared_by=user
    )
    return user


def the_person(attempt):
    user = factories.account(attempt)
    user.role_assignments.create(role=Role.DECIDER)
    return user


def assessor_of_attempt(attempt):
    user = attempt.session.panel.get().assessor
    user.role_assignments.create(role=Role.DECIDER)
    return user


def assessor_of_earlier_attempt(attempt):
    user = UserFactory.create(roles=[Role.DECIDER, Role.ASSESSOR])
    earlier = factories.attempt(attempt.session.scheme_version, assessor=user)
    Attempt.objects.create(
        session=earlier.session, application=attempt.application, person=attempt.person, starts_at=timezone.now(),
        state="cancelled",
    )  # fmt: skip
    return user


CONFLICTS = [
    (assessor_of_attempt, Obstacle.PANEL),
    (assessor_of_earlier_attempt, Obstacle.PANEL),
    (with_interest, Obstacle.INTEREST),
    (the_person, Obstacle.OWN_CASE),
]


@pytest.mark.parametrize(("conflicted", "obstacle"), CONFLICTS)
def test_decide_refuses_a_conflicted_decider(version, conflicted, obstacle):
    attempt = factories.attempt(version)
    user = conflicted(attempt)
    assert obstacles(user, attempt) == [obstacle]
    with pytest.raises(NotAllowed) as error:
        grant(attempt, user)
    assert code_of(error) == "conflict"
    assert str(obstacle.label) in str(error.value)


@pytest.mark.parametrize(("conflicted", "obstacle"), CONFLICTS)
def test_database_refuses_a_conflicted_decider(version, conflicted, obstacle):
    attempt = factories.attempt(version)
    user = conflicted(attempt)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        insert_decision(attempt, user)
    assert constraint(error) == "certificates_decider_independent"


def test_database_refuses_granting_a_failed_exam(version, decider):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        insert_decision(factories.attempt(version, passed=False), decider)
    assert constraint(error) == "certificates_granted_needs_pass"


def test_database_refuses_a_decision_on_another_person(version, decider):
    attempt, other = factories.attempt(version), factories.attempt(version)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        insert_decision(attempt, decider, person=other.person_id)
    assert constraint(error) == "certificates_decision_on_released"


@pytest.mark.parametrize("sql", ["UPDATE certificates_decision SET reasons = 'x'", "DELETE FROM certificates_decision"])
def test_database_keeps_decisions(version, sql):
    factories.granted(version)
    with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert constraint(error) == "certificates_decision_append_only"


def test_queue_to_decide_is_oldest_first_and_leaves_out_what_is_done(version, decider):
    first, second, done = (factories.attempt(version) for _number in range(3))
    refuse(done, decider)
    assert list(queue_to_decide()) == [first, second]


def insert_decision(attempt, user, person=None):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO certificates_decision (application_id, attempt_id, person_id, outcome, reasons, "
            "decided_by_id, decided_at, appeal_until) VALUES (%s, %s, %s, 'granted', 'x', %s, now(), now())",
            [attempt.application_id, attempt.pk, person or attempt.person_id, user.pk],
        )


def constraint(error):
    return constraint_name(error.value)
