"""Officers' pages of a certificate: what they show, and the forms by which something is decided."""

from datetime import date, timedelta
from pathlib import Path

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.states import Role
from certificates.models import Certificate, CertificateEvent
from certificates.services.duties import Term, open_duty
from certificates.states import DutyKind
from core.tasks import render_file
from tests.certificates import factories
from tests.certificates.life_factories import noon, reduce, reinstate, renewed, suspend, with_scopes
from tests.certificates.pages.reading import at, fetch, text, with_role
from tests.factories import UserFactory


def test_certificate_verbs_are_for_officers(version, sign_in, auditor, decider):
    certificate = factories.certificate(version)
    for name in ("suspend", "reinstate", "revoke", "reduce", "withdraw_plan"):
        for user in (auditor, decider, factories.account(certificate)):
            assert sign_in(user).get(at(name, certificate.pk)).status_code == 403
            assert sign_in(user).post(at(name, certificate.pk), {}).status_code == 403
    assert (Certificate.objects.get().state, CertificateEvent.objects.count()) == ("valid", 1)


def shown(client, name, certificate):
    return text(client.get(at(name, certificate.pk), headers={"accept-language": "en"}))


def day(ahead):
    return (timezone.localdate() + timedelta(days=ahead)).isoformat()


def test_officer_suspends_reinstates_reduces_and_revokes(version, sign_in, officer):
    certificate = factories.certificate(with_scopes(version))
    client = sign_in(officer)

    def post(name, reason="Araşdırma aparılır.", ground="holder_wish", **data):
        response = client.post(at(name, certificate.pk), {"reason": reason, "ground": ground, **data})
        assert response.status_code in {302, 422}
        return response.status_code == 302 and response["Location"] == at("certificate", certificate.pk)

    suspension = {"effective_on": day(0), "review_on": day(30)}
    assert post("reduce", scopes=["qrup", "onlayn"], public_reason="Bir sahə çıxarıldı")
    assert not post("reduce", scopes=["fərdi", "onlayn"])
    assert not post("suspend", ground="renewed", **suspension)
    assert not post("suspend", effective_on=day(5), review_on=day(5))
    assert not post("suspend", effective_on=day(-1), review_on=day(5))
    assert post("suspend", ground="misuse", **suspension)
    assert not post("suspend", ground="misuse", **suspension)
    assert not post("revoke", effective_on=day(3), confirmation="K6")
    assert post("revoke", effective_on=day(3), confirmation=certificate.number.lower())
    page = shown(client, "certificate", certificate)
    assert [
        words in page
        for words in (
            "Planned from", "Withdraw what is planned", "H3: Used by someone else, when not valid, or out of scope",
            'Published: <span lang="az">Bir sahə çıxarıldı</span>', "Scope qrup, Scope onlayn", "Copy 2",
            "Araşdırma aparılır.",
        )
    ] == [True] * 7  # fmt: skip
    assert "Planned from" in shown(client, "reinstate", certificate)
    assert post("withdraw_plan")
    assert not post("withdraw_plan")
    assert "(withdrawn before it had force)" in shown(client, "certificate", certificate)
    assert post("reinstate")
    assert not post("reinstate")
    assert post("revoke", effective_on=day(0), confirmation=certificate.number)
    assert Certificate.objects.get().state == "revoked"
    assert "Nothing more can be done" in shown(client, "certificate", certificate)


def test_suspension_of_an_expired_certificate_is_ended_on_its_page(version, sign_in, officer):
    certificate = factories.certificate(version, officer=officer)
    suspend(certificate, officer)
    with noon(certificate.valid_until + timedelta(days=1)):
        client, address = sign_in(officer), at("reinstate", certificate.pk)
        page = shown(client, "certificate", certificate)
        assert (address in page, "no renewal is issued before that" in page) == (True, True)
        assert "the certificate stays expired" in shown(client, "reinstate", certificate)
        words = {"ground": "resolved", "reason": "Araşdırıldı, səbəb qalmadı."}
        assert "sertifikat müddəti bitmiş olaraq qalır" in client.post(address, words, follow=True).content.decode()
        assert address not in shown(client, "certificate", certificate)
        certificate.refresh_from_db()
        assert (certificate.state, certificate.status) == ("valid", "expired")


def test_page_of_a_suspension_names_the_renewal_that_it_reaches(version, sign_in, officer):
    certificate = factories.certificate(version, officer=officer)
    renewal = renewed(certificate, officer)
    sentence = f"The same is decided about the renewal {renewal.number}, which is not valid yet."
    assert sentence in shown(sign_in(officer), "suspend", certificate)
    assert sentence not in shown(sign_in(officer), "suspend", renewal)


def test_certificate_page_costs_the_same_with_one_decision_and_with_five(version, sign_in, auditor, officer):
    certificate = factories.certificate(with_scopes(version), officer=officer)
    client, address = sign_in(auditor), at("certificate", certificate.pk)
    client.get(address)
    with CaptureQueriesContext(connection) as before:
        client.get(address)
    for _time in range(2):
        suspend(certificate, officer)
        reinstate(certificate, officer)
    reduce(certificate, officer)
    reduce(certificate, officer)
    with CaptureQueriesContext(connection) as after:
        client.get(address)
    assert len(after) == len(before)


def test_officer_reads_of_their_own_certificate_what_a_holder_does(version, sign_in):
    certificate = factories.certificate(version)
    account = factories.account(certificate)
    account.role_assignments.create(role=Role.OFFICER)
    duty = certificate.duties.filter(kind="hold_surveillance")[0]
    open_duty(
        DutyKind.HOLD_SURVEILLANCE,
        about=duty,
        person=certificate.person,
        certificate=certificate,
        term=Term(due_on=date(2026, 12, 31)),
        shown_to_holder=False,
    )
    client = sign_in(type(account).objects.get(pk=account.pk))
    assert "31 December 2026" not in shown(client, "certificate", certificate)
    assert "31 December 2026" in shown(with_role(sign_in, Role.AUDITOR), "certificate", certificate)


def test_certificate_downloads_once_it_is_rendered(version, sign_in, officer):
    certificate = factories.certificate(version)
    client = sign_in(factories.account(certificate))
    file = at("certificate_file", certificate.pk)
    assert client.get(file).status_code == 404
    render_file(str(certificate.document.pk))
    stored = type(certificate.document).objects.get(pk=certificate.document.pk)
    name = f'attachment; filename="sertifikat-{certificate.number}.pdf"'
    assert fetch(client, file) == (200, name, Path(stored.file.path).read_bytes())
    copy = at("copy_file", certificate.pk, 1)
    assert fetch(client, copy) == fetch(client, file)
    assert client.get(at("copy_file", certificate.pk, 2)).status_code == 404
    other = factories.certificate(version)
    for user, status in (
        (officer, 200),
        (factories.account(other), 403),
        (UserFactory.create(roles=[Role.DECIDER]), 403),
    ):
        assert fetch(sign_in(user), file)[0] == status
