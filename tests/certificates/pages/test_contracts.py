"""Contracts: accepted by holders, recorded and carried out by officers."""

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.urls import reverse
from django.utils import timezone

from accounts.states import Role
from certificates.models import Certificate, Contract
from tests.certificates import factories
from tests.certificates.pages.reading import at, fetch, reauthenticated, text, with_role
from tests.factories import PASSWORD


def test_holder_accepts_after_signing_in_once_more(version, sign_in):
    contract = factories.offered(version)
    client = sign_in(factories.account(contract))
    accept = at("contract_accept", contract.pk)
    response = client.get(accept)
    assert response["Location"] == f"{reverse('account_reauthenticate')}?next={accept.replace('/', '%2F')}"
    reauthenticated(client)
    assert contract.number in text(client.get(accept))
    response = client.post(accept, {"agreed": "on"})
    assert response["Location"] == at("contract", contract.pk)
    contract.refresh_from_db()
    assert (contract.state, contract.request_address) == ("concluded", "127.0.0.1")
    again = client.post(accept, {"agreed": "on"})
    assert again.status_code == 422


def test_accepting_without_a_fresh_sign_in_changes_nothing(version, sign_in):
    contract = factories.offered(version)
    client = sign_in(factories.account(contract))
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": 1.0, "reauthenticated": True}]
    session.save()
    response = client.post(at("contract_accept", contract.pk), {"agreed": "on"})
    assert response["Location"].startswith(reverse("account_reauthenticate"))
    contract.refresh_from_db()
    assert contract.state == "offered"


def test_an_acceptance_that_was_held_up_by_the_password_goes_through_after_it(version, sign_in):
    contract = factories.offered(version)
    client = sign_in(factories.account(contract))
    accept = at("contract_accept", contract.pk)
    asked = client.post(accept, {"agreed": "on"})
    response = client.post(asked["Location"], {"password": PASSWORD, "next": accept})
    assert (response.status_code, response["Location"]) == (302, at("contract", contract.pk))
    contract.refresh_from_db()
    assert (contract.state, contract.request_address) == ("concluded", "127.0.0.1")


def test_accepting_needs_the_tick(version, sign_in):
    contract = factories.offered(version)
    client = reauthenticated(sign_in(factories.account(contract)))
    assert client.post(at("contract_accept", contract.pk), {}).status_code == 422


def test_contract_is_closed_to_near_misses(version, sign_in, officer, decider):
    contract, other = factories.offered(version), factories.offered(version)
    for name in ("contract", "contract_accept"):
        assert sign_in(factories.account(other)).get(at(name, contract.pk)).status_code == 403
        assert sign_in(decider).get(at(name, contract.pk)).status_code == 403
    assert sign_in(officer).get(at("contract_accept", contract.pk)).status_code == 403
    assert sign_in(officer).get(at("contract", contract.pk)).status_code == 200
    assert sign_in(factories.account(contract)).get(at("contract", contract.pk)).status_code == 200
    assert sign_in(factories.account(contract)).get(at("contract_file", contract.pk, "scan")).status_code == 404


def test_contract_page_shows_the_full_text_with_its_blanks(version, sign_in):
    contract = factories.offered(version)
    page = text(sign_in(factories.account(contract)).get(at("contract", contract.pk)))
    assert "Sertifikat Qurumun mülkiyyətidir" in page
    assert "Bakı, Nizami küçəsi 5" in page
    assert "{" not in page.split("<article", 1)[1].split("</article", 1)[0]


@pytest.mark.parametrize("name", ["contract_paper", "contract_void", "issue"])
@pytest.mark.parametrize("role", [Role.AUDITOR, Role.DECIDER, Role.CANDIDATE])
def test_contract_verbs_are_for_officers(version, sign_in, name, role):
    contract = factories.offered(version)
    assert with_role(sign_in, role).post(at(name, contract.pk), {}).status_code == 403


def test_officer_does_not_issue_their_own_certificate(version, sign_in):
    contract = factories.concluded(version)
    factories.account(contract).role_assignments.create(role=Role.OFFICER)
    assert sign_in(factories.account(contract)).post(at("issue", contract.pk)).status_code == 403


def test_officer_records_paper_voids_and_issues(version, sign_in, officer):
    client = sign_in(officer)
    paper, void = factories.offered(version), factories.offered(version)
    answer = client.post(
        at("contract_paper", paper.pk), {"signed_on": timezone.localdate().isoformat(), "scan": factories.scan()}
    )
    assert answer["Location"] == at("contract", paper.pk)
    assert fetch(client, at("contract_file", paper.pk, "scan"))[::2] == (200, factories.PDF)
    wrong = client.post(
        at("contract_void", void.pk), {"reason": "Səbəb aydın göstərilib", "confirmation": paper.number}
    )
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["confirmation"])
    client.post(at("contract_void", void.pk), {"reason": "Səbəb aydın göstərilib", "confirmation": void.number})
    assert Contract.objects.get(pk=void.pk).state == "void"
    issued = client.post(at("issue", paper.pk))
    certificate = Certificate.objects.get()
    assert issued["Location"] == at("certificate", certificate.pk)
    twice = client.post(at("issue", paper.pk), follow=True)
    assert twice.redirect_chain == [(at("certificate", certificate.pk), 302)]
    said = [str(message.level_tag) for message in twice.context["messages"]]
    assert said == ["success", "success", "error"]
    assert "Sertifikat artıq verilib: bu səhifədədir." in text(twice)


def test_issue_before_the_contract_goes_back_with_the_reason(version, sign_in, officer):
    contract = factories.offered(version)
    response = sign_in(officer).post(at("issue", contract.pk), follow=True)
    assert response.redirect_chain == [(at("contract", contract.pk), 302)]


def test_unknown_numbers_in_addresses_are_not_found(db, sign_in, officer):
    client = sign_in(officer)
    for name in ("dossier", "contract", "certificate", "suspend"):
        assert client.get(at(name, 999)).status_code == 404


def test_filters_that_make_no_sense_do_not_break_a_list(version, sign_in, officer):
    factories.certificate(version)
    client = sign_in(officer)
    for address in (at("certificate_list") + "?status=x&page=99&q='", at("contract_list") + "?state=x&page=-1"):
        assert client.get(address).status_code == 200
