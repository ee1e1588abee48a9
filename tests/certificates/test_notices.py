"""The e-mails of this app: each in both languages, written for a person."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from certificates.services.certificates import issue_certificate
from certificates.services.contracts import load_contract_templates, void_contract
from certificates.services.decisions import decide
from certificates.services.lifecycle import reinstate_certificate, revoke_certificate, suspend_certificate
from core.models import OutgoingMessage
from tests.certificates import factories

SUBJECTS = {
    "az": {
        "decision_granted": "Sertifikatlaşdırma haqqında müsbət qərar",
        "decision_refused": "Sertifikatlaşdırma haqqında qərar",
        "contract_offered": "Müqavilə qəbulunuzu gözləyir: {contract}",
        "contract_concluded": "Müqavilə bağlandı: {contract}",
        "contract_void": "Müqavilə etibarsız sayıldı: {contract}",
        "certificate_issued": "Sertifikatınız verildi: {certificate}",
        "certificate_suspended": "Sertifikatınızın qüvvəsi dayandırıldı: {certificate}",
        "certificate_reinstated": "Sertifikatınızın qüvvəsi bərpa olundu: {certificate}",
        "certificate_revoked": "Sertifikatınız ləğv edildi: {certificate}",
    },
    "en": {
        "decision_granted": "Certification granted",
        "decision_refused": "Decision on certification",
        "contract_offered": "A contract waits for you: {contract}",
        "contract_concluded": "Contract concluded: {contract}",
        "contract_void": "Contract void: {contract}",
        "certificate_issued": "Your certificate is issued: {certificate}",
        "certificate_suspended": "Your certificate is suspended: {certificate}",
        "certificate_reinstated": "Your certificate is reinstated: {certificate}",
        "certificate_revoked": "Your certificate is revoked: {certificate}",
    },
}
GREETINGS = {"az": "Hörmətli Günay O'Əliyeva,", "en": "Dear Günay O'Əliyeva,"}


@pytest.mark.parametrize("language", ["az", "en"])
def test_every_event_is_told_in_the_language_of_the_person(version, officer, decider, language):
    person = {"language": language, "surname": "O'Əliyeva"}
    load_contract_templates()
    decide(factories.attempt(version, passed=False, **person), actor=decider, outcome="refused", reasons="R & S izahı")
    void = void_contract(factories.offered(version, **person), actor=officer, reason="R & S izahı")
    certificate = issue_certificate(factories.concluded(version, **person), actor=officer)
    review = timezone.localdate() + timedelta(days=30)
    suspend_certificate(certificate, actor=officer, reason="R & S izahı", review_on=review)
    reinstate_certificate(certificate, actor=officer, reason="R & S izahı")
    revoke_certificate(certificate, actor=officer, reason="R & S izahı")
    numbers = {"contract": certificate.contract.number, "certificate": certificate.number}
    found = {message.kind: message for message in OutgoingMessage.objects.order_by("id")}
    assert {kind: found[kind].subject for kind in SUBJECTS[language] if kind != "contract_void"} == {
        kind: subject.format(**numbers) for kind, subject in SUBJECTS[language].items() if kind != "contract_void"
    }
    assert found["contract_void"].subject == SUBJECTS[language]["contract_void"].format(contract=void.number)
    for message in found.values():
        assert message.body.splitlines()[0] == GREETINGS[language]
        assert f"{settings.SITE_URL}/" in message.body
        assert "info@sso.az" in message.body
        assert "{" not in message.body
        assert "&amp;" not in message.body
