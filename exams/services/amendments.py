"""Changes of marks after sign-off: proposed by one, approved by another; the first marks stay."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from core.errors import NotAllowed, RuleViolation
from core.integrity import constraint_errors
from core.models import PrivateFile
from core.services.uploads import store_upload
from core.transitions import locked, move
from exams.amended import exams_in, facts_of, verdict_in
from exams.dossier import stage_dossier, verdict_of
from exams.models import REASON_LENGTH, Amendment, Attempt, StageRun
from exams.panel import values
from exams.permissions import may_propose_amendment, may_settle_amendment
from exams.queries.amendments import exams_with
from exams.scoring import StageVerdict, score_exam
from exams.services.notices import tell_amended, tell_amendment_settled, tell_carried_changed
from exams.states import AMENDABLE, AMENDMENT, OPEN_ATTEMPTS, AmendmentState, AttemptState
from schemes.models import Step

# Called inside the transaction of every approval with the amendment, the exams in which the stage counts (their rows
# locked, their verdicts as they are now) and the actor: what an upper floor has to do when a verdict was amended.
AmendmentHook = Callable[[Amendment, Sequence[Attempt], User], None]

_hooks: list[AmendmentHook] = []

ONE_OPEN = _("An amendment of this step is already proposed: it is approved or rejected first.")
_REFUSALS = {
    "exams_one_open_amendment": ONE_OPEN,
    "exams_amendment_by_two": _("Somebody else than who proposed the amendment approves or rejects it."),
}


def register_amendment_hook(hook: AmendmentHook) -> None:
    """Have `hook` called whenever an amendment is approved; called by upper floors when Django starts."""
    if hook not in _hooks:
        _hooks.append(hook)


@transaction.atomic
def propose_amendment(
    run: StageRun,
    step: Step,
    *,
    value: bool,
    why: str,
    evidence: str,
    file: "UploadedFile[bytes] | None" = None,
    actor: User,
) -> Amendment:
    """Propose another mark for a step of a signed stage; nothing changes before somebody else approves it.

    Until then no decision on certification is made on an exam in which the stage counts. Writes "amendment.propose".
    Raises `NotAllowed` "amend"; `RuleViolation` "unsigned" before sign-off (the panel settles then), "state" in an exam
    that is over without a result, "step" for a step of another stage, "same" when the mark is that already, "open"
    while another amendment of the step is proposed, "why", "evidence", "reason_length", and what an upload raises.
    """
    if not may_propose_amendment(actor, run):
        message = _("An amendment is proposed by an assessor who marked the stage, or an officer without an interest.")
        raise NotAllowed(message, code="amend")
    why = _words(why, _("Say why the mark has to change."), code="why")
    evidence = _words(evidence, _("Say on what evidence the new mark rests."), code="evidence")
    run, exams = _lock_exams(run)
    _need_amendable(run, exams[0])
    _need_other_mark(run, step, value=value)
    with constraint_errors(_REFUSALS):
        amendment = Amendment.objects.create(
            run=run,
            step=step,
            value=value,
            why=why,
            evidence=evidence,
            file=_stored(file, actor),
            proposed_by=actor,
            proposed_at=timezone.now(),
        )
    record(
        actor=actor,
        verb="amendment.propose",
        obj=amendment,
        after={"stage": run.stage.code, "step": step.code, "value": value, "evidence": evidence},
        reason=why,
        related=[run, *exams],  # not the session: its page is read by people who may be its candidates
    )
    return amendment


@transaction.atomic
def approve_amendment(amendment: Amendment, *, note: str = "", actor: User) -> Amendment:
    """Let the new mark count: the verdict of the stage is recomputed, and of every exam in which the stage counts.

    The first marks stay as they were sealed. Where the stage is carried into a later exam, that exam's verdict follows
    as well; of one without a verdict yet, its panel is told, because a stage that is no longer passed fails it.
    Candidates are told when a released result changed. Writes "amendment.approve", "stage.amend" and, where the verdict
    of an exam changed, "attempt.amend"; asks the hooks of the upper floors.
    Raises `NotAllowed` "settle_amendment"; `RuleViolation` "state" when it was settled already, "reason_length".
    """
    _need_settler(actor, amendment)
    run, exams = _lock_exams(amendment.run)
    change = _change(run, exams, amendment)
    note = _bounded(note)
    with constraint_errors(_REFUSALS):
        approved = move(
            amendment,
            AMENDMENT,
            "approve",
            actor=actor,
            reason=note,
            changes={
                "settled_by": actor,
                "settled_at": timezone.now(),
                "settled_reason": note,
                "verdict_before": facts_of(change.before, change.exams_before),
                "verdict_after": facts_of(change.after, change.exams_after),
            },
            related=[run, *exams],
        )
    _amend_stage(run, change, approved, actor)
    for exam in exams:
        _amend_exam(exam, change, approved, actor)
    _tell(approved, exams, change)
    for hook in _hooks:
        hook(approved, exams, actor)
    return approved


@transaction.atomic
def reject_amendment(amendment: Amendment, *, reason: str, actor: User) -> Amendment:
    """Leave the mark as it is, with a reason; whoever proposed the amendment is told.

    Raises `NotAllowed` "settle_amendment"; `RuleViolation` "state" when it was settled already, "reason",
    "reason_length".
    """
    _need_settler(actor, amendment)
    run, exams = _lock_exams(amendment.run)
    with constraint_errors(_REFUSALS):
        rejected = move(
            amendment,
            AMENDMENT,
            "reject",
            actor=actor,
            reason=reason,
            changes={"settled_by": actor, "settled_at": timezone.now(), "settled_reason": _bounded(reason)},
            related=[run, *exams],
        )
    tell_amendment_settled(rejected)
    return rejected


@dataclass(frozen=True, slots=True)
class Change:
    """The verdicts around an amendment: of the stage, and of every exam in which it counts, by key."""

    before: StageVerdict
    after: StageVerdict
    exams_before: dict[int, bool | None]
    exams_after: dict[int, bool | None]


def change_of(amendment: Amendment) -> Change | None:
    """Return what an approved amendment changed, or what a proposed one would change now; None for a rejected one."""
    if amendment.state == AmendmentState.REJECTED:
        return None
    before, after = amendment.verdict_before, amendment.verdict_after
    if before and after:
        return Change(verdict_in(before), verdict_in(after), exams_in(before), exams_in(after))
    return _change(amendment.run, list(exams_with(amendment.run)), amendment)


def _change(run: StageRun, exams: Sequence[Attempt], amendment: Amendment) -> Change:
    part = stage_dossier(run)
    steps, marks = [one.step for one in part.steps], values(part.steps)
    before = verdict_of(run.stage, steps, marks)
    after = verdict_of(run.stage, steps, {**marks, amendment.step.code: amendment.value})
    return Change(
        before,
        after,
        {exam.pk: exam.passed for exam in exams},
        {exam.pk: _exam_verdict(exam, run, after) for exam in exams},
    )


def _exam_verdict(exam: Attempt, run: StageRun, verdict: StageVerdict) -> bool | None:
    """Return the verdict of an exam once the stage has this one; None while the exam has none."""
    if exam.passed is None:
        return None
    counting = StageRun.objects.filter(Q(attempt=exam) | Q(carried_into__attempt=exam)).exclude(pk=run.pk)
    return score_exam([*counting, verdict]) is True


def _lock_exams(run: StageRun) -> tuple[StageRun, list[Attempt]]:
    """Lock a stage, its exam and those that carry it; the exam in which it was held comes first.

    In this order everyone locks: an exam before its stages, an earlier exam before a later one.
    """
    own = locked(run.attempt)
    run = locked(run)
    return run, [own, *(locked(exam) for exam in exams_with(run) if exam.pk != own.pk)]


def _need_amendable(run: StageRun, attempt: Attempt) -> None:
    if not run.is_signed_off:
        message = _("The stage is not signed off yet: until then the panel settles what its marks are.")
        raise RuleViolation(message, code="unsigned")
    if attempt.state not in AMENDABLE:
        raise RuleViolation(_("The exam is over without a result: there is nothing to amend."), code="state")


def _need_other_mark(run: StageRun, step: Step, *, value: bool) -> None:
    part = stage_dossier(run)
    found = next((one for one in part.steps if one.step.pk == step.pk), None)
    if found is None:
        raise RuleViolation(_("The step belongs to another stage."), code="step")
    if found.value == value:
        raise RuleViolation(_("The step has this mark already: there is nothing to amend."), code="same")


def _need_settler(actor: User, amendment: Amendment) -> None:
    if not may_settle_amendment(actor, amendment):
        message = _(
            "An amendment is approved or rejected by somebody else than who proposed it: an officer or an assessor of "
            "the panel, without an interest in the candidate."
        )
        raise NotAllowed(message, code="settle_amendment")


def _words(text: str, missing: str | Promise, *, code: str) -> str:
    if not text.strip():
        raise RuleViolation(missing, code=code)
    return _bounded(text)


def _bounded(text: str) -> str:
    if len(text) > REASON_LENGTH:
        raise RuleViolation(_("The text is longer than 1000 characters."), code="reason_length")
    return text.strip()


def _stored(file: "UploadedFile[bytes] | None", actor: User) -> PrivateFile | None:
    return store_upload(file, actor=actor) if file else None


def _amend_stage(run: StageRun, change: Change, amendment: Amendment, actor: User) -> None:
    before = {"met": run.met, "missed_critical": list(run.missed_critical), "passed": run.passed}
    run.met, run.passed = change.after.met, change.after.passed
    run.missed_critical = list(change.after.missed_critical)
    run.amendments += 1
    run.save(update_fields=["met", "passed", "missed_critical", "amendments"])
    record(
        actor=actor,
        verb="stage.amend",
        obj=run,
        before=before,
        after={"met": run.met, "missed_critical": run.missed_critical, "passed": run.passed},
        reason=amendment.why,
        related=[amendment],
    )


def _amend_exam(exam: Attempt, change: Change, amendment: Amendment, actor: User) -> None:
    before, after = change.exams_before[exam.pk], change.exams_after[exam.pk]
    if before == after:
        return
    exam.passed = after
    exam.save(update_fields=["passed"])
    record(
        actor=actor,
        verb="attempt.amend",
        obj=exam,
        before={"passed": before},
        after={"passed": after},
        reason=amendment.why,
        related=[amendment, exam.session, exam.application, exam.person],
    )


def _tell(amendment: Amendment, exams: Sequence[Attempt], change: Change) -> None:
    """Tell whoever proposed it; candidates whose released result changed; panels whose exam carries the stage."""
    tell_amendment_settled(amendment)
    for exam in exams:
        has_changed = change.exams_before[exam.pk] != change.exams_after[exam.pk]
        is_own = exam.pk == amendment.run.attempt_id
        if exam.state == AttemptState.RELEASED and (is_own or has_changed):
            tell_amended(exam, amendment, has_changed=has_changed)
        elif exam.state in OPEN_ATTEMPTS and not is_own and change.before.passed != change.after.passed:
            tell_carried_changed(exam, amendment, still_passed=change.after.passed is True)
