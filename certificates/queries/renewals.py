"""Reads of renewals, and of the chain of certificates that they make."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils import timezone

from accounts.models import User
from candidates.models import Application, Declaration
from candidates.states import ApplicationState, DeclarationKind
from certificates.models import Certificate, Contract, Decision, Renewal
from certificates.queries.searching import holder_or_number
from certificates.states import RENEWING, CertificateState, Outcome, RenewalStage, Status
from schemes.states import RenewalNeeds

_UNDER_WAY = (ApplicationState.SUBMITTED, ApplicationState.RETURNED, ApplicationState.ACCEPTED)


# --- What is under way ------------------------------------------------------------------------------------------------
def renewal_of(application: Application) -> Renewal | None:
    """Return what an application asks to be renewed; None for a first certification."""
    return Renewal.objects.filter(application=application).select_related("certificate").first()


def open_renewals() -> QuerySet[Renewal]:
    """Return the renewals that are under way: applied for, and neither refused, withdrawn nor ended."""
    return Renewal.objects.filter(application__state__in=_UNDER_WAY, application__concluded_at=None)


class Hindrance(StrEnum):
    """What keeps a certificate from being applied to be renewed; the value is the code of the service's refusal."""

    REVOKED = "revoked"
    RENEWED = "renewed"
    RENEWAL_REVOKED = "renewal_revoked"
    OPEN = "open"
    NOT_YET_VALID = "not_yet_valid"
    TOO_EARLY = "too_early"
    OTHER_CASE = "other_case"


def renewal_hindrance(certificate: Certificate) -> Hindrance | None:
    """Return what keeps the holder from applying for renewal today; None when they may.

    A suspended certificate may be applied for: it is not issued anew before it is reinstated.
    """
    decided = {certificate.state, certificate.next_state}
    checks: tuple[tuple[Hindrance, Callable[[], bool]], ...] = (
        (Hindrance.REVOKED, lambda: CertificateState.REVOKED in decided),
        (Hindrance.RENEWAL_REVOKED, lambda: _follows(certificate) == CertificateState.REVOKED),
        (Hindrance.RENEWED, lambda: CertificateState.SUPERSEDED in decided or certificate.successor is not None),
        (Hindrance.OPEN, open_renewals().filter(certificate=certificate).exists),
        (Hindrance.NOT_YET_VALID, lambda: certificate.status == Status.NOT_YET_VALID),
        (Hindrance.TOO_EARLY, lambda: timezone.localdate() < certificate.renewal_from),
        (Hindrance.OTHER_CASE, lambda: _other_case(certificate)),
    )
    return next((hindrance for hindrance, holds in checks if holds()), None)


def _follows(certificate: Certificate) -> str:
    """Return the state of the renewal that was to follow a certificate that still stands; "" where there is none."""
    stands = CertificateState.SUPERSEDED not in {certificate.state, certificate.next_state}
    return certificate.successor.state if certificate.successor and stands else ""


def _other_case(certificate: Certificate) -> bool:
    """Tell whether the person has another application open for the scheme."""
    return Application.objects.filter(
        person=certificate.person_id,
        scheme=certificate.scheme_version.scheme_id,
        state__in=_UNDER_WAY,
        concluded_at=None,
    ).exists()


def said_of_publication(certificate: Certificate) -> bool:
    """Return the person's last word on publication that was given with an application; no word is a no."""
    last = (
        Declaration.objects.filter(application__person=certificate.person_id, text__kind=DeclarationKind.PUBLICATION)
        .order_by("-declared_at", "-id")
        .first()
    )
    return bool(last and last.agreed)


# --- Where they stand -------------------------------------------------------------------------------------------------
def renewals() -> QuerySet[Renewal]:
    """Return all renewals, newest first, with what a row shows; `stage` is a `RenewalStage`, `late` tells of B10."""
    decision = Decision.objects.filter(application=OuterRef("application")).order_by("-id")
    issued = Certificate.objects.filter(decision__application=OuterRef("application"))
    return (
        Renewal.objects.select_related(
            "certificate__person__user",
            "certificate__scheme_version__scheme",
            "application__scheme",
            "application__person",
            "application__scheme_version",
        )
        .annotate(
            outcome=Subquery(decision.values("outcome")[:1]),
            decision_id=Subquery(decision.values("pk")[:1]),
            issued=Exists(issued),
            late=Q(applied_at__date__gt=F("certificate__valid_until")),
        )
        .annotate(stage=_STAGE)
        .order_by("-applied_at", "-id")
    )


