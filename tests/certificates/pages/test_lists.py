"""The lists: for whom they are, and what they cost."""

import pytest
from django.urls import reverse

from accounts.states import Role
from tests.certificates import factories
from tests.certificates.pages.reading import CountedQueries, at, text, with_role

LISTS = ["decision_queue", "decision_list", "contract_list", "certificate_list"]

READERS = {
    "decision_queue": {"officer", "decider", "auditor"},
    "decision_list": {"officer", "decider", "auditor"},
    "contract_list": {"officer", "auditor"},
    "certificate_list": {"officer", "auditor"},
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("role", Role.values)
def test_lists_open_to_their_readers_only(db, sign_in, name, role):
    assert with_role(sign_in, role).get(at(name)).status_code == (200 if role in READERS[name] else 403)


@pytest.mark.parametrize("name", [*LISTS, "mine"])
def test_pages_send_strangers_to_sign_in(db, client, name):
    response = client.get(at(name))
    assert response["Location"] == f"{reverse('account_login')}?next={at(name)}"


@pytest.mark.parametrize("name", LISTS)
def test_lists_cost_the_same_for_one_row_and_for_three(version, sign_in, auditor, django_assert_num_queries, name):
    client = sign_in(auditor)
    make = factories.attempt if name == "decision_queue" else factories.certificate
    make(version)
    client.get(at(name))
    with CountedQueries() as one:
        assert client.get(at(name)).status_code == 200
    make(version)
    make(version)
    with django_assert_num_queries(one.count):
        page = text(client.get(at(name)))
    assert page.count("<tr>") == 4
