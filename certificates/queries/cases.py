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
from django.db.models.functions import Cast, Coalesce, Concat, Greatest
from django.utils import timezone
from django_stubs_ext import WithAnnotations

from accounts.models import User
from certificates.models import CaseFile, Certificate, Duty, MisuseCase, Surveillance
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


DatedCase: TypeAlias = "WithAnnotations[MisuseCase, CaseDays]"


# --- Misuse -----------------------------------------------------------------------------------------------------------
def misuse_cases() -> "QuerySet[DatedCase]":
    """Return all cases of misuse with what a row and a page show, newest first.

    Annotated with `settle_by`, the day by which the body owes the outcome, and `answer_by`, the day until which the
    holder may answer: the ledger's, which a corrected calendar moves, but never before the day that they were told.
    """
    answer_by = Greatest("answer_due_on", Coalesce(_due(DutyKind.ANSWER_HEARING), F("answer_due_on")))
    return (
        MisuseCase.objects.select_related(
            "certificate__person__user",
            "certificate__scheme_version__scheme",
            "certificate__contract",
            "opened_by",
            "settled_by",
        )
        .annotate(
            settle_by=_due(DutyKind.SETTLE_MISUSE),
            answer_by=Case(When(answer_due_on=None, then=None), default=answer_by),
        )
        .order_by("-opened_at", "-id")
    )


def search_misuse(reader: User, text: str = "", *, state: str = "", rule: str = "") -> "QuerySet[DatedCase]":
    """Return cases by holder or number, state and rule; none about the reader, who learns of it in the hearing."""
    found = misuse_cases().exclude(certificate__in=_own(reader))
    if state:
        found = found.filter(state=state)
    if rule:
        found = found.filter(rule=rule)
    return found.filter(certificate__in=_named(text)) if text.strip() else found


def queue_misuse() -> "QuerySet[DatedCase]":
    """Return the cases in which the body has the next step: opened, answered, or left unanswered; oldest first."""
    unanswered = Q(state=MisuseState.HEARING, answer_by__lt=timezone.localdate())
    to_do = Q(state__in=[MisuseState.OPEN, MisuseState.ANSWERED]) | unanswered
    return misuse_cases().filter(to_do).order_by("opened_at", "id")


def misuse_of(certificate: Certificate) -> "QuerySet[DatedCase]":
    """Return the cases about a certificate, newest first, for those who read cases."""
    return misuse_cases().filter(certificate=certificate)


def holder_misuse(user: User) -> "QuerySet[DatedCase]":
    """Return the cases in which a holder is or was heard: of any other they know nothing."""
    return misuse_cases().filter(certificate__person__user=user, heard_at__isnull=False)


def evidence(case: MisuseCase) -> QuerySet[CaseFile]:
    """Return the papers of a case, in the order in which they came."""
    return case.files.select_related("stored__uploaded_by")


def holder_evidence(case: MisuseCase) -> QuerySet[CaseFile]:
    """Return the papers of a case that its holder may read: their own, and what they are shown."""
    return evidence(case).filter(Q(by_holder=True) | Q(shown_to_holder=True))


def extra_assessment(case: MisuseCase) -> Duty | None:
    """Return the duty that a case with the outcome "extra assessment" gave rise to (contract H10)."""
    return Duty.objects.filter(key=f"{DutyKind.EXTRA_ASSESSMENT}:{MisuseCase._meta.label_lower}:{case.pk}").first()


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

    None that is hidden from the reader, because they are the holder themselves.
    """
    found = surveillances().exclude(_HIDDEN_SURVEILLANCE & Q(certificate__in=_own(reader)))
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


def surveillance_of(certificate: Certificate) -> QuerySet[Surveillance]:
    """Return the surveillances of a certificate, for those who read cases."""
    return surveillances().filter(certificate=certificate)


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


def _own(reader: User) -> list[int]:
    """Return the reader's own certificates, hardly ever any: read first, so that a list joins nothing for them."""
    return list(Certificate.objects.filter(person__user=reader).order_by().values_list("pk", flat=True))


def _named(text: str) -> QuerySet[Certificate]:
    return Certificate.objects.filter(holder_or_number(text)).order_by()


def _due(kind: DutyKind) -> Subquery:
    """Return when the duty of this kind that a case of misuse gave rise to is due."""
    key = Concat(Value(f"{kind}:{MisuseCase._meta.label_lower}:"), Cast(OuterRef("pk"), CharField()))
    return Subquery(Duty.objects.filter(key=key).values("due_on")[:1])
