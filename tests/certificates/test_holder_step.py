"""What comes next for a holder, told from facts alone: every case, and which goes before which."""

from datetime import date, timedelta

import pytest

from certificates.holderstep import NextStep, Standing, Step, Who, step_before_issue, step_of_holder
from certificates.models import Duty
from certificates.states import ContractState, DutyKind, EventKind, Outcome, RenewalStage, Status

TODAY = date(2026, 11, 21)
LAST_DAY = date(2028, 3, 31)
SOON = date(2026, 12, 1)
HOLDER, BODY, NOBODY = Who.HOLDER, Who.BODY, Who.NOBODY


def standing(status=Status.VALID, *, until=LAST_DAY, **facts):
    first = until + timedelta(days=1) if status == Status.NOT_YET_VALID else date(2025, 4, 1)
    return Standing(
        status=status, valid_from=first, valid_until=until, renewal_from=until - timedelta(days=180), **facts
    )


def owes(kind, due=SOON):
    return [Duty(kind=kind, due_on=due)]


NEAR = TODAY + timedelta(days=60)  # the last day, with the time of renewal begun
CASES = {
    "nothing": (standing(), Step(NextStep.NOTHING)),
    "a report": (standing(reports=3, reports_due=SOON), Step(NextStep.REPORTED, BODY, SOON)),
    "a hearing": (standing(owed=owes(DutyKind.ANSWER_HEARING)), Step(NextStep.DUTY, HOLDER, SOON)),
    "a hearing and a report": (
        standing(owed=owes(DutyKind.ANSWER_HEARING), reports=1, reports_due=TODAY),
        Step(NextStep.DUTY, HOLDER, SOON),
    ),
    "an overdue return": (
        standing(owed=owes(DutyKind.RETURN_COPY, date(2026, 11, 1))),
        Step(NextStep.DUTY, HOLDER, date(2026, 11, 1)),
    ),
    "the time of renewal": (
        standing(until=NEAR, owed=owes(DutyKind.APPLY_FOR_RENEWAL, NEAR)), Step(NextStep.RENEW, HOLDER, NEAR),
    ),
    "the day before it": (standing(until=TODAY + timedelta(days=181)), Step(NextStep.NOTHING)),
    "applied for renewal": (
        standing(until=NEAR, renewal=RenewalStage.SUBMITTED), Step(NextStep.RENEWING, BODY),
    ),
    "renewal returned": (
        standing(until=NEAR, renewal=RenewalStage.RETURNED), Step(NextStep.COMPLETE_RENEWAL, HOLDER),
    ),
    "renewal issued": (
        standing(until=NEAR, renewed_from=NEAR + timedelta(days=1)),
        Step(NextStep.RENEWED, NOBODY, NEAR + timedelta(days=1)),
    ),
    "renewal issued and a report": (
        standing(until=NEAR, renewed_from=NEAR, reports=1, reports_due=SOON), Step(NextStep.REPORTED, BODY, SOON),
    ),
    "revocation planned": (standing(planned=EventKind.REVOKE), Step(NextStep.ENDING)),
    "revocation planned near the end": (standing(until=NEAR, planned=EventKind.REVOKE), Step(NextStep.ENDING)),
    "suspension planned near the end": (
        standing(until=NEAR, planned=EventKind.SUSPEND), Step(NextStep.RENEW, HOLDER, NEAR),
    ),
    "suspended, original owed": (
        standing(Status.SUSPENDED, review_on=NEAR, owed=owes(DutyKind.RETURN_ENDED)),
        Step(NextStep.STOP_USING, HOLDER, SOON),
    ),
    "suspended, original handed in": (
        standing(Status.SUSPENDED, review_on=NEAR), Step(NextStep.STOP_USING, BODY, NEAR),
    ),
    "suspended, assessment owed": (
        standing(Status.SUSPENDED, review_on=NEAR, owed=owes(DutyKind.EXTRA_ASSESSMENT)),
        Step(NextStep.DUTY, HOLDER, SOON),
    ),
    "revoked, original owed": (
        standing(Status.REVOKED, owed=owes(DutyKind.RETURN_ENDED)), Step(NextStep.HAND_BACK, HOLDER, SOON),
    ),
    "revoked": (standing(Status.REVOKED), Step(NextStep.ENDED)),
    "superseded": (standing(Status.SUPERSEDED), Step(NextStep.REPLACED)),
    "not yet valid": (standing(Status.NOT_YET_VALID), Step(NextStep.NOT_YET, NOBODY, LAST_DAY + timedelta(days=1))),
    "expired": (standing(Status.EXPIRED, until=date(2026, 11, 20)), Step(NextStep.RENEW_LATE, HOLDER)),
    "expired, original owed": (
        standing(Status.EXPIRED, owed=owes(DutyKind.RETURN_ENDED)), Step(NextStep.DUTY, HOLDER, SOON),
    ),
    "expired while suspended": (
        standing(Status.EXPIRED, review_on=NEAR), Step(NextStep.EXPIRED_SUSPENDED, BODY, NEAR),
    ),
    "expired, applied for": (
        standing(Status.EXPIRED, renewal=RenewalStage.DECISION), Step(NextStep.RENEWING, BODY),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_step_of_holder_follows_from_the_facts(case):
    facts, expected = CASES[case]
    assert step_of_holder(facts, TODAY) == expected


@pytest.mark.parametrize(
    ("outcome", "contract", "until", "expected"),
    [
        (Outcome.REFUSED, None, TODAY, Step(NextStep.APPEAL, HOLDER, TODAY)),
        (Outcome.REFUSED, None, TODAY - timedelta(days=1), Step(NextStep.NEW_APPLICATION)),
        (Outcome.GRANTED, ContractState.VOID, TODAY, Step(NextStep.NEW_APPLICATION)),
        (Outcome.GRANTED, ContractState.OFFERED, TODAY, Step(NextStep.ACCEPT, HOLDER, SOON)),
        (Outcome.GRANTED, ContractState.CONCLUDED, TODAY, Step(NextStep.WAIT_FOR_ISSUE, BODY)),
    ],
)
def test_step_before_the_issue_follows_from_decision_and_contract(outcome, contract, until, expected):
    told = step_before_issue(outcome, contract, appeal_until=until, contract_due=SOON, today=TODAY)
    assert told == expected
