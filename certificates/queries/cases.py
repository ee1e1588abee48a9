"""Reads of the cases that the body opens: misuse (contract H3, H10, H11) and surveillance (B7)."""

from datetime import date, timedelta
from typing import TypeAlias, TypedDict

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    DateField,
    ExpressionWrapper,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat, Greatest, TruncDate
from django.utils import timezone
from django_stubs_ext import WithAnnotations

from accounts.models import User
from audit.references import reference
from certificates.models import CaseFile, Certificate, Circumstance, Duty, MisuseCase, Surveillance
from certificates.queries.confidences import near_certificates
from certificates.queries.searching import holder_or_number
from certificates.states import (
    FINAL_STATES,
    DutyKind,
    MisuseState,
    SurveillanceKind,
    SurveillanceState,
)
from schemes.models import SchemeVersion

OPEN_SURVEILLANCE = (SurveillanceState.PLANNED, SurveillanceState.ANNOUNCED)
# Of an extraordinary surveillance the holder knows nothing until it is held (contract B7).
_HIDDEN_SURVEILLANCE = Q(kind=SurveillanceKind.EXTRAORDINARY) & ~Q(state=SurveillanceState.HELD)


class CaseDays(TypedDict):
    """The days of a case, as the ledger has them."""

    settle_by: date
    answer_by: date  # none before the hearing
    answered_on: date  # none before the answer
    answer_is_late: bool


DatedCase: TypeAlias = "WithAnnotations[MisuseCase, CaseDays]"


# --- Misuse -----------------------------------------------------------------------------------------------------------
def misuse_cases() -> "QuerySet[DatedCase]":
    """Return all cases of misuse with what a row and a page show, newest first.

    Annotated with `settle_by`, the day by which the body owes the outcome, and `answer_by`, the day until which the
    holder may answer: the ledger's, which a corrected calendar moves, but never before the day that they were told.
    Their answer came on `answered_on`, on paper perhaps before it was entered; `answer_is_late` when that is too late.
    """
    answer_by = Greatest("answer_due_on", Coalesce(_of_duty("due_on", DutyKind.ANSWER_HEARING), F("answer_due_on")))
    answered_on = Coalesce(_of_duty("met_on", DutyKind.ANSWER_HEARING), TruncDate("answered_at"))
    return (
        MisuseCase.objects.select_related(
            "certificate__person__user",
            "certificate__scheme_version__scheme",
            "certificate__contract",
            "opened_by",
            "settled_by",
        )
        .annotate(
            settle_by=_of_duty("due_on", DutyKind.SETTLE_MISUSE),
            answer_by=Case(When(answer_due_on=None, then=None), default=answer_by),
            answered_on=Case(When(answered_at=None, then=None), default=answered_on),
            answer_is_late=Case(When(answered_on__gt=F("answer_by"), then=True), default=False),
        )
        .order_by("-opened_at", "-id")
    )


def search_misuse(reader: User, text: str = "", *, state: str = "", rule: str = "") -> "QuerySet[DatedCase]":
    """Return cases by holder or number, state and rule; none about the reader, or in whom they have an interest.

    The one learns of it in the hearing, the other not at all: their colleagues handle it.
    """
    found = misuse_cases().exclude(certificate__in=near_certificates(reader))
    if state:
        found = found.filter(state=state)
    if rule:
        found = found.filter(rule=rule)
    return found.filter(certificate__in=_named(text)) if text.strip() else found


def queue_misuse(reader: User) -> "QuerySet[DatedCase]":
    """Return the cases in which the body has the next step: opened, answered, or left unanswered; oldest first.

    None that is held back from the reader (see `search_misuse`), or that they opened and another one settles (B1).
    """
    unanswered = Q(state=MisuseState.HEARING, answer_by__lt=timezone.localdate())
    to_do = Q(state__in=[MisuseState.OPEN, MisuseState.ANSWERED]) | unanswered
    settled_by_another = Q(opened_by=reader) & ~Q(state=MisuseState.OPEN)
    return search_misuse(reader).filter(to_do).exclude(settled_by_another).order_by("opened_at", "id")


def misuse_of(certificate: Certificate, *, is_near: bool = False) -> "QuerySet[DatedCase]":
    """Return the cases about a certificate, newest first; none to a reader who is near to its holder."""
    return misuse_cases().none() if is_near else misuse_cases().filter(certificate=certificate)


def holder_misuse(user: User) -> "QuerySet[DatedCase]":
    """Return the cases in which a holder is or was heard: of any other they know nothing."""
    return misuse_cases().filter(certificate__person__user=user, heard_at__isnull=False)


def evidence(case: MisuseCase) -> QuerySet[CaseFile]:
    """Return the papers of a case, in the order in which they came."""
    return case.files.select_related("stored__uploaded_by")


