"""What comes next for the body about a certificate, told from facts alone: every case, and which goes before which."""

from datetime import date, timedelta

import pytest
from django.utils import translation

from candidates.models import Person
from certificates.models import (
    Certificate,
    CertificateEvent,
    Contract,
    DecisionReview,
    Duty,
    MisuseCase,
    Suspension,
)
from certificates.officestep import Facts, remedies_of, step_about, steps_of_office
from certificates.queries.renewals import OpenRenewal
from certificates.states import DUTIES, ContractState, DutyKind, EventKind, MisuseState, RenewalStage
from schemes.models import SchemeVersion

TODAY = date(2026, 11, 21)
SOON, LATER, PAST = date(2026, 12, 1), date(2027, 1, 24), date(2026, 11, 1)
OFFICER, DECIDER, HOLDER = "Certification officer", "decision-maker", "Əliyeva Günay İsmayıl qızı"
IN_FORCE = "Nothing: the certificate is in force."


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def certificate(*, state="valid", start=date(2025, 4, 1), until=date(2030, 3, 31)):
    person = Person(surname="Əliyeva", given_name="Günay", patronymic="İsmayıl qızı")
    version = SchemeVersion(surveillance_notice_days=30, reminder_days=[180, 30])
    return Certificate(
        number="K6-2026-00008-12", person=person, scheme_version=version, state=state, valid_from=start,
        valid_until=until,
    )  # fmt: skip


def duty(about, kind, due=SOON, *, start=PAST, **facts):
    return Duty(
        pk=7, kind=kind, owed_by=DUTIES[kind].owed_by, person=about.person, certificate=about, start_on=start,
        due_on=due, **facts,
    )  # fmt: skip


def renewal(stage, contract=None):
    return OpenRenewal(3, 4, "M-2026-00009", stage, contract)


def case(state, *, opened_by=1, answer_by=SOON):
    one = MisuseCase(pk=5, state=state, opened_by_id=opened_by)
    vars(one).update(settle_by=LATER, answer_by=answer_by)  # as annotated
    return one


def told(about=None, *, today=TODAY, duties=(), **facts):
    """Return step, who and by when of what comes first."""
    about = about or certificate()
    owed = [duty(about, *one) if isinstance(one, tuple) else one for one in duties]
    first, *_others = steps_of_office(Facts(certificate=about, duties=owed, **facts), today)
    return first.step, first.who, first.due


def test_nothing_is_to_be_done_about_a_certificate_in_force():
    assert told() == (IN_FORCE, "", None)
    assert told(duties=[(DutyKind.HOLD_SURVEILLANCE, date(2027, 3, 30))]) == (IN_FORCE, "", None)


def test_what_the_body_owes_comes_first_and_the_nearest_day_of_it():
    duties = [(DutyKind.RETURN_COPY, PAST), (DutyKind.SETTLE_CHANGE, SOON), (DutyKind.HOLD_SURVEILLANCE, LATER)]
    assert told(duties=duties) == ("Ask for the overdue original.", OFFICER, PAST)
    assert told(duties=duties[1:]) == ("Settle the reported change of data.", OFFICER, SOON)
    about = certificate()
    facts = Facts(certificate=about, duties=[duty(about, *one) for one in duties])
    assert [step.due for step in steps_of_office(facts, LATER - timedelta(days=30))] == [PAST, SOON, LATER]


def test_a_surveillance_is_work_from_its_notice_on():
    owed = [(DutyKind.HOLD_SURVEILLANCE, LATER)]
    assert told(duties=owed, today=LATER - timedelta(days=31))[0] == IN_FORCE
    assert told(duties=owed, today=LATER - timedelta(days=30))[0] == "Hold the surveillance."


@pytest.mark.parametrize(
    ("stage", "step", "who"),
    [
        (RenewalStage.SUBMITTED, "Check the application for renewal M-2026-00009.", OFFICER),
        (RenewalStage.EXAM, "The renewal M-2026-00009 takes an exam: schedule it, or see how far it is.", OFFICER),
        (RenewalStage.DECISION, "Decide on the renewal M-2026-00009.", DECIDER),
    ],
)
def test_a_renewal_that_was_applied_for_is_to_be_settled_by_the_last_day(stage, step, who):
    assert told(certificate(until=LATER), renewal=renewal(stage)) == (step, who, LATER)
    assert told(certificate(until=PAST), renewal=renewal(stage)) == (step, who, None)


