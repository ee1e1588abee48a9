"""What a holder's own page reads: everything about one person, in a number of queries that does not grow with it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db.models import F, Prefetch, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from candidates.models import Application
from candidates.states import ApplicationState
from certificates.models import (
    Certificate,
    CertificateCopy,
    CertificateEvent,
    Contract,
    Decision,
    Duty,
    MisuseCase,
    Renewal,
    Surveillance,
    Suspension,
    TermsConsent,
)
from certificates.queries.cases import OPEN_SURVEILLANCE, holder_misuse, holder_surveillance
from certificates.queries.decisions import decisions
from certificates.queries.duties import duties_of_person
from certificates.queries.renewals import renewals_of_user
from certificates.queries.requests import KINDS, RequestRow
from certificates.queries.terms import terms_to_accept
from certificates.states import FINAL_STATES, DutyKind, DutyState

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one certificate besides its own columns, as far as its holder may know it."""

    suspension: Suspension | None = None
    events: list[CertificateEvent] = field(default_factory=list)
    duties: list[Duty] = field(default_factory=list)
    answers: list[Duty] = field(default_factory=list)  # what the body owes on reports and requests
    requests: list[RequestRow] = field(default_factory=list)
    renewals: list[Any] = field(default_factory=list)  # Renewal, annotated with its stage
    consents: list[TermsConsent] = field(default_factory=list)
    hearings: list[MisuseCase] = field(default_factory=list)
    has_other_case: bool = False  # an application for the same scheme is under way


@dataclass(frozen=True, slots=True)
class HolderCase:
    """What became of one application: its decision, and what followed from it so far."""

    decision: Decision
    contract: Contract | None
    certificate: Certificate | None
    record: Record

    @property
    def suspension(self) -> Suspension | None:
        """The suspension in which the certificate is, or which is planned for it."""
        return self.record.suspension


def holder_cases(user: User) -> list[HolderCase]:
    """Return the decisions on the person whose account this is, newest first, with all that followed."""
    found = (
        decisions()
        .filter(person__user=user)
        .select_related(
            "contract__draft_document",
            "contract__document",
            "contract__scan",
            "contract__certificate__scheme_version__scheme",
            "contract__certificate__person",
            "contract__certificate__renews",
            "contract__certificate__renewed_by",
        )
        .prefetch_related(
            Prefetch(
                "contract__certificate__copies",
                queryset=CertificateCopy.objects.select_related("document").order_by("number"),
            )
        )
    )
    cases = [(decision, decision.offered_contract) for decision in found]
    certificates = [contract.issued_certificate for _decision, contract in cases if contract]
    records = _records(user, [one for one in certificates if one])
    return [_case(decision, contract, records) for decision, contract in cases]


def _case(decision: Decision, contract: Contract | None, records: dict[int, Record]) -> HolderCase:
    certificate = contract.issued_certificate if contract else None
    return HolderCase(decision, contract, certificate, records[certificate.pk] if certificate else Record())


def _records(user: User, certificates: list[Certificate]) -> dict[int, Record]:
    """Return what is known of each certificate; nothing is read for a person without one."""
    if not certificates:
        return {}
    keys = [one.pk for one in certificates]
    events = CertificateEvent.objects.filter(certificate__in=keys).order_by("effective_on", "id")
    suspensions = _grouped(Suspension.objects.filter(ended_at=None, certificate__in=keys))
    by_certificate: dict[str, Mapping[int, list[Any]]] = {
        "events": _grouped(events),
        "duties": _grouped(due_now(user)),
        "answers": _grouped(_answers_awaited(keys)),
        "requests": _requests(keys),
        "renewals": _grouped(renewals_of_user(user)),
        "consents": _grouped(one for one in terms_to_accept(certificates[0].person) if not _ends_before(one)),
        "hearings": _grouped(holder_misuse(user)),
    }
    under_way = _schemes_under_way(user)
    return {
        one.pk: Record(
            suspension=next(iter(suspensions.get(one.pk, [])), None),
            has_other_case=one.scheme_version.scheme_id in under_way,
            **{name: found.get(one.pk, []) for name, found in by_certificate.items()},
        )
        for one in certificates
    }


def due_now(user: User) -> QuerySet[Duty]:
    """Return what a holder owes at present, overdue first; not yet what has to be applied for in years."""
    later = Q(kind=DutyKind.APPLY_FOR_RENEWAL, start_on__gt=timezone.localdate())
    return duties_of_person(user).exclude(later).prefetch_related("certificate__copies")


def surveillance_ahead(user: User) -> QuerySet[Surveillance]:
    """Return the surveillances that a holder may know of, without those that their certificate will not live to see."""
    given_up = Q(
        state__in=OPEN_SURVEILLANCE, certificate__next_state__in=FINAL_STATES, certificate__next_from__lte=F("due_on")
    )
    return holder_surveillance(user).exclude(given_up)


def _answers_awaited(keys: list[int]) -> QuerySet[Duty]:
    """Return what the body owes on what was reported and asked for, as far as the holder may know of it."""
    kinds = (DutyKind.SETTLE_CHANGE, DutyKind.EVALUATE_CIRCUMSTANCE, DutyKind.SETTLE_REPLACEMENT)
    return Duty.objects.filter(
        certificate__in=keys, kind__in=kinds, state=DutyState.OPEN, shown_to_holder=True
    ).order_by("due_on", "id")


def _ends_before(consent: TermsConsent) -> bool:
    """Tell whether the certificate is to end before its holder has to have accepted the terms."""
    certificate = consent.certificate
    ends_on = certificate.next_from if certificate.next_state in FINAL_STATES else None
    return ends_on is not None and ends_on <= consent.change.transition_until


def _requests(keys: list[int]) -> dict[int, list[RequestRow]]:
    rows = [
        RequestRow(name, case) for name, model in KINDS.items() for case in model.objects.filter(certificate__in=keys)
    ]
    found: dict[int, list[RequestRow]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.case.reported_at, row.case.pk), reverse=True):
        found[row.case.certificate_id].append(row)
    return found


def _schemes_under_way(user: User) -> set[int]:
    states = (ApplicationState.SUBMITTED, ApplicationState.RETURNED, ApplicationState.ACCEPTED)
    found = Application.objects.filter(person__user=user, state__in=states, concluded_at=None)
    return set(found.values_list("scheme_id", flat=True))


def _grouped(rows: Iterable[R]) -> dict[int, list[R]]:
    found: dict[int, list[R]] = defaultdict(list)
    for row in rows:
        found[row.certificate_id].append(row)  # type: ignore[attr-defined]  # every one of these models has it
    return found


def chains(cases: Iterable[HolderCase]) -> dict[int, list[Certificate]]:
    """Return, for each certificate that renewed another or was renewed, the chain it is in, oldest first; no query."""
    by_key = {case.certificate.pk: case.certificate for case in cases if case.certificate}
    later = {one.renews_id: one.pk for one in by_key.values() if one.renews_id}
    found: dict[int, list[Certificate]] = {}
    for one in by_key.values():
        if one.renews_id is not None:
            continue
        chain = [one]
        while (after := later.get(chain[-1].pk)) is not None:
            chain.append(by_key[after])
        if len(chain) > 1:
            found |= {member.pk: chain for member in chain}
    return found


def renewal_of_stage(renewals: Iterable[Any], stages: Iterable[str]) -> Renewal | None:
    """Return the newest renewal in one of the stages."""
    wanted = set(stages)
    return next((one for one in renewals if one.stage in wanted), None)
