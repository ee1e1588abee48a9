"""Reads of changed terms: whom a change concerns, who accepted it (contract B5)."""

from collections.abc import Callable
from datetime import date, timedelta

from django.db.models import (
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import TruncDate
from django.utils import timezone

from candidates.models import Person
from certificates.models import Certificate, ContractTemplate, TermsChange, TermsConsent
from certificates.models.terms import TOLD_AFTERWARDS
from certificates.queries.certificates import not_replaced
from certificates.queries.searching import holder_or_number
from certificates.states import TermsKind, TermsState
from schemes.models import SchemeVersion

ENDED = ("revoked", "superseded")

# How long after the end of a transition certificates are still issued on the old text: a contract is accepted within 30
# days of the offer, or with the days that the body gives beyond.
NEWCOMERS = timedelta(days=90)


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
    """Return the certificates whose holders a change concerns and who were not told of it, or of newer terms, yet.

    Held today (valid or suspended, not about to end), not expired before the new terms hold, on older terms.
    """
    found = Certificate.objects.filter(
        not_replaced(), valid_until__gte=change.effective_on, state__in=["valid", "suspended"]
    ).exclude(next_state__in=ENDED)
    if change.kind == TermsKind.CONTRACT and change.template:
        found = found.filter(contract__template__version__lt=change.template.version)
    elif change.scheme_version:
        found = found.filter(
            scheme_version__scheme=change.scheme_version.scheme_id,
            scheme_version__version__lt=change.scheme_version.version,
        )
    told = TermsConsent.objects.filter(_at_least(change, "gte"), certificate=OuterRef("pk"))
    return found.filter(~Exists(told))


def concerned_rows(change: TermsChange) -> QuerySet[Certificate]:
    """Return them with what a row of the preview shows: the terms of the contract, and what was told since (`told`)."""
    told = TermsConsent.objects.filter(_at_least(change, "lt")).select_related(
        "change__template", "change__scheme_version__scheme"
    )
    return (
        concerned(change)
        .select_related("person", "scheme_version__scheme", "contract__template")
        .prefetch_related(Prefetch("consents", told.order_by("told_at", "id"), to_attr="told"))
        .order_by("id")
    )


def announced_before(change: TermsChange) -> QuerySet[TermsChange]:
    """Return the announced changes of the same kind to older terms: what is open of them lapses with this one."""
    return TermsChange.objects.filter(_at_least(change, "lt", of=""), state=TermsState.ANNOUNCED)


def _at_least(change: TermsChange, lookup: str, *, of: str = "change__") -> Q:
    """Return the condition that terms are of the same kind as those of a change, and newer or older by `lookup`."""
    if change.template:
        return Q(**{f"{of}template__version__{lookup}": change.template.version})
    version = change.scheme_version
    if version is None:
        return Q(pk=None)
    return Q(**{
        f"{of}scheme_version__scheme": version.scheme_id, f"{of}scheme_version__version__{lookup}": version.version
    })  # fmt: skip


def consents() -> QuerySet[TermsConsent]:
    """Return all consents with what a row and a page show."""
    return TermsConsent.objects.select_related(
        "change__template",
        "change__scheme_version__scheme",
        "certificate__person__user",
        "certificate__scheme_version__scheme",
        "certificate__contract",
        "certificate__renewed_by",
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
        .select_related(
            "change__template",
            "change__scheme_version__scheme",
            "replaced_by__template",
            "replaced_by__scheme_version__scheme",
            "accepted_by",
            "scan",
        )
        .order_by("-told_at", "-id")
    )


def terms_to_accept(person: Person) -> QuerySet[TermsConsent]:
    """Return the changed terms that a holder has not accepted yet, for certificates that they still hold."""
    return consents().filter(_open(), certificate__person=person).order_by("change__transition_until", "id")


def announced_of_late(today: date) -> QuerySet[TermsChange]:
    """Return the announced changes of which somebody may still have to be told: see `newcomers`."""
    return terms_changes().filter(state=TermsState.ANNOUNCED, transition_until__gte=today - NEWCOMERS)


def newcomers(change: TermsChange, today: date) -> QuerySet[Certificate]:
    """Return whom a change concerns that were not told of it; once its transition has ended, those issued of late.

    A contract that was offered on the old text may be concluded, and its certificate issued, after the transition.
    """
    found = concerned(change)
    return found if today <= change.transition_until else found.filter(issued_at__gte=timezone.now() - NEWCOMERS)


def _open() -> Q:
    """Return the condition of `TermsConsent.is_open`: not accepted nor replaced, of a certificate that is held."""
    return Q(accepted_at=None, replaced_by=None) & _held()


def _ended() -> Q:
    return Q(accepted_at=None, replaced_by=None) & ~_held()


def _replaced() -> Q:
    return Q(replaced_by__isnull=False)


def _held() -> Q:
    """Return the condition that a certificate is held today, and on: whatever is planned but a renewal of it."""
    today = timezone.localdate()
    goes_on = Q(certificate__next_from=None) | Q(certificate__next_from__gt=today)
    in_force = Q(certificate__state__in=["valid", "suspended"], certificate__valid_until__gte=today)
    followed = Q(certificate__renewed_by__isnull=False) & ~Q(certificate__renewed_by__state="revoked")
    return in_force & ~followed & (goes_on | ~Q(certificate__next_state__in=ENDED))


def _accepted() -> Q:
    return Q(accepted_at__isnull=False) & ~_accepted_late()


def _accepted_late() -> Q:
    until = F("change__transition_until")
    own_term = ExpressionWrapper(TruncDate("told_at") + Value(TOLD_AFTERWARDS), output_field=DateTimeField())
    after_own_term = Q(told_at__date__lte=until) | Q(signed_on__gt=own_term)
    return Q(accepted_at__isnull=False, signed_on__isnull=False, signed_on__gt=until) & after_own_term


# Where a consent stands, as `TermsConsent.standing` says: each is in exactly one of these.
STANDINGS: dict[str, Callable[[], Q]] = {
    "accepted": _accepted,
    "late": _accepted_late,
    "waiting": _open,
    "replaced": _replaced,
    "ended": _ended,
}
