"""Scheduling sessions, changing them, and ending them."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.states import Role
from audit.services import record
from core.errors import NotAllowed, RuleViolation
from core.integrity import constraint_errors
from core.transitions import locked, move
from exams.models import Attempt, ExamSession, PanelMember
from exams.queries.sessions import busy_assessors, has_begun, is_candidate_of, panel_of, partial_assessors
from exams.services.guards import DATABASE_REFUSALS, OWN_CASE, PARTIAL, need_officer, need_planned
from exams.services.notices import tell_cancelled, tell_moved
from exams.states import ATTEMPT, SESSION, AttemptState, PanelRole
from schemes.models import SchemeVersion


@transaction.atomic
def schedule_session(
    version: SchemeVersion,
    *,
    starts_at: datetime,
    place: str,
    capacity: int,
    lead: User,
    members: Sequence[User] = (),
    observers: Sequence[User] = (),
    actor: User,
) -> ExamSession:
    """Schedule a session with its panel; the scheme version is frozen from now on (trigger).

    Raises `NotAllowed` "officer"; `RuleViolation` "past", and those of `set_panel`.
    """
    need_officer(actor)
    _need_future(starts_at)
    with constraint_errors(DATABASE_REFUSALS):
        session = ExamSession.objects.create(
            scheme_version=version, starts_at=starts_at, place=place.strip(), capacity=capacity, created_by=actor
        )
    record(actor=actor, verb="session.schedule", obj=session, after=_traced(session), related=[version])
    set_panel(session, lead=lead, members=members, observers=observers, actor=actor)
    return session


@transaction.atomic
def set_panel(
    session: ExamSession,
    *,
    lead: User,
    members: Sequence[User] = (),
    observers: Sequence[User] = (),
    actor: User,
) -> ExamSession:
    """Seat the panel: one lead and further members, at least as many as the scheme version asks, and observers.

    Each of lead and members marks on their own; observers see, but never mark. Who is named twice sits where they mark.
    Only while nobody has begun. Raises `NotAllowed` "officer", or "own_case" for an officer who is a candidate of the
    session; `RuleViolation` "state", "begun", "not_assessor", "panel_size", "exams_panel_impartial" for anyone who is,
    or has an interest in, a candidate of the session, and "busy" for one who sits in another session whose time
    overlaps.
    """
    need_officer(actor)
    session = locked(session)
    need_planned(session)
    _need_nobody_begun(session)
    if is_candidate_of(session, actor):
        raise NotAllowed(OWN_CASE, code="own_case")
    marking = {lead.pk: lead, **{member.pk: member for member in members}}
    watching = {one.pk: one for one in observers if one.pk not in marking}
    _check_panel(session, list(marking.values()), list(watching.values()))
    before = _panel_names(session)
    _seat(session, lead, marking, watching)
    after = _panel_names(session)
    if after != before:
        record(actor=actor, verb="session.panel", obj=session, before={"panel": before}, after={"panel": after})
    return session


def _seat(session: ExamSession, lead: User, marking: dict[int, User], watching: dict[int, User]) -> None:
    for seat in session.panel.order_by("-pk"):  # a substitute's before the seat that it takes over
        seat.delete()
    with constraint_errors(DATABASE_REFUSALS):
        for user in [*marking.values(), *watching.values()]:
            role = PanelRole.LEAD if user.pk == lead.pk else PanelRole.MEMBER
            PanelMember.objects.create(
                session=session, assessor=user, role=role if user.pk in marking else PanelRole.OBSERVER
            )


def _check_panel(session: ExamSession, assessors: list[User], observers: list[User]) -> None:
    everyone = [*assessors, *observers]
    for user in everyone:
        if not user.has_role(Role.ASSESSOR):
            raise RuleViolation(_("%(name)s is not an assessor.") % {"name": user}, code="not_assessor")
    required = session.scheme_version.assessors_required
    if len(assessors) < required:
        message = _("The scheme asks for at least %(number)s assessors on the panel.") % {"number": required}
        raise RuleViolation(message, code="panel_size")
    if partial_assessors(session, everyone).exists():
        raise RuleViolation(PARTIAL, code="exams_panel_impartial")
    need_free(session, everyone)


def need_free(session: ExamSession, assessors: list[User]) -> None:
    """Raise "busy" when an assessor sits elsewhere while `session`, with its changes, takes place.

    The assessors' rows are locked, so that two officers who seat the same assessor at once come one after the other.
    """
    pks = [user.pk for user in assessors]
    list(User.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=pks).order_by("pk"))
    busy = busy_assessors(session, assessors)
    if busy:
        message = _("%(name)s sits in another session whose time overlaps with this one.") % {"name": busy[0]}
        raise RuleViolation(message, code="busy")


@transaction.atomic
def edit_session(session: ExamSession, *, starts_at: datetime, place: str, capacity: int, actor: User) -> ExamSession:
    """Change time, place or capacity while nobody has begun; scheduled exams move along and their candidates are told.

    Raises `NotAllowed` "officer"; `RuleViolation` "state", "begun", "past", "busy", "time" when the last exams would
    fall on the next day, "identified" for another day once an identity was checked, and "exams_session_full" when the
    capacity would be below the number of candidates.
    """
    need_officer(actor)
    session = locked(session)
    need_planned(session)
    _need_nobody_begun(session)
    before, moved_by, grows = _traced(session), starts_at - session.starts_at, capacity > session.capacity
    if moved_by:
        _need_future(starts_at)
        _need_one_day(session, starts_at)
    session.starts_at, session.place, session.capacity = starts_at, place.strip(), capacity
    if moved_by or grows:
        need_free(session, [seat.assessor for seat in panel_of(session) if not seat.left_at])
    after = _traced(session)
    if after == before:
        return session
    with constraint_errors(DATABASE_REFUSALS):
        session.save(update_fields=["starts_at", "place", "capacity"])
    entry = record(actor=actor, verb="session.edit", obj=session, before=before, after=after)
    if moved_by or before["place"] != after["place"]:
        for attempt in _scheduled(session):
            attempt.starts_at += moved_by
            attempt.save(update_fields=["starts_at"])
            tell_moved(attempt, event=entry.pk)
    return session


def _need_one_day(session: ExamSession, starts_at: datetime) -> None:
    """Raise "time" or "identified" unless the exams can move along with the session to `starts_at`."""
    day, moved_by, exams = timezone.localdate(starts_at), starts_at - session.starts_at, _scheduled(session)
    if any(timezone.localdate(exam.starts_at + moved_by) != day for exam in exams):
        raise RuleViolation(_("There is not enough time left on the day of the session."), code="time")
    if day != timezone.localdate(session.starts_at) and any(exam.identity_checked_at for exam in exams):
        raise RuleViolation(
            _("The identity of a candidate has been checked already: the session stays on its day, or is cancelled."),
            code="identified",
        )


@transaction.atomic
def cancel_session(session: ExamSession, *, reason: str, actor: User) -> ExamSession:
    """Call the session off: its scheduled exams are cancelled and their candidates told.

    Raises `NotAllowed` "officer"; `RuleViolation` "state", "reason", and "begun" when an exam has begun.
    """
    need_officer(actor)
    current = locked(session)
    _need_nobody_begun(current)
    cancelled = move(current, SESSION, "cancel", actor=actor, reason=reason)
    for attempt in _scheduled(cancelled):
        cancel_scheduled(attempt, reason=reason, actor=actor)
    return cancelled


@transaction.atomic
def close_session(session: ExamSession, *, actor: User) -> ExamSession:
    """Close a session that is over: nobody can be added any more.

    Raises `NotAllowed` "officer"; `RuleViolation` "state", and "open_attempts" while an exam is ahead or under way.
    """
    need_officer(actor)
    current = locked(session)
    if current.attempts.filter(state__in=[AttemptState.SCHEDULED, AttemptState.IN_PROGRESS]).exists():
        raise RuleViolation(
            _("Not every exam of the session is over: record who did not appear, and sign off what was begun."),
            code="open_attempts",
        )
    return move(current, SESSION, "close", actor=actor)


def cancel_scheduled(attempt: Attempt, *, reason: str, actor: User) -> Attempt:
    """Cancel one scheduled exam and tell its candidate; the caller has checked who acts and holds the transaction.

    Raises `RuleViolation` "state" once it has begun, "reason" without one.
    """
    cancelled = move(
        attempt,
        ATTEMPT,
        "cancel",
        actor=actor,
        reason=reason,
        changes={"state_reason": reason.strip()},
        related=(attempt.session, attempt.application),
    )
    tell_cancelled(cancelled, reason=reason.strip())
    return cancelled


def _scheduled(session: ExamSession) -> list[Attempt]:
    found = session.attempts.filter(state=AttemptState.SCHEDULED)
    return list(found.select_related("session__scheme_version__scheme", "person", "application"))


def _need_future(starts_at: datetime) -> None:
    if starts_at <= timezone.now():
        raise RuleViolation(_("The date and time are in the past."), code="past")


def _need_nobody_begun(session: ExamSession) -> None:
    if has_begun(session):
        raise RuleViolation(_("An exam of this session has begun: the session can only be closed now."), code="begun")


def _panel_names(session: ExamSession) -> list[str]:
    return [f"{seat.assessor} ({seat.role})" for seat in panel_of(session) if not seat.left_at]


def _traced(session: ExamSession) -> dict[str, object]:
    return {"starts_at": session.starts_at, "place": session.place, "capacity": session.capacity}
