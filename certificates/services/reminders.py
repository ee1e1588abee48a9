"""The morning's sweep: who is to be reminded is written down once, and turned into messages afterwards.

The sweep is a few statements of the database over all certificates: what is due and was not told yet becomes a row of
`Reminder`, whose key says what it tells of whom. It may run at any time, twice, or be killed: a row is there once.
Writing takes waiting rows in chunks, each in a transaction of its own; the message has the row's key. What nobody needs
to be told any more by then is settled without a message. After days of silence only the nearest reminder is written.
"""

import logging
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from audit.services import record_changed
from candidates.models import Person
from certificates.models import Duty, Reminder, TermsChange, TermsConsent
from certificates.queries.duties import returns_due
from certificates.queries.reminders import (
    DAY_KINDS,
    RETURNS_OWED,
    SELECTIONS,
    Occasion,
    consents_told_of,
    is_held,
    nearest_days,
    occasion,
    selection_parameters,
    told_day,
    under_renewal,
    waiting_reminders,
)
from certificates.services.terms import tell_newcomers
from certificates.states import DUTIES, DutyKind, DutyState
from core.jobs import enqueue_on_commit
from core.messages import drafted, queue_all
from core.models import OutgoingMessage

logger = logging.getLogger(__name__)

CHUNK = 200
WRITING = "certificates.tasks.write_reminders"
_INSERT = "INSERT INTO certificates_reminder (key, kind, certificate_id, duty_id, days, created_at)"
_ONCE = " ON CONFLICT (key) DO NOTHING"
_INSERT_DUTY = """
INSERT INTO certificates_duty (key, kind, owed_by, person_id, certificate_id, about, details, start_on, amount, unit,
    due_on, shown_to_holder, state, proof, created_at)
"""
_OPENED = """
RETURNING 'certificates.duty:' || id AS object_ref, '{}'::jsonb AS before,
    jsonb_build_object('duty', kind, 'rule', %(rule)s, 'due_on', due_on) AS after,
    ARRAY['certificates.duty:' || id, 'certificates.certificate:' || certificate_id, 'candidates.person:' || person_id]
        AS subjects
"""
# What somebody else is at is passed over, never waited for: an officer and the sweep cannot hold each other up, and the
# next run of the morning finds it.
_LAPSE = """
UPDATE certificates_duty SET state = 'lapsed', settled_at = %(now)s
WHERE state = 'open' AND id IN (
    SELECT id FROM certificates_duty
    WHERE state = 'open' AND owed_by = 'holder' AND kind = 'apply_for_renewal' AND due_on < %(today)s::date
    FOR NO KEY UPDATE SKIP LOCKED)
RETURNING 'certificates.duty:' || id AS object_ref, '{"state": "open"}'::jsonb AS before,
    '{"state": "lapsed"}'::jsonb AS after,
    ARRAY['certificates.duty:' || id, 'certificates.certificate:' || certificate_id, 'candidates.person:' || person_id]
        AS subjects
"""

_LAPSE_TERMS = """
UPDATE certificates_duty SET state = 'lapsed', settled_at = %(now)s
WHERE state = 'open' AND id IN (
    SELECT d.id FROM certificates_duty d JOIN certificates_certificate c ON c.id = d.certificate_id
    WHERE d.state = 'open' AND d.owed_by = 'holder' AND d.kind = 'accept_terms' AND c.valid_until < %(today)s::date
    FOR NO KEY UPDATE OF d SKIP LOCKED)
RETURNING 'certificates.duty:' || id AS object_ref, '{"state": "open"}'::jsonb AS before,
    '{"state": "lapsed"}'::jsonb AS after,
    ARRAY['certificates.duty:' || id, 'certificates.certificate:' || certificate_id, 'candidates.person:' || person_id]
        AS subjects
"""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep wrote down."""

    reminders: int
    duties_opened: int
    duties_lapsed: int


def sweep() -> Swept:
    """Write down who is to be told what this morning, and have the messages written after commit.

    Effects, each once for its object: reminders of renewal, expiry, holders' duties; holders of changed terms who came
    after the announcement; the duty to hand back what expired (contract H9); the duties to apply for renewal and to
    accept changed terms lapse with the validity. In the database alone: linear in what is due, and constant in memory.
    """
    now = timezone.now()
    with transaction.atomic():
        params = selection_parameters(timezone.localdate(now), now)
        tell_newcomers(now)
        opened = _owe_returns(params)
        lapsed = _lapse(_LAPSE, DutyKind.APPLY_FOR_RENEWAL, params)
        lapsed += _lapse(_LAPSE_TERMS, DutyKind.ACCEPT_TERMS, params)
        count = 0
        with connection.cursor() as cursor:
            for selection in SELECTIONS:
                cursor.execute(_INSERT + selection + _ONCE, params)
                count += cursor.rowcount
        enqueue_on_commit(WRITING, 0)
    return Swept(count, opened, lapsed)


def _owe_returns(params: dict[str, Any]) -> int:
    rule = DUTIES[DutyKind.RETURN_ENDED]
    values = {**params, "amount": rule.amount, "unit": rule.unit, "rule": rule.rule}
    return record_changed(_INSERT_DUTY + RETURNS_OWED + _ONCE + _OPENED, values, verb="duty.open", label=rule.rule)


def _lapse(change: str, kind: DutyKind, params: dict[str, Any]) -> int:
    """End the holders' duties of a kind whose certificate has expired."""
    reason = gettext_noop("The certificate has expired")
    return record_changed(change, params, verb="duty.lapse", label=DUTIES[kind].rule, reason=reason)


