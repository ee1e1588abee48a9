"""What a holder does next and by when, for one decision and what followed from it; pure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from certificates.queries import HolderCase
from certificates.states import ContractState, Outcome, Status


class NextStep(StrEnum):
    """The next step of a holder; each has its words in templates/certificates/mine_next.html."""

    APPEAL = "appeal"  # refused: may appeal (H13)
    NEW_APPLICATION = "new_application"  # refused or expired: may apply again
    ACCEPT = "accept"  # accept the contract
    WAIT_FOR_ISSUE = "wait_for_issue"
    NOTHING = "nothing"
    RENEW = "renew"  # H6
    STOP_USING = "stop_using"  # suspended (H9)
    HAND_BACK = "hand_back"  # revoked (H9)


@dataclass(frozen=True, slots=True)
class Card:
    """A case as its holder sees it today."""

    case: HolderCase
    step: NextStep
    due: date | None
    may_appeal: bool

    @property
    def is_preparing(self) -> bool:
        """Tell whether a document of it is still being made by the worker."""
        contract, certificate = self.case.contract, self.case.certificate
        documents = [contract.document or contract.draft_document] if contract else []
        if certificate:
            documents.append(certificate.document)
        return not all(document.is_ready for document in documents)


def card_of(case: HolderCase, today: date) -> Card:
    """Return what the holder of this case does next, as of today."""
    step, due = _next(case, today)
    return Card(case, step, due, may_appeal=today <= case.decision.appeal_until)


def _next(case: HolderCase, today: date) -> tuple[NextStep, date | None]:
    decision, contract, certificate = case.decision, case.contract, case.certificate
    if decision.outcome == Outcome.REFUSED or contract is None or contract.state == ContractState.VOID:
        open_appeal = decision.outcome == Outcome.REFUSED and today <= decision.appeal_until
        return (NextStep.APPEAL, decision.appeal_until) if open_appeal else (NextStep.NEW_APPLICATION, None)
    if certificate is None:
        offered = contract.state == ContractState.OFFERED
        return (NextStep.ACCEPT, contract.due_on) if offered else (NextStep.WAIT_FOR_ISSUE, None)
    if certificate.status_on(today) == Status.VALID and today >= certificate.renewal_from:
        return NextStep.RENEW, certificate.valid_until
    return _STEP_BY_STATUS[certificate.status_on(today)], None


_STEP_BY_STATUS = {
    Status.VALID: NextStep.NOTHING,
    Status.NOT_YET_VALID: NextStep.NOTHING,
    Status.SUSPENDED: NextStep.STOP_USING,
    Status.REVOKED: NextStep.HAND_BACK,
    Status.EXPIRED: NextStep.NEW_APPLICATION,
}
