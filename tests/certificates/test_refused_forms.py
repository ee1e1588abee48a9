"""What the forms of contracts and certificates refuse, and where they say so."""

from datetime import timedelta

import pytest
from django.utils import timezone

from certificates.models import Certificate, Contract
from tests.certificates import factories
from tests.certificates.test_pages import at, reauthenticated, text

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("days", [0, 3000])
def test_impossible_review_is_refused_beside_its_field(version, sign_in, officer, days):
    certificate = factories.certificate(version)
    review = (timezone.localdate() + timedelta(days=days)).isoformat()
    today = timezone.localdate().isoformat()
    typed = {"ground": "misuse", "reason": "Şikayət araşdırılır", "effective_on": today, "review_on": review}
    answer = sign_in(officer).post(at("suspend", certificate.pk), typed)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["review_on"])
    assert "Şikayət araşdırılır" in text(answer)
    assert Certificate.objects.get().state == "valid"


@pytest.mark.parametrize(("name", "ground"), [("suspend", "misuse"), ("reinstate", "resolved"), ("revoke", "misuse")])
def test_reason_that_is_no_sentence_is_refused_beside_its_field(version, sign_in, officer, name, ground):
    certificate = factories.certificate(version)
    review = (timezone.localdate() + timedelta(days=30)).isoformat()
    today = timezone.localdate().isoformat()
    typed = {"ground": ground, "reason": "x", "effective_on": today, "review_on": review}
    answer = sign_in(officer).post(at(name, certificate.pk), {**typed, "confirmation": certificate.number})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["reason"])
    assert "ən azı 10 simvoldan" in text(answer)


def test_holder_whose_address_is_unknown_reads_why_they_cannot_accept(version, settings, sign_in):
    settings.TRUSTED_PROXY_COUNT = 1
    contract = factories.offered(version)
    client = reauthenticated(sign_in(factories.account(contract)))
    answer = client.post(at("contract_accept", contract.pk), {"agreed": "on"}, headers={"X-Forwarded-For": "unknown"})
    assert answer.status_code == 422
    assert "ünvanı müəyyən edilmədi" in text(answer)
    with_port = client.post(
        at("contract_accept", contract.pk), {"agreed": "on"}, headers={"X-Forwarded-For": "192.0.2.7:5123"}
    )
    assert with_port.status_code == 302
    assert Contract.objects.get().request_address == "192.0.2.7"