def write_waiting(after: int = 0) -> int:
    """Write the messages of the next waiting reminders behind `after`; return the last one, or 0 when there was none.

    Reminders that another worker is writing are passed over. One that cannot be written is left, logged, to the next
    sweep, and holds up no other.
    """
    now = timezone.now()
    with transaction.atomic():
        waiting = list(waiting_reminders(after).select_for_update(of=("self",), skip_locked=True)[:CHUNK])
        if not waiting:
            return 0
        knowledge = _Knowledge.of(waiting, timezone.localdate(now))
        settled, drafts = [], []
        for reminder in waiting:
            try:
                draft = knowledge.draft(reminder)
            except Exception:
                logger.exception("The reminder %s cannot be written", reminder.key)
                continue
            settled.append(reminder)
            drafts += [draft] if draft else []
        rows = queue_all(drafts)
        for reminder in settled:
            reminder.settled_at, reminder.message_id = now, rows.get(reminder.key)
        Reminder.objects.bulk_update(settled, ["settled_at", "message"])
        enqueue_on_commit(WRITING, waiting[-1].pk)
    return waiting[-1].pk


@dataclass(frozen=True, slots=True)
class _Knowledge:
    """What is known, at the moment of writing, of all reminders of a chunk."""

    today: date
    applied: set[int]
    nearest: dict[Occasion, int]
    consents: dict[int, TermsConsent]
    returns: dict[int, date]

    @classmethod
    def of(cls, reminders: list[Reminder], today: date) -> "_Knowledge":
        """Read it; four queries, and one fewer where nothing has expired."""
        duties = [one.duty for one in reminders if one.duty]
        certificates = [one.certificate_id for one in reminders if one.certificate_id]
        expired = [one.certificate_id for one in reminders if one.kind == "certificate_expired" and one.certificate_id]
        known = (under_renewal(certificates), nearest_days(reminders), consents_told_of(duties), returns_due(expired))
        return cls(today, *known)

    def draft(self, reminder: Reminder) -> OutgoingMessage | None:
        """Return the message; None when it need not be written any more."""
        if reminder.days != self.nearest.get(occasion(reminder)):
            return None
        if reminder.duty:
            return self._about_duty(reminder, reminder.duty)
        return self._about_certificate(reminder)

    def _about_certificate(self, reminder: Reminder) -> OutgoingMessage | None:
        certificate = reminder.certificate
        if certificate is None or not is_held(certificate):
            return None
        applied, days_left = certificate.pk in self.applied, (certificate.valid_until - self.today).days
        is_over = reminder.kind == "certificate_expired"
        is_renewable = certificate.successor is None
        if is_over != (days_left < 0) or ((applied or not is_renewable) and not is_over):
            return None
        context = {
            "certificate": certificate,
            "days_left": days_left,
            "needs": certificate.scheme_version.renewal_needs,
            "applied": applied,
            "is_renewable": is_renewable,
            "return_by": self.returns.get(certificate.pk),
            "is_suspended": certificate.state_on(self.today) == "suspended",
            "page": reverse("certificates:apply_for_renewal", args=[certificate.pk]),
        }
        return _drafted(reminder, certificate.person, context)

    def _about_duty(self, reminder: Reminder, duty: Duty) -> OutgoingMessage | None:
        is_due = reminder.kind == "duty_overdue"
        if duty.state != DutyState.OPEN or not duty.shown_to_holder:
            return None
        if told_day(reminder) not in {"", duty.due_on.isoformat()}:
            return None  # moved since: the new day has a reminder of its own
        if reminder.kind in DAY_KINDS and is_due != (duty.due_on < self.today):
            return None
        consent = self.consents.get(_key_in(duty.about)) if duty.kind == DutyKind.ACCEPT_TERMS else None
        context = {
            "duty": duty,
            "days_left": (duty.due_on - self.today).days,
            "certificate": duty.certificate,
            "consent": consent,
            "change": consent.change if consent else None,
            "replaced": _replaced_terms(consent),
            "page": _page_of(duty),
        }
        return _drafted(reminder, duty.person, context)


def _replaced_terms(consent: TermsConsent | None) -> list[TermsChange]:
    """Return the changes of which a holder was told before, and which these took the place of (`consents_told_of`)."""
    if consent is None:
        return []
    earlier: list[TermsConsent] = consent.certificate.replaced_terms  # type: ignore[attr-defined]  # prefetched
    return [one.change for one in earlier if one.replaced_by_id == consent.change_id]


def _drafted(reminder: Reminder, person: Person, context: dict[str, object]) -> OutgoingMessage | None:
    if not person.email:
        return None
    return drafted(
        key=reminder.key,
        kind=reminder.kind,
        to=person.email,
        language=person.language,
        context={**context, "person": person, "mine": reverse("certificates:mine")},
        about=reminder.certificate or reminder.duty,
    )


def _page_of(duty: Duty) -> str:
    """Return where the holder does what they owe."""
    pages = {"certificates.contract": "certificates:contract", "certificates.termsconsent": "certificates:terms_accept"}
    route = pages.get(duty.about.partition(":")[0])
    return reverse(route, args=[_key_in(duty.about)]) if route else reverse("certificates:mine")


def _key_in(about: str) -> int:
    key = about.partition(":")[2]
    return int(key) if key.isdigit() else 0
