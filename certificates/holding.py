"""How a holder stands: the next step, what is due, what they may do, what has happened; pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from django.utils import timezone

from certificates.duewords import step_of, title_of
from certificates.holderstep import NextStep, Standing, Step, step_before_issue, step_of_holder
from certificates.models import Certificate, CertificateCopy, CertificateEvent, Duty, Renewal
from certificates.queries.holders import HolderCase, chains, renewal_of_stage
from certificates.states import (
    FINAL_STATES,
    RENEWING,
    RETURNS,
    ContractState,
    CopyReason,
    DutyKind,
    EventKind,
    RenewalStage,
    ReplacementState,
    Status,
)


class Act(StrEnum):
    """What a holder may do with a certificate; the value names the route, which takes the key of the certificate."""

    REPORT_CHANGE = "report_change"  # H2
    REPORT_CIRCUMSTANCE = "report_circumstance"  # H7
    REQUEST_REPLACEMENT = "request_replacement"  # H8
    RENEW = "apply_for_renewal"  # H6, B10


@dataclass(frozen=True, slots=True)
class Due:
    """Something due, with the page on which it is done: the name of its route, and the key in its address."""

    duty: Duty
    route: str
    key: int

    @property
    def copy(self) -> int | None:
        """The number of the copy that is to be handed in, if that is what is due: of an ended certificate the last."""
        certificate = self.duty.certificate
        if self.duty.kind == DutyKind.RETURN_ENDED and certificate:
            return certificate.current_copy.number
        return self.duty.copy_number

    @property
    def title(self) -> str:
        """What is to be done."""
        return title_of(self.duty, self.copy)

    @property
    def is_done_here(self) -> bool:
        """Tell whether the page is a form that meets the duty, not only its description."""
        return self.route != "duty"


@dataclass(frozen=True, slots=True)
class Happening:
    """A line of the history: `kind` has its words in templates/certificates/mine_history.html."""

    day: date
    kind: str
    event: CertificateEvent | None = None
    copy: CertificateCopy | None = None
    is_withdrawn: bool = False
    is_planned: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A case as its holder sees it today."""

    case: HolderCase
    next: Step
    may_appeal: bool
    planned: CertificateEvent | None = None
    open_renewal: Renewal | None = None
    acts: tuple[Act, ...] = ()
    history: list[Happening] = field(default_factory=list)
    chain: list[Certificate] = field(default_factory=list)
    may_show: bool = False  # may be used: valid today (H3), so its badge may be downloaded
    owed: Due | None = None  # what is due first, if anything is
    owed_words: str = ""

    @property
    def step(self) -> NextStep:
        """The next step."""
        return self.next.step

    @property
    def due(self) -> date | None:
        """The day by which it is to be done."""
        return self.next.due

    @property
    def is_return(self) -> bool:
        """Tell whether what is due first is an original."""
        return self.owed is not None and self.owed.duty.kind in RETURNS

    @property
    def returns(self) -> list[int]:
        """The numbers of all the copies that are to be handed in, the one that is due first before the others."""
        copies = (due_of(duty).copy for duty in self.case.record.duties)
        return list(dict.fromkeys(copy for copy in copies if copy is not None))

    @property
    def may_apply_anew(self) -> bool:
        """Tell whether a new certificate takes a new application, and none for the scheme is under way."""
        certificate = self.case.certificate
        return bool(certificate and certificate.status == Status.REVOKED and not self.case.record.has_other_case)

    @property
    def revocation(self) -> CertificateEvent | None:
        """The decision by which the certificate was revoked, once it has force."""
        lines = (line for line in self.history if line.kind == EventKind.REVOKE)
        return next((line.event for line in lines if not line.is_planned and not line.is_withdrawn), None)

    @property
    def key(self) -> str:
        """The identifier of its heading on a page."""
        return f"case-{self.case.decision.pk}"

    @property
    def is_preparing(self) -> bool:
        """Tell whether a document of it is still being made by the worker."""
        contract, certificate = self.case.contract, self.case.certificate
        documents = [contract.document or contract.draft_document] if contract else []
        if certificate:
            documents += [copy.document for copy in certificate.copies.all()]
        return not all(document.is_ready for document in documents)


# Where each kind of duty is met: the route, and the model whose key it takes, which is what the duty is about.
_DONE_AT = {
    DutyKind.ACCEPT_CONTRACT: ("contract_accept", "certificates.contract"),
    DutyKind.ANSWER_HEARING: ("misuse_answer", "certificates.misusecase"),
    DutyKind.ACCEPT_TERMS: ("terms_accept", "certificates.termsconsent"),
}


def due_of(duty: Duty) -> Due:
    """Return a duty with the page on which it is met, or else the page that describes it."""
    model, _colon, key = duty.about.partition(":")
    route, about = _DONE_AT.get(DutyKind(duty.kind), ("", ""))
    if route and model == about:
        return Due(duty, route, int(key))
    if duty.kind == DutyKind.APPLY_FOR_RENEWAL and duty.certificate_id:
        return Due(duty, Act.RENEW, duty.certificate_id)
    return Due(duty, "duty", duty.pk)


