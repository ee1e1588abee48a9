"""The e-mails of this app: each in both languages, written for a person."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone, translation

from certificates.models import Duty
from certificates.services.certificates import issue_certificate
from certificates.services.contracts import load_contract_templates, void_contract
from certificates.services.decisions import decide
from certificates.services.duties import open_duty, record_met, waive
from certificates.services.lifecycle import (
    reduce_scope,
    reinstate_certificate,
    revoke_certificate,
    suspend_certificate,
    withdraw_plan,
)
from certificates.states import DutyKind
from core.models import OutgoingMessage
from core.templatetags.core_ui import longdate
from tests.certificates import factories
from tests.certificates.factories import because
from tests.certificates.life_factories import with_scopes

SUBJECTS = {
    "az": {
        "decision_granted": "Sertifikatlaşdırma haqqında müsbət qərar",
        "decision_refused": "Sertifikatlaşdırma haqqında qərar",
        "contract_offered": "Müqavilə qəbulunuzu gözləyir: {contract}",
        "contract_concluded": "Müqavilə bağlandı: {contract}",
        "contract_void": "Müqavilə etibarsız sayıldı: {contract}",
        "certificate_issued": "Sertifikatınız verildi: {certificate}",
        "certificate_reduced": "Sertifikatınızın əhatə dairəsi azaldıldı: {certificate}",
        "certificate_plan_withdrawn": "Sertifikatınız barədə qərar geri götürüldü: {certificate}",
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
        "certificate_reduced": "The scope of your certificate is reduced: {certificate}",
        "certificate_plan_withdrawn": "A decision about your certificate is taken back: {certificate}",
        "certificate_suspended": "Your certificate is suspended: {certificate}",
        "certificate_reinstated": "Your certificate is reinstated: {certificate}",
        "certificate_revoked": "Your certificate is revoked: {certificate}",
    },
}
PLANNED = {
    "az": "Sertifikatınız ləğv ediləcək: {certificate}",
    "en": "Your certificate will be revoked: {certificate}",
}
DECIDED = ("certificate_suspended", "certificate_revoked", "certificate_reduced")
GREETINGS = {"az": "Hörmətli Günay O'Əliyeva,", "en": "Dear Günay O'Əliyeva,"}


def longdate_in(language, day):
    with translation.override(language):
        return longdate(day)


@pytest.mark.parametrize("language", ["az", "en"])
def test_every_event_is_told_in_the_language_of_the_person(version, officer, decider, language):
    person = {"language": language, "surname": "O'Əliyeva"}
    load_contract_templates()
    with_scopes(version)
    decide(factories.attempt(version, passed=False, **person), actor=decider, outcome="refused", reasons="R & S izahı")
    void = void_contract(factories.offered(version, **person), actor=officer, reason="R & S izahı")
    certificate = issue_certificate(factories.concluded(version, **person), actor=officer)
    why, day = because("R & S izahı", public_reason="Açıq & qısa"), timezone.localdate() + timedelta(days=30)
    reduce_scope(certificate, why, actor=officer, scopes=["qrup"])
    revoke_certificate(certificate, why, actor=officer, effective_on=day)
    planned = OutgoingMessage.objects.get(kind="certificate_revoked")
    withdraw_plan(certificate, actor=officer, reason="R & S izahı")
    suspend_certificate(certificate, why, actor=officer, review_on=day)
    reinstate_certificate(certificate, why, actor=officer)
    revoke_certificate(certificate, why, actor=officer)
    assert planned.subject == PLANNED[language].format(certificate=certificate.number)
    assert longdate_in(language, day) in planned.body
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
        # Told with a ground, its rule and what is published; without empty lines where something is not said.
        assert "\n\n\n" not in message.body
    assert [("H5" in found[kind].body, "Açıq & qısa" in found[kind].body) for kind in DECIDED] == [(True, True)] * 3


@pytest.mark.parametrize("language", ["az", "en"])
def test_what_an_officer_records_of_a_duty_is_told_to_whoever_owed_it(version, officer, language):
    certificate = factories.certificate(version)
    person = certificate.person
    person.language = language
    person.save()
    original, paper = (
        open_duty(DutyKind.RETURN_COPY, about=certificate, person=person, certificate=certificate, key=str(number))
        for number in (1, 2)
    )
    record_met(original, actor=officer, proof="Qəbul aktı 7", on=timezone.localdate())
    waive(paper, actor=officer, reason="Yanğında məhv olub, arayış təqdim edilib.")
    met, waived = OutgoingMessage.objects.filter(kind__in=["duty_recorded", "duty_waived"]).order_by("kind")
    words = {"az": ("Yerinə yetirildi: ", "Sizdən daha tələb olunmur: "), "en": ("Done: ", "No longer asked of you: ")}
    with translation.override(language):
        name = str(original.get_kind_display())
    assert (met.subject, waived.subject) == tuple(start + name for start in words[language])
    assert ("Qəbul aktı 7" in met.body, "Yanğında məhv olub" in waived.body) == (True, True)
    hidden = open_duty(
        DutyKind.EXTRA_ASSESSMENT, about=certificate, person=person, certificate=certificate, shown_to_holder=False
    )
    waive(hidden, actor=officer, reason="Nəzarət üsulu dəyişdirilib.")
    assert OutgoingMessage.objects.filter(kind__startswith="duty_").count() == 2
    assert Duty.objects.filter(state="waived").count() == 2
