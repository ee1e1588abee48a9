"""Changed terms of the contract or a scheme: prepared, announced to all whom they concern, accepted (contract B5).

Nothing happens to a certificate by itself: it stays valid to the end of the transition and after it. Who has not
accepted by then is a list, from which an officer may suspend. Terms are accepted as long as the certificate is held,
after the transition too: such an acceptance counts, and is marked as late.
"""

from datetime import date, datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _, gettext_noop

from accounts.models import User
from accounts.states import Role
from audit.services import record, record_changed
from certificates.models import ContractTemplate, TermsChange, TermsConsent
from certificates.models.terms import TOLD_AFTERWARDS
from certificates.queries.terms import (
    announced_before,
    announced_of_late,
    concerned,
    newcomers,
    templates_to_announce,
    versions_to_announce,
)
from certificates.services.duties import meet_about
from certificates.services.guards import require_officer, require_role, stated_reason
from certificates.services.notices import tell
from certificates.states import DUTIES, TERMS, AcceptanceWay, DutyKind, TermsKind, TermsState
from core.errors import NotAllowed, RuleViolation
from core.integrity import constraint_errors
from core.jobs import enqueue_on_commit
from core.services.uploads import store_upload
from core.transitions import locked, move
from schemes.models import SchemeVersion

WRITING = "certificates.tasks.write_reminders"
TELLING = "certificates.tasks.tell_of_terms"
TOLD_AT_ONCE = 20_000  # certificates: some seconds; nobody is kept waiting for more
TAKEN = _("These terms are being announced already, or newer ones were. Reload the page to see them.")
NOT_HELD = _("The certificate is not held any more: there is nothing to accept for it.")
ACCEPTED_ALREADY = _("These terms have been accepted already. Reload the page to see when and how.")
REPLACED = _("Newer terms were announced since, and take the place of these: only the newer ones are accepted.")
NEWER_ANNOUNCED = gettext_noop("Newer terms were announced, and took the place of these")
NO_ADDRESS = _(
    "The address of your computer could not be determined, and it has to be kept with your agreement. Nothing was "
    "accepted: tell the certification body, or sign on paper."
)

_TELL = """
INSERT INTO certificates_termsconsent (change_id, certificate_id, told_at, accepted_how)
SELECT %s, c.id, %s, '' FROM certificates_certificate c WHERE c.id IN ("""
_ONCE = ") ORDER BY c.id ON CONFLICT (change_id, certificate_id) DO NOTHING"
_OWE = """
INSERT INTO certificates_duty (key, kind, owed_by, person_id, certificate_id, about, details, start_on, amount, unit,
    due_on, shown_to_holder, state, proof, created_at)
SELECT 'accept_terms:certificates.termsconsent:' || t.id, 'accept_terms', 'holder', c.person_id, c.id,
    'certificates.termsconsent:' || t.id, %(version)s, %(today)s::date, NULL::smallint, 'date', %(until)s::date, TRUE,
    'open', '', %(now)s
FROM certificates_termsconsent t JOIN certificates_certificate c ON c.id = t.certificate_id
WHERE t.change_id = %(change)s AND t.told_at = %(now)s
ORDER BY t.id
ON CONFLICT (key) DO NOTHING
RETURNING 'certificates.duty:' || id AS object_ref, '{}'::jsonb AS before,
    jsonb_build_object('duty', kind, 'rule', %(rule)s, 'due_on', due_on) AS after,
    ARRAY['certificates.duty:' || id, about, 'certificates.certificate:' || certificate_id,
        'candidates.person:' || person_id] AS subjects
"""
_REPLACE = """
UPDATE certificates_termsconsent old SET replaced_by_id = %(change)s
FROM certificates_termsconsent t
WHERE t.change_id = %(change)s AND t.told_at = %(now)s AND old.certificate_id = t.certificate_id
    AND old.change_id = ANY(%(before)s) AND old.accepted_at IS NULL AND old.replaced_by_id IS NULL
"""
_LAPSE = """
UPDATE certificates_duty d SET state = 'lapsed', settled_at = %(now)s
FROM certificates_termsconsent old JOIN certificates_termsconsent t ON t.certificate_id = old.certificate_id
WHERE t.change_id = %(change)s AND t.told_at = %(now)s AND old.replaced_by_id = %(change)s
    AND d.about = 'certificates.termsconsent:' || old.id AND d.kind = 'accept_terms' AND d.state = 'open'
RETURNING 'certificates.duty:' || d.id AS object_ref, '{"state": "open"}'::jsonb AS before,
    '{"state": "lapsed"}'::jsonb AS after,
    ARRAY['certificates.duty:' || d.id, d.about, 'certificates.certificate:' || d.certificate_id,
        'candidates.person:' || d.person_id] AS subjects
"""
_REMIND = """
INSERT INTO certificates_reminder (key, kind, certificate_id, duty_id, days, created_at)
SELECT 'terms_announced:' || d.about, 'terms_announced', d.certificate_id, d.id, 0, %(now)s
FROM certificates_termsconsent t JOIN certificates_duty d ON d.about = 'certificates.termsconsent:' || t.id
WHERE t.change_id = %(change)s AND t.told_at = %(now)s AND d.kind = 'accept_terms'
ORDER BY d.id
ON CONFLICT (key) DO NOTHING
"""


