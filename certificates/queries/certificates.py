"""Reads of certificates, their copies and their suspensions."""

import json
from datetime import date, datetime, time, timedelta

from django.db import connection
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from certificates.codes import plain_code, plain_number
from certificates.models import Certificate, CertificateCopy, CertificateEvent, Suspension
from certificates.queries.searching import holder_or_number
from certificates.states import FINAL_STATES, CertificateState, EventKind, Status
from core.numbering import compact
from core.prepared import Prepared
from schemes.models import SchemeVersion, Scope


def certificates() -> QuerySet[Certificate]:
    """Return all certificates with what a row and a page show, newest first."""
    return (
        Certificate.objects.select_related(
            "person__user",
            "scheme_version__scheme",
            "contract__document",
            "issued_by",
            "decision__attempt",
            "renews",
            "renewed_by",
        )
        .prefetch_related(Prefetch("copies", queryset=CertificateCopy.objects.select_related("document", "made_by")))
        .order_by("-issued_at", "-id")
    )


def search_certificates(
    text: str = "", *, status: str = "", scheme: str = "", first: bool = False
) -> QuerySet[Certificate]:
    """Return certificates by words of the holder's name or (a part of) the number, by status and scheme.

    Newest first; expired ones by their last day, the latest first, which is an index of its own. `first` is for who
    reads the first of them only (see searching).
    """
    found = certificates()
    if scheme:
        # Which versions is asked apart: a handful of keys leaves the planner its index of the newest.
        found = found.filter(scheme_version__in=list(SchemeVersion.objects.filter(scheme__code=scheme)))
    if status:
        found = found.filter(with_status(status, timezone.localdate()))
    if status == Status.EXPIRED:
        found = found.order_by("-valid_until", "-id")
    return found.filter(holder_or_number(text, first=first, dated="issued_at")) if text.strip() else found


def with_status(status: str, today: date) -> Q:
    """Return the condition of `Certificate.status_on` in SQL."""
    if status in {Status.REVOKED, Status.SUPERSEDED}:
        return _in_state(status, today)
    if status == Status.EXPIRED:
        planned_to_end = Q(next_from__lte=today, next_state__in=FINAL_STATES)
        return Q(valid_until__lt=today) & ~Q(state__in=FINAL_STATES) & ~planned_to_end
    in_time = Q(valid_until__gte=today)
    if status == Status.SUSPENDED:
        return in_time & _in_state(Status.SUSPENDED, today)
    started = Q(valid_from__gt=today) if status == Status.NOT_YET_VALID else Q(valid_from__lte=today)
    return in_time & started & _in_state(Status.VALID, today)


def _in_state(state: str, today: date) -> Q:
    """Return the condition of `Certificate.state_on`: what has been decided, or was planned and has force by now."""
    still = Q(next_from=None) | Q(next_from__gt=today)
    return (Q(state=state) & still) | Q(next_state=state, next_from__lte=today)


def not_replaced() -> Q:
    """Return the condition that no other certificate takes this one's place: none renews it, or it was revoked."""
    return Q(renewed_by=None) | Q(renewed_by__state=CertificateState.REVOKED)


def open_suspension(certificate: Certificate) -> Suspension | None:
    """Return the suspension in which the certificate is, if it is in one."""
    return certificate.suspensions.filter(ended_at=None).select_related("imposed_by", "event").first()


PLANS = {
    CertificateState.SUSPENDED: EventKind.SUSPEND,
    CertificateState.REVOKED: EventKind.REVOKE,
    CertificateState.SUPERSEDED: EventKind.SUPERSEDE,
}
"""Of each state that can be planned: the kind of event that leads to it."""


def planned_event(certificate: Certificate) -> CertificateEvent | None:
    """Return the decision that is planned on the certificate: it has force from its day on, settled or not."""
    if certificate.next_from is None:
        return None
    kind = PLANS[CertificateState(certificate.next_state)]
    return certificate.events.get(kind=kind, effective_on=certificate.next_from, withdrawn_by=None)


# The public page's one query, written out and prepared: to build and plan it anew would cost more than to run it.
# The columns stand in the order of the model's fields.
_COPY = ("id", "certificate_id", "number", "code", "snapshot", "made_at", "superseded_at")
_CERTIFICATE = (
    "id", "number", "person_id", "state", "next_state", "next_from", "scopes", "renews_id", "valid_from", "valid_until",
)  # fmt: skip
_BY_CODE = Prepared(
    "certificates_by_code",
    f"""
SELECT {", ".join(f"copy.{name}" for name in _COPY)},
    CASE WHEN copy.superseded_at IS NULL THEN copy.number ELSE (
        SELECT other.number FROM certificates_certificatecopy other
        WHERE other.certificate_id = copy.certificate_id AND other.superseded_at IS NULL) END,
    {", ".join(f"certificate.{name}" for name in _CERTIFICATE)}
FROM certificates_certificatecopy copy
JOIN certificates_certificate certificate ON certificate.id = copy.certificate_id
WHERE copy.code = $1
""",  # noqa: S608 -- names of our own columns
    "text",
)


def by_code(typed: str) -> CertificateCopy | None:
    """Return the copy of a certificate with this verification code, however it was typed.

    One query, and none for what cannot be a code. Only what the public page shows is read: nothing of the person but
    what the certificate prints. `number_in_force` is that of the copy in force.
    """
    code = plain_code(typed)
    if not code:
        return None
    row = _BY_CODE.fetch_one(code)
    if row is None:
        return None
    width = len(_COPY)
    copy = CertificateCopy.from_db(connection.alias, _COPY, row[:width])
    copy.snapshot = json.loads(copy.snapshot)
    copy.certificate = Certificate.from_db(connection.alias, _CERTIFICATE, row[width + 1 :])
    copy.number_in_force = row[width]
    return copy


def number_in_force_on(certificate: Certificate, day: date) -> int | None:
    """Return the number of the copy that was in force at the end of a day; None before the first was made."""
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    made = certificate.copies.filter(made_at__lt=end).order_by("-number")
    return made.values_list("number", flat=True).first()


def by_number_and_code(number: str, code: str) -> CertificateCopy | None:
    """Return the copy of the certificate that has both, however they were typed."""
    found = by_code(code)
    return found if found and compact(found.certificate.number) == plain_number(number) else None


def public_events(certificate: Certificate) -> list[CertificateEvent]:
    """Return what the public page tells a certificate's standing from."""
    return list(told_publicly(certificate.events.all()))


def told_publicly(events: QuerySet[CertificateEvent]) -> QuerySet[CertificateEvent]:
    """Return of events what anybody may be told: neither the reasons for the file nor people."""
    return events.only(
        "certificate_id", "kind", "effective_on", "review_on", "scopes", "withdraws_id", "public_reason",
        "public_reason_en", "is_published",
    ).order_by("effective_on", "id")  # fmt: skip


def scopes_of(certificate: Certificate) -> list[Scope]:
    """Return the scopes for which the certificate holds, in the order of its scheme version."""
    return list(certificate.scheme_version.scopes.filter(code__in=certificate.scopes))


def events_of(certificate: Certificate) -> list[CertificateEvent]:
    """Return what was decided about a certificate, in the order in which it has force."""
    events = certificate.events.select_related("recorded_by", "withdraws", "withdrawn_by")
    return list(events.order_by("effective_on", "id"))
