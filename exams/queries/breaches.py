"""Reads of suspicions of cheating."""

from django.db.models import QuerySet

from accounts.models import User
from candidates.queries import search_applications
from exams.models import Attempt, BreachCase
from exams.states import BreachState


def breaches() -> QuerySet[BreachCase]:
    """Return every case, newest first, with all that its page names."""
    return BreachCase.objects.select_related(
        "attempt__person", "attempt__application", "attempt__session__scheme_version__scheme",
        "incident__run__stage", "incident__recorded_by", "opened_by", "settled_by",
    ).order_by("-opened_at", "-id")  # fmt: skip


def filtered_breaches(reader: User, *, state: str = "", search: str = "") -> QuerySet[BreachCase]:
    """Return cases by state, and by the candidate's name, FIN or reference; what is empty does not restrict.

    A case about the reader is never among them.
    """
    found = breaches().exclude(attempt__person__user=reader)
    if state:
        found = found.filter(state=state)
    if search:
        found = found.filter(attempt__application__in=search_applications(search).order_by().values("pk"))
    return found


def breaches_of(attempt: Attempt) -> QuerySet[BreachCase]:
    """Return the cases of an exam, oldest first."""
    return breaches().filter(attempt=attempt).order_by("opened_at", "id")


def queue_breaches(reader: User) -> QuerySet[BreachCase]:
    """Return the open cases, oldest first, but for one about the reader; waiting since `opened_at`."""
    return filtered_breaches(reader, state=BreachState.OPEN).order_by("opened_at", "id")
