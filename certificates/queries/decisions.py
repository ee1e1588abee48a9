"""Reads of decisions and of their reviews."""

from enum import StrEnum
from typing import TypeVar

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Prefetch, Q, QuerySet

from accounts.models import User
from candidates.models import ConflictOfInterest, Person
from candidates.states import ApplicationState
from certificates.models import Decision, DecisionReview, Renewal
from certificates.queries.renewals import queue_renewals_to_decide
from certificates.states import Obstacle, ReviewState
from exams.models import Amendment, Attempt, BreachCase, CarriedStage, PanelMember, Sheet
from exams.queries.amendments import with_open_amendment
from exams.states import NOT_HELD, AttemptState, BreachState
from schemes.states import RenewalNeeds

Case = TypeVar("Case", Attempt, Renewal)


def queue_to_decide() -> QuerySet[Attempt]:
    """Return the released exams that wait for a decision, oldest first; waiting since `released_at`.

    An exam after which the candidate has, or had, another one on the same application is not decided on by itself; nor
    is one whose retake was stopped, because the candidate was promised a new date.
    """
    return (
        Attempt.objects.filter(
            state=AttemptState.RELEASED,
            decision=None,
            application__state=ApplicationState.ACCEPTED,
            application__concluded_at=None,
        )
        .exclude(Exists(_later_attempts()))
        .select_related("person", "application", "session__scheme_version__scheme")
        .order_by("released_at", "id")
    )


def _later_attempts() -> QuerySet[Attempt]:
    return Attempt.objects.filter(application=OuterRef("application"), pk__gt=OuterRef("pk")).exclude(
        state__in=NOT_HELD
    )


def has_later_attempt(attempt: Attempt) -> bool:
    """Tell whether the candidate has another exam on the same application after this one."""
    return Attempt.objects.filter(Exists(_later_attempts()), pk=attempt.pk).exists()


def with_obstacles(cases: QuerySet[Case], user: User) -> QuerySet[Case]:
    """Annotate each exam or renewal with what keeps the user from deciding on it (contract B1), by `Obstacle`.

    The trigger `certificates_decision_checked` refuses by the same rules.
    """
    person = OuterRef("application__person")
    own = Q(application__person__user=user) | Q(application__account=user)
    checked = Q(application__settled_by=user) | Q(application__entered_by=user)
    on_evidence = Renewal.objects.filter(application=OuterRef("application")).exclude(needs=RenewalNeeds.EXAM)
    return cases.annotate(
        own_case=ExpressionWrapper(own, output_field=BooleanField()),
        panel=Exists(PanelMember.objects.filter(assessor=user, session__attempts__person=person)),
        marked=Exists(Sheet.objects.filter(assessor=user, run__attempt__person=person)),
        interest=Exists(ConflictOfInterest.objects.filter(user=user, person=person)),
        checked=Exists(on_evidence.filter(checked)),
    )


def obstacles_in(case: Attempt | Renewal) -> list[Obstacle]:
    """Return the obstacles of an exam or a renewal that was read through `with_obstacles`."""
    return [obstacle for obstacle in Obstacle if getattr(case, obstacle.value)]


def obstacles(user: User, case: Attempt | Renewal) -> list[Obstacle]:
    """Return what keeps the user from deciding on this case; an empty list for an independent decision-maker."""
    if isinstance(case, Renewal):
        return obstacles_in(with_obstacles(Renewal.objects.filter(pk=case.pk), user).get())
    return obstacles_in(with_obstacles(Attempt.objects.filter(pk=case.pk), user).get())


def queue_renewals_to_decide_by(user: User) -> QuerySet[Renewal]:
    """Return the renewals on evidence that this person may decide on; contract B1 leaves the others to someone else."""
    return with_obstacles(queue_renewals_to_decide(), user).filter(**dict.fromkeys(map(str, Obstacle), False))


class Pending(StrEnum):
    """What has to be settled at an exam before anybody decides on it."""

    SUSPICION = "suspicion_open"
    AMENDMENT = "amendment_open"


