"""Reads of decisions, contracts and certificates."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.contrib.postgres.search import SearchQuery
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from candidates.models import ConflictOfInterest
from candidates.states import ApplicationState
from certificates.codes import plain_code, plain_number
from certificates.models import Certificate, Contract, ContractTemplate, Decision, DecisionReview, Suspension
from certificates.states import CertificateState, ContractState, Obstacle, ReviewState, Status
from core.numbering import compact
from core.text import prefix_query
from exams.models import Amendment, Attempt, BreachCase, CarriedStage, PanelMember, Sheet
from exams.queries.amendments import with_open_amendment
from exams.states import NOT_HELD, AttemptState, BreachState

# --- Decisions --------------------------------------------------------------------------------------------------------


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


def with_obstacles(attempts: QuerySet[Attempt], user: User) -> QuerySet[Attempt]:
    """Annotate each exam with what keeps the user from deciding on it (contract B1), one field for each `Obstacle`.

    The trigger `certificates_decision_checked` refuses by the same rules.
    """
    person = OuterRef("person")
    return attempts.annotate(
        own_case=ExpressionWrapper(Q(person__user=user) | Q(application__account=user), output_field=BooleanField()),
        panel=Exists(PanelMember.objects.filter(assessor=user, session__attempts__person=person)),
        marked=Exists(Sheet.objects.filter(assessor=user, run__attempt__person=person)),
        interest=Exists(ConflictOfInterest.objects.filter(user=user, person=person)),
    )


def obstacles_in(attempt: Attempt) -> list[Obstacle]:
    """Return the obstacles of an exam that was read through `with_obstacles`."""
    return [obstacle for obstacle in Obstacle if getattr(attempt, obstacle.value)]


def obstacles(user: User, attempt: Attempt) -> list[Obstacle]:
    """Return what keeps the user from deciding on this exam; an empty list for an independent decision-maker."""
    return obstacles_in(with_obstacles(Attempt.objects.filter(pk=attempt.pk), user).get())


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
            "person", "decided_by", "attempt__application", "attempt__session__scheme_version__scheme"
        )
        .annotate(review_open=Exists(flagged))
        .order_by("-decided_at", "-id")
    )


def decision_of(attempt: Attempt) -> Decision | None:
    """Return the decision on an exam, if there is one."""
    return decisions().select_related("contract").filter(attempt=attempt).first()


def earlier_decisions(attempt: Attempt) -> QuerySet[Decision]:
    """Return the other decisions on the same person, newest first."""
    return decisions().filter(person=attempt.person_id).exclude(attempt=attempt)


def earlier_attempts(attempt: Attempt) -> QuerySet[Attempt]:
    """Return the other exams of the same person, newest first."""
    return (
        Attempt.objects.filter(person=attempt.person_id)
        .exclude(pk=attempt.pk)
        .select_related("session__scheme_version__scheme")
        .order_by("-starts_at", "-id")
    )


# --- Reviews of decisions ---------------------------------------------------------------------------------------------


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


# --- Contracts --------------------------------------------------------------------------------------------------------


def current_template() -> ContractTemplate | None:
    """Return the contract text on which new contracts are offered: the highest version."""
    return ContractTemplate.objects.order_by("-version").first()


def contracts() -> QuerySet[Contract]:
    """Return all contracts with what a row and a page show, newest first."""
    return Contract.objects.select_related(
        "person__user",
        "template",
        "document",
        "draft_document",
        "scan",
        "concluded_by",
        "certificate",
        "decision__attempt__application",
        "decision__attempt__session__scheme_version__scheme",
    ).order_by("-offered_at", "-id")


def search_contracts(text: str = "", *, state: str = "", overdue: bool = False) -> QuerySet[Contract]:
    """Return contracts by words of the holder's name or the beginning of the number, by state, or only overdue ones."""
    found = contracts()
    if overdue:
        found = found.filter(_overdue())
    if state:
        found = found.filter(state=state)
    return found.filter(_holder_or_number(text)) if text.strip() else found


def queue_contracts_overdue() -> QuerySet[Contract]:
    """Return the contracts that holders have not concluded in time, the longest overdue first; due on `due_on`."""
    return contracts().filter(_overdue()).order_by("due_on", "id")


def _overdue() -> Q:
    return Q(state=ContractState.OFFERED, due_on__lt=timezone.localdate())


