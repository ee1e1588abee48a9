"""The holder's own page: where they stand, what is due, what they may do, the badge; and nothing of others."""

from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
import zxingcpp
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from candidates.services.declarations import load_declarations
from certificates.duewords import step_of
from certificates.holderstep import NextStep
from certificates.holding import Act
from certificates.models import Duty
from certificates.services.certificates import issue_certificate
from certificates.services.contracts import accept_contract, load_contract_templates
from certificates.services.decisions import decide
from certificates.services.duties import Term, meet_about, open_duty
from certificates.services.lifecycle import revoke_certificate, suspend_certificate
from certificates.services.reminders import sweep, write_waiting
from certificates.states import DutyKind, DutyState, Outcome
from core.models import OutgoingMessage
from schemes.states import RenewalNeeds
from tests.certificates import factories
from tests.certificates.cases_factories import heard
from tests.certificates.factories import because
from tests.certificates.renewal_factories import accepted, agreed_contract, asking, decided, on_day
from tests.certificates.requests_factories import replacement


def at(name, *args):
    return reverse(f"certificates:{name}", args=args)


def text(response):
    return " ".join(response.content.decode().split())


def page_of(client):
    return client.get(at("mine"))


def card_of(client):
    (card,) = page_of(client).context["cards"]
    return card


def days(number):
    return timezone.localdate() + timedelta(days=number)


def test_mine_of_a_valid_certificate_offers_what_may_be_done(version, sign_in):
    certificate = factories.certificate(version)
    client = sign_in(factories.account(certificate))
    response = page_of(client)
    (card,) = response.context["cards"]
    assert (card.step, card.acts, card.may_show) == (
        NextStep.NOTHING,
        (Act.REPORT_CHANGE, Act.REPORT_CIRCUMSTANCE, Act.REQUEST_REPLACEMENT),
        True,
    )
    assert response.context["dues"] == []  # renewal is due in years
    page = text(response)
    for name in ("report_change", "report_circumstance", "request_replacement"):
        assert at(name, certificate.pk) in page
    for name in ("publication", "feeds"):
        assert at(name) in page
    assert at("badge", certificate.pk, "png") + "?width=1280" in page
    assert [line.kind for line in card.history] == ["issue", "concluded", "granted"]


def test_mine_before_and_after_the_last_day_leads_to_renewal(version, sign_in):
    certificate = factories.certificate(version)
    client = sign_in(factories.account(certificate))
    expected = {
        certificate.renewal_from - timedelta(days=1): (NextStep.NOTHING, None, False, 0),
        certificate.renewal_from: (NextStep.RENEW, certificate.valid_until, True, 1),
        certificate.valid_until: (NextStep.RENEW, certificate.valid_until, True, 1),
        certificate.valid_until + timedelta(days=1): (NextStep.RENEW_LATE, None, True, 1),
    }
    for day, (step, due, may_renew, dues) in expected.items():
        with time_machine.travel(f"{day}T09:00:00+04:00", tick=False):
            client.force_login(factories.account(certificate))
            response = page_of(client)
            (card,) = response.context["cards"]
            assert (card.step, card.due, Act.RENEW in card.acts) == (step, due, may_renew), day
            assert [(one.route, one.key) for one in response.context["dues"]] == [
                ("apply_for_renewal", certificate.pk)
            ] * dues
            if step == NextStep.RENEW_LATE:
                assert (card.acts, card.may_show) == ((Act.RENEW,), False)


