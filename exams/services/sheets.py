"""Sheets: opened when a stage starts, sealed by their assessors with a receipt, or left with a reason."""

from collections.abc import Collection, Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from core.errors import NotAllowed, RuleViolation
from core.integrity import constraint_errors
from core.templatetags.core_ui import longdatetime
from core.transitions import locked, move
from exams.canonical import short_code
from exams.models import REASON_LENGTH, CriticalNote, Sheet, StageRun
from exams.permissions import may_close_sheet
from exams.queries.marks import unsent_of
from exams.queries.sessions import is_partial, seats_that_mark
from exams.services.guards import need_panel
from exams.services.settling import SIGNED
from exams.sheets import MarkedSheet, marked_sheet
from exams.states import SHEET, AttemptState
from schemes.models import Step

DIFFERENT = _(
    "This device shows other marks than the server holds. Nothing was sealed: go back to the marks, wait until all are "
    "stored, and seal again."
)
_REFUSALS = {
    "exams_sheet_of_panel": _("Only an assessor of the panel who has no interest in the candidate has marks to seal."),
    "exams_sealed_complete": _("A step is not marked, or differs between your devices."),
}


def open_sheets(run: StageRun) -> list[Sheet]:
    """Open a sheet for everyone on the panel who marks and has none yet; the caller holds the lock of the session.

    An assessor with an interest in the candidate, even one declared after the panel was seated, gets none (contract
    B1). Raises `RuleViolation` "panel_short" when fewer can mark than the scheme asks for.
    """
    attempt = run.attempt
    have = set(run.sheets.values_list("assessor", flat=True))
    able = [seat.assessor for seat in seats_that_mark(attempt.session) if not is_partial(seat.assessor, attempt.person)]
    required = attempt.session.scheme_version.assessors_required
    if len(able) < required:
        message = _("The scheme asks for %(required)s assessors who may mark; the panel has %(number)s.")
        raise RuleViolation(message % {"required": required, "number": len(able)}, code="panel_short")
    now = timezone.now()
    return [
        Sheet.objects.create(run=run, assessor=assessor, opened_at=now) for assessor in able if assessor.pk not in have
    ]


@transaction.atomic
def seal_sheet(
    sheet: Sheet, *, digest: str, notes: Mapping[str, str], despite_unsent: bool = False, actor: User
) -> Sheet:
    """Make an assessor's marks of a stage final, once device and server agree on them; the receipt is kept with them.

    `digest` is the SHA-256 that the device computed of the marks it shows; `notes` are the confirmations of critical
    steps marked as not met, by step code, where the scheme hides which steps are critical until now.
    Raises `NotAllowed` "panel"; `RuleViolation` "state", "not_ended", "unmarked" or "differs" (naming the steps),
    "digest" when the device shows other marks, "unsent" while another device holds marks and the assessor has not said
    that they shall not count (`despite_unsent`), "note" or "reason_length" for a confirmation.
    """
    if sheet.assessor_id != actor.pk:
        raise NotAllowed(_("Marks are sealed by whoever made them."), code="panel")
    need_panel(actor, sheet.run)
    attempt, run = locked(sheet.run.attempt), locked(sheet.run)  # the exam first, as whoever stops it or signs off
    run.attempt = attempt
    _need_over(run)
    found = marked_sheet(locked(sheet))
    _need_complete(found)
    if digest != found.digest:
        raise RuleViolation(DIFFERENT, code="digest")
    need_sent([found.sheet], despite_unsent=despite_unsent)
    _keep_notes(found, notes)
    with constraint_errors(_REFUSALS):
        return move(
            found.sheet,
            SHEET,
            "seal",
            actor=actor,
            changes={
                "closed_at": timezone.now(),
                "closed_by": actor,
                "digest": digest,
                "receipt": short_code(digest),
                "steps": len(found.steps),
            },
            # The trail is read before the others have sealed, and so few marks can be found again from their digest.
            untold=("digest", "receipt"),
            related=(run, run.attempt, run.attempt.session),
        )


def _need_over(run: StageRun) -> None:
    if run.attempt.state != AttemptState.IN_PROGRESS:
        raise RuleViolation(_("The exam is not under way: its marks can no longer be sealed."), code="state")
    if run.ended_at is None:
        raise RuleViolation(_("End the stage first."), code="not_ended")


def _need_complete(found: MarkedSheet) -> None:
    if found.differing:
        codes = ", ".join(step.code for step in found.differing)
        raise RuleViolation(_("Your devices differ on these steps: %(codes)s.") % {"codes": codes}, code="differs")
    if found.unmarked:
        codes = ", ".join(step.code for step in found.unmarked)
        raise RuleViolation(_("These steps are not marked: %(codes)s.") % {"codes": codes}, code="unmarked")
    if found.board.differing:
        raise RuleViolation(_("Your devices differ on the comment on the stage."), code="differs")


