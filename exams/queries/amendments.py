"""Reads of amendments: changes of marks after sign-off."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from accounts.states import Role
from candidates.models import ConflictOfInterest
from exams.models import Amendment, Attempt, CarriedStage, PanelMember, StageRun
from exams.states import AmendmentState, PanelRole


def amendments() -> QuerySet[Amendment]:
    """Return all amendments with what a row and a page name, newest first."""
    return Amendment.objects.select_related(
        "step",
        "file",
        "proposed_by",
        "settled_by",
        "run__stage",
        "run__attempt__person",
        "run__attempt__application",
        "run__attempt__session__scheme_version__scheme",
    ).order_by("-proposed_at", "-id")


def filtered_amendments(reader: User, *, state: str = "") -> QuerySet[Amendment]:
    """Return amendments by state, newest first, but for those of the reader's own exams; an empty state is any."""
    found = amendments().exclude(run__attempt__person__user=reader)
    return found.filter(state=state) if state else found


def amendments_of(run: StageRun) -> QuerySet[Amendment]:
    """Return the amendments of a stage in whatever state, oldest first."""
    found = Amendment.objects.filter(run=run).select_related("step", "proposed_by", "settled_by")
    return found.order_by("proposed_at", "id")


def queue_amendments(user: User) -> QuerySet[Amendment]:
    """Return the proposed amendments that this person may settle, oldest first; waiting since `proposed_at`.

    As `permissions.may_settle_amendment` tells of one: somebody else's, of a candidate in whom they have no interest;
    officers any, assessors those of their panels.
    """
    found = (
        amendments()
        .filter(state=AmendmentState.PROPOSED)
        .exclude(proposed_by=user)
        .exclude(run__attempt__person__user=user)
        .exclude(Exists(ConflictOfInterest.objects.filter(user=user, person=OuterRef("run__attempt__person"))))
        .order_by("proposed_at", "id")
    )
    if user.has_role(Role.OFFICER):
        return found
    if not user.has_role(Role.ASSESSOR):
        return found.none()
    seats = PanelMember.objects.filter(assessor=user, left_at=None).exclude(role=PanelRole.OBSERVER)
    return found.filter(Exists(seats.filter(session=OuterRef("run__attempt__session"))))


def open_amendments(attempt: Attempt) -> QuerySet[Amendment]:
    """Return the proposed amendments of an exam, and of stages that it carries from an earlier one, oldest first."""
    return (
        amendments()
        .filter(Q(run__attempt=attempt) | Q(run__carried_into__attempt=attempt), state=AmendmentState.PROPOSED)
        .order_by("proposed_at", "id")
    )


def with_open_amendment(attempts: QuerySet[Attempt]) -> QuerySet[Attempt]:
    """Annotate exams with `amendment_open`, as `open_amendments` tells of one."""
    proposed = Amendment.objects.filter(state=AmendmentState.PROPOSED)
    carried = CarriedStage.objects.filter(attempt=OuterRef("pk"), run__amended_steps__state=AmendmentState.PROPOSED)
    return attempts.annotate(amendment_open=Exists(proposed.filter(run__attempt=OuterRef("pk"))) | Exists(carried))


def exams_with(run: StageRun) -> QuerySet[Attempt]:
    """Return the exam in which a stage was held and those that carry it, by key."""
    return Attempt.objects.filter(Q(pk=run.attempt_id) | Q(carried__run=run)).distinct().order_by("pk")