def with_pending(attempts: QuerySet[Attempt]) -> QuerySet[Attempt]:
    """Annotate each exam with what is open of it, or of one from which it carries a stage; one field per `Pending`.

    The trigger `certificates_decision_checked` refuses by the same rules.
    """
    suspicions = BreachCase.objects.filter(attempt=OuterRef("pk"), state=BreachState.OPEN)
    carried = CarriedStage.objects.filter(attempt=OuterRef("pk"), run__attempt__breaches__state=BreachState.OPEN)
    return with_open_amendment(attempts).annotate(suspicion_open=Exists(suspicions) | Exists(carried))


def pending_in(attempt: Attempt) -> list[Pending]:
    """Return what is open of an exam that was read through `with_pending`."""
    return [one for one in Pending if getattr(attempt, one.value)]


def pending(attempt: Attempt) -> list[Pending]:
    """Return what keeps everybody from deciding on this exam; an empty list when all is settled."""
    return pending_in(with_pending(Attempt.objects.filter(pk=attempt.pk)).get())


def decisions() -> QuerySet[Decision]:
    """Return all decisions, newest first, with what a row shows; `review_open` tells that it is flagged."""
    flagged = DecisionReview.objects.filter(decision=OuterRef("pk"), state=ReviewState.OPEN)
    return (
        Decision.objects.select_related(
            "person", "decided_by", "attempt", "application__scheme", "application__renewal"
        )
        .annotate(review_open=Exists(flagged))
        .order_by("-decided_at", "-id")
    )


def decision_of(attempt: Attempt) -> Decision | None:
    """Return the decision on an exam, if there is one."""
    return decisions().select_related("contract").filter(attempt=attempt).first()


def decision_on_evidence(renewal: Renewal) -> Decision | None:
    """Return the decision on a renewal that takes no exam, if there is one."""
    found = decisions().select_related("contract").filter(application=renewal.application_id, attempt=None)
    return found.first()


def decisions_on(person: Person) -> QuerySet[Decision]:
    """Return all decisions on a person, newest first."""
    return decisions().filter(person=person)


def earlier_decisions(attempt: Attempt) -> QuerySet[Decision]:
    """Return the other decisions on the same person, newest first."""
    return decisions().filter(person=attempt.person_id).exclude(attempt=attempt)


def earlier_attempts(attempt: Attempt) -> QuerySet[Attempt]:
    """Return the other exams of the same person, newest first."""
    return exams_of(attempt.person).exclude(pk=attempt.pk)


def exams_of(person: Person) -> QuerySet[Attempt]:
    """Return all exams of a person, newest first."""
    found = Attempt.objects.filter(person=person).select_related("session__scheme_version__scheme")
    return found.order_by("-starts_at", "-id")


def reviews() -> QuerySet[DecisionReview]:
    """Return all reviews with what a row and a page show, newest first.

    In a few queries: Postgres plans a join of two dozen tables by guessing.
    """
    about = Attempt.objects.select_related("person", "application", "session__scheme_version__scheme")
    changed = Amendment.objects.select_related(
        "step", "file", "proposed_by", "settled_by", "run__stage", "run__attempt"
    )
    return (
        DecisionReview.objects.select_related("settled_by", "decision__person", "decision__decided_by")
        .prefetch_related(
            "decision__contract__certificate",
            Prefetch("decision__attempt", queryset=about),
            Prefetch("amendment", queryset=changed),
        )
        .order_by("-opened_at", "-id")
    )


def filtered_reviews(*, state: str = "") -> QuerySet[DecisionReview]:
    """Return reviews by state, newest first; an empty one does not restrict."""
    return reviews().filter(state=state) if state else reviews()


def reviews_of(decision: Decision | None) -> QuerySet[DecisionReview]:
    """Return the reviews of a decision, newest first; none where nothing is decided."""
    return reviews().filter(decision=decision) if decision else reviews().none()


def queue_to_review() -> QuerySet[DecisionReview]:
    """Return the flagged decisions, oldest first; waiting since `opened_at`."""
    return reviews().filter(state=ReviewState.OPEN).order_by("opened_at", "id")


def queue_to_review_by(user: User) -> QuerySet[DecisionReview]:
    """Return the flagged decisions that this person may review (contract B1 leaves the others to someone else)."""
    decided = Attempt.objects.filter(decision__reviews__state=ReviewState.OPEN)
    free = with_obstacles(decided, user).filter(**dict.fromkeys(map(str, Obstacle), False))
    return queue_to_review().filter(decision__attempt__in=free.values("pk"))
