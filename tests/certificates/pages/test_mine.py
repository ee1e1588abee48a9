"""What holders see of their own case."""

from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.states import Role
from certificates.services.contracts import load_contract_templates
from certificates.services.decisions import decide
from certificates.services.lifecycle import revoke_certificate, suspend_certificate
from core.tasks import render_file
from tests.certificates import factories
from tests.certificates.factories import because
from tests.certificates.pages.reading import CountedQueries, again, at, text
from tests.factories import UserFactory


def test_mine_is_empty_before_a_decision(candidate, sign_in):
    assert sign_in(candidate).get(at("mine")).context["cards"] == []


def step_of(client):
    return [str(card.step) for card in client.get(at("mine")).context["cards"]]


def test_mine_says_what_comes_next(version, sign_in, officer, decider):
    contract = factories.offered(version)
    client = sign_in(factories.account(contract))
    assert step_of(client) == ["accept"]
    client = sign_in(factories.account(factories.concluded(version)))
    assert step_of(client) == ["wait_for_issue"]
    certificate = factories.certificate(version)
    client = sign_in(factories.account(certificate))
    assert step_of(client) == ["nothing"]
    review = timezone.localdate() + timedelta(days=5)
    suspend_certificate(certificate, actor=officer, because=because("Şikayət araşdırılır"), review_on=review)
    assert step_of(client) == ["stop_using"]
    assert "Şikayət araşdırılır" in text(client.get(at("mine")))
    revoke_certificate(certificate, actor=officer, because=because("Səbəb aydın göstərilib"))
    assert step_of(client) == ["hand_back"]


def test_mine_shows_nothing_of_others(version, sign_in, candidate):
    factories.certificate(version)
    assert sign_in(candidate).get(at("mine")).context["cards"] == []


def test_mine_asks_again_while_a_document_is_made(version, sign_in):
    certificate = factories.certificate(version)
    client = sign_in(factories.account(certificate))
    assert 'hx-trigger="every 3s"' in text(client.get(at("mine")))
    render_file(str(certificate.document.pk))
    render_file(str(certificate.contract.document_id))
    fragment = client.get(at("mine"), headers={"hx-request": "true"})
    assert "hx-trigger" not in text(fragment)
    assert text(fragment).startswith('<div id="cards"')


def test_mine_costs_the_same_for_one_case_and_for_three(version, sign_in, django_assert_num_queries):
    user = factories.holder()
    client = sign_in(user)
    decided(version, user)
    client.get(at("mine"))
    with CountedQueries() as one:
        client.get(at("mine"))
    decided(version, user)
    decided(version, user)
    with django_assert_num_queries(one.count):
        assert len(client.get(at("mine")).context["cards"]) == 3


def decided(version, user):
    """Refuse certification once more to the same person, each time on a new application."""
    load_contract_templates()
    person = getattr(user, "person", None)
    case = factories.application(version, user=user) if person is None else again(person, version, user)
    decide(
        factories.attempt(version, passed=False, on=case),
        actor=UserFactory.create(roles=[Role.DECIDER]),
        outcome="refused",
        reasons="Səbəb aydın göstərilib",
    )
    user.refresh_from_db()


def test_pages_of_a_stranger_never_answer(version):
    certificate = factories.certificate(version)
    for name in ("certificate", "certificate_file", "suspend", "reinstate", "revoke"):
        response = Client().get(at(name, certificate.pk))
        assert response["Location"].startswith(reverse("account_login"))
