"""A further application of a holder: what it declares goes on record, but no other name than certificates show."""

import pytest
from django.urls import reverse

from audit.models import AuditEntry
from candidates.models import IDENTITY_FIELDS, Application, Person
from candidates.services.review import accept_application, objection_to_accept, return_application
from candidates.states import ApplicationState
from certificates.services.certificates import issue_certificate
from certificates.services.lifecycle import revoke_certificate, suspend_certificate
from certificates.services.requests.changes import accept_change
from core.models import OutgoingMessage
from tests.certificates import factories
from tests.certificates.cases_factories import in_days
from tests.certificates.factories import account, because
from tests.certificates.requests_factories import change, refused


@pytest.fixture
def certificate(version):
    return factories.certificate(version)


def declared(certificate, **identity):
    """Return a further application of the holder, which waits for an officer and declares this otherwise."""
    person, first = certificate.person, certificate.decision.application
    known = {name: getattr(person, name) for name in IDENTITY_FIELDS}
    return Application.objects.create(
        **{**known, **identity},
        reference="M-further",
        scheme=first.scheme,
        scheme_version=first.scheme_version,
        account=person.user,
        person=person,
        state=ApplicationState.SUBMITTED,
        submitted_at=first.submitted_at,
        submissions=1,
    )


def test_another_name_than_a_certificate_shows_is_reported_as_a_change_first(certificate, officer, sign_in):
    application, client = declared(certificate, surname="Quliyeva"), sign_in(officer)
    assert refused(lambda: accept_application(application, actor=officer)) == "other_name"
    application.refresh_from_db()
    assert (application.state, application.settled_at) == (ApplicationState.SUBMITTED, None)
    assert (Person.objects.get().surname, certificate.copies.count()) == ("Əliyeva", 1)
    assert not AuditEntry.objects.filter(verb__in=["application.accept", "person.update"]).exists()
    for page in ("detail", "accept"):
        said = client.get(reverse(f"candidates:{page}", args=[application.pk])).content.decode()
        assert (certificate.number in said, "məlumat dəyişikliyi" in said) == (True, True)
    accept_change(change(certificate, surname="Quliyeva"), actor=officer)
    assert objection_to_accept(application) == ""
    confirmed = {"submission": 1, "confirmed": "on"}
    assert client.post(reverse("candidates:accept", args=[application.pk]), confirmed).status_code == 302
    application.refresh_from_db()
    assert (application.state, certificate.copies.count()) == (ApplicationState.ACCEPTED, 2)


def test_an_application_from_before_a_change_of_name_does_not_take_it_back(certificate, officer):
    application = declared(certificate)
    accept_change(change(certificate, surname="Quliyeva"), actor=officer)
    assert refused(lambda: accept_application(application, actor=officer)) == "other_name"
    assert Person.objects.get().surname == "Quliyeva"
    returned = return_application(application, sections=["identity"], reason="Soyadı düzəldin.", actor=officer)
    assert (returned.state, returned.is_editable) == (ApplicationState.RETURNED, True)


def test_an_application_from_before_a_change_of_data_leaves_what_is_newer_on_record(certificate, officer):
    application = declared(certificate, telephone="+994559999999")
    accept_change(change(certificate, address="Şəki, M. F. Axundov küçəsi 1", email="yeni@example.az"), actor=officer)
    accept_application(application, actor=officer)
    person = Person.objects.get()
    assert (person.address, person.email) == ("Şəki, M. F. Axundov küçəsi 1", "yeni@example.az")
    assert person.telephone == "+994559999999"


@pytest.mark.parametrize("ends", [True, False], ids=["revoked", "suspended"])
def test_only_a_certificate_that_has_ended_lets_the_name_be_declared_otherwise(certificate, officer, ends):
    application = declared(certificate, given_name="Aygün")
    if ends:
        revoke_certificate(certificate, because(), actor=officer)
        accept_application(application, actor=officer)
    else:
        suspend_certificate(certificate, because(), actor=officer, review_on=in_days(30))
        assert refused(lambda: accept_application(application, actor=officer)) == "other_name"
    assert Person.objects.get().given_name == ("Aygün" if ends else "Günay")


def test_what_no_certificate_shows_goes_on_record_and_the_address_that_is_left_is_told(certificate, officer):
    application = declared(certificate, address="Gəncə, Nizami küçəsi 1", email="yeni@example.az")
    accept_application(application, actor=officer)
    person = Person.objects.get()
    assert (person.address, person.email) == ("Gəncə, Nizami küçəsi 1", "yeni@example.az")
    assert certificate.copies.count() == 1
    told = OutgoingMessage.objects.filter(kind="change_left_address").values_list("recipient", flat=True)
    assert list(told) == ["gunay@example.az"]


def test_a_certificate_shows_the_name_that_is_on_record_when_it_is_issued(version, officer):
    contract = factories.concluded(version)
    Person.objects.filter(pk=contract.person_id).update(surname="Quliyeva")
    certificate = issue_certificate(contract, actor=officer)
    assert certificate.current_copy.snapshot["holder"]["surname"] == "Quliyeva"
    assert account(certificate).pk == contract.person.user_id
