"""Cases of misuse (contract H3, H10, H11): nobody is punished unheard, and nobody both accuses and judges."""

from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.states import Role
from audit.models import AuditEntry
from candidates.models import ConflictOfInterest
from certificates.models import CaseFile, Certificate, CertificateEvent, Duty, MisuseCase, Suspension
from certificates.permissions import reads_case_file
from certificates.queries.cases import holder_misuse, misuse_cases, misuse_of, queue_misuse, search_misuse
from certificates.queries.duties import work_calendar
from certificates.services.duties import waive
from certificates.services.lifecycle import revoke_certificate, suspend_certificate
from certificates.services.misuse import (
    GROUNDS_OF_RULE,
    add_evidence,
    answer_hearing,
    open_case,
    open_hearing,
    settle_case,
)
from certificates.states import (
    GROUNDS,
    CertificateState,
    DutyKind,
    DutyState,
    EventKind,
    Ground,
    MisuseOutcome,
    MisuseRule,
    MisuseState,
)
from core.errors import NotAllowed, RuleViolation
from core.integrity import constraint_name
from core.models import OutgoingMessage
from tests.certificates import cases_factories as make, factories, life_factories as life
from tests.certificates.cases_factories import CHARGE, FACTS, REASONS, in_days, paper, settlement
from tests.certificates.factories import account, because
from tests.exams.racing import DONE, at_once
from tests.factories import UserFactory


@pytest.fixture
def certificate(version):
    return factories.certificate(version)


def refused(act):
    with pytest.raises(RuleViolation) as error:
        act()
    return error.value.code


def duty(case, kind):
    return Duty.objects.get(key=f"{kind}:certificates.misusecase:{case.pk}")


def mails(kind):
    return list(OutgoingMessage.objects.filter(kind=kind).values_list("recipient", "body"))


def days_to(day):
    return (day - in_days(0)).days


def after(days):
    return time_machine.travel(timezone.now() + timedelta(days=days))


# --- From the facts to the answer -------------------------------------------------------------------------------------


def test_a_case_stays_unknown_to_its_holder_until_the_hearing(certificate, officer, sign_in):
    before = OutgoingMessage.objects.count()
    case = open_case(certificate, rule=MisuseRule.H9, facts=FACTS, actor=officer, files=[paper(), paper("2.pdf")])
    owed = duty(case, DutyKind.SETTLE_MISUSE)
    holder = sign_in(account(certificate))
    assert (owed.owed_by, owed.shown_to_holder, owed.unit, owed.amount) == ("body", False, "working_days", 30)
    assert (case.files.count(), OutgoingMessage.objects.count()) == (2, before)
    assert list(holder_misuse(account(certificate))) == []
    assert holder.get(reverse("certificates:misuse", args=[case.pk])).status_code == 403
    for page in ("certificates:mine", "home"):
        assert "sui-istifadə" not in holder.get(reverse(page), follow=True).content.decode().lower()
    open_hearing(case, charge=CHARGE, actor=officer)
    [heard] = holder_misuse(account(certificate))
    assert (heard.state, heard.charge, heard.settle_by) == (MisuseState.HEARING, CHARGE, owed.due_on)
    page = holder.get(reverse("certificates:misuse", args=[case.pk])).content.decode()
    assert CHARGE in page
    assert FACTS not in page
    assert "Rəna Quliyeva" not in page


def test_the_hearing_asks_for_an_answer_within_ten_working_days(certificate, officer):
    case = make.heard(certificate)
    owed = duty(case, DutyKind.ANSWER_HEARING)
    [(to, body)] = mails("misuse_hearing")
    assert (owed.amount, owed.unit, owed.shown_to_holder) == (10, "working_days", True)
    assert (case.answer_due_on, to) == (owed.due_on, certificate.person.email)
    assert CHARGE in body
    assert FACTS not in body
    assert reverse("certificates:misuse", args=[case.pk]) in body
    other = make.heard(certificate, answer_due_on=in_days(9))
    assert (other.answer_due_on, duty(other, DutyKind.ANSWER_HEARING).unit) == (in_days(9), "date")
    assert refused(lambda: open_hearing(case, charge=CHARGE, actor=officer)) == "state"
    for days in (-1, 0, 1):
        assert refused(lambda ahead=days: make.heard(certificate, answer_due_on=in_days(ahead))) == "due_short"
    least = work_calendar().after(timezone.localdate(), 5)
    assert refused(lambda: make.heard(certificate, answer_due_on=least - timedelta(days=1))) == "due_short"
    assert make.heard(certificate, answer_due_on=least).answer_due_on == least


