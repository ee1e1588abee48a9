"""Signing a stage off, and releasing the result."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from core.errors import NotAllowed, RuleViolation
from core.integrity import constraint_errors
from core.transitions import locked, move
from exams.dossier import is_overtime, is_short, verdict_of
from exams.models import REASON_LENGTH, Attempt, StageRun
from exams.permissions import may_release
from exams.queries.marks import checklist, current_marks
from exams.scoring import StageVerdict, score_exam
from exams.services.guards import need_officer, need_panel
from exams.services.marking import SIGNED
from exams.services.notices import tell_released
from exams.states import ATTEMPT

_REFUSALS = {
    "exams_signed_without_blanks": _("A step is not marked."),
    "exams_signed_is_final": SIGNED,
}


@transaction.atomic
def sign_off_stage(run: StageRun, *, actor: User, short_reason: str = "", overtime_reason: str = "") -> StageRun:
    """Make the marks of a stage final and store its verdict; with the last stage the exam is marked.

    From then on the database refuses any change of the stage and its marks. A stage under its minimum time, and at the
    last stage an exam over its time, need a written reason, which is shown with the result.
    Raises `NotAllowed` "panel"; `RuleViolation` "signed", "not_ended", "unmarked" (naming the steps), "short_reason",
    "overtime_reason", "reason_length".
    """
    need_panel(actor, run)
    attempt = locked(run.attempt)
    run = locked(run)
    _check_ready(run)
    runs = list(attempt.stages.select_related("stage").exclude(pk=run.pk))
    is_last = _is_last(attempt, run, runs)
    short_reason = _reason(short_reason, needed=is_short(run), code="short_reason")
    too_long = is_last and is_overtime(attempt, [*runs, run])
    overtime_reason = _reason(overtime_reason, needed=too_long, code="overtime_reason")
    verdict = _verdict(run)
    _store(run, verdict, short_reason, actor)
    record(
        actor=actor,
        verb="stage.sign_off",
        obj=run,
        after={
            "stage": run.stage.code,
            "met": verdict.met,
            "total": verdict.total,
            "missed_critical": list(verdict.missed_critical),
            "passed": verdict.passed,
        },
        reason=short_reason,
        related=[attempt, attempt.session],
    )
    if is_last:
        _complete(attempt, passed=score_exam([*runs, run]) is True, overtime_reason=overtime_reason, actor=actor)
    return run


def _check_ready(run: StageRun) -> None:
    if run.is_signed_off:
        raise RuleViolation(SIGNED, code="signed")
    if run.ended_at is None:
        raise RuleViolation(_("End the stage first."), code="not_ended")


def _is_last(attempt: Attempt, run: StageRun, others: list[StageRun]) -> bool:
    """Tell whether every other stage of the exam is signed off."""
    signed = {one.stage_id for one in others if one.is_signed_off}
    return all(stage.pk in signed or stage.pk == run.stage_id for stage in attempt.session.scheme_version.stages.all())


_MISSING_REASONS = {
    "short_reason": _("The stage was shorter than the scheme asks: give the reason."),
    "overtime_reason": _("The exam took longer than the scheme allows: give the reason."),
}


def _reason(reason: str, *, needed: bool, code: str) -> str:
    """Return the reason where one is needed, "" where none is; a reason nobody needs is not kept."""
    if not needed:
        return ""
    if not reason.strip():
        raise RuleViolation(_MISSING_REASONS[code], code=code)
    if len(reason) > REASON_LENGTH:
        raise RuleViolation(_("The reason is longer than 1000 characters."), code="reason_length")
    return reason.strip()


def _verdict(run: StageRun) -> StageVerdict:
    verdict = verdict_of(run.stage, checklist(run), current_marks(run))
    if verdict.passed is None:
        codes = ", ".join(verdict.unmarked)
        raise RuleViolation(_("These steps are not marked: %(codes)s.") % {"codes": codes}, code="unmarked")
    return verdict


def _store(run: StageRun, verdict: StageVerdict, short_reason: str, actor: User) -> None:
    run.met, run.total, run.passed = verdict.met, verdict.total, verdict.passed
    run.missed_critical = list(verdict.missed_critical)
    run.short_reason = short_reason
    run.signed_off_at, run.signed_off_by = timezone.now(), actor
    with constraint_errors(_REFUSALS):
        run.save()


def _complete(attempt: Attempt, *, passed: bool, overtime_reason: str, actor: User) -> None:
    move(
        attempt,
        ATTEMPT,
        "complete",
        actor=actor,
        reason=overtime_reason,
        changes={"passed": passed, "overtime_reason": overtime_reason},
        related=(attempt.session, attempt.application),
    )


@transaction.atomic
def release_result(attempt: Attempt, *, actor: User) -> Attempt:
    """Let the candidate see the result, and tell them; it never changes from then on.

    Raises `NotAllowed` "officer", or "partial" for an officer with an interest in the candidate; `RuleViolation`
    "state" unless the exam is marked.
    """
    need_officer(actor)
    if not may_release(actor, attempt):
        raise NotAllowed(
            _("You have an interest in this candidate: another officer releases the result."), code="partial"
        )
    released = move(
        attempt,
        ATTEMPT,
        "release",
        actor=actor,
        changes={"released_at": timezone.now()},
        related=(attempt.session, attempt.application),
    )
    tell_released(released)
    return released
