"""Reads of contracts and their texts."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from candidates.states import ApplicationState
from certificates.models import Contract, ContractTemplate, DecisionReview
from certificates.queries.searching import holder_or_number
from certificates.states import ContractState, ReviewState


def current_template() -> ContractTemplate | None:
    """Return the contract text on which new contracts are offered: the highest version."""
    return ContractTemplate.objects.order_by("-version").first()


def contracts() -> QuerySet[Contract]:
    """Return all contracts with what a row and a page show, newest first."""
    return Contract.objects.select_related(
        "person__user",
        "template",
        "document",
        "draft_document",
        "scan",
        "concluded_by",
        "certificate",
        "decision__attempt",
        "decision__application__scheme",
    ).order_by("-offered_at", "-id")


def search_contracts(
    text: str = "", *, state: str = "", overdue: bool = False, first: bool = False
) -> QuerySet[Contract]:
    """Return contracts by words of the holder's name or (a part of) the number, by state, or only overdue ones.

    `first` is for who reads the first of them only (see searching).
    """
    found = contracts()
    if overdue:
        found = found.filter(_overdue())
    if state:
        found = found.filter(state=state)
    return found.filter(holder_or_number(text, first=first, dated="offered_at")) if text.strip() else found


def _overdue() -> Q:
    return Q(state=ContractState.OFFERED, due_on__lt=timezone.localdate())


def queue_to_issue() -> QuerySet[Contract]:
    """Return the concluded contracts whose certificate has not been issued, oldest first; none under review.

    Waiting since `concluded_at`. The issue concludes the application: those still open are few, and have an index.
    """
    return (
        contracts()
        .filter(
            state=ContractState.CONCLUDED,
            certificate=None,
            decision__application__state=ApplicationState.ACCEPTED,
            decision__application__concluded_at=None,
        )
        .exclude(Exists(DecisionReview.objects.filter(decision=OuterRef("decision"), state=ReviewState.OPEN)))
        .order_by("concluded_at", "id")
    )