def test_the_holder_answers_once_with_papers(certificate, officer):
    case = make.heard(certificate)
    assert refused(lambda: answer_hearing(case, answer="  ", actor=account(certificate))) == "answer"
    with pytest.raises(RuleViolation):
        answer_hearing(case, answer="Yox", files=[paper(), paper("x.pdf", content=b"x")], actor=officer)
    assert (MisuseCase.objects.get().state, CaseFile.objects.count()) == (MisuseState.HEARING, 0)
    answered = answer_hearing(case, answer=" Silmişəm. ", files=[paper()], actor=account(certificate))
    owed = duty(case, DutyKind.ANSWER_HEARING)
    assert (answered.state, answered.answer, answered.files.get().by_holder) == ("answered", "Silmişəm.", True)
    assert (owed.state, owed.met_on) == (DutyState.MET, in_days(0))
    assert refused(lambda: answer_hearing(case, answer="Bir də", actor=account(certificate))) == "state"


def dated(case):
    return misuse_cases().get(pk=case.pk)


def test_a_late_answer_is_taken_and_marked_and_its_holder_is_told(certificate, officer, sign_in):
    case, in_time = make.heard(certificate), make.heard(certificate)
    page = at("misuse_answer", case.pk)
    with after(days_to(case.answer_due_on)):
        answer_hearing(in_time, answer="Səhvən qalıb.", actor=account(certificate))  # on the last day
        assert "gecikmiş" not in sign_in(account(certificate)).get(page).content.decode()
    with after(days_to(case.answer_due_on) + 3):
        holder = sign_in(account(certificate))
        assert "gecikmiş" in holder.get(page).content.decode()
        sent = holder.post(page, {"answer": "Gecikdim."}, follow=True)
        assert "nəzərə alınmaya bilər" in sent.content.decode()
        late, punctual = dated(case), dated(in_time)
        assert (late.state, late.answer_is_late, late.answered_on) == ("answered", True, in_days(0))
        assert (punctual.answer_is_late, dated(make.heard(certificate)).answer_is_late) == (False, False)
        assert duty(case, DutyKind.ANSWER_HEARING).met_on == in_days(0)
        marked = sign_in(officer).get(at("misuse", case.pk)).content.decode()
        assert marked.count("Gec daxil olub") == 1
        assert "son tarixdən sonra" in marked  # in the history too
        assert "Gec daxil olub" in sign_in(officer).get(reverse("certificates:misuse_list")).content.decode()
        [(to, body)] = mails("misuse_answer_late")
        assert (to, certificate.number in body, "nəzərə alınmaya bilər" in body) == (
            certificate.person.email,
            True,
            True,
        )
        settle_case(case, settlement(MisuseOutcome.WARNING), actor=officer)
    reasons = dict(AuditEntry.objects.filter(verb="misuse.answer").values_list("object_ref", "reason"))
    assert [bool(reasons[f"certificates.misusecase:{one.pk}"]) for one in (case, in_time)] == [True, False]


def test_an_answer_on_paper_counts_from_the_day_on_which_it_came_in(certificate, officer, sign_in):
    case, other = make.heard(certificate), make.heard(certificate)
    with after(days_to(case.answer_due_on) + 3):
        client, page = sign_in(officer), at("misuse_answer", case.pk)
        for day in (in_days(1), timezone.localdate(case.heard_at) - timedelta(days=1)):
            wrong = client.post(page, {"answer": "Məktub.", "received_on": day})
            assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["received_on"])
        assert client.post(page, {"answer": "Məktub.", "received_on": case.answer_due_on}).status_code == 302
        answer_hearing(other, answer="Məktub.", received_on=in_days(-1), actor=officer)
    due_on = case.answer_due_on
    assert due_on is not None
    assert [(dated(one).answered_on, dated(one).answer_is_late) for one in (case, other)] == [
        (due_on, False),
        (due_on + timedelta(days=2), True),
    ]
    assert len(mails("misuse_answer_late")) == 1


