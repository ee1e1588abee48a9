"""Reads of sessions, their panels and who may be scheduled in them."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from candidates.models import Application, ConflictOfInterest, Person
from candidates.queries import search_applications
from candidates.states import ApplicationState
from exams.models import Attempt, ExamSession, PanelMember, StageRun
from exams.states import BEGUN_ATTEMPTS, NOT_HELD, OPEN_ATTEMPTS, AttemptState, PanelRole, SessionState

BREAK_BETWEEN_CANDIDATES = timedelta(minutes=15)

_LAST_IF_CANCELLED = ExpressionWrapper(Q(state=AttemptState.CANCELLED), output_field=BooleanField())


def sessions() -> QuerySet[ExamSession]:
    """Return every session, newest first, with its scheme and the number of its candidates as `candidates`."""
    return (
        ExamSession.objects.select_related("scheme_version__scheme")
        .annotate(candidates=_candidates())
        .order_by("-starts_at", "-id")
    )


def _candidates() -> Coalesce:
    """Count session by session: a page of a long list counts only its own."""
    kept = Attempt.objects.filter(session=OuterRef("pk")).exclude(state=AttemptState.CANCELLED).order_by()
    counted = kept.values("session").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def filtered_sessions(
    *, state: str = "", scheme: str = "", day: date | None = None, search: str = ""
) -> QuerySet[ExamSession]:
    """Return sessions by state, scheme code, day and words of the place; what is empty does not restrict."""
    found = sessions()
    if state:
        found = found.filter(state=state)
    if scheme:
        found = found.filter(scheme_version__scheme__code=scheme)
    if day:
        found = found.filter(starts_at__date=day)
    if search:
        found = found.filter(place__icontains=search)
    return found


def sessions_of(user: User) -> QuerySet[ExamSession]:
    """Return the planned sessions from today on, soonest first, on whose panel the assessor sits."""
    return (
        sessions()
        .filter(
            Exists(PanelMember.objects.filter(session=OuterRef("pk"), assessor=user)),
            state=SessionState.PLANNED,
            starts_at__gte=start_of_day(timezone.now()),
        )
        .order_by("starts_at", "id")
    )


def past_sessions_of(user: User) -> QuerySet[ExamSession]:
    """Return the sessions of the assessor that are over or closed, newest first."""
    own = Exists(PanelMember.objects.filter(session=OuterRef("pk"), assessor=user))
    over = Q(starts_at__lt=start_of_day(timezone.now())) | ~Q(state=SessionState.PLANNED)
    return sessions().filter(own).filter(over)


def queue_sessions_today() -> QuerySet[ExamSession]:
    """Return today's planned sessions, soonest first; waiting since `starts_at`."""
    today = start_of_day(timezone.now())
    return (
        sessions()
        .filter(state=SessionState.PLANNED, starts_at__gte=today, starts_at__lt=today + timedelta(days=1))
        .order_by("starts_at", "id")
    )


def queue_sessions_to_close() -> QuerySet[ExamSession]:
    """Return sessions of past days that are still open, oldest first; waiting since `starts_at`."""
    return (
        sessions()
        .filter(state=SessionState.PLANNED, starts_at__lt=start_of_day(timezone.now()))
        .order_by("starts_at", "id")
    )


def start_of_day(moment: datetime) -> datetime:
    """Return the midnight in Baku at which the day of `moment` began."""
    return timezone.localtime(moment).replace(hour=0, minute=0, second=0, microsecond=0)


def panel_of(session: ExamSession) -> QuerySet[PanelMember]:
    """Return the panel, its lead first, observers last; those who left are in it, with `left_at`."""
    seats = PanelMember.objects.filter(session=session)
    return seats.select_related("assessor", "session", "substitute__assessor").order_by("role", "id")


def seats_that_mark(session: ExamSession) -> QuerySet[PanelMember]:
    """Return the seats of those who assess now: no observer, and nobody who has left."""
    return panel_of(session).filter(left_at=None).exclude(role=PanelRole.OBSERVER)


def is_on_panel(user: User, session_id: int) -> bool:
    """Tell whether the user sits on the panel of the session, as an observer too, and even if they left it."""
    return PanelMember.objects.filter(session_id=session_id, assessor=user).exists()


