"""What bulk work is about: the candidates of a session on their way to a certificate, and holders to be written to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet

from accounts.models import User
from candidates.models import ConflictOfInterest
from candidates.states import ApplicationState
from certificates.models import Certificate, Contract, Decision, DecisionReview
from certificates.queries.certificates import search_certificates
from certificates.queries.contracts import queue_to_issue
from certificates.states import ContractState, Outcome, ReviewState
from certificates.states.batches import IssueStand
from core.models import Batch, BatchItem, OutgoingMessage
from exams.models import Attempt, ExamSession
from exams.states import AttemptState

_STAND_BY_CONTRACT = {ContractState.OFFERED: IssueStand.OFFERED, ContractState.VOID: IssueStand.VOID}


def batches() -> QuerySet[Batch]:
    """Return all batches with what a row shows, newest first."""
    return Batch.objects.select_related("started_by", "result").order_by("-created_at", "id")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A candidate of a session: how far they are, and the contract if there is one."""

    attempt: Attempt
    contract: Contract | None
    stand: IssueStand

    @property
    def is_ready(self) -> bool:
        """Tell whether the certificate can be issued."""
        return self.stand == IssueStand.READY


def session_to_issue(session: ExamSession, officer: User) -> list[Candidate]:
    """Return the candidates of a session, by time, with what keeps this officer from issuing the certificate.

    The service checks again: what is said here may have changed when the button is pressed.
    """
    found = (
        Attempt.objects.filter(session=session)
        .exclude(state=AttemptState.CANCELLED)
        .select_related("person", "application", "decision__contract__certificate", "decision__contract__person")
        .annotate(
            has_interest=Exists(ConflictOfInterest.objects.filter(person=OuterRef("person"), user=officer)),
            under_review=Exists(
                DecisionReview.objects.filter(decision__attempt=OuterRef("pk"), state=ReviewState.OPEN)
            ),
        )
        .order_by("starts_at", "id")
    )
    return [_candidate(attempt, officer) for attempt in found]


def _candidate(attempt: Attempt, officer: User) -> Candidate:
    decision: Decision | None = getattr(attempt, "decision", None)
    contract = decision.offered_contract if decision else None
    return Candidate(attempt, contract, _stand(attempt, decision, contract, officer))


def _stand(attempt: Any, decision: Decision | None, contract: Contract | None, officer: User) -> IssueStand:
    if decision is None:
        released = attempt.state == AttemptState.RELEASED
        return IssueStand.NOT_DECIDED if released else IssueStand.NO_RESULT
    if decision.outcome == Outcome.REFUSED or contract is None:
        return IssueStand.REFUSED
    if contract.issued_certificate:
        return IssueStand.ISSUED
    if contract.state != ContractState.CONCLUDED:
        return _STAND_BY_CONTRACT[ContractState(contract.state)]
    application = attempt.application
    obstacles = {
        IssueStand.REVIEW: attempt.under_review,
        IssueStand.CLOSED: application.state != ApplicationState.ACCEPTED or application.concluded_at is not None,
        IssueStand.OWN_CASE: attempt.person.user_id == officer.pk,
        IssueStand.INTEREST: attempt.has_interest,
    }
    return next((stand for stand, holds in obstacles.items() if holds), IssueStand.READY)


def sessions_to_issue(limit: int = 10) -> list[dict[str, Any]]:
    """Return the sessions whose certificates can be issued, the oldest first: pk, starts_at, place, how many."""
    ready = queue_to_issue().filter(decision__attempt__isnull=False).order_by("decision__attempt__session__starts_at")
    sessions = ready.values(
        "decision__attempt__session", "decision__attempt__session__starts_at", "decision__attempt__session__place"
    ).annotate(number=Count("pk"))
    return [
        {
            "pk": one["decision__attempt__session"],
            "starts_at": one["decision__attempt__session__starts_at"],
            "place": one["decision__attempt__session__place"],
            "number": one["number"],
        }
        for one in sessions[:limit]
    ]


def notice_key(item: BatchItem) -> str:
    """Return the key of the message that an item of a notice to holders becomes."""
    return f"certificate_notice:{item.batch_id}:{item.pk}"


def messages_of(items: Iterable[BatchItem]) -> dict[int, OutgoingMessage]:
    """Return, by item, the messages that items of a notice became, with what tells where they stand; one query."""
    keys = {notice_key(item): item.pk for item in items}
    found = OutgoingMessage.objects.filter(key__in=list(keys)).only("key", "state")
    return {keys[message.key]: message for message in found}


def session_of(batch: Batch) -> ExamSession | None:
    """Return the exam session whose certificates a batch issues."""
    return ExamSession.objects.filter(pk=batch.parameters.get("session")).first()


def to_be_told(filters: Mapping[str, Any]) -> QuerySet[Certificate]:
    """Return one certificate, the newest, of each holder of those that the filters of the list leave."""
    found = search_certificates(
        str(filters.get("q", "")), status=str(filters.get("status", "")), scheme=str(filters.get("scheme", ""))
    )
    return found.prefetch_related(None).order_by("person_id", "-issued_at", "-id").distinct("person_id")