_STAGE = Case(
    When(application__state=ApplicationState.WITHDRAWN, then=Value(RenewalStage.WITHDRAWN.value)),
    When(
        Q(application__state=ApplicationState.REFUSED) | Q(outcome=Outcome.REFUSED),
        then=Value(RenewalStage.REFUSED.value),
    ),
    When(issued=True, then=Value(RenewalStage.ISSUED.value)),
    When(
        outcome=Outcome.GRANTED,
        application__concluded_at__isnull=False,
        then=Value(RenewalStage.NOT_CONCLUDED.value),
    ),
    When(outcome=Outcome.GRANTED, then=Value(RenewalStage.GRANTED.value)),
    When(application__state=ApplicationState.RETURNED, then=Value(RenewalStage.RETURNED.value)),
    When(application__state=ApplicationState.SUBMITTED, then=Value(RenewalStage.SUBMITTED.value)),
    When(application__needs_exam=True, then=Value(RenewalStage.EXAM.value)),
    default=Value(RenewalStage.DECISION.value),
    output_field=CharField(),
)


def filtered_renewals(*, search: str = "", stage: str = "", late: str = "") -> QuerySet[Renewal]:
    """Return renewals by name or number, stage, and whether they were applied for late; empty ones do not restrict."""
    conditions: dict[str, Any] = {}
    if search.strip():
        conditions["certificate__in"] = Certificate.objects.filter(holder_or_number(search))
    if stage:
        conditions["stage"] = stage
    if late:
        conditions["late"] = late == "late"
    return renewals().filter(**conditions)


def renewals_of(certificate: Certificate) -> QuerySet[Renewal]:
    """Return the applications to renew a certificate, newest first."""
    return renewals().filter(certificate=certificate)


def queue_renewals_to_decide() -> QuerySet[Renewal]:
    """Return the accepted renewals that are decided on evidence alone, oldest first; waiting since `accepted_at`."""
    return (
        renewals()
        .filter(
            needs=RenewalNeeds.EVIDENCE,
            application__is_renewal=True,
            application__needs_exam=False,
            application__state=ApplicationState.ACCEPTED,
            application__concluded_at=None,
            application__decisions=None,
        )
        .annotate(accepted_at=F("application__settled_at"))
        .order_by("application__settled_at", "id")
    )


def renewals_of_user(user: User) -> QuerySet[Renewal]:
    """Return the renewals that the holder behind an account applied for, newest first."""
    return renewals().filter(certificate__person__user=user)


@dataclass(frozen=True, slots=True)
class OpenRenewal:
    """An application for renewal that is under way, with the contract that is offered on it, if there is one yet."""

    key: int
    application: int
    reference: str
    stage: RenewalStage
    contract: Contract | None = None


def under_way(renewals: Iterable[Renewal]) -> OpenRenewal | None:
    """Return the one of these renewals, read by `renewals`, that is under way; one query more once it is granted."""
    for one in renewals:
        stage = RenewalStage(vars(one)["stage"])
        if stage in RENEWING:
            granted = stage == RenewalStage.GRANTED
            contract = Contract.objects.filter(decision=vars(one)["decision_id"]).first() if granted else None
            return OpenRenewal(one.pk, one.application_id, str(one.application.reference), stage, contract)
    return None


# --- The chain --------------------------------------------------------------------------------------------------------
def chain_of(certificate: Certificate) -> list[Certificate]:
    """Return the certificates that renewed one another up to this one and after it, oldest first; itself among them.

    One query: a chain is one person's (trigger), and a person's certificates are few.
    """
    own = Certificate.objects.filter(person=certificate.person_id).select_related("scheme_version__scheme")
    by_key = {one.pk: one for one in own}
    later = {one.renews_id: one.pk for one in by_key.values() if one.renews_id}
    first = certificate.pk
    while (earlier := by_key[first].renews_id) is not None:
        first = earlier
    chain = [by_key[first]]
    while (after := later.get(chain[-1].pk)) is not None:
        chain.append(by_key[after])
    return chain