def is_marking(user: User, session_id: int) -> bool:
    """Tell whether the user assesses in the session: sits there, has not left, and is no observer."""
    seats = PanelMember.objects.filter(session_id=session_id, assessor=user, left_at=None)
    return seats.exclude(role=PanelRole.OBSERVER).exists()


def leads(user: User, session_id: int) -> bool:
    """Tell whether the user leads the panel of the session now."""
    seats = PanelMember.objects.filter(session_id=session_id, assessor=user, left_at=None)
    return seats.filter(role=PanelRole.LEAD).exists()


def is_partial(user: User, person: Person) -> bool:
    """Tell whether the user is the person, or has declared an interest in them (contract B1)."""
    return person.user_id == user.pk or ConflictOfInterest.objects.filter(person=person, user=user).exists()


def partial_assessors(session: ExamSession, assessors: Iterable[User]) -> QuerySet[User]:
    """Return those of `assessors` who are, or have an interest in, a candidate of the session."""
    persons = Attempt.objects.filter(session=session).exclude(state=AttemptState.CANCELLED).values("person")
    return User.objects.filter(pk__in=[user.pk for user in assessors]).filter(
        Exists(ConflictOfInterest.objects.filter(user=OuterRef("pk"), person__in=persons))
        | Exists(Person.objects.filter(user=OuterRef("pk"), pk__in=persons))
    )


def busy_assessors(session: ExamSession, assessors: Iterable[User]) -> list[User]:
    """Return those of `assessors` who sit in another planned session whose time overlaps that of `session`.

    A session takes from its start to the end of its last place (see `planned_end`), whether its places are taken or
    not. `session` may have changes that are not saved yet.
    """
    seats = (
        PanelMember.objects.filter(assessor__in=[user.pk for user in assessors], left_at=None)
        .filter(session__state=SessionState.PLANNED, session__starts_at__date=timezone.localdate(session.starts_at))
        .exclude(session=session)
        .select_related("assessor", "session__scheme_version")
        .order_by("session__starts_at", "id")
    )
    return [seat.assessor for seat in seats if _overlap(seat.session, session)]


def planned_end(session: ExamSession) -> datetime:
    """Return when the last place of a session ends: each place takes an exam and a break."""
    return session.starts_at + session.capacity * slot_length(session)


def _overlap(one: ExamSession, other: ExamSession) -> bool:
    return one.starts_at < planned_end(other) and other.starts_at < planned_end(one)


def assessors() -> QuerySet[User]:
    """Return everyone who may sit on a panel, by name."""
    return User.objects.filter(
        is_active=True, role_assignments__role=Role.ASSESSOR, role_assignments__ended_at=None
    ).order_by("sort_key", "id")


def possible_substitutes(session: ExamSession) -> QuerySet[User]:
    """Return the assessors who neither sit, watch nor sat on the panel of a session, by name."""
    return assessors().exclude(panel_seats__session=session)


def lacking_assessors(session: ExamSession) -> int:
    """Return how many assessors who mark the panel lacks now, by what the scheme asks for."""
    return max(session.scheme_version.assessors_required - seats_that_mark(session).count(), 0)


def has_begun(session: ExamSession) -> bool:
    """Tell whether an exam of the session has begun."""
    return Attempt.objects.filter(session=session, state__in=BEGUN_ATTEMPTS).exists()


def is_candidate_of(session: ExamSession, user: User) -> bool:
    """Tell whether the user has an exam in the session that was not cancelled."""
    kept = Attempt.objects.filter(session=session, person__user=user).exclude(state=AttemptState.CANCELLED)
    return kept.exists()


def schedulable_applications(session: ExamSession, *, search: str = "") -> QuerySet[Application]:
    """Return whom the session could take, longest waiting first.

    These are the accepted applications for its scheme version, not concluded, without an exam under way or passed, of
    persons in whom nobody on the panel has an interest; with `search`, those of this name, FIN or reference.
    """
    return _waiting_for(session, search).exclude(_of_interest_to_panel(session))


def conflicting_applications(session: ExamSession, *, search: str = "") -> QuerySet[Application]:
    """Return who also waits, but cannot be examined by this panel (contract B1)."""
    return _waiting_for(session, search).filter(_of_interest_to_panel(session))