def queue_to_issue() -> QuerySet[Contract]:
    """Return the concluded contracts whose certificate has not been issued, oldest first; none under review.

    Waiting since `concluded_at`. The issue concludes the application: those still open are few, and have an index.
    """
    return (
        contracts()
        .filter(
            state=ContractState.CONCLUDED,
            certificate=None,
            decision__attempt__application__state=ApplicationState.ACCEPTED,
            decision__attempt__application__concluded_at=None,
        )
        .exclude(Exists(DecisionReview.objects.filter(decision=OuterRef("decision"), state=ReviewState.OPEN)))
        .order_by("concluded_at", "id")
    )


# --- Certificates -----------------------------------------------------------------------------------------------------


def certificates() -> QuerySet[Certificate]:
    """Return all certificates with what a row and a page show, newest first."""
    return Certificate.objects.select_related(
        "person__user", "scheme_version__scheme", "document", "contract__document", "issued_by", "decision__attempt"
    ).order_by("-issued_at", "-id")


def search_certificates(text: str = "", *, status: str = "", scheme: str = "") -> QuerySet[Certificate]:
    """Return certificates by words of the holder's name or the beginning of the number, by status and scheme."""
    found = certificates()
    if scheme:
        found = found.filter(scheme_version__scheme__code=scheme)
    if status:
        found = found.filter(_with_status(status, timezone.localdate()))
    return found.filter(_holder_or_number(text)) if text.strip() else found


def _with_status(status: str, today: date) -> Q:
    """Return the condition of `Certificate.status_on` in SQL."""
    if status == Status.EXPIRED:
        return Q(valid_until__lt=today) & ~Q(state=CertificateState.REVOKED)
    if status == Status.REVOKED:
        return Q(state=CertificateState.REVOKED)
    in_time = Q(valid_until__gte=today)
    if status == Status.SUSPENDED:
        return in_time & Q(state=CertificateState.SUSPENDED)
    started = Q(valid_from__gt=today) if status == Status.NOT_YET_VALID else Q(valid_from__lte=today)
    return in_time & started & Q(state=CertificateState.VALID)


def _holder_or_number(text: str) -> Q:
    """Return the condition for a search field.

    What has a digit is the beginning of a number, anything else words of the name in Azerbaijani folding: never both,
    because an index answers either question alone.
    """
    words = prefix_query(text)
    if not words or any(character.isdigit() for character in text):
        return Q(number__startswith="-".join(text.upper().replace("-", " ").split()))
    return Q(person__names=SearchQuery(words, search_type="raw", config="simple"))


def queue_suspensions_to_review() -> QuerySet[Suspension]:
    """Return the open suspensions whose review is due, the longest due first; due on `review_on`."""
    return (
        Suspension.objects.filter(ended_at=None, review_on__lte=timezone.localdate())
        .select_related("certificate__person", "certificate__scheme_version__scheme")
        .order_by("review_on", "id")
    )


def open_suspension(certificate: Certificate) -> Suspension | None:
    """Return the suspension in which the certificate is, if it is in one."""
    return certificate.suspensions.filter(ended_at=None).select_related("imposed_by").first()


def by_code(typed: str) -> Certificate | None:
    """Return the certificate with this verification code, however it was typed.

    One query, and none for what cannot be a code. Only what the public page shows is read: nothing of the person but
    what the certificate prints.
    """
    code = plain_code(typed)
    if not code:
        return None
    shown = ("number", "code", "state", "state_changed_at", "valid_from", "valid_until", "snapshot")
    return Certificate.objects.only(*shown).filter(code=code).first()


def by_number_and_code(number: str, code: str) -> Certificate | None:
    """Return the certificate that has both, however they were typed."""
    found = by_code(code)
    return found if found and compact(found.number) == plain_number(number) else None


# --- The holder -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HolderCase:
    """What became of one exam: its decision, and what followed from it so far."""

    decision: Decision
    contract: Contract | None
    certificate: Certificate | None
    suspension: Suspension | None


def holder_cases(user: User) -> list[HolderCase]:
    """Return the decisions on the person whose account this is, newest first, with contracts and certificates."""
    found = (
        decisions()
        .filter(person__user=user)
        .select_related(
            "contract__draft_document",
            "contract__document",
            "contract__certificate__document",
            "contract__certificate__scheme_version",
        )
    )
    open_ones = Suspension.objects.filter(ended_at=None, certificate__person__user=user)
    suspended = {one.certificate_id: one for one in open_ones}
    return [_case(decision, suspended) for decision in found]


def _case(decision: Decision, suspended: dict[int, Suspension]) -> HolderCase:
    contract = decision.offered_contract
    certificate = contract.issued_certificate if contract else None
    return HolderCase(decision, contract, certificate, suspended.get(certificate.pk) if certificate else None)