def holder_evidence(case: MisuseCase) -> QuerySet[CaseFile]:
    """Return the papers of a case that its holder may read: their own, and what they are shown."""
    return evidence(case).filter(Q(by_holder=True) | Q(shown_to_holder=True))


def extra_assessment(case: MisuseCase | Circumstance) -> Duty | None:
    """Return the duty that a case with the outcome "extra assessment" gave rise to (contract H10).

    It is owed under its own `certificate`: that of the case, or the renewal that had taken its place.
    """
    key = f"{DutyKind.EXTRA_ASSESSMENT}:{reference(case)}"
    return Duty.objects.filter(key=key).select_related("certificate").first()


# --- Surveillance -----------------------------------------------------------------------------------------------------
def surveillances() -> QuerySet[Surveillance]:
    """Return all surveillances with what a row and a page show, in the order in which they are due.

    Annotated with `is_overdue`: still to be held after its day.
    """
    overdue = Q(state__in=OPEN_SURVEILLANCE, due_on__lt=timezone.localdate())
    return (
        Surveillance.objects.select_related(
            "certificate__person__user",
            "certificate__scheme_version__scheme",
            "certificate__contract",
            "created_by",
            "settled_by",
            "follows",
            "followed_by",
        )
        .annotate(is_overdue=ExpressionWrapper(overdue, output_field=BooleanField()))
        .order_by("due_on", "id")
    )


def search_surveillances(
    reader: User, text: str = "", *, kind: str = "", state: str = "open", until: date | None = None
) -> QuerySet[Surveillance]:
    """Return surveillances by holder or number, kind, state ("open": to be held, "": all) and last due day.

    None without notice of the reader themselves, or of somebody in whom they have an interest (contract B1, B7).
    """
    near = near_certificates(reader)
    found = surveillances().exclude(kind=SurveillanceKind.EXTRAORDINARY, certificate__in=near)
    if state == "open":
        found = found.filter(state__in=OPEN_SURVEILLANCE)
    elif state:
        found = found.filter(state=state)
    if kind:
        found = found.filter(kind=kind)
    if until:
        found = found.filter(due_on__lte=until)
    return found.filter(certificate__in=_named(text)) if text.strip() else found


def due_to_announce(today: date) -> QuerySet[Surveillance]:
    """Return the surveillances of which the holder has to be told now: certificates that have not ended (B4, B7).

    None whose day has passed: that cannot be told ahead any more, and an officer sets a new day.
    """
    notice = F("certificate__scheme_version__surveillance_notice_days")
    longest = SchemeVersion.objects.aggregate(days=Max("surveillance_notice_days"))["days"] or 0
    last_day = ExpressionWrapper(Value(today, output_field=DateField()) + notice, output_field=DateField())
    ended = Q(certificate__state__in=FINAL_STATES) | Q(
        certificate__next_state__in=FINAL_STATES, certificate__next_from__lte=today
    )
    return (
        surveillances()
        # The range is for the index, the last day for the scheme version.
        .filter(state=SurveillanceState.PLANNED, due_on__range=(today, today + timedelta(days=longest)))
        .filter(due_on__lte=last_day, certificate__valid_until__gte=today)
        .exclude(kind=SurveillanceKind.EXTRAORDINARY)
        .exclude(ended)
    )


def surveillance_of(certificate: Certificate, *, is_near: bool = False) -> QuerySet[Surveillance]:
    """Return the surveillances of a certificate; none without notice to a reader who is near to its holder."""
    found = surveillances().filter(certificate=certificate)
    return found.exclude(kind=SurveillanceKind.EXTRAORDINARY) if is_near else found


def holder_surveillance(user: User) -> QuerySet[Surveillance]:
    """Return the surveillances of a holder, as far as they may know of them, without those that were given up."""
    found = surveillances().filter(certificate__person__user=user).exclude(_HIDDEN_SURVEILLANCE)
    return found.exclude(state=SurveillanceState.CANCELLED)


def is_hidden(surveillance: Surveillance) -> bool:
    """Tell whether the holder must not know of a surveillance; the same as `_HIDDEN_SURVEILLANCE` in SQL."""
    return surveillance.kind == SurveillanceKind.EXTRAORDINARY and surveillance.state != SurveillanceState.HELD


def announced_from(surveillance: Surveillance) -> date:
    """Return the day on which the holder is told: so many days ahead as the scheme version says."""
    return surveillance.due_on - timedelta(days=surveillance.certificate.scheme_version.surveillance_notice_days)


def _named(text: str) -> QuerySet[Certificate]:
    return Certificate.objects.filter(holder_or_number(text)).order_by()


def _of_duty(day: str, kind: DutyKind) -> Subquery:
    """Return a day of the duty of this kind that a case of misuse gave rise to."""
    key = Concat(Value(f"{kind}:{MisuseCase._meta.label_lower}:"), Cast(OuterRef("pk"), CharField()))
    return Subquery(Duty.objects.filter(key=key).values(day)[:1])
