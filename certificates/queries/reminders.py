"""Who is to be told something this morning: selections in SQL, and what is read when the messages are written.

The selections are SQL, because the database takes them in as they stand (INSERT ... SELECT): a million certificates
pass no line of Python. Parameters: `today`, `now`, `horizon` (the last day that any reminder looks ahead to), `since`
(the first day of expiry, or of a due date, that is still told of).

OFFSET 0 keeps each "not told yet" a look into an index for the rows in question. Left to itself the planner joins whole
histories, and does so badly on the morning after many rows were written, before it has counted them.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from django.db.models import F, Func, IntegerField, Max, Prefetch, QuerySet

from certificates.models import Certificate, Duty, Reminder, TermsConsent
from certificates.queries.renewals import open_renewals
from schemes.models import SchemeVersion

# What is told of once and late is told at most so long afterwards: a first morning on an old database is no flood.
TOLD_WITHIN = timedelta(days=120)
AHEAD_DAYS = 7
# Days after the due date: once when it has passed, once more.
OVERDUE_DAYS = (1, 14)

# The kinds whose key ends with the due day that they tell of.
DAY_KINDS = frozenset({"duty_due", "duty_overdue"})
Occasion: TypeAlias = tuple[str, int | None, int | None, str]

_AND = " AND "
# A certificate that somebody still holds: neither revoked nor superseded, nor about to be, and no other in its place.
_HELD = """
    c.state IN ('valid', 'suspended') AND c.next_state NOT IN ('revoked', 'superseded')
    AND NOT EXISTS (SELECT 1 FROM certificates_certificate s WHERE s.renews_id = c.id AND s.state <> 'revoked' OFFSET 0)
"""
# And that may still be renewed: of a renewal that was revoked before its first day there is no second one.
_RENEWABLE = """
    c.state IN ('valid', 'suspended') AND c.next_state NOT IN ('revoked', 'superseded')
    AND NOT EXISTS (SELECT 1 FROM certificates_certificate s WHERE s.renews_id = c.id OFFSET 0)
"""

# Of the days set in the scheme version, the nearest that has been reached; nothing when that or a nearer one was told.
_RENEWAL_REMINDERS = """
WITH threshold AS (
    SELECT v.id AS version_id, d.days, lag(d.days) OVER (PARTITION BY v.id ORDER BY d.days) AS nearer
    FROM schemes_schemeversion v CROSS JOIN LATERAL (SELECT DISTINCT unnest(v.reminder_days) AS days) d
)
SELECT 'certificate_reminder:certificates.certificate:' || c.id || ':' || c.days, 'certificate_reminder', c.id,
    NULL::bigint, c.days, %(now)s::timestamptz
FROM (
    SELECT c.id, c.state, c.next_state, t.days
    FROM (
        SELECT * FROM certificates_certificate
        WHERE valid_until BETWEEN %(today)s::date AND %(horizon)s::date AND state IN ('valid', 'suspended') OFFSET 0
    ) c
    JOIN threshold t ON t.version_id = c.scheme_version_id AND c.valid_until <= %(today)s::date + t.days
        AND c.valid_until > %(today)s::date + COALESCE(t.nearer::integer, -1)
    WHERE NOT EXISTS (SELECT 1 FROM certificates_reminder r WHERE r.certificate_id = c.id
        AND r.kind = 'certificate_reminder' AND r.days <= t.days OFFSET 0)
    OFFSET 0
) c
WHERE NOT EXISTS (SELECT 1 FROM certificates_renewal w WHERE w.certificate_id = c.id AND (
        SELECT a.concluded_at IS NULL AND a.state IN ('submitted', 'returned', 'accepted')
        FROM candidates_application a WHERE a.id = w.application_id) OFFSET 0)
"""
RENEWAL_REMINDERS = _AND.join((_RENEWAL_REMINDERS, _RENEWABLE))

_EXPIRED = """
SELECT 'certificate_expired:certificates.certificate:' || c.id, 'certificate_expired', c.id, NULL::bigint, -1,
    %(now)s::timestamptz
