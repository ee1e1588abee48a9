"""Reads of calls for help from exam rooms."""

from django.db.models import QuerySet

from exams.models import Attempt, HelpCall


def open_calls() -> QuerySet[HelpCall]:
    """Return the calls that nobody has answered yet, oldest first; waiting since `called_at`."""
    return (
        HelpCall.objects.filter(answered_at=None)
        .select_related("attempt__person", "attempt__session", "called_by")
        .order_by("called_at", "id")
    )


def open_call_of(attempt: Attempt) -> HelpCall | None:
    """Return the open call from the room of an exam, or None."""
    return open_calls().filter(attempt=attempt).first()
