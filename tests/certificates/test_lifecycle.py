"""Suspension, reinstatement, revocation: what follows, what is refused, and what the public is told meanwhile."""

from contextlib import suppress
from datetime import datetime, time, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import integers, lists, sampled_from, tuples

from accounts.states import Role
from audit.models import AuditEntry
from certificates.models import Certificate, Suspension
from certificates.queries import open_suspension, queue_suspensions_to_review, search_certificates
from certificates.services.lifecycle import reinstate_certificate, revoke_certificate, suspend_certificate
from certificates.states import CERTIFICATE, CertificateState, Status
from core.errors import NotAllowed, RuleViolation
from core.integrity import constraint_name
from core.models import OutgoingMessage
from tests.certificates import factories
from tests.factories import UserFactory


def in_days(days):
    return timezone.localdate() + timedelta(days=days)


def suspend(certificate, officer, review_on=None):
    return suspend_certificate(
        certificate, actor=officer, reason="Şikayət araşdırılır", review_on=review_on or in_days(30)
    )


def reinstate(certificate, officer):
    return reinstate_certificate(certificate, actor=officer, reason="Araşdırıldı")


def revoke(certificate, officer):
    return revoke_certificate(certificate, actor=officer, reason="Sui-istifadə")


def later(certificate, days=0):
    """Travel to the last day of validity, or `days` after it."""
    moment = timezone.make_aware(datetime.combine(certificate.valid_until, time()))
    return time_machine.travel(moment + timedelta(days=days, hours=12), tick=False)


def test_suspend_tells_the_holder_and_opens_a_suspension(version, officer):
    certificate = suspend(factories.certificate(version), officer)
    suspension = Suspension.objects.get()
    message = OutgoingMessage.objects.get(kind="certificate_suspended")
    assert (certificate.state, certificate.status) == (CertificateState.SUSPENDED, Status.SUSPENDED)
    assert (suspension.reason, suspension.review_on, suspension.imposed_by) == (
        "Şikayət araşdırılır",
        in_days(30),
        officer,
    )
    assert certificate.state_changed_at == suspension.started_at
    assert "Şikayət araşdırılır" in message.body
    assert "dərhal dayandırın" in message.body
    assert AuditEntry.objects.get(verb="certificate.suspend").reason == "Şikayət araşdırılır"


def test_reinstate_ends_the_suspension(version, officer, other_officer):
    certificate = suspend(factories.certificate(version), officer)
    reinstated = reinstate(certificate, other_officer)
    suspension = Suspension.objects.get()
    assert reinstated.status == Status.VALID
    assert (suspension.ended_by, suspension.ended_at) == (other_officer, reinstated.state_changed_at)
    assert open_suspension(reinstated) is None
    assert OutgoingMessage.objects.filter(kind="certificate_reinstated").count() == 1


def test_revoke_ends_an_open_suspension_and_is_final(version, officer):
    certificate = revoke(suspend(factories.certificate(version), officer), officer)
    assert certificate.status == Status.REVOKED
    assert Suspension.objects.get().ended_by == officer
    body = OutgoingMessage.objects.get(kind="certificate_revoked").body
    assert "Sui-istifadə" in body
    assert "əslini bizə təhvil verin" in body
    assert refusal("UPDATE certificates_certificate SET state = 'valid'") == "certificates_certificate_frozen"


def test_suspend_twice_over_time_sends_two_messages(version, officer):
    certificate = factories.certificate(version)
    suspend(reinstate(suspend(certificate, officer), officer), officer)
    assert Suspension.objects.count() == 2
    assert OutgoingMessage.objects.filter(kind="certificate_suspended").count() == 2


@pytest.mark.parametrize("verb", [suspend, reinstate, revoke])
@pytest.mark.parametrize("state", CertificateState.values)
def test_every_verb_from_every_state_follows_the_table(version, officer, verb, state):
    certificate = factories.certificate(version)
    if state != "valid":
        certificate = {"suspended": suspend, "revoked": revoke}[state](certificate, officer)
    if CERTIFICATE.allows(verb.__name__, state):
        assert verb(certificate, officer).state == CERTIFICATE.get(verb.__name__).target
        return
    with pytest.raises(RuleViolation) as error:
        verb(certificate, officer)
    assert error.value.code == "state"
    assert str(CertificateState(state).label) in str(error.value)


@pytest.mark.parametrize(("days", "code"), [(0, "review_past"), (-1, "review_past"), (3000, "review_late")])
def test_suspend_refuses_an_impossible_review(version, officer, days, code):
    with pytest.raises(RuleViolation) as error:
        suspend(factories.certificate(version), officer, in_days(days))
    assert error.value.code == code
    assert Certificate.objects.get().state == CertificateState.VALID


