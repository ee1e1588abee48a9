"""Reads of changed terms: whom a change concerns, who accepted it (contract B5)."""

from collections.abc import Callable
from datetime import date

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from candidates.models import Person
from certificates.models import Certificate, ContractTemplate, TermsChange, TermsConsent
from certificates.queries.searching import holder_or_number
from certificates.states import TermsKind, TermsState
from schemes.models import SchemeVersion

ENDED = ("revoked", "superseded")


def terms_changes() -> QuerySet[TermsChange]:
    """Return all changes of terms, newest first, with what a row shows."""
    return TermsChange.objects.select_related(
        "template", "scheme_version__scheme", "prepared_by", "announced_by"
    ).order_by("-prepared_at", "-id")


def templates_to_announce() -> QuerySet[ContractTemplate]:
    """Return the contract texts that can be announced: newer than the first, and than any that was announced."""
    taken = TermsChange.objects.filter(template__version__gte=OuterRef("version")).exclude(state=TermsState.CANCELLED)
    older = ContractTemplate.objects.filter(version__lt=OuterRef("version"))
    return ContractTemplate.objects.filter(Exists(older), ~Exists(taken)).order_by("-version")


def versions_to_announce() -> QuerySet[SchemeVersion]:
    """Return the scheme versions that can be announced, in the same way."""
    taken = TermsChange.objects.filter(
        scheme_version__scheme=OuterRef("scheme"), scheme_version__version__gte=OuterRef("version")
    ).exclude(state=TermsState.CANCELLED)
    older = SchemeVersion.objects.filter(scheme=OuterRef("scheme"), version__lt=OuterRef("version"))
    return (
        SchemeVersion.objects.filter(Exists(older), ~Exists(taken))
        .select_related("scheme")
        .order_by("scheme__code", "-version")
    )


def concerned(change: TermsChange) -> QuerySet[Certificate]:
    """Return the certificates whose holders a change concerns and who were not told of it yet.

    Held today (valid or suspended, not about to end), not expired before the new terms hold, on older terms.
    """
    found = Certificate.objects.filter(
        valid_until__gte=change.effective_on, state__in=["valid", "suspended"], renewed_by=None
    ).exclude(next_state__in=ENDED)
    if change.kind == TermsKind.CONTRACT and change.template:
        found = found.filter(contract__template__version__lt=change.template.version)
    elif change.scheme_version:
        found = found.filter(
            scheme_version__scheme=change.scheme_version.scheme_id,
            scheme_version__version__lt=change.scheme_version.version,
        )
    told = TermsConsent.objects.filter(change=change, certificate=OuterRef("pk"))
    return found.filter(~Exists(told))


def concerned_rows(change: TermsChange) -> QuerySet[Certificate]:
    """Return them with what a row of the preview shows."""
    return concerned(change).select_related("person", "scheme_version__scheme", "contract__template").order_by("id")


def consents() -> QuerySet[TermsConsent]:
    """Return all consents with what a row and a page show."""
    return TermsConsent.objects.select_related(
        "change__template",
        "change__scheme_version__scheme",
        "certificate__person__user",
        "certificate__scheme_version__scheme",
        "certificate__contract",
        "accepted_by",
        "scan",
    ).order_by("id")


def search_consents(change: TermsChange, *, text: str = "", standing: str = "") -> QuerySet[TermsConsent]:
    """Return who was told of a change, by words of the name or the number, and by where they stand.

    `standing` is one of `TermsConsent.standing`, or nothing.
    """
    found = consents().filter(change=change)
    if standing in STANDINGS:
        found = found.filter(STANDINGS[standing]())
    return found.filter(holder_or_number(text, through="certificate__")) if text.strip() else found


def counts_of(change: TermsChange) -> dict[str, int]:
    """Return how many were told, and how many of them stand where: these add up to those told. One query."""
    standings = {name: Count("pk", filter=condition()) for name, condition in STANDINGS.items()}
    counted = TermsConsent.objects.filter(change=change).aggregate(told=Count("pk"), **standings)
    return {name: int(count) for name, count in counted.items()}


def consents_of(certificate: Certificate) -> QuerySet[TermsConsent]:
    """Return of which changed terms the holder of a certificate was told, newest first."""
    return (
        TermsConsent.objects.filter(certificate=certificate)
        .select_related("change__template", "change__scheme_version__scheme", "accepted_by", "scan")
        .order_by("-told_at", "-id")
    )


def terms_to_accept(person: Person) -> QuerySet[TermsConsent]:
    """Return the changed terms that a holder has not accepted yet, for certificates that they still hold."""
    return consents().filter(_open(), certificate__person=person).order_by("change__transition_until", "id")


def announced_in_transition(today: date) -> QuerySet[TermsChange]:
    """Return the announced changes whose transition has not ended."""
    return terms_changes().filter(state=TermsState.ANNOUNCED, transition_until__gte=today)


def _open() -> Q:
    """Return the condition of `TermsConsent.is_open`: not accepted, for a certificate that is still held."""
    return Q(accepted_at=None) & _held()


def _ended() -> Q:
    return Q(accepted_at=None) & ~_held()


def _held() -> Q:
    """Return the condition that a certificate is held today, whatever is planned for a later day."""
    today = timezone.localdate()
    goes_on = Q(certificate__next_from=None) | Q(certificate__next_from__gt=today)
    in_force = Q(certificate__state__in=["valid", "suspended"], certificate__valid_until__gte=today)
    return in_force & (goes_on | ~Q(certificate__next_state__in=ENDED))


def _accepted() -> Q:
    return Q(accepted_at__isnull=False) & ~_accepted_late()


def _accepted_late() -> Q:
    return Q(accepted_at__isnull=False, signed_on__isnull=False, signed_on__gt=F("change__transition_until"))


# Where a consent stands, as `TermsConsent.standing` says: each is in exactly one of these.
STANDINGS: dict[str, Callable[[], Q]] = {
    "accepted": _accepted,
    "late": _accepted_late,
    "waiting": _open,
    "ended": _ended,
}
