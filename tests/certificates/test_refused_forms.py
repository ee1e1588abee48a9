"""What the forms of contracts and certificates refuse, and where they say so."""

from datetime import timedelta

import pytest
from django.utils import timezone

from certificates.models import Certificate, Contract
from tests.certificates import factories
from tests.certificates.life_factories import reduce, suspend, with_scopes
from tests.certificates.pages.reading import at, reauthenticated, text

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


@pytest.mark.parametrize(
    ("codes", "is_suspended", "words"),
    [
        ((), False, "The scheme has no scopes"),
        (("fərdi",), False, "one scope only"),
        (("fərdi", "qrup"), True, "is suspended"),
        (("fərdi", "qrup"), False, ""),
    ],
)
def test_form_that_reduces_the_scope_is_not_shown_where_nothing_can_be_reduced(
    version, sign_in, officer, codes, is_suspended, words
):
    certificate = factories.certificate(with_scopes(version, codes))
    if is_suspended:
        suspend(certificate, officer)
    page = text(sign_in(officer).get(at("reduce", certificate.pk), headers={"accept-language": "en"}))
    assert ('name="reason"' in page, words in page) == (not words, True)
    back = at("certificate", certificate.pk)
    assert f'href="{back}"' in page


def test_form_that_reduces_the_scope_ends_when_one_is_left(version, sign_in, officer):
    certificate = factories.certificate(with_scopes(version))
    while len(certificate.scopes) > 1:
        reduce(certificate, officer)
        certificate.refresh_from_db()
    page = text(sign_in(officer).get(at("reduce", certificate.pk), headers={"accept-language": "en"}))
    assert ("one scope only" in page, 'name="reason"' in page) == (True, False)
