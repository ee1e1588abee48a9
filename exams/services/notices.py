"""The e-mails that exams send, each in the language of the person."""

from typing import Any

from django.urls import reverse

from core.messages import queue_message
from exams.models import Attempt


def tell_scheduled(attempt: Attempt) -> None:
    """Tell the candidate time, place, what to bring, and how the exam goes."""
    version = attempt.session.scheme_version
    _tell(attempt, "exam_scheduled", f"exam.scheduled:{attempt.pk}", guide=version.guide.filter(code="exam").first())


def tell_moved(attempt: Attempt, *, event: int) -> None:
    """Tell the candidate the new time and place; `event` is the trail entry of the change, one message for each."""
    _tell(attempt, "exam_moved", f"exam.moved:{attempt.pk}:{event}")


def tell_cancelled(attempt: Attempt, *, reason: str) -> None:
    """Tell the candidate that the exam does not take place, and why."""
    _tell(attempt, "exam_cancelled", f"exam.cancelled:{attempt.pk}", reason=reason)


def tell_released(attempt: Attempt) -> None:
    """Tell the candidate that the result can be seen; the result itself is not in the message."""
    _tell(attempt, "result_released", f"exam.released:{attempt.pk}", path=reverse("exams:result", args=[attempt.pk]))


def _tell(attempt: Attempt, kind: str, key: str, **context: Any) -> None:
    session = attempt.session
    queue_message(
        key=key,
        kind=kind,
        to=attempt.person.email,
        language=attempt.person.language,
        context={
            "attempt": attempt,
            "session": session,
            "person": attempt.person,
            "scheme": session.scheme_version.scheme,
            "version": session.scheme_version,
            "path": reverse("exams:mine"),
            **context,
        },
        about=attempt,
    )
