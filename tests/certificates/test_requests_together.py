"""Changes, circumstances and new copies alike: their tables, what two do at the same moment, and the e-mails."""

from functools import partial

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEntry
from candidates.models import Person
from certificates.models import CaseFile, Certificate, CertificateEvent, Duty, Suspension
from certificates.services.duties import record_met, waive
from certificates.services.lifecycle import revoke_certificate, suspend_certificate
from certificates.services.requests.changes import accept_change, reject_change, report_change, withdraw_change
from certificates.services.requests.circumstances import Evaluation, evaluate_circumstance
from certificates.services.requests.replacements import (
    issue_replacement,
    reject_replacement,
    withdraw_replacement,
)
from certificates.states import (
    CHANGE,
    CIRCUMSTANCE,
    REPLACEMENT,
    CircumstanceOutcome,
    DutyKind,
)
from core.models import OutgoingMessage
from tests.certificates import factories
from tests.certificates.factories import account, because
from tests.certificates.requests_factories import REASON, ago, change, circumstance, intake, refused, replacement
from tests.exams.racing import DONE, at_once


# --- Tables and races -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("lifecycle", "make", "verbs"),
    [
        (
            CHANGE,
            change,
            {
                "accept": lambda one, officer: accept_change(one, actor=officer),
                "reject": lambda one, officer: reject_change(one, actor=officer, reason=REASON),
                "withdraw": lambda one, _officer: withdraw_change(one, actor=account(one.certificate)),
            },
        ),
        (
            REPLACEMENT,
            replacement,
            {
                "issue": lambda one, officer: issue_replacement(one, actor=officer),
                "reject": lambda one, officer: reject_replacement(one, actor=officer, reason=REASON),
                "withdraw": lambda one, _officer: withdraw_replacement(one, actor=account(one.certificate)),
            },
        ),
        (
            CIRCUMSTANCE,
            circumstance,
            {
                "evaluate": lambda one, officer: evaluate_circumstance(
                    one, Evaluation(CircumstanceOutcome.NONE, REASON), actor=officer
                )
            },
        ),
    ],
)
def test_every_verb_from_every_state_follows_the_table(version, officer, lifecycle, make, verbs):
    assert set(verbs) == {transition.verb for transition in lifecycle.transitions}
    certificate = factories.certificate(version)
    for first in verbs:
        case = make(certificate)
        moved = verbs[first](case, officer)
        assert moved.state == lifecycle.get(first).target
        Person.objects.filter(pk=certificate.person_id).update(surname="Əliyeva")
        for second in verbs:
            assert refused(partial(verbs[second], moved, officer)) == "state"


@pytest.mark.django_db(transaction=True)
def test_holder_and_officer_at_the_same_moment(version, officer, other_officer):
    certificate = factories.certificate(version)
    holder = account(certificate)
    notice, case = change(certificate), replacement(certificate)
    outcomes = at_once(lambda: accept_change(notice, actor=officer), lambda: withdraw_change(notice, actor=holder))
    assert outcomes == [DONE, "state"]
    notice.refresh_from_db()
    assert certificate.copies.count() == (2 if notice.state == "accepted" else 1)
    if notice.state == "withdrawn":
        assert at_once(
            lambda: issue_replacement(case, actor=officer), lambda: issue_replacement(case, actor=other_officer)
        ) == [DONE, "state"]
    address = {"address": "Şəki şəhəri, 7"}
    today = timezone.localdate()
    assert at_once(
        *[
            lambda: report_change(certificate, changed_on=today, details=address, actor=holder, intake=intake())
            for _ in range(2)
        ]
    ) == [DONE, "pending"]
    # Whichever won, a newer copy is in force, and nobody has asked to have it replaced yet.
    asked = at_once(lambda: replacement(certificate), lambda: replacement(certificate))
    assert asked == ["certificates_one_open_replacement", DONE]


# --- Messages ---------------------------------------------------------------------------------------------------------
SUBJECTS = {
    "az": [
        "Məlumat dəyişikliyi haqqında bildirişiniz alındı: {number}",
        "Məlumat dəyişikliyi qəbul edilmədi: {number}",
        "Məlumat dəyişikliyi haqqında bildiriş geri götürüldü: {number}",
        "Məlumatlarınız yeniləndi: {number}",
        "Sertifikatlaşdırma qurumunun məktubları artıq bu ünvana gəlməyəcək",
        "Bildirişiniz alındı: {number}",
        "Bildirişiniz qiymətləndirildi: {number}",
        "Yeni nüsxə haqqında müraciətiniz alındı: {number}",
        "Yeni nüsxə verilmədi: {number}",
        "Yeni nüsxə haqqında müraciət geri götürüldü: {number}",
        "Sertifikatınızın yeni nüsxəsi verildi: {number}",
    ],
    "en": [
        "Your report of a change was received: {number}",
        "The change of data was not accepted: {number}",
        "Your report of a change is withdrawn: {number}",
        "Your data have been brought up to date: {number}",
        "Messages of the certification body will no longer come to this address",
        "Your report was received: {number}",
        "Your report has been evaluated: {number}",
        "Your request for a new copy was received: {number}",
        "No new copy was issued: {number}",
        "Your request for a new copy is withdrawn: {number}",
        "A new copy of your certificate is issued: {number}",
    ],
}
GREETINGS = {"az": "Hörmətli Günay ", "en": "Dear Günay "}