def test_mine_follows_a_renewal_to_the_certificate_that_takes_its_place(version, officer, sign_in):
    load_declarations()
    old = factories.certificate(asking(version, RenewalNeeds.EVIDENCE))
    client, user = sign_in(factories.account(old)), factories.account(old)
    with on_day(old, -20):
        client.force_login(user)
        renewal = accepted(old)
        (card,) = page_of(client).context["cards"]
        assert (card.step, card.open_renewal, Act.RENEW in card.acts) == (NextStep.RENEWING, renewal, False)
        new = issue_certificate(agreed_contract(decided(renewal)), actor=officer)
        response = page_of(client)
        later, earlier = response.context["cards"]
        assert (later.step, later.due, later.may_show) == (NextStep.NOT_YET, new.valid_from, False)
        assert (earlier.step, earlier.due, earlier.may_show, Act.RENEW in earlier.acts) == (
            NextStep.RENEWED, new.valid_from, True, False,
        )  # fmt: skip
        assert later.chain == earlier.chain == [old, new]
        assert text(response).count('class="chain"') == 2
        assert response.context["dues"] == []
    with on_day(old, 1):
        client.force_login(user)
        response = page_of(client)
        later, earlier = response.context["cards"]
        assert (later.step, later.may_show) == (NextStep.NOTHING, True)
        assert (earlier.step, earlier.acts, earlier.may_show) == (NextStep.REPLACED, (), False)
        assert new.number in text(response)


def test_mine_of_a_suspended_then_revoked_certificate_asks_for_the_original(version, officer, sign_in):
    certificate = factories.certificate(version)
    client = sign_in(factories.account(certificate))
    suspend_certificate(
        certificate, because("Sizin xahişinizlə, üç həftəlik."), actor=officer, review_on=days(60),
        effective_on=days(3),
    )  # fmt: skip
    card = card_of(client)
    assert (card.step, card.planned.effective_on, card.may_show) == (NextStep.DUTY, days(3), True)
    owed = Duty.objects.get(kind=DutyKind.RETURN_ENDED)
    assert (card.owed.duty, card.due, card.returns) == (owed, owed.due_on, [1])
    home = text(client.get("/"))
    for page in (text(page_of(client)), home, text(client.get(at("duty", owed.pk)))):
        assert step_of(owed, days(0)) in page
    assert step_of(owed, days(0)) != step_of(owed, days(3))
    assert "Sizin xahişinizlə" in home
    assert "Sizin xahişinizlə" in text(page_of(client))
    with time_machine.travel(f"{days(3)}T09:00:00+04:00", tick=False):
        client.force_login(factories.account(certificate))
        card = card_of(client)
        assert (card.step, card.planned, card.may_show) == (NextStep.STOP_USING, None, False)
        assert card.acts == (Act.REPORT_CHANGE, Act.REPORT_CIRCUMSTANCE)
        event = revoke_certificate(certificate, because(), actor=officer)
        response = page_of(client)
        (card,) = response.context["cards"]
        owed = Duty.objects.get(kind=DutyKind.RETURN_ENDED, state=DutyState.OPEN)
        assert (card.step, card.due, card.acts) == (NextStep.HAND_BACK, owed.due_on, ())
        assert card.revocation == event
        assert [one.duty for one in response.context["dues"]] == [owed]
        assert [line.kind for line in card.history][:2] == ["revoke", "suspend"]
        assert client.get(at("badge", certificate.pk, "svg")).status_code == 403
        meet_about(event, DutyKind.RETURN_ENDED, actor=officer, proof="Qəbul aktı 7")
        assert card_of(client).step == NextStep.ENDED
        assert reverse("candidates:apply", args=[version.scheme.code]) in text(page_of(client))
        for name in ("report_change", "report_circumstance", "request_replacement"):
            refused = client.get(at(name, certificate.pk))
            assert refused.context["hindrance"]
            assert 'name="file"' not in text(refused)


@pytest.mark.parametrize("language", ["az", "en"])
def test_reminder_of_an_original_says_where_it_goes_and_which_one_it_is(version, officer, language):
    certificate = factories.certificate(version, language=language)
    copy = {"az": "nüsxə 1", "en": "copy 1"}[language]
    replacement(certificate)
    for day, kind in ((days(10), "duty_due"), (days(16), "duty_overdue")):
        with time_machine.travel(f"{day}T09:00:00+04:00", tick=False):
            sweep()
            write_waiting()
            message = OutgoingMessage.objects.get(kind=kind)
            assert f"{certificate.number}, {copy}" in message.subject
            assert settings.BODY[f"address_{language}"] in message.body.split("portal")[0]
    assert Duty.objects.get(kind=DutyKind.RETURN_COPY).rule == "H8"