@pytest.mark.parametrize("reason", ["  ", "x", "bu    səbəb"])
def test_every_verb_wants_a_reason_that_is_a_sentence(version, officer, reason):
    certificate, review = factories.certificate(version), in_days(30)
    for verb in (
        lambda: suspend_certificate(certificate, actor=officer, reason=reason, review_on=review),
        lambda: reinstate_certificate(certificate, actor=officer, reason=reason),
        lambda: revoke_certificate(certificate, actor=officer, reason=reason),
    ):
        with pytest.raises(RuleViolation) as error:
            verb()
        assert error.value.code == "reason"
    assert Certificate.objects.get().state == CertificateState.VALID


@pytest.mark.parametrize("role", [Role.DECIDER, Role.AUDITOR, Role.SYSADMIN, Role.CANDIDATE])
def test_every_verb_is_for_officers(version, role):
    certificate, user = factories.certificate(version), UserFactory.create(roles=[role])
    for verb in (suspend, reinstate, revoke):
        with pytest.raises(NotAllowed) as error:
            verb(certificate, user)
        assert error.value.code == "role"


def test_expired_follows_from_the_date(version, officer):
    certificate = factories.certificate(version)
    with later(certificate):
        assert (certificate.status, certificate.badge_state) == (Status.VALID, "about_to_expire")
    with later(certificate, days=1):
        assert certificate.status == Status.EXPIRED
        assert list(search_certificates(status="expired")) == [certificate]
        assert list(search_certificates(status="valid")) == []
        with pytest.raises(RuleViolation) as error:
            suspend(certificate, officer)
        assert error.value.code == "expired"
        assert revoke(certificate, officer).status == Status.REVOKED


def test_a_suspended_certificate_expires_and_stays_so(version, officer):
    certificate = suspend(factories.certificate(version), officer)
    with later(certificate, days=1):
        assert certificate.status == Status.EXPIRED
        with pytest.raises(RuleViolation) as error:
            reinstate(certificate, officer)
        assert error.value.code == "expired"


def test_queue_suspensions_to_review_holds_those_that_are_due(version, officer):
    certificate = suspend(factories.certificate(version), officer, in_days(5))
    assert list(queue_suspensions_to_review()) == []
    with time_machine.travel(timezone.now() + timedelta(days=5)):
        assert [one.certificate for one in queue_suspensions_to_review()] == [certificate]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE certificates_suspension SET reason = 'x'",
        "UPDATE certificates_suspension SET started_at = started_at - interval '1 day'",
        "DELETE FROM certificates_suspension",
    ],
)
def test_database_keeps_suspensions(version, officer, sql):
    suspend(factories.certificate(version), officer)
    assert refusal(sql) == "certificates_suspension_frozen"


def test_database_refuses_overlapping_suspensions(version, officer):
    certificate = suspend(factories.certificate(version), officer)
    insert = (
        "INSERT INTO certificates_suspension (certificate_id, reason, started_at, review_on, imposed_by_id) "
        "VALUES (%s, 'x', now() + interval '1 day', now(), %s)"
    )
    assert refusal(insert, certificate.pk, officer.pk) == "certificates_no_overlapping_suspensions"


def refusal(sql, *values):
    with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
    return constraint_name(error.value)


# --- The whole lifecycle against a simple model -----------------------------------------------------------------------

MODEL = {
    ("valid", "suspend"): "suspended",
    ("suspended", "reinstate"): "valid",
    ("valid", "revoke"): "revoked",
    ("suspended", "revoke"): "revoked",
}
STEPS = lists(tuples(sampled_from([suspend, reinstate, revoke]), integers(min_value=0, max_value=3)), max_size=8)


class Undo(Exception):
    """Takes back what one example did."""


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_lifecycle_agrees_with_the_model(version, officer, steps):
    with suppress(Undo), transaction.atomic():
        walk(factories.certificate(version, officer=officer), officer, steps)
        raise Undo


def walk(certificate, officer, steps):
    """Take the steps, each some days after the one before, and compare with the model after each."""
    state, now = "valid", timezone.now()
    for verb, days in steps:
        now += timedelta(days=days, seconds=1)
        with time_machine.travel(now, tick=False):
            expected = MODEL.get((state, verb.__name__))
            assert outcome(verb, certificate, officer) == ("moved" if expected else "state")
            state = expected or state
            certificate = Certificate.objects.get(pk=certificate.pk)
            assert (certificate.state, str(certificate.status)) == (state, state)
            assert certificate.suspensions.filter(ended_at=None).count() == (state == "suspended")


def outcome(verb, certificate, officer):
    try:
        verb(certificate, officer)
    except RuleViolation as violation:
        return violation.code
    return "moved"
