"""Correcting the working-day calendar when the Cabinet moves a day: what is open is computed anew, and told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter

from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.states import Role
from audit.services import Told, record, record_many
from certificates.models import CalendarCorrection, Duty
from certificates.queries.confidences import near_persons
from certificates.queries.duties import duties_across, known_to, work_calendar
from certificates.services.guards import require_role, stated_reason
from certificates.states import OwedBy
from core.errors import NotAllowed, RuleViolation
from core.messages import drafted, queue_all
from core.workdays import WorkCalendar

CALENDAR_LOCK = 0x43414C  # "CAL": held alone by a correction, shared by what counts working days
YEARS_BACK, YEARS_AHEAD = 1, 10
OWN_TERM = _(
    "A term of your own, or of somebody in whom you have an interest, would move with it: another officer has to "
    "correct this day (contract B1). Nothing was changed."
)
MOVE = """
UPDATE certificates_duty d SET due_on = moved.due_on
FROM unnest(%s::bigint[], %s::date[]) AS moved (id, due_on) WHERE d.id = moved.id"""


@dataclass(frozen=True, slots=True)
class Move:
    """An open duty whose due day a correction moves."""

    duty: Duty
    due_on: date

    @property
    def is_told(self) -> bool:
        """Tell whether a holder owes it, and may know: they are told that it moves."""
        return _is_told(self.duty)


def hold_calendar() -> None:
    """Keep the calendar from being corrected until the caller's transaction ends: what it counts stays right."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [CALENDAR_LOCK])


def preview(day: date, *, is_working: bool, actor: User) -> list[Move]:
    """Return what a correction by `actor` would move as things stand, as far as they may know of it.

    Raises `NotAllowed` "own_case"; `RuleViolation` "day_range" or "already".
    """
    calendar = work_calendar()
    _require_change(calendar, day, is_working=is_working)
    concerned = duties_across(day).filter(known_to(actor))
    moves = _moves(calendar.corrected(day, is_working=is_working), concerned)
    _require_impartial(moves, actor)
    return moves


def correct_day(day: date, *, is_working: bool, note: str, actor: User) -> CalendarCorrection:
    """Say that `day` is, or is not, a working day, and move the open due days that are counted across it.

    Effects: the correction is kept with the number of due days that it moved; each moved duty has an entry in the
    trail; each holder concerned is told once of all that moved for them. What a holder was told is not taken back:
    their due days only move to later ones; the body's move both ways, but not into the past. What is settled stays as
    it was settled, and what a case wrote down as its own term (a change of data) stays frozen in it; the ledger has
    the last word. Corrections wait for each other.

    Raises `NotAllowed` "role", or "own_case" when a term of the actor's own, or of somebody in whom they have an
    interest, would move (contract B1); `RuleViolation` "reason", "day_range", or "already" when the day counts as that
    already: the second of two officers who correct the same day.
    """
    require_role(actor, Role.OFFICER)
    note = stated_reason(note)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CALENDAR_LOCK])
        calendar = work_calendar()
        _require_change(calendar, day, is_working=is_working)
        concerned = duties_across(day).select_for_update(of=("self",), no_key=True).order_by("pk")
        moves = _moves(calendar.corrected(day, is_working=is_working), concerned)
        _require_impartial(moves, actor)
        correction = CalendarCorrection.objects.create(
            day=day, is_working=is_working, note=note, made_by=actor, made_at=timezone.now(), moved=len(moves)
        )
        after = {"day": day, "is_working": is_working, "moved": len(moves)}
        record(actor=actor, verb="calendar.correct", obj=correction, after=after, reason=note)
        _move(moves, correction, actor)
        _tell(moves, correction)
    return correction


def _require_change(calendar: WorkCalendar, day: date, *, is_working: bool) -> None:
    year = timezone.localdate().year
    if not year - YEARS_BACK <= day.year <= year + YEARS_AHEAD:
        raise RuleViolation(_("Choose a day between the beginning of last year and ten years ahead."), code="day_range")
    if calendar.is_working(day) == is_working:
        already = (
            _("This day counts as a working day already: nothing was changed.")
            if is_working
            else _("This day does not count as a working day already: nothing was changed.")
        )
        raise RuleViolation(already, code="already")


def _require_impartial(moves: list[Move], actor: User) -> None:
    """Raise `NotAllowed` "own_case" when a term moves in which the actor has an interest.

    What a holder is not told of moves all the same: a refusal would tell the officer who is that holder.
    """
    near = set(near_persons(actor))
    if any(move.duty.person_id in near and move.duty.shown_to_holder for move in moves):
        raise NotAllowed(OWN_TERM, code="own_case")


def _moves(calendar: WorkCalendar, concerned: Iterable[Duty]) -> list[Move]:
    """Compute each due day anew; the terms are few, so that the same one is counted once."""
    counted: dict[tuple[date, int], date] = {}
    moves, today = [], timezone.localdate()
    for duty in concerned:
        term = (duty.start_on, duty.amount or 1)
        if term not in counted:
            counted[term] = calendar.after(*term)
        due_on = max(counted[term], _earliest(duty, today))
        if due_on != duty.due_on:
            moves.append(Move(duty, due_on))
    return moves


def _earliest(duty: Duty, today: date) -> date:
    """Return the day before which a correction does not make a duty due.

    A holder who was told a day has until then, whatever the calendar says later; nobody is made overdue by it.
    """
    return duty.due_on if _is_told(duty) else min(duty.due_on, today)


def _is_told(duty: Duty) -> bool:
    return duty.owed_by == OwedBy.HOLDER and duty.shown_to_holder


def _move(moves: list[Move], correction: CalendarCorrection, actor: User) -> None:
    told = []
    for move in moves:
        duty = move.duty
        person = duty.person if duty.shown_to_holder else None  # who reads cases may be the person themselves
        related = [one for one in (correction, duty.certificate, person) if one is not None]
        told.append(Told(duty, {"due_on": duty.due_on}, {"due_on": move.due_on}, related))
    record_many(told, actor=actor, verb="duty.move", reason=correction.note)
    with connection.cursor() as cursor:
        cursor.execute(MOVE, [[move.duty.pk for move in moves], [move.due_on for move in moves]])
    for move in moves:
        move.duty.due_on = move.due_on


def _tell(moves: list[Move], correction: CalendarCorrection) -> None:
    """Tell each holder of all that moved for them in one message."""
    shown = sorted((move.duty for move in moves if move.is_told), key=attrgetter("person_id", "due_on"))
    drafts = []
    for _person, group in groupby(shown, key=attrgetter("person_id")):
        moved = list(group)
        person = moved[0].person
        context = {"person": person, "duties": moved, "correction": correction, "page": reverse("certificates:mine")}
        drafts.append(
            drafted(
                key=f"duty_moved:{correction.pk}:{person.pk}",
                kind="duty_moved",
                to=person.email,
                language=person.language,
                context=context,
                about=person,
            )
        )
    queue_all(drafts)