def test_mine_leads_to_what_is_due_first(version, sign_in):
    certificate = factories.certificate(version)
    client = sign_in(factories.account(certificate))
    term = Term(days(0), days(29))
    open_duty(
        DutyKind.EXTRA_ASSESSMENT, about=certificate, person=certificate.person, certificate=certificate, term=term
    )
    assert (card_of(client).step, card_of(client).due) == (NextStep.DUTY, days(29))
    case = heard(certificate)
    card = card_of(client)
    assert (card.step, card.owed.route, card.due < days(29)) == (NextStep.DUTY, "misuse_answer", True)
    for page in (text(page_of(client)), text(client.get("/"))):
        assert at("misuse_answer", case.pk) in page


def test_mine_shows_no_duty_that_the_holder_must_not_know_of(version, sign_in):
    certificate = factories.certificate(version)
    term = Term(days(-2), days(2))
    for number, shown in enumerate((False, True)):
        open_duty(
            DutyKind.FOLLOW_UP, about=certificate, person=certificate.person, certificate=certificate, term=term,
            details=f"{number}", shown_to_holder=shown, key=f"{number}",
        )  # fmt: skip
    client = sign_in(factories.account(certificate))
    assert [one.duty.details for one in page_of(client).context["dues"]] == ["1"]


def test_badge_is_for_its_holder_and_leads_to_the_public_page(version, officer, candidate, sign_in):
    certificate = factories.certificate(version)
    client = sign_in(factories.account(certificate))
    address = at("badge", certificate.pk, "png")
    for width in (640, 1280, 2560):
        answer = client.get(f"{address}?width={width}")
        with Image.open(BytesIO(answer.content)) as image:
            assert image.size == (width, width // 2)
            assert [code.text for code in zxingcpp.read_barcodes(image)] == [certificate.snapshot["verification_url"]]
        assert f'filename="nisan-{certificate.number}-{width}.png"' in answer["Content-Disposition"]
    assert client.get(f"{address}?width=640").content == client.get(address).content
    drawn = client.get(at("badge", certificate.pk, "svg")).content
    assert b'viewBox="0 0 640 320"' in drawn
    assert f"{certificate.person}, " in drawn.decode()
    assert drawn == client.get(at("badge", certificate.pk, "svg")).content
    assert client.get(f"{address}?width=641").status_code == 404
    assert client.get(at("badge", certificate.pk, "gif")).status_code == 404
    assert sign_in(officer).get(address).status_code == 200
    assert sign_in(candidate).get(address).status_code == 403


def concluded_by(user, version, decider):
    """Conclude one more contract with the same person, on a new application."""
    load_contract_templates()
    person = getattr(user, "person", None)
    case = factories.application(version, user=user) if person is None else another(person)
    exam = factories.attempt(version, on=case)
    contract = decide(exam, actor=decider, outcome=Outcome.GRANTED, reasons="Bütün meyarlar ödənilib.").contract
    user.refresh_from_db()
    return accept_contract(contract, actor=user, request_address="203.0.113.7")


def another(person):
    last = person.applications.latest("id")
    last.pk, last._state.adding = None, True
    last.reference, last.concluded_at = f"{last.reference}x", None
    last.save()
    return last


def test_mine_costs_the_same_for_one_certificate_and_for_three(version, decider, officer, sign_in):
    user = factories.holder()
    client = sign_in(user)
    counts = []
    for more in (1, 2):
        for _one in range(more):
            issue_certificate(concluded_by(user, version, decider), actor=officer)
        page_of(client)
        with CaptureQueriesContext(connection) as queries:
            page_of(client)
        counts.append(len(queries))
    assert len(page_of(client).context["cards"]) == 3
    assert counts[0] == counts[1]
    assert counts[0] < 35