def test_evidence_is_added_until_the_case_is_settled(certificate, officer, other_officer):
    case = make.answered(certificate)
    assert refused(lambda: add_evidence(case, [], note="Saytın şəkilləri", actor=officer)) == "no_file"
    add_evidence(case, [paper()], note="Saytın şəkilləri", actor=officer)
    add_evidence(case, [paper()], note="Saytın şəkilləri", actor=officer, shown_to_holder=True)
    many = [paper() for _one in range(9)]
    assert refused(lambda: add_evidence(case, many, note="Saytın şəkilləri", actor=officer)) == "too_many"
    hidden, shown = case.files.all()
    holder, stranger = account(certificate), factories.holder()
    assert [reads_case_file(user, hidden) for user in (officer, holder, stranger)] == [True, False, False]
    assert [reads_case_file(user, shown) for user in (officer, holder, stranger)] == [True, True, False]
    settle_case(case, settlement(MisuseOutcome.WARNING), actor=other_officer)
    assert refused(lambda: add_evidence(case, [paper()], note="Saytın şəkilləri", actor=officer)) == "state"


# --- The outcome ------------------------------------------------------------------------------------------------------

# In this order one certificate bears them all.
PUNISHING = ["warning", "legal", "assessment", "suspension", "revocation"]


def test_nobody_is_punished_unheard(certificate, officer):
    for outcome in map(MisuseOutcome, PUNISHING):
        case = make.misuse(certificate)
        assert refused(partial(settle_case, case, settlement(outcome), actor=officer)) == "unheard"
        case = open_hearing(case, charge=CHARGE, actor=case.opened_by)
        assert refused(partial(settle_case, case, settlement(outcome), actor=officer)) == "answer_awaited"
        with after(days_to(case.answer_due_on)):
            assert refused(partial(settle_case, case, settlement(outcome), actor=officer)) == "answer_awaited"
        with after(60):
            later = settlement(outcome, due_on=in_days(30), review_on=in_days(60))
            settled = settle_case(case, later, actor=officer)
        assert (settled.outcome, settled.reasons, settled.settled_by) == (outcome, REASONS, officer)
        assert duty(case, DutyKind.SETTLE_MISUSE).state == DutyState.MET
        assert duty(case, DutyKind.ANSWER_HEARING).state == DutyState.LAPSED
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        MisuseCase.objects.update(outcome="legal")
    assert constraint_name(error.value) == "certificates_misusecase_frozen"


def test_a_corrected_calendar_moves_until_when_the_holder_may_answer(certificate, officer):
    case = make.heard(certificate)
    owed = duty(case, DutyKind.ANSWER_HEARING)
    owed.due_on += timedelta(days=5)
    owed.save(update_fields=["due_on"])
    with after(days_to(case.answer_due_on) + 1):
        assert misuse_cases().get().answer_by == owed.due_on
        assert refused(lambda: settle_case(case, settlement(MisuseOutcome.WARNING), actor=officer)) == "answer_awaited"
        assert list(queue_misuse(officer)) == []
    with after(days_to(owed.due_on) + 1):
        assert list(queue_misuse(officer)) == [case]


def test_no_ground_ends_a_case_at_any_time_and_is_told_only_to_who_knew(certificate, officer):
    unknown, known = make.misuse(certificate), make.heard(certificate)
    for case in (unknown, known):
        settle_case(case, settlement(MisuseOutcome.NO_GROUND), actor=officer)
    [(_to, body)] = mails("misuse_settled")
    assert REASONS in body
    assert Certificate.objects.get().state == CertificateState.VALID
    assert CertificateEvent.objects.count() == 1


def test_every_rule_has_a_ground_for_each_measure():
    for rule in MisuseRule:
        for verb, ground in GROUNDS_OF_RULE[rule].items():
            assert verb in GROUNDS[ground][1]
        assert set(GROUNDS_OF_RULE[rule]) == {EventKind.SUSPEND, EventKind.REVOKE}


