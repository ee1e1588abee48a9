"""What anybody may ask about a certificate."""

import re
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from urllib.parse import urljoin

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.test.signals import template_rendered
from django.urls import reverse
from django.utils import timezone

from certificates.codes import grouped
from certificates.services.lifecycle import revoke_certificate, suspend_certificate
from tests.certificates import factories
from tests.certificates.factories import because


@pytest.fixture
def certificate(version, officer):
    return factories.certificate(version, officer=officer)


def url(certificate, kind="public"):
    return reverse(f"certificates:{kind}", args=[certificate.code])


def text(response):
    return " ".join(response.content.decode().split())


def suspended(certificate, officer, **words):
    review = timezone.localdate() + timedelta(days=30)
    return suspend_certificate(certificate, actor=officer, because=because("Daxili səbəb", **words), review_on=review)


@contextmanager
def assert_no_template():
    """Fail if a template is rendered inside the block."""
    rendered = []
    signal = lambda template, **_other: rendered.append(template.name)  # noqa: E731
    template_rendered.connect(signal)
    yield
    template_rendered.disconnect(signal)
    assert rendered == []


def test_page_shows_every_printed_field(client, certificate):
    page = text(client.get(url(certificate)))
    printed = certificate.snapshot
    for shown in (
        "Əliyeva Günay İsmayıl qızı",
        printed["number"],
        printed["scheme"]["name_az"],
        printed["scheme"]["name_en"],
        printed["scheme"]["code"],
        printed["scheme"]["state_classification"],
        printed["scheme"]["economic_activity"],
        printed["body"]["name_az"],
        printed["body"]["site"],
        grouped(certificate.code),
    ):
        assert shown in page


def test_page_shows_nothing_of_the_person_but_what_is_printed(client, certificate):
    page = text(client.get(url(certificate))) + text(client.get(url(certificate, "public_json")))
    person = certificate.person
    for hidden in (person.fin, person.identity_number, person.address, person.telephone, person.email, "1990"):
        assert hidden not in page


def test_page_leads_to_its_facts_for_programs_however_the_code_was_typed(client, certificate):
    for address in (url(certificate), url(certificate).lower()):
        for asked, day in (("", ""), ("?on=2020-01-01", "?on=2020-01-01")):
            page = client.get(address + asked)
            [link] = re.findall(r'href="([^"]+\.json[^"]*)"', page.content.decode())
            assert urljoin(f"https://sso.az{address}", link) == f"https://sso.az{url(certificate, 'public_json')}{day}"


def test_page_costs_one_query_when_valid(client, certificate, django_assert_num_queries):
    address = url(certificate)
    with django_assert_num_queries(1):
        assert client.get(address).status_code == 200


@pytest.mark.parametrize("kind", ["public", "public_json"])
def test_page_costs_two_queries_when_suspended_even_for_someone_signed_in(
    certificate, officer, sign_in, django_assert_num_queries, kind
):
    suspended(certificate, officer)
    client, address = sign_in(officer), url(certificate, kind)
    with django_assert_num_queries(2):
        response = client.get(address)
    assert response.status_code == 200
    assert officer.email not in text(response)


def test_page_sets_no_cookie(client, certificate):
    assert not client.get(url(certificate)).cookies