def cards_of(cases: Iterable[HolderCase], today: date) -> list[Card]:
    """Return the cases as their holder sees them on `today`."""
    known = list(cases)
    chained = chains(known)
    return [_card(case, today, chained) for case in known]


def _card(case: HolderCase, today: date, chained: dict[int, list[Certificate]]) -> Card:
    certificate, record = case.certificate, case.record
    may_appeal = today <= case.decision.appeal_until
    if certificate is None:
        return Card(case, _next_step(case, None, None, today), may_appeal)
    renewal = renewal_of_stage(record.renewals, RENEWING)
    planned = _planned(certificate, record.events, today)
    owed = _owed_first(case)
    return Card(
        case,
        _next_step(case, renewal, planned, today),
        may_appeal,
        planned=planned,
        owed=due_of(owed) if owed else None,
        owed_words=step_of(owed, today) if owed else "",
        open_renewal=renewal,
        acts=tuple(_acts(case, certificate, renewal, today)),
        history=_history(case, certificate, today),
        chain=chained.get(certificate.pk, []),
        may_show=certificate.status_on(today) == Status.VALID,
    )


def _next_step(case: HolderCase, renewal: Renewal | None, planned: CertificateEvent | None, today: date) -> Step:
    certificate, contract, record = case.certificate, case.contract, case.record
    if certificate is None:
        return step_before_issue(
            case.decision.outcome,
            ContractState(contract.state) if contract else None,
            appeal_until=case.decision.appeal_until,
            contract_due=contract.due_on if contract else None,
            today=today,
        )
    successor, suspension = certificate.successor, case.suspension
    is_suspended = suspension is not None and timezone.localdate(suspension.started_at) <= today
    return step_of_holder(
        Standing(
            status=certificate.status_on(today),
            valid_from=certificate.valid_from,
            valid_until=certificate.valid_until,
            renewal_from=certificate.renewal_from,
            owed=record.duties,
            renewal=RenewalStage(vars(renewal)["stage"]) if renewal else None,
            renewed_from=successor.valid_from if successor else None,
            planned=EventKind(planned.kind) if planned else None,
            review_on=suspension.review_on if suspension and is_suspended else None,
            reports=len(record.answers),
            reports_due=min((duty.due_on for duty in record.answers), default=None),
        ),
        today,
    )


def _owed_first(case: HolderCase) -> Duty | None:
    """Return what the holder owes by the nearest day; they come by due day."""
    return next(iter(case.record.duties), None)


def _planned(certificate: Certificate, events: list[CertificateEvent], today: date) -> CertificateEvent | None:
    """Return the suspension or revocation that has force from a later day on, if there is one."""
    gone = {event.withdraws_id for event in events}
    return next(
        (
            event
            for event in events
            if event.effective_on > today
            and event.pk not in gone
            and event.kind in {EventKind.SUSPEND, EventKind.REVOKE}
        ),
        None,
    )


def _acts(case: HolderCase, certificate: Certificate, renewal: Renewal | None, today: date) -> Iterable[Act]:
    """Give what the holder may do today; the services ask the same again."""
    status = certificate.status_on(today)
    if status in {Status.VALID, Status.SUSPENDED, Status.NOT_YET_VALID}:
        yield Act.REPORT_CHANGE
        yield Act.REPORT_CIRCUMSTANCE
        if status != Status.SUSPENDED and not _replacement_open(case):
            yield Act.REQUEST_REPLACEMENT
    if _may_renew(certificate, today) and renewal is None and not case.record.has_other_case:
        yield Act.RENEW


def _replacement_open(case: HolderCase) -> bool:
    rows = case.record.requests
    return any(row.kind == "replacement" and row.case.state == ReplacementState.REQUESTED for row in rows)


def _may_renew(certificate: Certificate, today: date) -> bool:
    """Tell whether renewal may be applied for: neither ended nor renewed, and near its end or past it (H6, B10)."""
    decided = {certificate.state, certificate.next_state}
    if decided & set(FINAL_STATES) or certificate.successor:
        return False
    return today >= certificate.renewal_from and today >= certificate.valid_from


def _history(case: HolderCase, certificate: Certificate, today: date) -> list[Happening]:
    """Return what has happened, and what is planned, newest first."""
    contract, events = case.contract, case.record.events
    gone = {event.withdraws_id for event in events}
    lines = [Happening(timezone.localdate(case.decision.decided_at), "granted")]
    if contract and contract.concluded_at:
        lines.append(Happening(timezone.localdate(contract.concluded_at), "concluded"))
    for event in events:
        is_withdrawn = event.pk in gone
        lines.append(
            Happening(
                event.effective_on,
                event.kind,
                event=event,
                is_withdrawn=is_withdrawn,
                is_planned=event.effective_on > today and not is_withdrawn,
            )
        )
    lines += [
        Happening(timezone.localdate(copy.made_at), "copy", copy=copy)
        for copy in certificate.copies.all()
        if copy.reason != CopyReason.FIRST
    ]
    return sorted(lines, key=lambda line: line.day)[::-1]
