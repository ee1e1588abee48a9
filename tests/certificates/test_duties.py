"""The ledger of duties: opened once, settled once, found, shown to whom it concerns, worked off by the office."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import RoleAssignment
from accounts.states import Role
from audit.queries import timeline
from audit.references import reference
from audit.services import record
from candidates.models import ConflictOfInterest
from certbody.queries import duty_queue, officer_queue
from certificates.duewords import how_computed
from certificates.models import Duty
from certificates.queries.duties import duties_of_person, search_duties
from certificates.services.duties import Term, lapse_about, open_duty, record_met, waive
from certificates.states import DutyKind, DutyState
from core.errors import RuleViolation
from tests.certificates.cases_factories import misuse
from tests.certificates.duties_factories import duty, person
from tests.certificates.factories import PDF, account, certificate
from tests.exams.racing import DONE, at_once

pytestmark = pytest.mark.django_db
REASON = "Sahib əslini itirdiyini yazılı bildirib."


@pytest.fixture
def today() -> date:
    return timezone.localdate()


def code_of(refused: "pytest.ExceptionInfo[RuleViolation]") -> str:
    return refused.value.code


def test_same_event_opens_its_duty_once(today):
    somebody = person()
    first = open_duty(DutyKind.REPORT_CHANGE, about=somebody, person=somebody)
    again = open_duty(DutyKind.REPORT_CHANGE, about=somebody, person=somebody)
    other = open_duty(DutyKind.REPORT_CHANGE, about=somebody, person=somebody, key="2", term=Term(due_on=today))
    assert (first.pk, other.pk != first.pk, other.unit) == (again.pk, True, "date")
    assert [entry.verb for entry in timeline(first)] == ["duty.open"]
    lapse_about(somebody, [DutyKind.REPORT_CHANGE], reason="Şəxs sertifikatdan imtina edib.")
    assert set(Duty.objects.values_list("state", flat=True)) == {DutyState.LAPSED}


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (DutyKind.REPORT_CHANGE, "10 working days after 3 November 2026"),
        (DutyKind.RETURN_COPY, "15 days after 3 November 2026"),
        (DutyKind.ACCEPT_CONTRACT, "the day was set, not counted"),
    ],
)
def test_due_day_says_how_it_came_about(kind, words):
    with translation.override("en"):
        one = duty(kind, start_on=date(2026, 11, 3), due_on=date(2026, 12, 1) if kind == "accept_contract" else None)
        assert how_computed(one) == words


def test_duty_is_met_once_with_day_and_proof(officer, today):
    one = duty(DutyKind.RETURN_COPY, start_on=today - timedelta(days=20))
    assert one.overdue_since(today) == one.due_on + timedelta(days=1)
    assert one.overdue_since(one.due_on) is None
    with pytest.raises(RuleViolation) as early:
        record_met(one, actor=officer, proof="Poçtla gəlib.", on=today + timedelta(days=1))
    with pytest.raises(RuleViolation) as before:
        record_met(one, actor=officer, proof="Poçtla gəlib.", on=today - timedelta(days=21))
    ahead = duty(DutyKind.RETURN_ENDED, start_on=today + timedelta(days=9))  # of a suspension that is planned
    assert record_met(ahead, actor=officer, proof="Poçtla gəlib.", on=today).state == "met"
    with pytest.raises(RuleViolation) as unproved:
        record_met(one, actor=officer, proof="  ", on=today)
    scan = SimpleUploadedFile("qaytarma.pdf", PDF, content_type="application/pdf")
    met = record_met(one, actor=officer, proof=" Poçtla gəlib. ", on=today, upload=scan)
    with pytest.raises(RuleViolation) as twice:
        record_met(one, actor=officer, proof="Poçtla gəlib.", on=today)
    with pytest.raises(RuleViolation) as settled:
        waive(one, actor=officer, reason=REASON)
    codes = [code_of(refused) for refused in (early, before, unproved, twice, settled)]
    assert codes == ["met_future", "met_early", "proof", "state", "state"]
    assert (met.state, met.met_on, met.proof, met.settled_by) == ("met", today, "Poçtla gəlib.", officer)
    assert (met.overdue_since(today), met.proof_file and met.proof_file.size) == (None, len(PDF))
    assert [entry.verb for entry in timeline(met.person)] == ["duty.meet"]


def test_officer_settles_neither_own_duties_nor_those_of_a_relative(officer, auditor, today):
    own, relative, other = person(user=officer), person(), person()
    ConflictOfInterest.objects.create(person=relative, user=officer, note="Qardaşı", declared_by=officer)
    rows = [duty(start_on=today, person=one) for one in (own, relative, other)]
    codes = []
    for one, actor in [(rows[0], officer), (rows[1], officer), (rows[2], auditor)]:
        with pytest.raises(RuleViolation) as refused:
            waive(one, actor=actor, reason=REASON)
        codes.append(code_of(refused))
    with pytest.raises(RuleViolation) as short:
        waive(rows[2], actor=officer, reason="yox")
    with pytest.raises(RuleViolation) as ours:
        waive(duty(DutyKind.SETTLE_CHANGE, start_on=today), actor=officer, reason=REASON)
    assert (codes, code_of(short), code_of(ours)) == (["own_case", "interest", "role"], "reason", "not_waivable")
    assert set(Duty.objects.values_list("state", flat=True)) == {"open"}


@pytest.mark.django_db(transaction=True)
def test_return_recorded_by_two_at_once_is_recorded_once(officer, other_officer, today):
    one = duty(DutyKind.RETURN_COPY, start_on=today)
    outcome = at_once(
        *(lambda by=by: record_met(one, actor=by, proof="Poçtla gəlib.", on=today) for by in (officer, other_officer))
    )
    assert outcome == [DONE, "state"]


def test_ledger_is_searched_by_what_the_address_says(officer, version, today):
    issued = certificate(version, surname="Quliyeva")
    mine = duty(DutyKind.RETURN_COPY, start_on=today - timedelta(days=40), person=issued.person, certificate=issued)
    ours = duty(DutyKind.SETTLE_CHANGE, start_on=today)
    waived = waive(duty(start_on=today), actor=officer, reason=REASON)
    assert list(search_duties(state="overdue")) == [mine]
    assert list(search_duties(kind=DutyKind.SETTLE_CHANGE)) == [ours]
    assert list(search_duties(owed_by="body", until=today + timedelta(days=30))) == [ours]
    assert list(search_duties(state="waived")) == [waived]
    assert mine in search_duties("quliyeva")
    assert set(search_duties(issued.number[:10])) == set(Duty.objects.filter(certificate=issued, state="open"))
    assert search_duties(state="all").count() == Duty.objects.count()


def test_holder_reads_own_duties_that_are_shown_and_no_other(officer, auditor, sysadmin, sign_in, today):
    somebody = person()
    shown = duty(DutyKind.RETURN_COPY, start_on=today, person=somebody)
    hidden = duty(DutyKind.HOLD_SURVEILLANCE, start_on=today, due_on=today, person=somebody, shown_to_holder=False)
    assert somebody.user is not None
    readers = [somebody.user, person().user, officer, auditor, sysadmin]
    pages = [
        [sign_in(reader).get(reverse("certificates:duty", args=[one.pk])).status_code for reader in readers if reader]
        for one in (shown, hidden)
    ]
    assert pages == [[200, 403, 200, 200, 403], [403, 403, 200, 200, 403]]
    assert list(duties_of_person(somebody.user)) == [shown]
    RoleAssignment.objects.create(user=somebody.user, role=Role.OFFICER)  # who works here is not told of it either
    own = sign_in(type(officer).objects.get(pk=somebody.user.pk))
    assert own.get(reverse("certificates:duty", args=[hidden.pk])).status_code == 403
    assert list(own.get(reverse("certificates:duties")).context["page"]) == [shown]
    RoleAssignment.objects.filter(user=somebody.user, role=Role.OFFICER).update(ended_at=timezone.now())
    assert own.get(reverse("certificates:duty_meet", args=[shown.pk])).status_code == 403
    assert own.get(reverse("certificates:duties")).status_code == 403


def test_pages_record_a_return_and_waive_a_duty(officer, sign_in, today):
    client, one, other = sign_in(officer), duty(DutyKind.RETURN_COPY, start_on=today), duty(start_on=today)
    page, meet = (reverse(f"certificates:{name}", args=[one.pk]) for name in ("duty", "duty_meet"))
    sent = {"on": today.isoformat(), "proof": "Poçtla gəlib.", "upload": SimpleUploadedFile("a.pdf", PDF)}
    wrong = client.post(meet, {**sent, "on": (today + timedelta(days=1)).isoformat()})
    assert (wrong.status_code, wrong.context["form"]["proof"].value()) == (422, "Poçtla gəlib.")
    assert list(wrong.context["form"].errors) == ["on"]
    sent["upload"] = SimpleUploadedFile("a.pdf", PDF)
    assert client.post(meet, sent).url == page
    again = client.post(meet, {"on": today.isoformat(), "proof": "Poçtla gəlib."})
    assert (again.status_code, len(again.context["form"].non_field_errors())) == (422, 1)
    sent_back = client.get(reverse("certificates:duty_file", args=[one.pk]))
    assert b"".join(sent_back) == PDF
    settled = client.get(page).context
    assert (settled["may_meet"], settled["may_waive"]) == (False, False)
    elsewhere = client.post(reverse("certificates:duty_meet", args=[other.pk]), {"on": today, "proof": "Poçtla gəlib."})
    assert (elsewhere.status_code, client.get(reverse("certificates:duty", args=[other.pk])).context["may_meet"]) == (
        422,
        False,
    )
    ours = duty(DutyKind.SETTLE_CHANGE, start_on=today)
    buttons = [client.get(reverse("certificates:duty", args=[row.pk])).context["may_waive"] for row in (other, ours)]
    assert buttons == [True, False]
    waived = client.post(reverse("certificates:duty_waive", args=[other.pk]), {"reason": REASON})
    assert waived.url == reverse("certificates:duty", args=[other.pk])
    assert client.get(waived.url).context["duty"].state == "waived"


def test_what_is_hidden_from_a_person_is_in_no_queue_and_no_history_of_theirs(officer, version, sign_in):
    issued = certificate(version)
    hidden = Duty.objects.get(about=reference(misuse(issued)), kind=DutyKind.SETTLE_MISUSE)
    assert [entry.verb for entry in timeline(hidden)] == ["duty.open"]
    assert not timeline(issued.person).filter(pk__in=timeline(hidden).values("pk")).exists()
    record(actor=None, verb="duty.meet", obj=hidden, related=[issued.person])  # as it was written once
    user = account(issued)
    RoleAssignment.objects.create(user=user, role=Role.OFFICER)
    own, other = type(user).objects.get(pk=user.pk), officer
    queues = [[item.kind for item in officer_queue(one) if item.kind == "misuse"] for one in (own, other)]
    assert queues == [[], ["misuse"]]
    page = reverse("candidates:person", args=[issued.person_id])
    read = [{entry.verb for entry in sign_in(one).get(page).context["timeline"]} for one in (own, other)]
    assert ["duty.meet" in verbs for verbs in read] == [False, True]


def test_ledger_costs_the_same_for_one_row_and_three(officer, sign_in, today):
    client, page = sign_in(officer), reverse("certificates:duties")
    duty(start_on=today)
    client.get(page)
    with CaptureQueriesContext(connection) as one:
        client.get(page)
    for _row in range(2):
        duty(start_on=today)
    with CaptureQueriesContext(connection) as three:
        client.get(page)
    assert len(three) == len(one)


def test_office_works_off_its_own_duties_and_chases_what_holders_left_undone(officer, version, today):
    issued = certificate(version)
    past, owner = today - timedelta(days=40), issued.person
    about: dict[str, Any] = {"person": owner, "certificate": issued}
    change = duty(DutyKind.SETTLE_CHANGE, start_on=today, **about)
    back = duty(DutyKind.RETURN_ENDED, start_on=past, **about)
    duty(DutyKind.RETURN_COPY, start_on=today, **about)  # not overdue
    duty(DutyKind.REVIEW_SUSPENSION, start_on=today, due_on=today + timedelta(days=60), **about)  # far ahead
    near = duty(DutyKind.HOLD_SURVEILLANCE, start_on=past, due_on=today + timedelta(days=20), **about)
    duty(DutyKind.HOLD_SURVEILLANCE, start_on=past, due_on=today + timedelta(days=200), **about)
    duty(DutyKind.SETTLE_CHANGE, start_on=today, person=person(user=officer))  # their own
    assert [(item.kind, item.due) for item in duty_queue(officer)] == [
        ("return", back.due_on), ("settle_change", change.due_on), ("hold_surveillance", near.due_on),
    ]  # fmt: skip
    assert account(issued) == owner.user