def test_page_answers_304_until_something_changes(client, certificate, officer, django_assert_num_queries):
    address = url(certificate)
    first = client.get(address)
    with django_assert_num_queries(1), assert_no_template():
        again = client.get(address, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert first["Cache-Control"] == "public, no-cache"
    event = suspended(certificate, officer)
    second = client.get(address, headers={"if-none-match": first["ETag"]})
    assert second.status_code == 200
    withdrawn = [first["ETag"], second["ETag"]]
    revoke_certificate(event.certificate, actor=officer, because=because(public_reason="Üzrlü səbəb."))
    assert client.get(address, headers={"if-none-match": ", ".join(withdrawn)}).status_code == 200


@pytest.mark.parametrize("kind", ["public", "public_json"])
def test_304_keeps_what_a_cache_keys_the_answer_by(certificate, kind):
    first = Client().get(url(certificate, kind), {"lang": "en"})
    again = Client().get(url(certificate, kind), {"lang": "en"}, headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    kept = ("ETag", "Vary", "Cache-Control", "Content-Language", "X-Robots-Tag")
    assert [again[name] for name in kept] == [first[name] for name in kept]


@pytest.mark.parametrize("address", ["/v/0000000000000000/", "/v/0000000000000000.json"])
def test_nothing_found_is_asked_for_again_and_listed_nowhere(client, db, address):
    answer = client.get(address)
    assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("public, no-cache", "noindex")
    assert client.get(address, headers={"if-none-match": answer["ETag"]}).status_code == 404


@pytest.mark.parametrize("kind", ["public", "public_json"])
def test_page_answers_head_and_changes_nothing_by_post(client, certificate, kind):
    assert client.head(url(certificate, kind))["ETag"] == client.get(url(certificate, kind))["ETag"]
    assert client.post(url(certificate, kind)).status_code == 405


def test_etag_changes_with_day_language_and_form(client, certificate):
    tags = {
        client.get(url(certificate))["ETag"],
        client.get(url(certificate), {"lang": "en"})["ETag"],
        client.get(url(certificate, "public_json"))["ETag"],
    }
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        tags.add(client.get(url(certificate))["ETag"])
    assert len(tags) == 4


def test_page_speaks_the_language_asked_for(certificate):
    def asked(address="", **headers):
        response = Client().get(url(certificate) + address, headers=headers)
        return response["Content-Language"], response["Vary"]

    vary = "Accept-Language, Cookie, Accept-Encoding"
    assert asked() == ("az", vary)
    assert asked(**{"accept-language": "en"}) == ("en", vary)
    assert asked("?lang=az", **{"accept-language": "en"}) == ("az", vary)
    assert asked("?lang=xx") == ("az", vary)


@pytest.mark.parametrize(("language", "word"), [("az", "Dayandırılıb"), ("en", "Suspended")], ids=["az", "en"])
def test_page_of_a_suspended_certificate_says_so_without_the_reason(client, certificate, officer, language, word):
    suspended(certificate, officer)
    page = text(client.get(url(certificate), {"lang": language}))
    assert word in page
    assert "Daxili səbəb" not in page


def test_page_of_a_revoked_certificate_stays(client, certificate, officer):
    revoke_certificate(certificate, actor=officer, because=because("Daxili səbəb"))
    page = text(client.get(url(certificate), {"lang": "en"}))
    assert "Revoked" in page
    assert "Daxili səbəb" not in page
    with time_machine.travel(timezone.now() + timedelta(days=4000)):
        assert "Revoked" in text(client.get(url(certificate), {"lang": "en"}))


def test_page_of_an_expired_certificate_says_so_from_the_day_after(client, certificate):
    noon = timezone.make_aware(datetime.combine(certificate.valid_until, time()))
    with time_machine.travel(noon + timedelta(hours=12)):
        assert client.get(url(certificate, "public_json")).json()["status"] == "valid"
    with time_machine.travel(noon + timedelta(hours=36)):
        facts = client.get(url(certificate, "public_json")).json()
    first = certificate.valid_until + timedelta(days=1)
    assert (facts["status"], facts["status_since"]) == ("expired", first.isoformat())


def test_json_has_exactly_these_fields(client, certificate):
    response = client.get(url(certificate, "public_json"))
    today = timezone.localdate().isoformat()
    assert response["Content-Type"] == "application/json"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response.json() == {
        "found": True,
        "status": "valid",
        "status_since": today,
        "review_on": None,
        "public_reason": "",
        "public_reason_en": "",
        "may_be_used": True,
        "as_of": today,
        "copy": {"number": 1, "made_on": today, "in_force": True, "superseded_on": None, "number_in_force": 1},
        "scopes": [],
        "chain": [],
        "printed": certificate.snapshot,
    }


def test_json_of_a_suspended_certificate_names_the_review(client, certificate, officer):
    suspended(certificate, officer)
    facts = client.get(url(certificate, "public_json")).json()
    assert (facts["status"], facts["may_be_used"]) == ("suspended", False)
    assert facts["review_on"] == (timezone.localdate() + timedelta(days=30)).isoformat()


def test_unknown_and_malformed_codes_get_the_same_neutral_page(client, certificate, django_assert_num_queries):
    with django_assert_num_queries(1):
        unknown = client.get("/v/0000000000000000/", {"lang": "en"})
    with django_assert_num_queries(0):
        malformed = client.get("/v/%27%20OR%201=1/", {"lang": "en"})
    assert (unknown.status_code, malformed.status_code) == (404, 404)
    assert unknown.content == malformed.content
    assert "No certificate under this code" in text(unknown)
    assert client.get("/v/0000000000000000.json").json() == {"found": False}
    assert client.get("/v/x.json").json() == {"found": False}


def test_page_takes_a_code_as_people_type_it(client, certificate):
    response = client.get(f"/v/{grouped(certificate.code).lower()}/")
    assert response.status_code == 200


# --- Typed number and code --------------------------------------------------------------------------------------------


def check(client, number, code):
    return client.post(reverse("certificates:verify"), {"number": number, "code": code})


def errors(response):
    return {
        field: [error.code for error in found.as_data()] for field, found in response.context["form"].errors.items()
    }


def test_verify_leads_to_the_page(client, certificate):
    response = check(client, certificate.number.lower().replace("-", " "), grouped(certificate.code).lower())
    assert (response.status_code, response["Location"]) == (302, url(certificate))


def test_verify_notices_a_typing_error_in_the_number(client, certificate, django_assert_num_queries):
    digit = "1" if certificate.number[-4] != "1" else "2"
    wrong = certificate.number[:-4] + digit + certificate.number[-3:]
    code = certificate.code
    with django_assert_num_queries(0):
        response = check(client, wrong, code)
    assert (response.status_code, errors(response)) == (422, {"number": ["check_digits"]})
    assert wrong in text(response)


def test_verify_notices_an_impossible_code(client, certificate):
    assert errors(check(client, certificate.number, "123")) == {"code": ["code"]}


def test_verify_says_the_same_whichever_does_not_fit(client, certificate, version, officer):
    other = factories.certificate(version, officer=officer)
    for number, code in ((other.number, certificate.code), (certificate.number, "0" * 16)):
        response = check(client, number, code)
        assert (response.status_code, errors(response)) == (422, {"__all__": ["not_found"]})


def test_verify_is_rate_limited(client, certificate, monkeypatch):
    monkeypatch.setattr("certificates.views.public.CHECKS_PER_MINUTE", 2)
    cache.clear()
    answers = [check(client, certificate.number, "0" * 16).status_code for _number in range(3)]
    assert answers == [422, 422, 429]