def first_of(waiting: QuerySet[Application], *, limit: int = 50) -> tuple[list[Application], int]:
    """Return the first `limit` of those who wait, and how many more there are."""
    found = list(waiting[: limit + 1])
    others = waiting.count() - limit if len(found) > limit else 0
    return found[:limit], others


def free_places(session: ExamSession) -> int:
    """Return how many candidates the session still takes."""
    kept = Attempt.objects.filter(session=session).exclude(state=AttemptState.CANCELLED)
    return max(session.capacity - kept.count(), 0)


def _waiting_for(session: ExamSession, search: str) -> QuerySet[Application]:
    found = waiting_applications().filter(scheme_version=session.scheme_version_id)
    if search.strip():
        found = found.filter(pk__in=search_applications(search).order_by().values("pk"))
    here = Attempt.objects.filter(application=OuterRef("pk"), session=session).exclude(state=AttemptState.CANCELLED)
    return found.exclude(Exists(here))


def _of_interest_to_panel(session: ExamSession) -> Q:
    seats = PanelMember.objects.filter(session=session, left_at=None).values("assessor")
    declared = ConflictOfInterest.objects.filter(person=OuterRef("person"), user__in=seats)
    themselves = Person.objects.filter(pk=OuterRef("person"), user__in=seats)
    return Q(Exists(declared)) | Q(Exists(themselves))


def waiting_applications() -> QuerySet[Application]:
    """Return accepted applications that can be scheduled: not concluded, without an exam under way or passed.

    A renewal for which the scheme asks no exam is none of them.
    """
    taken = Attempt.objects.filter(application=OuterRef("pk")).filter(
        Q(state__in=OPEN_ATTEMPTS) | Q(state=AttemptState.RELEASED, passed=True)
    )
    return (
        Application.objects.filter(state=ApplicationState.ACCEPTED, concluded_at=None, needs_exam=True)
        .exclude(Exists(taken))
        .select_related("person", "scheme", "scheme_version")
        .order_by("settled_at", "id")
    )


def queue_to_schedule() -> QuerySet[Application]:
    """Return accepted applications that wait for a date, oldest first; waiting since `settled_at`.

    A candidate who failed waits for a decision, not for a date; one whose retake was stopped waits for another date.
    """
    held = Attempt.objects.filter(application=OuterRef("pk")).exclude(state__in=NOT_HELD)
    last = Coalesce(Subquery(held.order_by("-pk").values("state")[:1]), Value(""))
    return waiting_applications().alias(last=last).exclude(last=AttemptState.RELEASED)


def session_attempts(session: ExamSession) -> QuerySet[Attempt]:
    """Return the exams of a session in order of time, cancelled ones last, with persons and stages."""
    return (
        Attempt.objects.filter(session=session)
        .select_related("person", "application", "identity_checked_by")
        .prefetch_related(Prefetch("stages", queryset=_stage_runs()), "carried__run__stage")
        .order_by(_LAST_IF_CANCELLED, "starts_at", "id")
    )


def taken_times(session: ExamSession) -> list[datetime]:
    """Return the times of the exams of a session that were not cancelled."""
    kept = Attempt.objects.filter(session=session).exclude(state=AttemptState.CANCELLED)
    return list(kept.order_by("starts_at").values_list("starts_at", flat=True))


def slot_length(session: ExamSession) -> timedelta:
    """Return the time from the beginning of one exam to that of the next: the exam and a break."""
    return timedelta(minutes=session.scheme_version.exam_minutes) + BREAK_BETWEEN_CANDIDATES


def free_slots(session: ExamSession, number: int, *, not_before: datetime | None = None) -> list[datetime]:
    """Return the next `number` free times of a session, one exam and a break apart from all others."""
    length, taken, found = slot_length(session), taken_times(session), list[datetime]()
    moment = not_before or session.starts_at
    while len(found) < number:
        clashing = [time for time in taken if abs(time - moment) < length]
        if clashing:
            moment = max(clashing) + length
            continue
        found.append(moment)
        moment += length
    return found


def _stage_runs() -> QuerySet[StageRun]:
    return StageRun.objects.select_related("stage", "signed_off_by").order_by("stage__order")