def test_the_outcome_drives_the_certificate_on_the_ground_of_the_rule(certificate, officer):
    rule = MisuseRule.H11
    for outcome, verb, state in (
        (MisuseOutcome.SUSPENSION, "suspend", "suspended"),
        (MisuseOutcome.REVOCATION, "revoke", "revoked"),
    ):
        case = make.answered(certificate, rule)
        settle_case(case, settlement(outcome, public_reason="Qaydanın pozulması"), actor=officer)
        certificate.refresh_from_db()
        event = CertificateEvent.objects.get(kind=verb)
        assert (certificate.state, event.ground) == (state, GROUNDS_OF_RULE[rule][EventKind(verb)])
        assert (event.reason, event.public_reason, event.is_published) == (REASONS, "Qaydanın pozulması", True)
        assert event.review_on == (in_days(60) if verb == "suspend" else None)
        assert len(mails(f"certificate_{state}")) == 1
        assert AuditEntry.objects.filter(verb=f"certificate.{verb}", actor=officer).count() == 1
    assert len(mails("misuse_settled")) == AuditEntry.objects.filter(verb="misuse.settle").count() == 2


def test_an_extra_assessment_is_owed_by_its_day_and_ends_with_the_certificate(certificate, officer, other_officer):
    case = make.answered(certificate)
    order = settlement(MisuseOutcome.ASSESSMENT)
    for words, code in (
        ({"details": ""}, "assessment"),
        ({"due_on": None}, "due_missing"),
        ({"due_on": in_days(-1)}, "due_past"),
        ({"due_on": certificate.valid_until + timedelta(days=1)}, "due_late"),
    ):
        wrong = settlement(MisuseOutcome.ASSESSMENT, **words)
        assert refused(lambda wrong=wrong: settle_case(case, wrong, actor=officer)) == code
    assert MisuseCase.objects.get().state == MisuseState.ANSWERED
    settle_case(case, order, actor=officer)
    owed = duty(case, DutyKind.EXTRA_ASSESSMENT)
    [(_to, body)] = mails("misuse_assessment")
    assert (owed.owed_by, owed.due_on, owed.details) == ("holder", in_days(30), "Peşə etikası üzrə müsahibə")
    assert "Peşə etikası üzrə müsahibə" in body
    suspend_certificate(certificate, because(ground=Ground.ASSESSMENT_DUE), actor=officer, review_on=in_days(30))
    assert duty(case, DutyKind.EXTRA_ASSESSMENT).state == DutyState.OPEN
    revoke_certificate(certificate, because(ground=Ground.ASSESSMENT_DUE), actor=officer)
    assert duty(case, DutyKind.EXTRA_ASSESSMENT).state == DutyState.LAPSED
    assert refused(lambda: waive(owed, actor=other_officer, reason="Artıq lazım deyil")) == "state"


def test_an_assessment_of_a_renewed_certificate_is_for_the_renewal(version, officer, sign_in):
    certificate = factories.certificate(version, officer=officer)
    renewal = life.renewed(certificate, officer)
    one, two = make.answered(certificate), make.answered(certificate)
    order = settlement(MisuseOutcome.ASSESSMENT, due_on=renewal.valid_until)
    assert refused(lambda: settle_case(one, order, actor=officer)) == "due_late"  # the old one is in force today
    with after(days_to(renewal.valid_from)):
        client = sign_in(officer)
        form = client.get(at("misuse_settle", one.pk)).content.decode()
        assert form.count(renewal.number) == 2  # which it has its effect on, and what is typed to revoke it
        late = settlement(MisuseOutcome.ASSESSMENT, due_on=renewal.valid_until + timedelta(days=1))
        assert refused(lambda: settle_case(one, late, actor=officer)) == "due_late"
        settle_case(one, order, actor=officer)
        owed = duty(one, DutyKind.EXTRA_ASSESSMENT)
        assert (owed.certificate, owed.person, owed.due_on) == (renewal, certificate.person, renewal.valid_until)
        assert AuditEntry.objects.get(verb="certificate.measure").after["number"] == renewal.number
        assert renewal.number in mails("misuse_assessment")[0][1]
        page = client.get(at("misuse", one.pk)).content.decode()
        assert f"{at('suspend', renewal.pk)}?ground=assessment_due" in page
        assert renewal.number in sign_in(account(certificate)).get(at("misuse", one.pk)).content.decode()
        revoke_certificate(renewal, because(), actor=officer)
        assert duty(one, DutyKind.EXTRA_ASSESSMENT).state == DutyState.LAPSED
        with pytest.raises(RuleViolation) as error:  # nothing of the chain is in force any more
            settle_case(two, order, actor=officer)
        assert (error.value.code, renewal.number in str(error.value)) == ("ended", True)
        assert MisuseCase.objects.get(pk=two.pk).state == MisuseState.ANSWERED