def need_sent(sheets: Collection[Sheet], *, despite_unsent: bool) -> None:
    """Raise `RuleViolation` "unsent" when a device last said that it holds marks which these sheets have not.

    Once a sheet is closed it takes nothing in any more: such marks would be lost without anybody's word.
    """
    unsent = None if despite_unsent else unsent_of(sheets)
    if unsent:
        message = _(
            "Marks that a device has not sent yet: %(number)s (last heard of %(when)s). Let it send them first, or "
            "confirm that they will never count."
        )
        raise RuleViolation(message % {"number": unsent.number, "when": longdatetime(unsent.heard_at)}, code="unsent")


def steps_to_confirm(found: MarkedSheet) -> list[Step]:
    """Return the critical steps marked as not met that want a confirmation, where the scheme hid which are critical."""
    if not found.sheet.run.attempt.session.scheme_version.hide_critical:
        return []
    return [step for step in found.steps if step.critical and found.marks.get(step.code) is False]


def _keep_notes(found: MarkedSheet, notes: Mapping[str, str]) -> None:
    for step in steps_to_confirm(found):
        note = notes.get(step.code, "").strip()
        if not note:
            message = _("%(code)s is critical and marked as not met: confirm it and say why.") % {"code": step.code}
            raise RuleViolation(message, code="note")
        if len(note) > REASON_LENGTH:
            raise RuleViolation(_("The reason is longer than 1000 characters."), code="reason_length")
        CriticalNote.objects.create(sheet=found.sheet, step=step, note=note)


@transaction.atomic
def abstain(sheet: Sheet, *, reason: str, despite_unsent: bool = False, actor: User) -> Sheet:
    """Take an assessor's marks of one stage out of the verdict, e.g. because they know the candidate; the marks stay.

    By the assessor, by the lead for one who cannot, or by an officer. Marks that are sealed are taken out only for an
    interest in the candidate that was declared since (contract B1), until the stage is signed off; their receipt ends,
    and what the panel agreed on with them is open again.
    Raises `NotAllowed` "abstain"; `RuleViolation` "state", "reason", "signed", "unsent" (see `leave_sheet`).
    """
    if not may_close_sheet(actor, sheet):
        raise NotAllowed(
            _(
                "Only the assessor may do this, or the lead assessor or an officer who has no interest in the "
                "candidate (contract B1)."
            ),
            code="abstain",
        )
    if sheet.is_sealed and is_partial(sheet.assessor, sheet.run.attempt.person):
        return _recuse(sheet, reason=reason, actor=actor)
    return leave_sheet(sheet, "abstain", reason=reason, despite_unsent=despite_unsent, actor=actor)


def _recuse(sheet: Sheet, *, reason: str, actor: User) -> Sheet:
    run = locked(sheet.run)
    if run.is_signed_off:
        raise RuleViolation(SIGNED, code="signed")
    left = leave_sheet(sheet, "recuse", reason=reason, actor=actor)
    settled = list(run.settlements.select_related("step"))
    if settled:
        run.settlements.all().delete()
        record(
            actor=actor,
            verb="stage.unsettle",
            obj=run,
            before={"step": [one.step.code for one in settled]},
            after={"step": []},
            reason=reason,
            related=[run.attempt],  # not the session, as with what was settled
        )
    return left


def leave_sheet(sheet: Sheet, verb: str, *, reason: str, despite_unsent: bool = False, actor: User) -> Sheet:
    """Take a sheet out of the verdict; `verb` is "abstain", "recuse" or "hand_over". The caller has checked who acts.

    Raises `RuleViolation` "state", "reason", "unsent" while a device of the assessor holds marks that were not sent and
    nobody has confirmed that they shall not count.
    """
    locked(sheet.run)  # the stage before the sheet, as whoever seals: otherwise the two could wait for one another
    if locked(sheet).is_open:
        need_sent([sheet], despite_unsent=despite_unsent)
    return move(
        sheet,
        SHEET,
        verb,
        actor=actor,
        reason=reason,
        changes={
            "closed_at": timezone.now(),
            "closed_by": actor,
            "closed_reason": reason.strip(),
            "digest": "",
            "receipt": "",
            "steps": None,
        },
        untold=("digest", "receipt", "steps"),
        related=(sheet.run, sheet.run.attempt, sheet.run.attempt.session),
    )
