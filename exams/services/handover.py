"""Seats that change hands on the day: an assessor leaves with a reason, and a substitute takes over."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.states import Role
from audit.services import record
from core.errors import NotAllowed, RuleViolation
from core.integrity import constraint_errors
from core.transitions import locked
from exams.models import ExamSession, PanelMember, Sheet, StageRun
from exams.permissions import may_leave_seat
from exams.queries.marks import open_sheets_in
from exams.queries.sessions import is_candidate_of, is_partial, panel_of, partial_assessors
from exams.services.guards import DATABASE_REFUSALS, OWN_CASE, PARTIAL, need_officer, need_planned, stated
from exams.services.notices import tell_left, tell_substitute
from exams.services.sessions import need_free
from exams.services.sheets import leave_sheet, need_sent
from exams.states import AttemptState, SheetState

_REFUSALS = {**DATABASE_REFUSALS, "exams_panel_final": _("The seat has already been taken over.")}


@transaction.atomic
def leave_seat(seat: PanelMember, *, reason: str, despite_unsent: bool = False, actor: User) -> PanelMember:
    """Leave a seat of the panel for good: by the assessor, or for them by an officer (illness), and tell them.

    Open marks of the assessor in exams under way are handed over: they stay, but no longer count. Sealed ones count.
    Raises `NotAllowed` "seat"; `RuleViolation` "reason", "reason_length", "state" once the session is closed or
    cancelled, "left" the second time, "unsent" while their devices hold marks that were not sent and nobody has
    confirmed that they shall not count (`despite_unsent`).
    """
    if not may_leave_seat(actor, seat):
        raise NotAllowed(
            _(
                "A seat is left by the assessor who sits there, or by an officer for them who has no interest in a "
                "candidate of the session (contract B1)."
            ),
            code="seat",
        )
    reason = stated(reason)
    session, seat = _locked_seat(seat)
    if seat.left_at:
        raise RuleViolation(_("The assessor has already left this seat."), code="left")
    sheets = _open_sheets_of(seat)
    need_sent(sheets, despite_unsent=despite_unsent)  # of all at once, so that the refusal names the whole number
    for sheet in sheets:
        leave_sheet(sheet, "hand_over", reason=reason, despite_unsent=despite_unsent, actor=actor)
    seat.left_at, seat.left_reason = timezone.now(), reason
    seat.save(update_fields=["left_at", "left_reason"])
    record(
        actor=actor,
        verb="session.hand_over",
        obj=session,
        before={"panel": _name(seat)},
        after={"panel": None},
        reason=reason,
    )
    tell_left(seat)
    return seat


@transaction.atomic
def seat_substitute(seat: PanelMember, assessor: User, *, actor: User) -> PanelMember:
    """Seat an assessor in place of one who left, in the same role, and tell them; only officers do.

    They get a sheet of their own for every stage that is under way, and for one that has ended but lacks assessors.
    Raises `NotAllowed` "officer", "own_case"; `RuleViolation` "state", "not_left", "taken" when the seat has a
    substitute, "not_assessor", "on_panel" for anyone who sits, watches or sat here, "exams_panel_impartial", "busy".
    """
    need_officer(actor)
    session, seat = _locked_seat(seat)
    if is_candidate_of(session, actor):
        raise NotAllowed(OWN_CASE, code="own_case")
    if not seat.left_at:
        raise RuleViolation(_("The assessor has not left this seat."), code="not_left")
    if PanelMember.objects.filter(substitutes=seat).exists():
        raise RuleViolation(_REFUSALS["exams_panel_final"], code="taken")
    _check_substitute(session, assessor)
    with constraint_errors(_REFUSALS):
        substitute = PanelMember.objects.create(session=session, assessor=assessor, role=seat.role, substitutes=seat)
    for run in _unsigned_runs(session):
        _open_for(substitute, run)
    record(
        actor=actor,
        verb="session.hand_over",
        obj=session,
        before={"panel": _name(seat)},
        after={"panel": _name(substitute)},
        reason=seat.left_reason,
    )
    tell_substitute(substitute)
    return substitute


def _locked_seat(seat: PanelMember) -> tuple[ExamSession, PanelMember]:
    """Lock the session, then the seat; raise "state" when the session is closed or cancelled."""
    session = locked(seat.session)
    need_planned(session)
    return session, locked(seat)


def _check_substitute(session: ExamSession, assessor: User) -> None:
    if not assessor.has_role(Role.ASSESSOR):
        raise RuleViolation(_("%(name)s is not an assessor.") % {"name": assessor}, code="not_assessor")
    if panel_of(session).filter(assessor=assessor).exists():
        message = _("%(name)s is, or was, on this panel, be it as an observer: the substitute has to be somebody else.")
        raise RuleViolation(message % {"name": assessor}, code="on_panel")
    if partial_assessors(session, [assessor]).exists():
        raise RuleViolation(PARTIAL, code="exams_panel_impartial")
    need_free(session, [assessor])


def _unsigned_runs(session: ExamSession) -> list[StageRun]:
    """Return the stages under way or not signed off, locked as whoever seals or signs off locks them."""
    return list(
        StageRun.objects.filter(attempt__session=session, attempt__state=AttemptState.IN_PROGRESS, signed_off_at=None)
        .select_related("attempt__person", "attempt__session__scheme_version")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )


def _open_sheets_of(seat: PanelMember) -> list[Sheet]:
    _unsigned_runs(seat.session)  # locked before their sheets, as whoever seals
    return list(open_sheets_in(seat.session, seat.assessor))


def _open_for(seat: PanelMember, run: StageRun) -> None:
    """Open a sheet, unless the substitute has an interest in the candidate, or was not there and is not needed."""
    attempt = run.attempt
    if not seat.marks or is_partial(seat.assessor, attempt.person):
        return
    counting = run.sheets.filter(state__in=[SheetState.OPEN, SheetState.SEALED]).count()
    if run.ended_at is None or counting < attempt.session.scheme_version.assessors_required:
        Sheet.objects.create(run=run, assessor=seat.assessor, opened_at=timezone.now())


def _name(seat: PanelMember) -> str:
    return f"{seat.assessor} ({seat.role})"
