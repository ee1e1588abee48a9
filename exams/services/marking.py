"""Marking: one append-only entry for each tap and each comment."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import RuleViolation
from core.integrity import constraint_errors
from core.transitions import locked
from exams.models import COMMENT_LENGTH, MarkEntry, StageRun
from exams.queries.marks import current_entry
from exams.services.guards import need_panel
from schemes.models import Step

SIGNED = _("The stage is signed off: its marks are final.")
ELSEWHERE = _("This step was marked meanwhile on another device or in another tab.")

ID_TAKEN = _("Another mark has the same identifier.")

_REFUSALS = {
    "exams_mark_follows_once": ELSEWHERE,
    "exams_marked_while_open": SIGNED,
    "exams_markentry_pkey": ID_TAKEN,
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark as a device sends it: `id` was made there, `follows` is the entry that the assessor saw on the step."""

    id: UUID
    step: str
    value: bool | None
    comment: str = ""
    follows: UUID | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored mark, and the mark that now stands on its step: another one only when an old mark was sent again."""

    entry: MarkEntry
    current: MarkEntry


class MarkConflict(RuleViolation):
    """The step has another mark than the one the assessor saw; `current` is it. Nothing was overwritten."""

    def __init__(self, message: str | Promise, current: MarkEntry | None) -> None:
        """Keep the mark that stands, so that the page can show both."""
        super().__init__(message, code="conflict")
        self.current = current


@transaction.atomic
def mark_step(run: StageRun, mark: Mark, *, actor: User) -> Stored:
    """Append a mark. The same mark again (same identifier, same content) returns the entry that is there.

    The entry is its own trail: who, when, what, and which mark it follows; marks are not repeated in the audit trail.
    Raises `NotAllowed` "panel"; `MarkConflict` when another mark was made in between; `RuleViolation` "not_started",
    "signed", "step" for a step of another stage, "comment" over 2000 characters, "id_taken" when the identifier stands
    for another mark.
    """
    need_panel(actor, run)
    if len(mark.comment) > COMMENT_LENGTH:
        raise RuleViolation(_("The comment is longer than 2000 characters."), code="comment")
    run = locked(run)
    known = MarkEntry.objects.select_related("step", "made_by").filter(pk=mark.id).first()
    if known:
        return _same(known, run, mark, actor)
    if run.started_at is None:
        raise RuleViolation(_("The stage has not been started."), code="not_started")
    if run.is_signed_off:
        raise RuleViolation(SIGNED, code="signed")
    step = Step.objects.filter(stage=run.stage_id, code=mark.step).first()
    if step is None:
        raise RuleViolation(_("The step %(code)s is not in this stage.") % {"code": mark.step[:30]}, code="step")
    entry = _append(run, step, mark, actor)
    return Stored(entry, current=entry)


def _append(run: StageRun, step: Step, mark: Mark, actor: User) -> MarkEntry:
    current = current_entry(run, step)
    if (current.pk if current else None) != mark.follows:
        raise MarkConflict(ELSEWHERE, current)
    with constraint_errors(_REFUSALS):
        return MarkEntry.objects.create(
            id=mark.id,
            run=run,
            step=step,
            follows=current,
            value=mark.value,
            comment=mark.comment.strip(),
            made_by=actor,
        )


def _same(known: MarkEntry, run: StageRun, mark: Mark, actor: User) -> Stored:
    sent = (run.pk, mark.step, mark.value, mark.comment.strip(), mark.follows, actor.pk)
    stored = (known.run_id, known.step.code, known.value, known.comment, known.follows_id, known.made_by_id)
    if sent != stored:
        raise RuleViolation(ID_TAKEN, code="id_taken")
    return Stored(known, current=current_entry(run, known.step) or known)
