"""What the pages say comes next: for officers and holders, from what is on record, at a cost that does not grow."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.states import Role
from candidates.services.declarations import load_declarations
from certbody.queries import duty_queue, misuse_queue
from certificates.holderstep import NextStep, Who
from certificates.models import Certificate, Duty
from certificates.queries.duties import duties, is_overtaken, is_work, overtaken, queue_duties
from certificates.queries.holders import due_now, surveillance_ahead
from certificates.services.certificates import issue_certificate
from certificates.services.copies import make_copy
from certificates.services.duties import Term, open_duty, waive
from certificates.services.reminders import sweep, write_waiting
from certificates.states import CopyReason, DutyKind, DutyState, OwedBy
from schemes.states import RenewalNeeds
from tests.certificates import factories
from tests.certificates.cases_factories import answered, misuse
from tests.certificates.life_factories import in_days, noon, reinstate, revoke, suspend, withdraw
from tests.certificates.pages.reading import at, text
from tests.certificates.renewal_factories import accepted, agreed_contract, apply, asking, decided, on_day
from tests.certificates.requests_factories import change, circumstance, replacement


def unwatched(version):
    """Return the version without surveillances, which would wait as well when years have passed."""
    version.surveillance_months = 0
    version.save(update_fields=["surveillance_months"])
    return version


def steps(client, certificate):
    return client.get(at("certificate", certificate.pk)).context["steps"]


def card_of(client):
    (card,) = client.get(at("mine")).context["cards"]
    return card


def owe(certificate, kind, due_on, number=0, **facts):
    return open_duty(
        kind, about=certificate, person=certificate.person, certificate=certificate, key=str(number),
        term=Term(in_days(-40), due_on), **facts,
    )  # fmt: skip


# --- Officers ---------------------------------------------------------------------------------------------------------
def test_officer_is_led_through_a_renewal(version, officer, sign_in):
    load_declarations()
    old = factories.certificate(unwatched(asking(version, RenewalNeeds.EVIDENCE)))
    client = sign_in(officer)
    with on_day(old, -20):
        client.force_login(officer)
        renewal = apply(old)
        (first,) = steps(client, old)
        assert (first.due, first.url) == (old.valid_until, f"/applications/{renewal.application_id}/")
        assert str(renewal.application.reference) in text(client.get(at("certificate", old.pk)))


def test_officer_reads_which_renewal_takes_the_place(version, officer, sign_in):
    load_declarations()
    old = factories.certificate(unwatched(asking(version, RenewalNeeds.EVIDENCE)))
    client = sign_in(officer)
    with on_day(old, -20):
        client.force_login(officer)
        decision = decided(accepted(old))
        (first,) = steps(client, old)
        assert (first.url, first.due) == (at("contract", decision.contract.pk), decision.contract.due_on)
        contract = agreed_contract(decision)
        assert steps(client, old)[0].url == at("contract", contract.pk)
        new = issue_certificate(contract, actor=officer)
        (first,) = steps(client, old)
        assert (new.number in first.step, first.who, first.url) == (True, "", at("certificate", new.pk))
        assert Certificate.objects.get(pk=old.pk).badge_state == "valid"  # nobody is to apply any more


def test_officer_reads_all_that_waits_the_nearest_first(version, officer, sign_in):
    certificate = factories.certificate(version)
    change(certificate)
    overdue = owe(certificate, DutyKind.RETURN_COPY, in_days(-3))
    told = steps(sign_in(officer), certificate)
    settle = Duty.objects.get(kind=DutyKind.SETTLE_CHANGE)
    assert [step.due for step in told] == [overdue.due_on, settle.due_on]
    page = text(sign_in(officer).get(at("certificate", certificate.pk)))
    assert at("duty", overdue.pk) in page
    waive(overdue, actor=officer, reason="İtib, tapılmayıb.")
    assert [step.due for step in steps(sign_in(officer), certificate)] == [settle.due_on]


def test_certificate_page_costs_the_same_with_one_of_each_and_with_three(version, officer, auditor, sign_in):
    certificate = factories.certificate(version)
    client, address = sign_in(auditor), at("certificate", certificate.pk)

    def one_more(number):
        misuse(certificate)
        owe(certificate, DutyKind.RETURN_COPY, in_days(-3), number)
        owe(certificate, DutyKind.HOLD_SURVEILLANCE, in_days(3), number)
        waive(
            owe(certificate, DutyKind.RETURN_ENDED, in_days(3), number), actor=officer, reason="Aktla təhvil verilib."
        )

    one_more(1)
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    one_more(2)
    one_more(3)
    with CaptureQueriesContext(connection) as three:
        response = client.get(address)
    assert len(three) == len(one)
    assert len(response.context["steps"]) == 9
    assert {duty.state for duty in response.context["settled_duties"]} == {DutyState.WAIVED}
    assert {duty.state for duty in response.context["section_duties"]} == {DutyState.OPEN}


def test_officer_who_holds_the_certificate_is_told_of_no_case(version, sign_in):
    certificate = factories.certificate(version)
    account = factories.account(certificate)
    account.role_assignments.create(role=Role.OFFICER)
    misuse(certificate)
    told = steps(sign_in(type(account).objects.get(pk=account.pk)), certificate)
    assert [(step.who, step.due) for step in told] == [("", None)]


@pytest.mark.parametrize(
    ("about", "expected"), [("valid", ["superseded", "in_force"]), ("suspended", ["superseded", "latest"])]
)
def test_copy_is_in_force_only_with_its_certificate(version, officer, sign_in, about, expected):
    certificate = factories.certificate(version)
    make_copy(certificate, CopyReason.DAMAGED, actor=officer)
    if about == "suspended":
        suspend(certificate, officer)
    copies = Certificate.objects.get(pk=certificate.pk).copies.order_by("number")
    assert [copy.badge_state for copy in copies] == expected


# --- One duty ---------------------------------------------------------------------------------------------------------
def test_overdue_original_is_chased_from_its_page(version, officer, auditor, sign_in):
    certificate = factories.certificate(version)
    replacement(certificate)
    duty = Duty.objects.get(kind=DutyKind.RETURN_COPY)
    write, case = f"{at('notify')}?q={certificate.number}", f"{at('misuse_open', certificate.pk)}?rule=H8"
    client = sign_in(officer)
    page = text(client.get(at("duty", duty.pk)))
    assert (write in page, case in page) == (False, False)
    with noon(duty.due_on + timedelta(days=1)):
        for user in (officer, auditor):
            client.force_login(user)
            response = client.get(at("duty", duty.pk))
            page = text(response)
            assert (write in page, case in page) == (user == officer, user == officer)
            assert response.context["reminder"] is None
        sweep()
        write_waiting()
        client.force_login(officer)
        assert client.get(at("duty", duty.pk)).context["reminder"].kind == "duty_overdue"
        assert [client.get(address).status_code for address in (write, case)] == [200, 200]
        assert client.get(write).context["number"] == 1


def test_duty_calls_for_somebody_only_when_it_is_near(version):
    certificate = factories.certificate(version)
    states = {in_days(-1): "overdue", in_days(0): "soon", in_days(14): "soon", in_days(15): "open"}
    for number, (day, state) in enumerate(states.items()):
        assert owe(certificate, DutyKind.RETURN_COPY, day, number).badge_state == state


# --- The queue --------------------------------------------------------------------------------------------------------
def test_case_waits_for_another_officer_than_who_opened_it(version, officer):
    certificate = factories.certificate(version)
    opened = misuse(certificate, officer=officer)
    answer = answered(factories.certificate(version))
    waiting = {user: {item.url for item in misuse_queue(user)} for user in (officer, answer.opened_by)}
    both = {at("misuse", opened.pk), at("misuse", answer.pk)}
    assert waiting == {officer: both, answer.opened_by: {at("misuse", opened.pk)}}


def test_work_waits_since_it_is_the_offices(version, officer):
    certificate = factories.certificate(version)
    overdue = owe(certificate, DutyKind.RETURN_COPY, in_days(-3))
    notice = certificate.scheme_version.surveillance_notice_days
    held = owe(certificate, DutyKind.HOLD_SURVEILLANCE, in_days(5))
    suspend(certificate, officer, review=10)
    since = {item.due: timezone.localdate(item.since) for item in duty_queue(officer)}
    assert since == {
        overdue.due_on: in_days(-2),
        held.due_on: max(in_days(-40), in_days(5 - notice)),
        in_days(10): in_days(0),
    }


def test_queue_in_sql_and_one_duty_agree(version, officer):
    certificate = factories.certificate(version)
    notice = certificate.scheme_version.surveillance_notice_days
    days = (in_days(-1), in_days(0), in_days(14), in_days(15), in_days(notice), in_days(notice + 1))
    for kind in DutyKind:
        if kind != DutyKind.REVIEW_SUSPENSION:
            for number, day in enumerate(days):
                owe(certificate, kind, day, number)
    suspend(certificate, officer, review=14)
    suspend(factories.certificate(version), officer, review=15)
    queued = {duty.pk for duty in queue_duties(officer, most=50)}
    known = duties().select_related("certificate__scheme_version").filter(state=DutyState.OPEN)
    assert queued == {duty.pk for duty in known if is_work(duty, in_days(0))}


# --- Holders ----------------------------------------------------------------------------------------------------------
def test_holder_reads_that_reports_are_looked_at(version, sign_in):
    certificate = factories.certificate(version)
    client = sign_in(factories.account(certificate))
    change(certificate)
    circumstance(certificate)
    card = card_of(client)
    body = Duty.objects.filter(owed_by=OwedBy.BODY, kind__startswith="settle")
    assert (card.step, card.next.who, card.due) == (NextStep.REPORTED, Who.BODY, body.earliest("due_on").due_on)
    assert len(card.case.record.answers) == 2
    replacement(certificate)
    card = card_of(client)
    assert (card.step, card.returns, len(card.case.record.answers)) == (NextStep.DUTY, [1], 3)


def test_originals_that_are_owed_are_told_apart(version, officer, sign_in):
    certificate = factories.certificate(version)
    client = sign_in(factories.account(certificate))
    old = certificate.current_copy
    owe(certificate, DutyKind.RETURN_COPY, in_days(9), details=str(old))
    make_copy(certificate, CopyReason.DAMAGED, actor=officer)
    suspend(certificate, officer)
    response = client.get(at("mine"))
    assert [due.copy for due in response.context["dues"]] == [1, 2]
    assert len({due.title for due in response.context["dues"]}) == 2
    (card,) = response.context["cards"]
    assert card.returns == [1, 2]


def test_holder_of_a_certificate_that_ends_is_asked_for_nothing_after_it(version, officer, sign_in):
    certificate = factories.certificate(version)
    account = factories.account(certificate)
    client = sign_in(account)
    for number, day in enumerate((in_days(19), in_days(20), in_days(90))):
        owe(certificate, DutyKind.ACCEPT_TERMS, day, number)
    ahead = surveillance_ahead(account).count()
    assert (ahead > 0, due_now(account).count()) == (True, 3)
    revoke(certificate, officer, ahead=20)
    kinds = [(duty.kind, duty.due_on) for duty in due_now(account)]
    assert kinds == [(DutyKind.ACCEPT_TERMS, in_days(19)), (DutyKind.RETURN_ENDED, in_days(35))]
    assert surveillance_ahead(account).count() == 0
    certificate.refresh_from_db()
    known = duties().filter(certificate=certificate, state=DutyState.OPEN)
    assert set(known.filter(overtaken())) == {duty for duty in known if is_overtaken(duty, certificate)}
    assert client.get(at("mine")).status_code == 200
    withdraw(certificate, officer)
    assert (surveillance_ahead(account).count(), due_now(account).count()) == (ahead, 3)


def test_suspended_holder_reads_when_it_is_reviewed(version, officer, sign_in):
    certificate = factories.certificate(version)
    client = sign_in(factories.account(certificate))
    suspend(certificate, officer, review=30)
    card = card_of(client)
    owed = Duty.objects.get(kind=DutyKind.RETURN_ENDED)
    assert (card.step, card.next.who, card.due) == (NextStep.STOP_USING, Who.HOLDER, owed.due_on)
    waive(owed, actor=officer, reason="Təhvil verilib.")
    card = card_of(client)
    assert (card.step, card.next.who, card.due) == (NextStep.STOP_USING, Who.BODY, in_days(30))
    reinstate(certificate, officer)
    assert card_of(client).step == NextStep.NOTHING


def test_pages_of_a_holder_cost_the_same_with_one_thing_due_and_with_three(version, sign_in):
    certificate = factories.certificate(version)
    client = sign_in(factories.account(certificate))
    counts = []
    for numbers in ((1,), (2, 3)):
        for number in numbers:
            owe(certificate, DutyKind.RETURN_ENDED, in_days(number), number)
            owe(certificate, DutyKind.SETTLE_CHANGE, in_days(number), number)
        pages = ("/", at("mine"))
        for page in pages:
            client.get(page)
        with CaptureQueriesContext(connection) as queries:
            found = [len(client.get(page).context["dues"]) for page in pages]
        counts.append(len(queries))
    assert (found, counts[0]) == ([3, 3], counts[1])
