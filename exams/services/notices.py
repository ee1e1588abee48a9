"""The e-mails that exams send, each in the language of the person."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from accounts.models import User
from core.messages import queue_message
from exams.models import Amendment, Attempt, PanelMember
from exams.queries.retakes import PassedBefore, stages_to_hold
from exams.queries.sessions import seats_that_mark


def tell_scheduled(attempt: Attempt, *, before: Sequence[PassedBefore] = ()) -> None:
    """Tell the candidate time, place, what to bring, and how the exam goes; `before` are stages not to be repeated."""
    version = attempt.session.scheme_version
    _tell(
        attempt,
        "exam_scheduled",
        f"exam.scheduled:{attempt.pk}",
        guide=version.guide.filter(code="exam").first(),
        before=before,
        to_hold=stages_to_hold(attempt.session, before),
    )


def tell_moved(attempt: Attempt, *, event: int) -> None:
    """Tell the candidate the new time and place; `event` is the trail entry of the change, one message for each."""
    _tell(attempt, "exam_moved", f"exam.moved:{attempt.pk}:{event}")


def tell_cancelled(attempt: Attempt, *, reason: str) -> None:
    """Tell the candidate that the exam does not take place, and why."""
    _tell(attempt, "exam_cancelled", f"exam.cancelled:{attempt.pk}", reason=reason)


def tell_stopped(attempt: Attempt, *, reason: str) -> None:
    """Tell the candidate that the exam was stopped, why, and that a new date follows."""
    _tell(attempt, "exam_stopped", f"exam.stopped:{attempt.pk}", reason=reason)


def tell_left(seat: PanelMember) -> None:
    """Confirm to an assessor that they have left a panel."""
    _tell_assessor(seat, "panel_left", f"panel.left:{seat.pk}")


def tell_substitute(seat: PanelMember) -> None:
    """Tell an assessor that they take over a seat, whose, when and where."""
    _tell_assessor(seat, "panel_substitute", f"panel.substitute:{seat.pk}")


def tell_released(attempt: Attempt) -> None:
    """Tell the candidate that the result can be seen; the result itself is not in the message."""
    _tell(attempt, "result_released", f"exam.released:{attempt.pk}", path=reverse("exams:result", args=[attempt.pk]))


def tell_amended(attempt: Attempt, amendment: Amendment, *, has_changed: bool) -> None:
    """Tell the candidate that a mark was amended after release, and whether that changed the verdict of the exam."""
    _tell(
        attempt,
        "result_amended",
        f"exam.amended:{attempt.pk}:{amendment.pk}",
        amendment=amendment,
        has_changed=has_changed,
        path=reverse("exams:result", args=[attempt.pk]),
    )


def tell_amendment_settled(amendment: Amendment) -> None:
    """Tell whoever proposed an amendment what became of it."""
    path = reverse("exams:amendment", args=[amendment.pk])
    _tell_colleague(amendment.proposed_by, "amendment_settled", f"amendment.settled:{amendment.pk}", amendment, path)


def tell_carried_changed(attempt: Attempt, amendment: Amendment, *, still_passed: bool) -> None:
    """Tell the panel and the officer of an exam without a result that the verdict of a stage it carries has changed."""
    session, path = attempt.session, reverse("exams:attempt", args=[attempt.pk])
    people = {seat.assessor for seat in seats_that_mark(session)} | {session.created_by}
    for user in people:
        key = f"exam.carried:{attempt.pk}:{amendment.pk}:{user.pk}"
        context = {"attempt": attempt, "still_passed": still_passed}
        _tell_colleague(user, "amendment_carried_stage", key, amendment, path, **context)


def _tell_colleague(user: User, kind: str, key: str, amendment: Amendment, path: str, **context: Any) -> None:
    attempt = amendment.run.attempt
    queue_message(
        key=key,
        kind=kind,
        to=user.email,
        language=user.language,
        context={"user": user, "amendment": amendment, "held": attempt, "path": path, **context},
        about=amendment,
    )


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


def _tell_assessor(seat: PanelMember, kind: str, key: str) -> None:
    session, assessor = seat.session, seat.assessor
    queue_message(
        key=key,
        kind=kind,
        to=assessor.email,
        language=assessor.language,
        context={
            "seat": seat,
            "session": session,
            "assessor": assessor,
            "scheme": session.scheme_version.scheme,
            "path": reverse("exams:session", args=[session.pk]),
        },
        about=session,
    )