FROM certificates_certificate c
WHERE c.valid_until >= %(since)s::date AND c.valid_until < %(today)s::date
    AND NOT EXISTS (SELECT 1 FROM certificates_reminder r WHERE r.certificate_id = c.id
        AND r.kind = 'certificate_expired' OFFSET 0)
"""
EXPIRED = _AND.join((_EXPIRED, _HELD))

# The original of what expired is handed back (contract H9), unless it is lost, owed, or with the body already. Its term
# begins on the first day without validity, whenever the sweep comes: who is told late is told that it has passed.
_RETURNS_OWED = """
SELECT 'return_ended:certificates.certificate:' || c.id || ':expiry', 'return_ended', 'holder', c.person_id, c.id,
    'certificates.certificate:' || c.id, '', c.valid_until + 1, %(amount)s::integer, %(unit)s,
    c.valid_until + 1 + %(amount)s::integer, TRUE, 'open', '', %(now)s::timestamptz
FROM certificates_certificate c
WHERE c.valid_until >= %(since)s::date AND c.valid_until < %(today)s::date
    AND NOT EXISTS (SELECT 1 FROM certificates_duty d
        WHERE d.key = 'return_ended:certificates.certificate:' || c.id || ':expiry' OFFSET 0)
    AND NOT EXISTS (SELECT 1 FROM certificates_duty d WHERE d.certificate_id = c.id AND d.kind = 'return_ended'
        AND (d.state = 'open' OR d.state IN ('met', 'waived') AND c.state = 'suspended') OFFSET 0)
    AND NOT EXISTS (SELECT 1 FROM certificates_replacement p
        WHERE p.certificate_id = c.id AND p.kind = 'lost' AND p.state = 'requested' OFFSET 0)
"""
RETURNS_OWED = _AND.join((_RETURNS_OWED, _HELD))

# A week ahead, where the term was longer than that; applying for renewal has reminders of its own. The key ends with
# the due day (`told_day`): of a day that was moved the holder is reminded anew. Nobody is reminded of what ends with
# the certificate before its day (`queries.duties.overtaken`).
DUTIES_AHEAD = """
SELECT k.key, 'duty_due', d.certificate_id, d.id, %(ahead)s::integer, %(now)s::timestamptz
FROM certificates_duty d
CROSS JOIN LATERAL (
    SELECT 'duty_due:certificates.duty:' || d.id || ':' || %(ahead)s::integer
        || to_char(d.due_on, ':YYYY-MM-DD') AS key
) k
WHERE d.state = 'open' AND d.owed_by = 'holder' AND d.shown_to_holder AND d.kind <> 'apply_for_renewal'
    AND d.due_on BETWEEN %(today)s::date AND %(today)s::date + %(ahead)s::integer
    AND d.due_on - d.start_on > %(ahead)s::integer
    AND NOT EXISTS (SELECT 1 FROM certificates_certificate c WHERE c.id = d.certificate_id
        AND d.kind IN ('accept_terms', 'extra_assessment', 'follow_up')
        AND c.next_state IN ('revoked', 'superseded') AND c.next_from <= d.due_on OFFSET 0)
    AND NOT EXISTS (SELECT 1 FROM certificates_reminder r WHERE r.key = k.key OFFSET 0)
"""

# Once when the day has passed and once more a while later; only the later one when both are missing.
DUTIES_OVERDUE = """
SELECT k.key, 'duty_overdue', d.certificate_id, d.id, t.days, %(now)s::timestamptz
FROM certificates_duty d
CROSS JOIN LATERAL (
    SELECT CASE WHEN %(today)s::date - d.due_on >= %(late)s::integer THEN -%(late)s::integer ELSE -1 END AS days
) t
CROSS JOIN LATERAL (
    SELECT 'duty_overdue:certificates.duty:' || d.id || ':' || t.days || to_char(d.due_on, ':YYYY-MM-DD') AS key
) k
WHERE d.state = 'open' AND d.owed_by = 'holder' AND d.shown_to_holder AND d.kind <> 'apply_for_renewal'
    AND d.due_on >= %(since)s::date AND d.due_on < %(today)s::date
    AND NOT EXISTS (SELECT 1 FROM certificates_reminder r WHERE r.key = k.key OFFSET 0)
