"""What now: the next step of a session and of an exam, who has to take it, and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from exams.models import Attempt, ExamSession, StageRun
from exams.permissions import may_manage_sessions, may_mark, may_receive, may_release
from exams.states import AttemptState, SessionState
from schemes.models import Stage

Text = str | Promise

OFFICER, PANEL, DECIDER = _("Certification officer"), _("Assessors of the panel"), _("Decision-maker")


@dataclass(frozen=True, slots=True)
class NextStep:
    """The next step; without `url` the reader cannot take it."""

    step: Text
    who: Text
    url: str = ""
    action: Text = ""
    method: str = "get"
    due: datetime | None = None


def session_step(session: ExamSession, attempts: Sequence[Attempt], user: Any) -> NextStep | None:
    """Return the next step of a session, or None when there is none."""
    if session.state != SessionState.PLANNED:
        return None
    manages = may_manage_sessions(user)
    waiting = [one for one in attempts if one.state in {AttemptState.SCHEDULED, AttemptState.IN_PROGRESS}]
    if not attempts:
        url = reverse("exams:candidates", args=[session.pk]) if manages else ""
        return NextStep(_("Add candidates to the session."), OFFICER, url, _("Add candidates"), due=session.starts_at)
    if not waiting:
        url = reverse("exams:close", args=[session.pk]) if manages else ""
        return NextStep(_("Every exam is over: close the session."), OFFICER, url, _("Close the session"), "post")
    first = waiting[0]
    return NextStep(
        _("Hold the next exam: %(name)s.") % {"name": first.person},
        PANEL,
        reverse("exams:attempt", args=[first.pk]),
        _("Open the exam"),
        due=first.starts_at,
    )


def attempt_step(attempt: Attempt, stages: Sequence[tuple[Stage, StageRun | None]], user: Any) -> NextStep | None:
    """Return the next step of an exam, or None when nobody has to do anything here."""
    if attempt.state == AttemptState.SCHEDULED and not attempt.identity_checked_at:
        return _identity_step(attempt, user)
    if attempt.state in {AttemptState.SCHEDULED, AttemptState.IN_PROGRESS}:
        return _stage_step(attempt, stages, may_panel=may_mark(user, attempt))
    if attempt.state == AttemptState.MARKED:
        url = reverse("exams:release", args=[attempt.pk]) if may_release(user, attempt) else ""
        return NextStep(_("Release the result to the candidate."), OFFICER, url, _("Release the result"), "post")
    if attempt.state == AttemptState.RELEASED:
        return NextStep(_("The result is released. The decision on certification follows."), DECIDER)
    return None


def _identity_step(attempt: Attempt, user: Any) -> NextStep:
    today = timezone.localdate() == timezone.localdate(attempt.starts_at)
    url = reverse("exams:identity", args=[attempt.pk]) if today and may_receive(user, attempt) else ""
    step = _("Check the candidate's identity on the day of the exam.")
    return NextStep(step, PANEL, url, _("Check the identity"), due=attempt.starts_at)


def _stage_step(
    attempt: Attempt, stages: Sequence[tuple[Stage, StageRun | None]], *, may_panel: bool
) -> NextStep | None:
    for stage, run in stages:
        code = {"code": stage.code}
        if run is None:
            url = reverse("exams:start", args=[attempt.pk, stage.code]) if may_panel else ""
            return NextStep(_("Start stage %(code)s.") % code, PANEL, url, _("Start"), due=attempt.starts_at)
        if run.ended_at is None:
            url = reverse("exams:marking", args=[run.pk]) if may_panel else ""
            return NextStep(_("Stage %(code)s is under way: mark its steps.") % code, PANEL, url, _("Mark"))
    for stage, run in stages:
        if run is not None and not run.is_signed_off:
            url = reverse("exams:marking", args=[run.pk]) if may_panel else ""
            step = _("Stage %(code)s has ended: finish its marks and sign it off.") % {"code": stage.code}
            return NextStep(step, PANEL, url, _("Marks and sign-off"))
    return None