def test_a_certificate_that_ran_out_can_be_misused_but_not_suspended(certificate, officer):
    with after(days_to(certificate.valid_until) + 30):
        case = make.answered(certificate, MisuseRule.H9)
        wrong = settlement(MisuseOutcome.SUSPENSION, review_on=in_days(60))
        assert refused(lambda: settle_case(case, wrong, actor=officer)) == "expired"
        assessment = settlement(MisuseOutcome.ASSESSMENT, due_on=in_days(5))
        assert refused(lambda: settle_case(case, assessment, actor=officer)) == "ended"
        assert (MisuseCase.objects.get().state, Suspension.objects.count()) == (MisuseState.ANSWERED, 0)
        assert settle_case(case, settlement(MisuseOutcome.LEGAL), actor=officer).outcome == MisuseOutcome.LEGAL
    assert "məhkəmə" in mails("misuse_settled")[0][1]


def test_a_suspended_certificate_is_not_suspended_again_and_nothing_is_half_done(certificate, officer):
    suspend_certificate(certificate, because(), actor=officer, review_on=in_days(30))
    case = make.answered(certificate)
    assert refused(lambda: settle_case(case, settlement(MisuseOutcome.SUSPENSION), actor=officer)) == "state"
    assert (
        refused(lambda: settle_case(case, settlement(MisuseOutcome.SUSPENSION, review_on=None), actor=officer))
        == "review_missing"
    )
    assert (MisuseCase.objects.get().state, mails("misuse_settled")) == (MisuseState.ANSWERED, [])
    assert duty(case, DutyKind.SETTLE_MISUSE).state == DutyState.OPEN
    settle_case(case, settlement(MisuseOutcome.REVOCATION), actor=officer)
    assert Certificate.objects.get().state == CertificateState.REVOKED


# --- Who may ----------------------------------------------------------------------------------------------------------


def test_whoever_opened_a_case_does_not_settle_it(certificate, officer):
    case = make.answered(certificate)
    for outcome in MisuseOutcome:
        assert refused(lambda o=outcome: settle_case(case, settlement(o), actor=case.opened_by)) == "opened_by_same"
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        MisuseCase.objects.update(
            state="settled", outcome="warning", reasons="x", settled_at=timezone.now(), settled_by=case.opened_by
        )
    assert constraint_name(error.value) == "certificates_misuse_settled_by_another"


def test_cases_are_for_officers_without_an_interest_and_answers_for_the_holder(certificate, officer):
    case, stranger = make.heard(certificate), factories.holder()
    own = UserFactory.create(roles=[Role.OFFICER])
    ConflictOfInterest.objects.create(person=certificate.person, user=own, kind="family", declared_by=own)
    for user, code in (
        (UserFactory.create(roles=[Role.AUDITOR]), "role"),
        (account(certificate), "role"),
        (own, "interest"),
    ):
        for act in (
            lambda user=user: open_case(certificate, rule=MisuseRule.H3, facts=FACTS, actor=user),
            lambda user=user: add_evidence(case, [paper()], note="Saytın şəkilləri", actor=user),
            lambda user=user: open_hearing(case, charge=CHARGE, actor=user),
            lambda user=user: settle_case(case, settlement(MisuseOutcome.WARNING), actor=user),
        ):
            assert refused(act) == code
    with pytest.raises(NotAllowed) as error:
        answer_hearing(case, answer="Mən deyiləm", actor=stranger)
    assert error.value.code == "not_holder"
    assert refused(lambda: answer_hearing(case, answer="Onun yerinə", actor=own)) == "interest"
    assert MisuseCase.objects.get().state == MisuseState.HEARING