"""

SELECTIONS = (RENEWAL_REMINDERS, EXPIRED, DUTIES_AHEAD, DUTIES_OVERDUE)
"""What the sweep takes in as reminders, each a SELECT of key, kind, certificate, duty, days and moment."""


def selection_parameters(today: date, now: datetime) -> dict[str, Any]:
    """Return the parameters that the selections share; one query."""
    longest = SchemeVersion.objects.annotate(
        longest=Func(F("reminder_days"), function="", template="(SELECT max(d) FROM unnest(%(expressions)s) d)",
                     output_field=IntegerField())
    ).aggregate(days=Max("longest"))["days"]  # fmt: skip
    return {
        "today": today,
        "now": now,
        "horizon": today + timedelta(days=longest or 0),
        "since": today - TOLD_WITHIN,
        "ahead": AHEAD_DAYS,
        "late": max(OVERDUE_DAYS),
    }


def waiting_reminders(after: int) -> QuerySet[Reminder]:
    """Return the reminders that no message tells of yet, oldest first, with all that a message says."""
    return (
        Reminder.objects.filter(settled_at=None, pk__gt=after)
        .select_related(
            "certificate__person",
            "certificate__scheme_version__scheme",
            "certificate__renewed_by",
            "duty__person",
            "duty__certificate",
        )
        .order_by("pk")
    )


def told_day(reminder: Reminder) -> str:
    """Return the due day, as in ISO 8601, that a reminder of a duty tells of; "" for those that tell of no such day."""
    return reminder.key.rpartition(":")[2] if reminder.kind in DAY_KINDS else ""


def occasion(reminder: Reminder) -> Occasion:
    """Return what a reminder is about: of several about the same, only the nearest is told."""
    return reminder.kind, reminder.certificate_id, reminder.duty_id, told_day(reminder)


def nearest_days(reminders: Iterable[Reminder]) -> dict[Occasion, int]:
    """Return, for each occasion of these reminders, the nearest that was ever written; one query."""
    known = list(reminders)
    ids = {one.certificate_id for one in known if one.certificate_id}
    duties = {one.duty_id for one in known if one.duty_id}
    about_duties = Reminder.objects.filter(duty__in=duties)
    about_certificates = Reminder.objects.filter(certificate__in=ids, duty=None)
    nearest: dict[Occasion, int] = {}
    for one in about_duties.union(about_certificates):
        about = occasion(one)
        nearest[about] = min(one.days, nearest.get(about, one.days))
    return nearest


def under_renewal(certificates: Iterable[int]) -> set[int]:
    """Return which of the certificates have an application for renewal on its way."""
    return set(open_renewals().filter(certificate__in=list(certificates)).values_list("certificate_id", flat=True))


def consents_told_of(duties: Iterable[Duty]) -> dict[int, TermsConsent]:
    """Return the consents that these duties are about, by their own key."""
    prefix = f"{TermsConsent._meta.label_lower}:"
    keys = [int(duty.about.removeprefix(prefix)) for duty in duties if duty.about.startswith(prefix)]
    replaced = TermsConsent.objects.filter(replaced_by__isnull=False).select_related(
        "change__template", "change__scheme_version__scheme"
    )
    return (
        TermsConsent.objects.select_related("change__template", "change__scheme_version__scheme", "certificate")
        .prefetch_related(Prefetch("certificate__consents", replaced, to_attr="replaced_terms"))
        .in_bulk(keys)
    )


def is_held(certificate: Certificate) -> bool:
    """Tell, of a certificate with its successor, what `_HELD` asks in SQL."""
    ended = {"revoked", "superseded"}
    followed = certificate.successor is not None and certificate.successor.state != "revoked"
    return not ({certificate.state, certificate.next_state} & ended or followed)
