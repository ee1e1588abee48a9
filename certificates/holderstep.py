"""What a holder does next about a case of theirs, or who else is at it, and by when: told from the facts; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from certificates.models import Duty
from certificates.states import ContractState, DutyKind, EventKind, Outcome, RenewalStage, Status


class NextStep(StrEnum):
    """The next step of a holder; each has its words in templates/certificates/mine_next.html."""

    APPEAL = "appeal"  # refused: may appeal (H13)
    NEW_APPLICATION = "new_application"  # refused: may apply again
    ACCEPT = "accept"  # accept the contract
    WAIT_FOR_ISSUE = "wait_for_issue"
    NOTHING = "nothing"
    NOT_YET = "not_yet"  # its first day is still to come
    RENEW = "renew"  # H6
    RENEW_LATE = "renew_late"  # expired: the late path (B10)
    RENEWING = "renewing"  # applied for
    COMPLETE_RENEWAL = "complete_renewal"  # applied for, and returned for completion
    RENEWED = "renewed"  # its renewal has been issued, and takes its place on a later day
    STOP_USING = "stop_using"  # suspended (H9)
    EXPIRED_SUSPENDED = "expired_suspended"  # ran out while it was suspended
    HAND_BACK = "hand_back"  # revoked: the original is still to be handed in (H9)
    ENDED = "ended"  # revoked, and nothing is owed
    REPLACED = "replaced"  # renewed: the later certificate counts
    ENDING = "ending"  # valid, but its suspension or revocation from a later day on is decided
    REPORTED = "reported"  # what was reported or asked for is being looked at
    DUTY = "duty"  # owes something: the duty that is due first


class Who(StrEnum):
    """Who has the next step."""

    HOLDER = "holder"
    BODY = "body"
    NOBODY = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A step: what, whose it is, and by when if a day is set."""

    step: NextStep
    who: Who = Who.NOBODY
    due: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The facts of an issued certificate on a day, as far as its holder may know them.

    `owed` is what the holder owes, due first; `renewal` the stage of an application for renewal that is under way;
    `renewed_from` the first day of a renewal that was issued; `planned` a suspension or revocation from a later day on;
    `review_on` the day by which a suspension is reviewed; `reports` how many reports and requests are being looked at,
    and `reports_due` the day by which the body owes the first answer.
    """

    status: Status
    valid_from: date
    valid_until: date
    renewal_from: date
    owed: Sequence[Duty] = ()
    renewal: RenewalStage | None = None
    renewed_from: date | None = None
    planned: EventKind | None = None
    review_on: date | None = None
    reports: int = 0
    reports_due: date | None = None


def step_before_issue(
    outcome: str, contract: ContractState | None, *, appeal_until: date, contract_due: date | None, today: date
) -> Step:
    """Return the next step after a decision on which no certificate has been issued: contract H13, H5."""
    if outcome == Outcome.REFUSED or contract in {None, ContractState.VOID}:
        may_appeal = outcome == Outcome.REFUSED and today <= appeal_until
        return Step(NextStep.APPEAL, Who.HOLDER, appeal_until) if may_appeal else Step(NextStep.NEW_APPLICATION)
    if contract == ContractState.OFFERED:
        return Step(NextStep.ACCEPT, Who.HOLDER, contract_due)
    return Step(NextStep.WAIT_FOR_ISSUE, Who.BODY)


def step_of_holder(facts: Standing, today: date) -> Step:
    """Return the next step of an issued certificate's holder.

    What they owe comes first, the nearest day of it, unless the state of the certificate asks for the same; then what
    its state asks for; then renewal, what is planned, and what the body looks at.
    """
    owed = next(iter(facts.owed), None)
    if owed and not _is_told_by_status(owed, facts.status):
        return Step(NextStep.DUTY, Who.HOLDER, owed.due_on)
    if facts.status in _NOT_IN_FORCE:
        return _step_out_of_force(facts)
    return _step_of_renewal(facts, today) or _step_in_force(facts)


_NOT_IN_FORCE = (Status.REVOKED, Status.SUSPENDED, Status.SUPERSEDED, Status.NOT_YET_VALID)


def _is_told_by_status(duty: Duty, status: Status) -> bool:
    """Tell whether the step of the status asks for the same: to renew, or to hand in what may not be used."""
    if duty.kind == DutyKind.APPLY_FOR_RENEWAL:
        return True
    return duty.kind == DutyKind.RETURN_ENDED and status in {Status.REVOKED, Status.SUSPENDED}


def _step_out_of_force(facts: Standing) -> Step:
    return_by = next((duty.due_on for duty in facts.owed if duty.kind == DutyKind.RETURN_ENDED), None)
    if facts.status == Status.REVOKED:
        return Step(NextStep.HAND_BACK, Who.HOLDER, return_by) if return_by else Step(NextStep.ENDED)
    if facts.status == Status.SUSPENDED:
        # Once the original lies with the body, it is the body's turn.
        body = Step(NextStep.STOP_USING, Who.BODY, facts.review_on)
        return Step(NextStep.STOP_USING, Who.HOLDER, return_by) if return_by else body
    if facts.status == Status.NOT_YET_VALID:
        return Step(NextStep.NOT_YET, due=facts.valid_from)
    return Step(NextStep.REPLACED)


def _step_of_renewal(facts: Standing, today: date) -> Step | None:
    if facts.renewal == RenewalStage.RETURNED:
        return Step(NextStep.COMPLETE_RENEWAL, Who.HOLDER)
    if facts.status == Status.EXPIRED and facts.review_on:
        return Step(NextStep.EXPIRED_SUSPENDED, Who.BODY, facts.review_on)
    if facts.renewal:
        return Step(NextStep.RENEWING, Who.BODY)
    if facts.status == Status.EXPIRED:
        return Step(NextStep.RENEW_LATE, Who.HOLDER)
    if facts.renewed_from or facts.planned == EventKind.REVOKE or today < facts.renewal_from:
        return None
    return Step(NextStep.RENEW, Who.HOLDER, facts.valid_until)


def _step_in_force(facts: Standing) -> Step:
    if facts.planned:
        return Step(NextStep.ENDING)
    if facts.reports:
        return Step(NextStep.REPORTED, Who.BODY, facts.reports_due)
    return Step(NextStep.RENEWED, due=facts.renewed_from) if facts.renewed_from else Step(NextStep.NOTHING)
