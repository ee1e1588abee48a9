"""The panel's word on steps on which its assessors differ."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from core.errors import NotAllowed, RuleViolation
from core.integrity import constraint_errors
from core.transitions import locked
from exams.dossier import StageDossier, stage_dossier
from exams.models import REASON_LENGTH, Settlement, StageRun
from exams.permissions import may_speak_for_panel
from schemes.models import Step

SIGNED = _("The stage is signed off: its marks are final. A mistake is mended by an amendment.")
_REFUSALS = {"exams_signed_is_final": SIGNED}


@transaction.atomic
def settle(run: StageRun, step: Step, *, value: bool, reason: str, actor: User) -> Settlement:
    """Record what the panel agreed on for a step on which its sealed marks differ; it may be changed until sign-off.

    The marks of every assessor stay as they were sealed.
    Raises `NotAllowed` "lead" for anyone but who speaks for the panel; `RuleViolation` "signed", "sealing" while an
    assessor has not sealed, "panel_short" when fewer have than the scheme asks for, "agreed" for a step that does not
    differ, "reason", "reason_length".
    """
    if not may_speak_for_panel(actor, run):
        raise NotAllowed(_("The lead assessor records what the panel agreed on."), code="lead")
    run = locked(run)
    if run.is_signed_off:
        raise RuleViolation(SIGNED, code="signed")
    _need_difference(run, step)
    if not reason.strip():
        raise RuleViolation(_("Say why the panel decided so."), code="reason")
    if len(reason) > REASON_LENGTH:
        raise RuleViolation(_("The reason is longer than 1000 characters."), code="reason_length")
    said = {"value": value, "reason": reason.strip(), "settled_by": actor, "settled_at": timezone.now()}
    with constraint_errors(_REFUSALS):
        settlement, _new = Settlement.objects.update_or_create(run=run, step=step, defaults=said)
    record(
        actor=actor,
        verb="stage.settle",
        obj=run,
        after={"step": step.code, "value": value},
        reason=settlement.reason,
        related=[run.attempt],  # not the session: its page is read by people who may be its candidates
    )
    return settlement


def need_unveiled(part: StageDossier, run: StageRun) -> None:
    """Raise `RuleViolation` "sealing" while a sheet is open, "panel_short" when fewer are sealed than needed."""
    if any(sheet.is_open for sheet in part.sheets):
        raise RuleViolation(_("An assessor has not sealed their marks yet."), code="sealing")
    if not part.is_unveiled:
        required = run.attempt.session.scheme_version.assessors_required
        message = _("The scheme asks for the marks of %(required)s assessors; %(number)s are sealed.")
        raise RuleViolation(message % {"required": required, "number": len(part.sealed)}, code="panel_short")


def _need_difference(run: StageRun, step: Step) -> None:
    part = stage_dossier(run)
    need_unveiled(part, run)
    if not any(one.step.pk == step.pk and not one.agreed for one in part.steps):
        raise RuleViolation(_("The assessors agree on this step: there is nothing to settle."), code="agreed")
