"""Reasons that are longer than the file takes are refused, in the form and in the service, and never cut."""

import pytest

from certificates.models import CertificateEvent, Duty, MisuseCase
from certificates.services.guards import LONGEST_REASON
from certificates.services.lifecycle import revoke_certificate
from certificates.services.misuse import settle_case
from certificates.services.surveillance import hold_surveillance
from certificates.states import MisuseOutcome, SurveillanceResult
from core.errors import RuleViolation
from tests.certificates import factories
from tests.certificates.cases_factories import announced, answered, finding, settlement
from tests.certificates.factories import because

LONG = "Uzun əsas. " * 200  # 2199 characters without the last space
WHOLE = "s" * LONGEST_REASON


@pytest.fixture
def certificate(version, officer):
    return factories.certificate(version, officer=officer)


def refused(call):
    with pytest.raises(RuleViolation) as refusal:
        call()
    return refusal.value.code, "2000" in str(refusal.value.message), "2199" in str(refusal.value.message)


def test_reasons_of_a_case_that_are_too_long_are_refused_and_others_kept_whole(certificate, officer):
    case = answered(certificate)
    for outcome in (MisuseOutcome.REVOCATION, MisuseOutcome.WARNING):
        long = settlement(outcome, reasons=LONG)
        assert refused(lambda long=long: settle_case(case, long, actor=officer)) == ("reason", True, True)
    long = settlement(MisuseOutcome.ASSESSMENT, details=LONG)
    assert refused(lambda: settle_case(case, long, actor=officer)) == ("assessment", True, True)
    assert (MisuseCase.objects.get().state, CertificateEvent.objects.count()) == ("answered", 1)
    settle_case(case, settlement(MisuseOutcome.REVOCATION, reasons=WHOLE), actor=officer)
    assert (MisuseCase.objects.get().reasons, CertificateEvent.objects.get(kind="revoke").reason) == (WHOLE, WHOLE)


def test_report_that_is_too_long_is_refused_and_others_kept_whole(certificate, officer):
    one = announced(certificate)
    for result in SurveillanceResult:
        long = finding(result, report=LONG)
        assert refused(lambda long=long: hold_surveillance(one, long, actor=officer)) == ("reason", True, True)
    hold_surveillance(one, finding(SurveillanceResult.FOLLOW_UP, report=WHOLE), actor=officer)
    assert Duty.objects.get(kind="follow_up").details == WHOLE


def test_reason_of_a_decision_that_is_too_long_is_refused(certificate, officer):
    assert refused(lambda: revoke_certificate(certificate, because(LONG), actor=officer)) == ("reason", True, True)
