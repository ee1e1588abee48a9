"""What the database keeps of a certificate's life, whoever writes; and two at the same moment."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import AuditEntry
from certificates.models import Certificate, CertificateEvent, Duty, Surveillance, Suspension
from certificates.services.certificates import issue_certificate
from certificates.services.lifecycle import settle_all_due
from certificates.services.misuse import settle_case
from certificates.services.requests.changes import accept_change
from certificates.services.surveillance import hold_surveillance
from certificates.states import MisuseOutcome, SurveillanceResult
from tests.certificates import cases_factories as cases, factories, requests_factories as requests
from tests.certificates.life_factories import in_days, noon, refusal, reinstate, revoke, suspend, with_scopes, withdraw
from tests.certificates.renewal_factories import agreed_contract, decided, standing
from tests.exams.racing import DONE, at_once


@pytest.fixture
def certificate(version, officer):
    return factories.certificate(with_scopes(version), officer=officer)


ISSUED_ON = "(recorded_at AT TIME ZONE 'Asia/Baku')::date"
EVENT = (
    "INSERT INTO certificates_certificateevent (certificate_id, kind, ground, reason, public_reason, is_published, "
    "effective_on, review_on, scopes, withdraws_id, recorded_at, recorded_by_id) SELECT certificate_id, {kind}, "
    "'misuse', 'x', '', false, {effective_on}, NULL, scopes, {withdraws}, now(), recorded_by_id "
    "FROM certificates_certificateevent WHERE kind = 'issue'"
)


def test_database_moves_and_plans_by_an_event_alone(certificate, officer):
    move = "UPDATE certificates_certificate SET state = 'suspended', state_changed_at = now()"
    plan = "UPDATE certificates_certificate SET next_state = 'revoked', next_from = %s"
    assert refusal(move) == "certificates_moved_by_event"
    assert refusal(plan, in_days(5)) == "certificates_moved_by_event"
    revoke(certificate, officer, 5)
    withdraw(certificate, officer)
    assert refusal(plan, in_days(5)) == "certificates_moved_by_event"
    revoke(certificate, officer, 5)
    assert refusal("UPDATE certificates_certificate SET next_state = ''") == "certificates_next_complete"


def test_database_rewrites_no_history(certificate, officer):
    suspend(certificate, officer)
    for change in (
        "UPDATE certificates_certificateevent SET reason = 'x'",
        "DELETE FROM certificates_certificateevent",
    ):
        assert refusal(change.format("certificates_certificateevent")) == "certificates_certificateevent_append_only"
    backdated = EVENT.format(kind="'revoke'", effective_on=f"{ISSUED_ON} - 1", withdraws="NULL")
    assert refusal(backdated) == "certificates_event_not_backdated"
    of_the_past = "(SELECT id FROM certificates_certificateevent WHERE kind = 'suspend')"
    withdrawn = EVENT.format(kind="'withdraw'", effective_on=ISSUED_ON, withdraws=of_the_past)
    assert refusal(withdrawn) == "certificates_event_withdraws_planned"
    assert refusal("TRUNCATE certificates_certificateevent CASCADE").endswith("_append_only")
    assert refusal("UPDATE certificates_certificate SET scopes = '{yeni}'") == "certificates_certificate_frozen"


def test_database_keeps_suspensions_and_refuses_overlapping_ones(certificate, officer):
    suspend(certificate, officer, 3)
    overlap = (
        "INSERT INTO certificates_suspension (certificate_id, event_id, reason, started_at, review_on, imposed_by_id) "
        "SELECT certificate_id, (SELECT id FROM certificates_certificateevent WHERE kind = 'issue'), 'x', %s, "
        "review_on, imposed_by_id FROM certificates_suspension"
    )
    for days in (0, 4):  # before the planned one, which is open to its end, and within it
        moment = timezone.now() + timedelta(days=days)
        assert refusal(overlap, moment) == "certificates_no_overlapping_suspensions"
    for change in (
        "UPDATE certificates_suspension SET reason = 'x'",
        "UPDATE certificates_suspension SET started_at = started_at - interval '1 day'",
        "DELETE FROM certificates_suspension",
    ):
        assert refusal(change) == "certificates_suspension_frozen"


def test_database_keeps_what_was_said_in_a_case_that_is_not_settled(certificate):
    cases.heard(certificate)
    cases.answered(certificate)
    cases.announced(certificate)
    for change in (
        "UPDATE certificates_misusecase SET charge = 'x' WHERE state = 'hearing'",
        "UPDATE certificates_misusecase SET answer_due_on = answer_due_on - 5 WHERE state = 'hearing'",
        "UPDATE certificates_misusecase SET state = 'open', heard_at = NULL WHERE state = 'hearing'",
        "UPDATE certificates_misusecase SET answer = 'x' WHERE state = 'answered'",
        "UPDATE certificates_misusecase SET answered_at = now() WHERE state = 'answered'",
        "UPDATE certificates_misusecase SET state = 'hearing' WHERE state = 'answered'",
    ):
        assert refusal(change) == "certificates_misusecase_frozen"
    unsaid = "UPDATE certificates_misusecase SET state = 'answered' WHERE state = 'hearing'"
    assert refusal(unsaid) == "certificates_misuse_step_complete"
    for change in (
        "UPDATE certificates_surveillance SET announced_at = NULL WHERE state = 'announced'",
        "UPDATE certificates_surveillance SET announced_at = now() WHERE state = 'announced'",
        "UPDATE certificates_surveillance SET state = 'planned' WHERE state = 'announced'",
    ):
        assert refusal(change) == "certificates_surveillance_frozen"
    untold = "UPDATE certificates_surveillance SET state = 'announced' WHERE state = 'planned'"
    assert refusal(untold) == "certificates_surveillance_told"


def test_database_settles_cases_and_duties_once(certificate, officer):
    case, held, asked = cases.answered(certificate), cases.announced(certificate), requests.change(certificate)
    settle_case(case, cases.settlement(MisuseOutcome.WARNING), actor=officer)
    hold_surveillance(held, cases.finding(SurveillanceResult.CONFIRMED), actor=officer)
    accept_change(asked, actor=officer)
    for statement, table in (
        ("UPDATE certificates_misusecase SET outcome = 'legal'", "misusecase"),
        ("DELETE FROM certificates_misusecase", "misusecase"),
        ("UPDATE certificates_surveillance SET result = 'revocation' WHERE state = 'held'", "surveillance"),
        ("DELETE FROM certificates_surveillance", "surveillance"),
        ("UPDATE certificates_changenotice SET state = 'reported', settled_at = NULL", "changenotice"),
        ("DELETE FROM certificates_changenotice", "changenotice"),
        ("UPDATE certificates_duty SET met_on = met_on - 1 WHERE state = 'met'", "duty"),
        ("DELETE FROM certificates_duty", "duty"),
    ):
        assert refusal(statement) == f"certificates_{table}_frozen"
    for statement in ("UPDATE certificates_casefile SET by_holder = true", "DELETE FROM certificates_casefile"):
        assert refusal(statement) == "certificates_casefile_append_only"


def test_database_keeps_what_was_applied_for(certificate):
    standing(certificate)
    for statement in (
        "UPDATE certificates_renewal SET needs = 'exam'",
        "UPDATE certificates_renewal SET applied_at = applied_at - interval '1 year'",
        "UPDATE certificates_renewal SET evidence = 'x'",  # it is not returned for completion
        "DELETE FROM certificates_renewal",
    ):
        assert refusal(statement) == "certificates_renewal_frozen"


# --- Races ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_officers_at_once_suspend_once_and_the_sweep_hinders_no_officer(version, officer, other_officer):
    certificate = factories.certificate(version, officer=officer)
    copies = [Certificate.objects.get(pk=certificate.pk) for _number in range(2)]
    assert at_once(lambda: suspend(copies[0], officer), lambda: suspend(copies[1], other_officer)) == [DONE, "state"]
    assert (Suspension.objects.count(), CertificateEvent.objects.filter(kind="suspend").count()) == (1, 1)
    revoke(copies[0], officer, 3)
    with noon(in_days(3)):
        # The planned revocation has force: whoever is first settles it, the officer reads that it is revoked.
        assert at_once(settle_all_due, settle_all_due, lambda: reinstate(copies[1], officer)) == [DONE, DONE, "state"]
    certificate.refresh_from_db()
    assert (certificate.state, Suspension.objects.get().ended_by) == ("revoked", officer)
    owed = Duty.objects.filter(certificate=certificate, kind="return_ended").order_by("id")
    assert list(owed.values_list("state", flat=True)) == ["lapsed", "open"]
    assert AuditEntry.objects.filter(verb="surveillance.cancel").count() == Surveillance.objects.count()


@pytest.mark.django_db(transaction=True)
def test_a_renewal_issued_while_an_officer_suspends_is_suspended_too_or_not_issued(version, officer, other_officer):
    certificate = factories.certificate(version, officer=officer)
    contract = agreed_contract(decided(standing(certificate)))
    outcomes = at_once(
        lambda: issue_certificate(contract, actor=officer), lambda: suspend(certificate, other_officer, review=9)
    )
    states = set(Certificate.objects.values_list("state", flat=True))
    assert (outcomes, states) in (([DONE, DONE], {"suspended"}), ([DONE, "renewed_suspended"], {"suspended"}))
    assert Suspension.objects.count() == Certificate.objects.count()
