"""Signing a stage off, and releasing the result."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from core.errors import NotAllowed, RuleViolation
from core.integrity import constraint_errors
from core.transitions import locked, move
from exams.dossier import StageDossier, stage_dossier
from exams.models import REASON_LENGTH, Attempt, Sheet, StageRun
from exams.permissions import may_release, may_speak_for_panel
from exams.queries.marks import partial_sheets
from exams.scoring import StageVerdict, score_exam
from exams.services.guards import need_officer
from exams.services.notices import tell_released
from exams.services.settling import SIGNED, need_unveiled
from exams.services.sheets import seal_sheet
from exams.states import ATTEMPT, AttemptState
from exams.times import is_overtime, is_short

PARTIAL_MARKS = _(
    "%(names)s declared an interest in the candidate after sealing: take these marks out of the verdict first "
    "(contract B1)."
)
_REFUSALS = {
    "exams_signed_impartial": _(
        "Sealed marks of somebody with an interest in the candidate do not count (contract B1)."
    ),
    "exams_signed_without_blanks": _("A step is not marked, or the panel has not settled a difference."),
    "exams_signed_by_full_panel": _("Fewer assessors have sealed their marks than the scheme asks for."),
    "exams_signed_is_final": SIGNED,
}


@transaction.atomic
def seal_and_sign_off(
    sheet: Sheet,
    *,
    digest: str,
    notes: Mapping[str, str],
    short_reason: str = "",
    overtime_reason: str = "",
    despite_unsent: bool = False,
    actor: User,
) -> Sheet:
    """Seal the marks of the only assessor of a stage and sign it off in one step: what a panel of one does.

    Raises what `seal_sheet` and `sign_off_stage` raise; then neither has happened.
    """
    sealed = seal_sheet(sheet, digest=digest, notes=notes, despite_unsent=despite_unsent, actor=actor)
    sign_off_stage(sealed.run, actor=actor, short_reason=short_reason, overtime_reason=overtime_reason)
    return sealed


@transaction.atomic
def sign_off_stage(run: StageRun, *, actor: User, short_reason: str = "", overtime_reason: str = "") -> StageRun:
    """Make the panel's marks of a stage its verdict; with the last stage the exam is marked.

    From then on only an amendment changes anything. A stage under its minimum time, and at the last stage an exam over
    its time, need a written reason, which is shown with the result.
    Raises `NotAllowed` "lead"; `RuleViolation` "signed", "state" when the exam was stopped, "not_ended",
    "partial" while sealed marks of somebody with an interest count (naming them), "sealing" while an assessor has not
    sealed, "panel_short" when fewer have than the scheme asks for, "unsettled" (naming the steps), "short_reason",
    "overtime_reason", "reason_length".
    """
    if not may_speak_for_panel(actor, run):
        raise NotAllowed(
            _("The lead assessor signs off for the panel, once they have sealed their marks."), code="lead"
        )
    attempt = locked(run.attempt)
    run = locked(run)
    part = _checked(attempt, run)
    runs = list(attempt.stages.select_related("stage").prefetch_related("incidents").exclude(pk=run.pk))
    carried = [one.run for one in attempt.carried.select_related("run__stage")]
    is_last = _is_last(attempt, run, [*runs, *carried])
    short_reason = _reason(short_reason, needed=is_short(run), code="short_reason")
    too_long = is_last and is_overtime(attempt, [*runs, run])
    overtime_reason = _reason(overtime_reason, needed=too_long, code="overtime_reason")
    verdict = _verdict(part)
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
        related=[attempt],  # not the session: its page is read by people who may be its candidates
    )
    if is_last:
        _complete(
            attempt, passed=score_exam([*carried, *runs, run]) is True, overtime_reason=overtime_reason, actor=actor
        )
    return run


def _checked(attempt: Attempt, run: StageRun) -> StageDossier:
    if run.is_signed_off:
        raise RuleViolation(SIGNED, code="signed")
    if attempt.state != AttemptState.IN_PROGRESS:
        raise RuleViolation(_("The exam was stopped: its stages are no longer signed off."), code="state")
    if run.ended_at is None:
        raise RuleViolation(_("End the stage first."), code="not_ended")
    part = stage_dossier(run)
    partial = partial_sheets(run)
    if partial:
        names = ", ".join(str(sheet.assessor) for sheet in partial)
        raise RuleViolation(PARTIAL_MARKS % {"names": names}, code="partial")
    need_unveiled(part, run)
    return part


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


def _verdict(part: StageDossier) -> StageVerdict:
    if part.open_differences:
        codes = ", ".join(one.step.code for one in part.open_differences)
        raise RuleViolation(
            _("The panel has to settle these steps first: %(codes)s.") % {"codes": codes}, code="unsettled"
        )
    verdict = part.verdict
    if verdict is None or verdict.passed is None:  # sealed marks have no blanks
        raise RuleViolation(_REFUSALS["exams_signed_without_blanks"], code="unsettled")
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
    """Let the candidate see the result, and tell them; from then on only an amendment changes it.

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