def test_a_renewal_that_lies_with_the_holder_is_waited_for():
    about = certificate(until=LATER)
    words = "The holder completes the application for renewal M-2026-00009."
    assert told(about, renewal=renewal(RenewalStage.RETURNED)) == (words, HOLDER, None)


@pytest.mark.parametrize(
    ("state", "due", "step", "who", "by"),
    [
        ("offered", SOON, "The holder concludes the contract of the renewal M-2026-00009.", HOLDER, SOON),
        ("offered", PAST, "Ask for the overdue contract of the renewal M-2026-00009.", OFFICER, PAST),
        ("concluded", PAST, "Issue the certificate: the contract of the renewal M-2026-00009 is concluded.", OFFICER,
         LATER),
    ],
)  # fmt: skip
def test_a_renewal_that_was_granted_goes_on_with_its_contract(state, due, step, who, by):
    contract = Contract(pk=6, state=ContractState(state), due_on=due)
    granted = renewal(RenewalStage.GRANTED, contract)
    assert told(certificate(until=LATER), renewal=granted) == (step, who, by)


def test_a_renewal_that_was_issued_is_named():
    about = certificate(until=LATER)
    first = LATER + timedelta(days=1)
    Certificate(pk=9, number="K6-2026-00009-71", renews=about)
    plan = CertificateEvent(kind=EventKind.SUPERSEDE, effective_on=first)
    words = "Nothing to do: K6-2026-00009-71 takes the place of this certificate on 25 January 2027."
    assert told(about, plan=plan) == (words, "", None)
    about.state = "superseded"
    words = "Nothing more can be done with this certificate: K6-2026-00009-71 has taken its place."
    assert told(about) == (words, "", None)


@pytest.mark.parametrize(("kind", "word"), [(EventKind.REVOKE, "revoked"), (EventKind.SUSPEND, "suspended")])
def test_what_is_planned_is_told_unless_something_comes_before(kind, word):
    plan = CertificateEvent(kind=kind, effective_on=SOON)
    words = f"Nothing to do: it is decided that the certificate is {word} from 1 December 2026."
    assert told(plan=plan, duties=[(DutyKind.RETURN_ENDED, LATER)]) == (words, "", None)
    assert told(plan=plan, duties=[(DutyKind.ANSWER_HEARING, TODAY)])[0] == "The holder owes: Answer in the hearing."
    assert told(plan=plan, duties=[(DutyKind.SETTLE_CHANGE, LATER)])[1:] == (OFFICER, LATER)


def test_what_ends_with_a_revoked_certificate_is_waited_for_no_more():
    about = certificate()
    about.next_state, about.next_from = "revoked", SOON
    plan = CertificateEvent(kind=EventKind.REVOKE, effective_on=SOON)
    for kind, today in ((DutyKind.HOLD_SURVEILLANCE, TODAY), (DutyKind.ACCEPT_TERMS, TODAY)):
        assert told(about, today=today, plan=plan, duties=[(kind, SOON)])[1] == ""
        assert told(about, today=today, plan=plan, duties=[(kind, SOON - timedelta(days=1))])[1] != ""


def test_a_suspension_is_reviewed_by_its_day():
    suspension = Suspension(review_on=LATER)
    words = "Decide whether to reinstate or to revoke the certificate."
    assert told(certificate(state="suspended"), suspension=suspension) == (words, OFFICER, LATER)
    overdue = [(DutyKind.RETURN_ENDED, PAST), (DutyKind.REVIEW_SUSPENSION, LATER)]
    assert told(certificate(state="suspended"), suspension=suspension, duties=overdue)[2] == PAST
    ended = told(certificate(state="suspended", until=PAST), suspension=suspension)
    assert "no renewal is issued before that" in ended[0]
    assert told(suspension=suspension) == (IN_FORCE, "", None)  # it is planned, and has not begun


