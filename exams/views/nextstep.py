"""What now: the next step of a session and of an exam, who has to take it, and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.templatetags.core_ui import shorttime
from exams.dossier import StageDossier
from exams.models import Attempt, BreachCase, ExamSession, StageRun
from exams.permissions import (
    may_manage_sessions,
    may_mark,
    may_receive,
    may_record,
    may_release,
    may_settle_breach,
    may_speak_for_panel,
)
from exams.queries.retakes import PassedBefore
from exams.states import AttemptState, IncidentKind, SessionState

Text = str | Promise

OFFICER, PANEL, DECIDER = _("Certification officer"), _("Assessors of the panel"), _("Decision-maker")
LEAD = _("Lead assessor")
SHORT = _(
    "Stage %(code)s has fewer sealed marks than the scheme asks for: whoever abstained leaves the panel, and "
    "an officer seats a substitute; or the exam is stopped."
)


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


def attempt_step(
    attempt: Attempt, parts: Sequence[StageDossier], before: Sequence[PassedBefore], user: Any
) -> NextStep | None:
    """Return the next step of an exam, or None when nobody has to do anything here.

    `before` are the stages that were passed in an earlier exam and still count.
    """
    if attempt.state == AttemptState.SCHEDULED and not attempt.identity_checked_at:
        return _identity_step(attempt, user)
    if attempt.state in {AttemptState.SCHEDULED, AttemptState.IN_PROGRESS}:
        done = {one.run.stage_id for one in before}
        held = [part for part in parts if part.stage.pk not in done]
        return _resume_step(attempt, user) or _stage_step(attempt, held, user) or _panel_step(attempt, held, user)
    if attempt.state == AttemptState.MARKED:
        url = reverse("exams:release", args=[attempt.pk]) if may_release(user, attempt) else ""
        return NextStep(_("Release the result to the candidate."), OFFICER, url, _("Release the result"), "post")
    if attempt.state == AttemptState.RELEASED:
        return NextStep(_("The result is released. The decision on certification follows."), DECIDER)
    if attempt.state == AttemptState.STOPPED and not attempt.application.concluded_at:
        return NextStep(_("The exam was stopped: the candidate waits for a new date."), OFFICER)
    return None


def breach_step(case: BreachCase, user: Any) -> NextStep:
    """Return the next step of an open case."""
    url = reverse("exams:settle_breach", args=[case.pk]) if may_settle_breach(user, case) else ""
    step = _("Settle the suspicion: nobody decides on certification before.")
    return NextStep(step, _("Another officer than who reported it"), url, _("Settle the case"))


def _identity_step(attempt: Attempt, user: Any) -> NextStep:
    today = timezone.localdate() == timezone.localdate(attempt.starts_at)
    url = reverse("exams:identity", args=[attempt.pk]) if today and may_receive(user, attempt) else ""
    step = _("Check the candidate's identity on the day of the exam.")
    return NextStep(step, PANEL, url, _("Check the identity"), due=attempt.starts_at)


def _resume_step(attempt: Attempt, user: Any) -> NextStep | None:
    found = [one for one in attempt.incidents.all() if one.kind == IncidentKind.INTERRUPTION and not one.ended_at]
    if not found:
        return None
    url = reverse("exams:resume", args=[attempt.pk]) if may_record(user, attempt) else ""
    step = _("The exam has been interrupted since %(time)s: resume it.") % {"time": shorttime(found[0].started_at)}
    return NextStep(step, PANEL, url, _("Resume the exam"), "post")


def _stage_step(attempt: Attempt, parts: Sequence[StageDossier], user: Any) -> NextStep | None:
    """The stage to start, or the one under way."""
    for part in parts:
        code = {"code": part.stage.code}
        if part.run is None:
            url = reverse("exams:start", args=[attempt.pk, part.stage.code]) if may_mark(user, attempt) else ""
            return NextStep(_("Start stage %(code)s.") % code, PANEL, url, _("Start"), due=attempt.starts_at)
        if part.run.ended_at is None:
            url = reverse("exams:marking", args=[part.run.pk]) if _own_sheet_open(part, user) else ""
            return NextStep(_("Stage %(code)s is under way: mark its steps.") % code, PANEL, url, _("Mark"))
    return None


def _panel_step(attempt: Attempt, parts: Sequence[StageDossier], user: Any) -> NextStep | None:
    """What an ended stage waits for: marks to be sealed, differences to be settled, the sign-off."""
    for part in parts:
        if part.run is not None and not part.run.is_signed_off:
            return _ended_step(attempt, part, part.run, user)
    return None


def _ended_step(attempt: Attempt, part: StageDossier, run: StageRun, user: Any) -> NextStep:
    code = part.stage.code
    if _own_sheet_open(part, user):
        step = _("Stage %(code)s has ended: finish your marks and seal them.") % {"code": code}
        return NextStep(step, _("You"), reverse("exams:marking", args=[run.pk]), _("Finish the marks"))
    waiting = [str(sheet.assessor) for sheet in part.sheets if sheet.is_open]
    if waiting:
        step = _("Stage %(code)s waits for the sealed marks of its assessors.") % {"code": code}
        return NextStep(step, ", ".join(waiting))
    if len(part.sealed) < attempt.session.scheme_version.assessors_required:
        url = reverse("exams:session", args=[attempt.session_id])
        return NextStep(SHORT % {"code": code}, OFFICER, url, _("Open the session"))
    url = reverse("exams:run_panel", args=[run.pk]) if may_speak_for_panel(user, run) else ""
    if part.open_differences:
        step = _("The assessors of stage %(code)s differ on some steps: settle them.") % {"code": code}
        return NextStep(step, LEAD, url, _("Settle the differences"))
    return NextStep(_("Sign off stage %(code)s for the panel.") % {"code": code}, LEAD, url, _("See and sign off"))


def _own_sheet_open(part: StageDossier, user: Any) -> bool:
    return any(sheet.is_open and sheet.assessor_id == user.pk for sheet in part.sheets)