def prepare_change(
    subject: ContractTemplate | SchemeVersion,
    *,
    actor: User,
    summary_az: str,
    summary_en: str,
    effective_on: date,
    transition_until: date,
) -> TermsChange:
    """Prepare the announcement of a newer contract text or scheme version; nobody is told yet.

    Writes "terms.prepare". Raises `NotAllowed` "role"; `RuleViolation` "subject" (not newer than what is announced or
    in preparation), "effective_past" (not after today), "transition" (ends before it begins), "reason" (no summary).
    """
    require_role(actor, Role.OFFICER)
    is_template = isinstance(subject, ContractTemplate)
    require_ahead(effective_on)
    require_transition(effective_on, transition_until)
    summaries = [stated_reason(summary) for summary in (summary_az, summary_en)]
    taken = {"certificates_terms_template_once": TAKEN, "certificates_terms_version_once": TAKEN}
    with transaction.atomic():
        free = templates_to_announce() if is_template else versions_to_announce()
        if not free.filter(pk=subject.pk).exists():
            raise RuleViolation(TAKEN, code="subject")
        with constraint_errors(taken):
            change = TermsChange.objects.create(
                kind=TermsKind.CONTRACT if is_template else TermsKind.SCHEME,
                template=subject if isinstance(subject, ContractTemplate) else None,
                scheme_version=subject if isinstance(subject, SchemeVersion) else None,
                summary_az=summaries[0],
                summary_en=summaries[1],
                effective_on=effective_on,
                transition_until=transition_until,
                prepared_by=actor,
                prepared_at=timezone.now(),
            )
        after = {"subject": str(subject), "effective_on": effective_on, "transition_until": transition_until}
        record(actor=actor, verb="terms.prepare", obj=change, after=after)
    return change


def announce_change(change: TermsChange, *, actor: User) -> TermsChange:
    """Announce prepared terms to the holders whom they concern, however many.

    Effects, in the database alone: a consent to be given and the duty to give it by the end of the transition for each
    certificate, in place of what was not accepted of older terms of the same kind, a reminder from which a worker
    writes the message; where they are many, a worker does that too. Who joins them later (a contract that was offered
    on the old text) is told by the morning's sweep. Raises `NotAllowed` "role"; `RuleViolation` "effective_past" or
    "state".
    """
    require_role(actor, Role.OFFICER)
    now = timezone.now()
    with transaction.atomic():
        current = locked(change)
        if current.state == TermsState.DRAFT:
            require_ahead(current.effective_on)
        moved = move(
            change, TERMS, "announce", actor=actor, changes={"announced_at": now, "announced_by": actor},
            untold={"announced_by"},
        )  # fmt: skip
        if concerned(moved)[: TOLD_AT_ONCE + 1].count() > TOLD_AT_ONCE:
            enqueue_on_commit(TELLING)
        else:
            _tell_concerned(moved, now, actor=actor)
            enqueue_on_commit(WRITING, 0)
    return moved


def cancel_change(change: TermsChange, *, actor: User, reason: str) -> TermsChange:
    """Give up terms that were not announced yet. Raises `NotAllowed` "role"; `RuleViolation` "reason" or "state"."""
    require_role(actor, Role.OFFICER)
    return move(change, TERMS, "cancel", actor=actor, reason=stated_reason(reason))


def tell_newcomers(now: datetime) -> int:
    """Tell of changed terms whoever was not told yet, or has come under them since; returns how many."""
    return sum(_tell_concerned(change, now) for change in announced_of_late(timezone.localdate(now)))


def accept_terms(consent: TermsConsent, *, actor: User, request_address: str) -> TermsConsent:
    """Accept changed terms in the portal: the holder, who has just signed in once more (the view sees to it).

    Keeps the moment and the address of the request; the duty is met; the holder is told. Raises `NotAllowed`
    "not_holder"; `RuleViolation` "no_address", "accepted", "replaced" (by newer terms), or "ended" when the certificate
    is held no more.
    """
    if consent.certificate.person.user_id != actor.pk:
        raise NotAllowed(_("Only the holder can accept these terms."), code="not_holder")
    if not request_address:
        raise RuleViolation(NO_ADDRESS, code="no_address")
    facts = {"request_address": request_address, "signed_on": timezone.localdate()}
    with transaction.atomic():
        return _accept(_open(consent), AcceptanceWay.PORTAL, actor=actor, facts=facts)