@pytest.mark.django_db(transaction=True)
def test_two_officers_settle_at_once_and_one_outcome_stands(version):
    certificate = factories.certificate(version)
    case = make.answered(certificate)
    officers = [UserFactory.create(roles=[Role.OFFICER]) for _one in range(2)]
    copies = [MisuseCase.objects.get(pk=case.pk) for _one in officers]
    outcomes = at_once(
        lambda: settle_case(copies[0], settlement(MisuseOutcome.REVOCATION), actor=officers[0]),
        lambda: settle_case(copies[1], settlement(MisuseOutcome.SUSPENSION), actor=officers[1]),
    )
    certificate.refresh_from_db()
    settled = MisuseCase.objects.get()
    assert outcomes == [DONE, "state"]
    assert certificate.state == {"revocation": "revoked", "suspension": "suspended"}[settled.outcome]
    assert (CertificateEvent.objects.count(), len(mails("misuse_settled"))) == (2, 1)


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_comes_while_an_officer_settles_is_not_passed_over(version, officer):
    certificate = factories.certificate(version)
    case = make.heard(certificate)
    copies = [MisuseCase.objects.get(pk=case.pk) for _one in range(2)]
    with after(days_to(case.answer_due_on) + 1):
        warning = settlement(MisuseOutcome.WARNING, seen=MisuseState.HEARING)
        outcomes = at_once(
            lambda: answer_hearing(copies[0], answer="Səhvən qalıb.", actor=account(certificate)),
            lambda: settle_case(copies[1], warning, actor=officer),
        )
    case.refresh_from_db()
    # Either the answer came first and the officer has to read it, or the case was settled before it.
    assert (outcomes, case.state) in [(["changed", DONE], "answered"), ([DONE, "state"], "settled")]


@pytest.mark.django_db(transaction=True)
def test_a_double_click_opens_one_case(version, officer):
    certificate = factories.certificate(version)
    copies = [Certificate.objects.get() for _one in range(2)]
    opened = [lambda one=one: open_case(one, rule=MisuseRule.H3, facts=FACTS, actor=officer) for one in copies]
    assert at_once(*opened) == [DONE, "opened_already"]
    assert (MisuseCase.objects.count(), Duty.objects.filter(kind=DutyKind.SETTLE_MISUSE).count()) == (1, 1)
    judge = UserFactory.create(roles=[Role.OFFICER])
    settle_case(MisuseCase.objects.get(), settlement(MisuseOutcome.NO_GROUND), actor=judge)
    assert open_case(certificate, rule=MisuseRule.H3, facts=FACTS, actor=officer).state == MisuseState.OPEN


# --- Pages ------------------------------------------------------------------------------------------------------------


def at(name, *args):
    return reverse(f"certificates:{name}", args=args)


