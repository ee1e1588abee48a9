"""The rules of the services, asked while a form is checked: all that is wrong is told at once, beside its fields."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from certificates.models import Certificate, Circumstance, MisuseCase, Surveillance
from certificates.services.misuse import open_case, open_hearing
from certificates.services.surveillance import announce_surveillance
from certificates.states import MisuseRule, SurveillanceKind
from tests.certificates import factories
from tests.certificates.factories import account
from tests.certificates.pages.reading import text
from tests.certificates.requests_factories import circumstance, replacement

TEXT = "Bir cümlədən ibarət kifayət qədər uzun mətn."


def day(ahead):
    return (timezone.localdate() + timedelta(days=ahead)).isoformat()


def wrong(client, name, pk, **typed):
    """Return beside which fields a form says what is wrong; "" names its head."""
    answer = client.post(reverse(f"certificates:{name}", args=[pk]), typed)
    assert answer.status_code == 422
    return {field.replace("__all__", "") for field in answer.context["form"].errors}


def test_a_duty_is_met_and_a_contract_signed_on_a_day_that_can_be(version, certificate, office):
    replacement(certificate)
    duty = certificate.duties.get(kind="return_copy")
    contract = factories.offered(version)
    for ahead in (-1, 1):
        assert wrong(office, "duty_meet", duty.pk, on=day(ahead)) == {"on", "proof"}
        assert wrong(office, "contract_paper", contract.pk, signed_on=day(ahead)) == {"signed_on", "scan"}


@pytest.fixture
def certificate(version):
    return factories.certificate(version)


@pytest.fixture
def office(sign_in, officer):
    return sign_in(officer)


@pytest.fixture
def surveillance(certificate, officer):
    planned = certificate.surveillances.filter(kind=SurveillanceKind.PLANNED).first()
    return announce_surveillance(planned, actor=officer)


@pytest.fixture
def heard(certificate, officer):
    case = open_case(certificate, rule=MisuseRule.H3, facts=TEXT, actor=officer)
    return open_hearing(case, charge=TEXT, actor=officer)


def test_a_holder_reads_of_day_and_description_at_once(certificate, sign_in):
    typed = {"kind": "health", "since": day(1), "description": "x"}
    client = sign_in(account(certificate))
    assert wrong(client, "report_circumstance", certificate.pk, **typed) == {"since", "description"}
    assert not Circumstance.objects.exists()


@pytest.mark.parametrize("received", [1, -4000])
def test_what_came_on_paper_is_checked_against_the_certificate(certificate, office, received):
    typed = {"received_on": day(received), "description": "x", "kind": "damaged"}
    fields = {"received_on", "description", "stops_use"}
    assert wrong(office, "request_replacement", certificate.pk, **typed) == fields
    # The other day is not measured by one that makes no sense.
    typed = {"received_on": day(received), "since": day(2), "description": TEXT, "kind": "health"}
    assert wrong(office, "report_circumstance", certificate.pk, **typed) == {"received_on"}


def test_a_surveillance_is_opened_and_moved_to_a_day_within_the_validity(certificate, office, surveillance):
    for ahead in (-1, 4000):
        typed = {"due_on": day(ahead), "cause": "x", "reason": "x"}
        assert wrong(office, "surveillance_new", certificate.pk, **typed) == {"due_on", "cause"}
        assert wrong(office, "surveillance_move", surveillance.pk, **typed) == {"due_on", "reason"}
    assert not Surveillance.objects.filter(kind=SurveillanceKind.EXTRAORDINARY).exists()


def test_the_officer_reads_all_that_a_result_misses(certificate, office, surveillance):
    typed = {"held_on": day(1), "report": "x", "result": "follow_up", "follow_up_on": day(-1)}
    assert wrong(office, "surveillance_hold", surveillance.pk, **typed) == {"held_on", "report", "follow_up_on"}
    typed = {"held_on": day(-1), "report": TEXT, "result": "suspension", "public_reason_en": "Being looked into."}
    fields = {"held_on", "review_on", "public_reason"}
    assert wrong(office, "surveillance_hold", surveillance.pk, **typed) == fields
    typed = {"held_on": day(0), "report": TEXT, "result": "revocation", "confirmation": "K6"}
    assert wrong(office, "surveillance_hold", surveillance.pk, **typed) == {"confirmation"}


def test_what_belongs_to_another_outcome_is_neither_refused_nor_used(certificate, office, surveillance):
    others = {"follow_up_on": "x", "review_on": day(-1), "public_reason_en": "Only in English.", "confirmation": "K6"}
    typed = {"held_on": day(0), "report": TEXT, "result": "confirmed", **others}
    answer = office.post(reverse("certificates:surveillance_hold", args=[surveillance.pk]), typed)
    assert answer.status_code == 302
    surveillance.refresh_from_db()
    assert (surveillance.result, Certificate.objects.get().state) == ("confirmed", "valid")
    # While no outcome is chosen, all of it is told.
    case = circumstance(certificate)
    typed = {"reasons": TEXT, "due_on": "x", "review_on": "x"}
    assert wrong(office, "circumstance_evaluate", case.pk, **typed) == {"outcome", "due_on", "review_on"}


def test_an_evaluation_is_checked_against_the_certificate(certificate, office):
    case = circumstance(certificate)
    typed = {"outcome": "assessment", "reasons": "x", "details": "x", "due_on": day(0)}
    assert wrong(office, "circumstance_evaluate", case.pk, **typed) == {"reasons", "details", "due_on"}
    typed = {"outcome": "suspension", "reasons": TEXT, "review_on": day(4000)}
    assert wrong(office, "circumstance_evaluate", case.pk, **typed) == {"review_on"}
    typed = {"outcome": "suspension", "reasons": TEXT, "review_on": day(30), "public_reason": "Baxılır."}
    typed["public_reason_en"] = "Being looked into."
    assert office.post(reverse("certificates:circumstance_evaluate", args=[case.pk]), typed).status_code == 302
    event = certificate.events.get(kind="suspend")
    assert (event.public_reason, event.public_reason_en, event.is_published) == (
        "Baxılır.", "Being looked into.", True,
    )  # fmt: skip


def test_a_case_of_misuse_names_its_rule(certificate, office):
    page = reverse("certificates:misuse_open", args=[certificate.pk])
    shown = office.get(page).context["form"]
    assert (shown["rule"].value(), shown.fields["rule"].choices[0][0]) == (None, "")
    assert wrong(office, "misuse_open", certificate.pk, rule="", facts=TEXT) == {"rule"}
    assert office.get(page, {"rule": "H8"}).context["form"]["rule"].value() == "H8"
    assert not MisuseCase.objects.exists()


@pytest.mark.parametrize("ahead", [-3, 0, 1])
def test_the_hearing_says_at_once_from_which_day_on(certificate, office, officer, ahead):
    case = open_case(certificate, rule=MisuseRule.H3, facts=TEXT, actor=officer)
    page = reverse("certificates:misuse_hear", args=[case.pk])
    answer = office.post(page, {"charge": "x", "answer_due_on": day(ahead)}, headers={"accept-language": "en"})
    assert set(answer.context["form"].errors) == {"charge", "answer_due_on"}
    assert "at least 5 working days to answer: choose" in text(answer)


def test_the_day_of_an_answer_on_paper_is_checked(certificate, office, heard):
    for ahead in (-1, 1):
        typed = {"received_on": day(ahead), "answer": ""}
        assert wrong(office, "misuse_answer", heard.pk, **typed) == {"received_on", "answer"}


def test_a_case_tells_all_that_an_assessment_misses(certificate, other_officer, sign_in, heard):
    MisuseCase.objects.update(state="answered", answer=TEXT, answered_at=timezone.now())
    typed = {"seen": "answered", "outcome": "assessment", "reasons": "x", "details": "x", "due_on": day(4000)}
    client = sign_in(other_officer)
    assert wrong(client, "misuse_settle", heard.pk, **typed) == {"reasons", "details", "due_on"}
    typed = {"seen": "answered", "outcome": "suspension", "reasons": TEXT}
    assert wrong(client, "misuse_settle", heard.pk, **typed) == {"review_on"}


def test_fields_say_to_which_outcome_they_belong(certificate, office, surveillance):
    page = text(office.get(reverse("certificates:surveillance_hold", args=[surveillance.pk])))
    assert 'data-outcome="result"' in page
    assert 'data-takes-away="suspension revocation"' in page
    for outcomes in ("follow_up", "suspension", "suspension revocation", "revocation"):
        assert f'data-only-for="{outcomes}"' in page