@pytest.mark.parametrize("language", ["az", "en"])
def test_every_event_is_told_in_the_language_of_the_person(version, officer, language):
    certificate = factories.certificate(version, language=language)
    holder = account(certificate)
    reject_change(change(certificate, address="R & S küçəsi"), actor=officer, reason="R & S: sənəd çatmır.")
    withdraw_change(change(certificate, address="Şəki"), actor=holder)
    accept_change(change(certificate, surname="O'Quliyeva", email="yeni@example.az"), actor=officer)
    assessment = Evaluation(CircumstanceOutcome.ASSESSMENT, REASON, due_on=ago(-9), details="Praktiki imtahan, P1")
    evaluate_circumstance(circumstance(certificate), assessment, actor=officer)
    for settle in (
        lambda case: reject_replacement(case, actor=officer, reason=REASON),
        lambda case: withdraw_replacement(case, actor=holder),
        lambda case: issue_replacement(case, actor=officer),
    ):
        settle(replacement(Certificate.objects.get(pk=certificate.pk)))
    messages = OutgoingMessage.objects.filter(kind__regex="^(change|circumstance|replacement)_").order_by("id")
    first = {message.kind: message for message in reversed(messages)}
    subjects = {message.subject for message in first.values()}
    assert subjects == {subject.format(number=certificate.number) for subject in SUBJECTS[language]}
    for message in first.values():
        assert GREETINGS[language] in message.body
        assert "info@sso.az" in message.body
        assert not {"None", "&amp;", "&#x27;", "{{", "{%"} & set(message.body.split())
    assert "→ O'Quliyeva" in first["change_accepted"].body
    assert "R & S: sənəd çatmır." in first["change_rejected"].body


# --- What stays in the case, and what is not asked for twice ----------------------------------------------------------
@pytest.mark.parametrize(
    ("outcome", "more"),
    [
        (CircumstanceOutcome.NONE, {}),
        (CircumstanceOutcome.ASSESSMENT, {"due_on": ago(-20), "details": "Praktiki imtahan, P1"}),
        (CircumstanceOutcome.SUSPENSION, {}),
        (CircumstanceOutcome.REVOCATION, {}),
    ],
)
def test_what_is_reported_of_health_stands_in_the_case_alone(version, officer, sign_in, outcome, more):
    certificate = factories.certificate(version)
    case = circumstance(certificate, "Ürək əməliyyatı keçirib.")
    reasons = "Ürəyin vəziyyəti imkan vermir: əməliyyat olub."
    evaluate_circumstance(case, Evaluation(outcome, reasons, review_on=ago(-40), **more), actor=officer)
    for model in (AuditEntry, OutgoingMessage, CertificateEvent, Suspension, Duty):
        kept = " ".join(str(row) for row in model.objects.values())
        assert ("Ürə" in kept, "əməliyyat" in kept) == (False, False), model
    assert CaseFile.objects.get(circumstance=case).by_holder is True
    page = reverse("certificates:circumstance", args=[case.pk])
    assert page in OutgoingMessage.objects.get(kind="circumstance_evaluated").body
    assert reasons in sign_in(account(certificate)).get(page).content.decode()


@pytest.mark.parametrize("settle", [
    lambda duty, officer: record_met(duty, actor=officer, proof="Poçtla gəldi.", on=timezone.localdate()),
    lambda duty, officer: waive(duty, actor=officer, reason=REASON),
], ids=["met", "waived"])  # fmt: skip
def test_an_original_handed_in_for_a_suspension_is_not_owed_again(version, officer, settle):
    certificate = factories.certificate(version)
    notice = change(certificate)
    suspend_certificate(certificate, because(), actor=officer, review_on=ago(-30))
    settle(Duty.objects.get(kind=DutyKind.RETURN_ENDED), officer)
    accept_change(notice, actor=officer)
    assert certificate.copies.count() == 2
    revoke_certificate(certificate, because(), actor=officer)
    assert not Duty.objects.filter(kind__startswith="return", state="open").exists()