def test_a_case_of_misuse_waits_for_the_officer_or_for_the_holder():
    assert told(cases=[case(MisuseState.OPEN)]) == ("Open the hearing in the case of misuse.", OFFICER, LATER)
    settle = "Settle the case of misuse."
    assert told(cases=[case(MisuseState.ANSWERED)], reader=2) == (settle, OFFICER, LATER)
    another = "another officer than who opened the case"
    assert told(cases=[case(MisuseState.ANSWERED)], reader=1) == (settle, another, LATER)
    assert told(cases=[case(MisuseState.HEARING, answer_by=TODAY)]) == (IN_FORCE, "", None)
    assert told(cases=[case(MisuseState.HEARING, answer_by=PAST)])[0] == settle
    hearing = {"cases": [case(MisuseState.HEARING)], "duties": [(DutyKind.ANSWER_HEARING, SOON)]}
    assert told(**hearing) == ("The holder owes: Answer in the hearing.", HOLDER, SOON)


def test_a_decision_under_review_waits_for_a_decision_maker():
    assert told(review=DecisionReview(pk=8))[1:] == (DECIDER, None)


def test_renewal_is_awaited_from_the_first_reminder_on():
    about = certificate(until=LATER)
    words = "The certificate is about to expire: the holder applies for renewal (contract H6)."
    assert told(about, duties=[(DutyKind.APPLY_FOR_RENEWAL, LATER)]) == (words, HOLDER, LATER)
    assert told(about, today=LATER - timedelta(days=181)) == (IN_FORCE, "", None)


def test_an_original_is_awaited_only_while_it_is_owed():
    hands_back = "The holder hands the original back (contract H9)."
    for about in (certificate(state="revoked"), certificate(until=PAST)):
        step, *others = told(about, duties=[(DutyKind.RETURN_ENDED, SOON)])
        assert (hands_back in step, others) == (True, [HOLDER, SOON])
        assert hands_back not in told(about)[0]
    assert told(certificate(state="revoked"))[0].endswith("no original is awaited.")
    assert told(certificate(until=PAST))[0].endswith("may still apply for renewal (contract B10).")


def test_a_certificate_to_come_waits_for_its_first_day():
    about = certificate(start=LATER)
    assert told(about) == ("Nothing: the certificate has force from its first day on.", "", None)


def test_step_about_a_duty_says_who_has_to_act():
    about = certificate()
    overdue, waiting = duty(about, DutyKind.RETURN_ENDED, PAST), duty(about, DutyKind.RETURN_ENDED, SOON)
    assert (step_about(overdue, TODAY).step, step_about(overdue, TODAY).who) == (
        "Ask for the overdue original.", OFFICER,
    )  # fmt: skip
    assert step_about(waiting, TODAY).who == HOLDER
    assert step_about(duty(about, DutyKind.HOLD_SURVEILLANCE), TODAY).who == "Certification body"


@pytest.mark.parametrize(
    ("kind", "paths"),
    [
        (DutyKind.RETURN_COPY, ["/certificates/notify/?q=K6-2026-00008-12", "/certificates/2/misuse/new/?rule=H8"]),
        (DutyKind.RETURN_ENDED, ["/certificates/notify/?q=K6-2026-00008-12", "/certificates/2/misuse/new/?rule=H8"]),
        (DutyKind.EXTRA_ASSESSMENT,
         ["/certificates/notify/?q=K6-2026-00008-12", "/certificates/2/suspend/?ground=assessment_due"]),
        (DutyKind.ACCEPT_TERMS,
         ["/certificates/notify/?q=K6-2026-00008-12", "/certificates/2/suspend/?ground=terms_not_accepted"]),
        (DutyKind.FOLLOW_UP, ["/certificates/notify/?q=K6-2026-00008-12"]),
        (DutyKind.HOLD_SURVEILLANCE, []),
    ],
)  # fmt: skip
def test_remedies_of_an_overdue_duty_lead_somewhere(kind, paths):
    about = certificate()
    about.pk = 2
    assert [one.url for one in remedies_of(duty(about, kind, PAST), TODAY)] == paths
    assert remedies_of(duty(about, kind, SOON), TODAY) == []