def record_paper_terms(
    consent: TermsConsent, *, actor: User, signed_on: date, scan: "UploadedFile[Any]"
) -> TermsConsent:
    """Record that the holder accepted changed terms on paper, with the scan of what they signed.

    Raises `NotAllowed` "role", "own_case" or "interest"; `RuleViolation` "signed_future", "signed_early" (before they
    were told), "accepted", "replaced", "ended", and those of `store_upload`.
    """
    require_officer(actor, consent.certificate.person)
    require_signed_in_time(consent, signed_on)
    with transaction.atomic():
        current = _open(consent)
        facts = {"signed_on": signed_on, "scan": store_upload(scan, actor=actor)}
        return _accept(current, AcceptanceWay.PAPER, actor=actor, facts=facts)


def _open(consent: TermsConsent) -> TermsConsent:
    current = locked(consent)
    if current.accepted_at is not None:
        raise RuleViolation(ACCEPTED_ALREADY, code="accepted")
    if current.replaced_by_id is not None:
        raise RuleViolation(REPLACED, code="replaced")
    if not current.is_open:
        raise RuleViolation(NOT_HELD, code="ended")
    return current


def _accept(consent: TermsConsent, how: AcceptanceWay, *, actor: User, facts: dict[str, Any]) -> TermsConsent:
    consent.accepted_at, consent.accepted_how, consent.accepted_by = timezone.now(), how, actor
    for name, value in facts.items():
        setattr(consent, name, value)
    consent.save()
    certificate = consent.certificate
    record(
        actor=actor,
        verb="terms.accept",
        obj=consent,
        after={"accepted_how": how, "signed_on": consent.signed_on},
        related=(certificate, certificate.person),
    )
    proof = gettext_noop("Changed terms accepted")
    meet_about(consent, DutyKind.ACCEPT_TERMS, actor=actor, proof=proof, on=consent.signed_on)
    context = {"certificate": certificate, "consent": consent, "change": consent.change}
    tell("terms_accepted", certificate.person, consent, context)
    return consent


def _tell_concerned(change: TermsChange, now: datetime, *, actor: User | None = None) -> int:
    """Open a consent, a duty and a reminder for each certificate that a change concerns; once for each.

    What its holder had not accepted of older terms of the same kind lapses: they are told of the newest alone.
    """
    today = timezone.localdate(now)
    selection, values = newcomers(change, today).values("pk").query.sql_with_params()
    params: dict[str, Any] = {
        "change": change.pk,
        "now": now,
        "today": today,
        "until": change.transition_until if change.in_transition(today) else today + TOLD_AFTERWARDS,
        "rule": DUTIES[DutyKind.ACCEPT_TERMS].rule,
        "version": str(change.template or change.scheme_version),
        "before": list(announced_before(change).values_list("pk", flat=True)),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TELL + selection + _ONCE, [change.pk, now, *values])
        count = cursor.rowcount
        if count:
            record_changed(_OWE, params, verb="duty.open", label=DUTIES[DutyKind.ACCEPT_TERMS].rule)
            cursor.execute(_REPLACE, params)
            record_changed(_LAPSE, params, verb="duty.lapse", label=params["rule"], reason=NEWER_ANNOUNCED)
            cursor.execute(_REMIND, params)
            record(actor=actor, verb="terms.tell", obj=change, after={"told": int(count)})
    return int(count)


def require_ahead(effective_on: date) -> None:
    """Raise `RuleViolation` "effective_past" unless new terms would hold from a day after today."""
    if effective_on <= timezone.localdate():
        raise RuleViolation(
            _("New terms hold from a day after today: give up this change and prepare it anew with a later day."),
            code="effective_past",
        )


def require_transition(effective_on: date, transition_until: date) -> None:
    """Raise `RuleViolation` "transition" when it would end before the new terms hold."""
    if transition_until < effective_on:
        raise RuleViolation(_("The transition cannot end before the new terms hold."), code="transition")


def require_signed_in_time(consent: TermsConsent, signed_on: date) -> None:
    """Raise `RuleViolation` "signed_future" or "signed_early" (before the holder was told)."""
    if signed_on > timezone.localdate():
        raise RuleViolation(_("The date of signature lies in the future."), code="signed_future")
    if signed_on < timezone.localdate(consent.told_at):
        raise RuleViolation(_("The date of signature lies before the day of the announcement."), code="signed_early")