def test_a_case_from_the_certificate_to_the_outcome_in_the_pages(certificate, officer, other_officer, sign_in):
    client, judge, holder = sign_in(officer), sign_in(other_officer), sign_in(account(certificate))
    short = client.post(at("misuse_open", certificate.pk), {"rule": "H3", "facts": "x"})
    assert (short.status_code, MisuseCase.objects.count()) == (422, 0)
    client.post(at("misuse_open", certificate.pk), {"rule": "H3", "facts": FACTS, "papers": [paper(), paper()]})
    case = MisuseCase.objects.get()
    client.post(at("misuse_evidence", case.pk), {"papers": [paper()], "note": "Saytın şəkli", "shown_to_holder": "on"})
    soon = client.post(at("misuse_hear", case.pk), {"charge": CHARGE, "answer_due_on": in_days(1)})
    assert list(soon.context["form"].errors) == ["answer_due_on"]
    client.post(at("misuse_hear", case.pk), {"charge": CHARGE})
    page = holder.get(at("misuse", case.pk)).content.decode()
    assert at("misuse_answer", case.pk) in page
    unripe = judge.get(at("misuse_settle", case.pk)).context["form"].fields["outcome"].choices
    assert [value for value, _label in unripe] == ["no_ground"]
    assert page.count(at("case_file", 0).replace("0/", "")) == 1
    assert holder.get(at("misuse_settle", case.pk)).status_code == 403
    answer = {"answer": "Səhvən qalıb.", "papers": [paper("cavab.pdf")]}
    assert holder.post(at("misuse_answer", case.pk), answer).status_code == 302
    again = holder.post(at("misuse_answer", case.pk), {"answer": "Bir də"})
    assert (again.status_code, "Bir də" in again.content.decode()) == (422, True)
    assert at("misuse_settle", case.pk) not in client.get(at("misuse", case.pk)).content.decode()
    assert client.get(at("misuse_settle", case.pk)).context["unavailable"]
    settle = {"outcome": "revocation", "reasons": REASONS, "seen": "hearing"}
    untyped = judge.post(at("misuse_settle", case.pk), settle)
    assert (untyped.status_code, list(untyped.context["form"].errors)) == (422, ["confirmation"])
    assert judge.post(at("misuse_settle", case.pk), {**settle, "outcome": "suspension"}).context[
        "form"
    ].errors.keys() == {"review_on"}
    settle["confirmation"] = certificate.number.lower().replace("-", " - ")
    stale = judge.post(at("misuse_settle", case.pk), settle)
    assert (stale.status_code, MisuseCase.objects.get().state) == (422, "answered")
    assert (stale.context["form"]["seen"].value(), stale.context["form"]["reasons"].value()) == ("answered", REASONS)
    assert "Səhvən qalıb." in stale.content.decode()
    assert judge.post(at("misuse_settle", case.pk), {**settle, "seen": "answered"}).status_code == 302
    twice = judge.post(at("misuse_settle", case.pk), {**settle, "seen": "answered"})
    assert (twice.status_code, CertificateEvent.objects.filter(kind="revoke").count()) == (422, 1)
    assert REASONS in holder.get(at("misuse", case.pk)).content.decode()
    assert "cavab.pdf" in judge.get(at("misuse", case.pk)).content.decode()


def test_the_pages_are_closed_to_others_and_nothing_is_changed(certificate, officer, auditor, sign_in):
    case = make.heard(certificate)
    stranger, reader = sign_in(factories.holder()), sign_in(auditor)
    assert reader.get(at("misuse_list")).status_code == reader.get(at("misuse", case.pk)).status_code == 200
    for client in (stranger, reader):
        for name in ("misuse_hear", "misuse_answer", "misuse_settle", "misuse_evidence"):
            assert client.post(at(name, case.pk), {"answer": "Onun yerinə"}).status_code == 403
        assert client.post(at("misuse_open", certificate.pk), {}).status_code == 403
    assert stranger.get(at("misuse", case.pk)).status_code == stranger.get(at("misuse_list")).status_code == 403
    assert MisuseCase.objects.get().state == MisuseState.HEARING


def test_an_officer_who_is_the_holder_knows_no_more_than_any_holder(version, sign_in):
    own = UserFactory.create(roles=[Role.OFFICER, Role.CANDIDATE])
    certificate = factories.certificate(version, user=own)
    case = make.misuse(certificate)
    client = sign_in(own)
    assert client.get(at("misuse", case.pk)).status_code == 403
    assert list(search_misuse(own)) == []
    open_hearing(case, charge=CHARGE, actor=case.opened_by)
    page = client.get(at("misuse", case.pk)).content.decode()
    assert (CHARGE in page, FACTS in page) == (True, False)


def test_lists_and_sections_of_cases_cost_the_same_for_one_and_three(version, officer, sign_in):
    client = sign_in(officer)
    first = factories.certificate(version)
    make.heard(first)

    def cost():
        with CaptureQueriesContext(connection) as found:
            assert client.get(at("misuse_list")).status_code == 200
            for case in misuse_of(first):
                assert (str(case.certificate.person), str(case.opened_by)) != ("", "")
        return len(found)

    cost()
    once = cost()
    for _one in range(2):
        make.answered(first)
    assert cost() == once
    assert [case.state for case in search_misuse(officer, "eliyeva", state="hearing", rule="H3")] == ["hearing"]
    assert list(search_misuse(officer, "XYZ-404")) == []
    assert [case.state for case in queue_misuse(officer)] == ["answered", "answered"]
