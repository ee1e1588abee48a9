"""The columns of the tables that lists become: what the list shows, and no personal data beyond it."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certificates.models import Certificate, Contract
from core.badges import badge_for
from core.exports import Column


def _state(kind: str) -> Any:
    """Return what a badge says of a row."""

    def word(row: Any) -> object:
        return badge_for(kind, str(getattr(row, "badge_state", row.state))).word

    return word


def _day(name: str) -> Any:
    """Return the day, in the body's time zone, of a moment of a row."""

    def day(row: Any) -> object:
        moment = getattr(row, name)
        return timezone.localdate(moment) if moment else None

    return day


def _certificate_of(contract: Contract) -> str:
    certificate: Certificate | None = contract.issued_certificate
    return certificate.number if certificate else ""


CERTIFICATES = (
    Column(_("Number"), lambda row: row.number, 22),
    Column(_("Holder"), lambda row: row.person, 34),
    Column(_("Scheme"), lambda row: row.scheme_version.scheme.name, 34),
    Column(_("State"), _state("certificate"), 18),
    Column(_("Issued on"), _day("issued_at"), 14),
    Column(_("Valid from"), lambda row: row.valid_from, 14),
    Column(_("Valid until"), lambda row: row.valid_until, 14),
)

CONTRACTS = (
    Column(_("Number"), lambda row: row.number, 22),
    Column(_("Holder"), lambda row: row.person, 34),
    Column(_("Scheme"), lambda row: row.decision.application.scheme.name, 34),
    Column(_("State"), _state("contract"), 18),
    Column(_("To be concluded by"), lambda row: row.due_on, 18),
    Column(_("Overdue"), lambda row: row.is_overdue, 12),
    Column(_("Certificate"), _certificate_of, 22),
)

BATCH_ITEMS = (
    Column(_("What"), lambda row: row.label, 50),
    Column(_("State"), _state("item"), 18),
    Column(_("What came of it"), lambda row: row.message_words, 80),
)

DUTIES = (
    Column(_("Duty"), lambda row: row.name, 40),
    Column(_("Rule"), lambda row: row.rule, 8),
    Column(_("Whose case"), lambda row: row.person, 34),
    Column(_("Certificate"), lambda row: row.certificate.number if row.certificate else "", 22),
    Column(_("Owed by"), lambda row: row.get_owed_by_display(), 20),
    Column(_("Due"), lambda row: row.due_on, 14),
    Column(_("State"), _state("duty"), 18),
    Column(_("met on"), lambda row: row.met_on, 14),
)

REQUESTS = (
    Column(_("What"), lambda row: row.title, 34),
    Column(_("Holder"), lambda row: row.case.certificate.person, 34),
    Column(_("Certificate"), lambda row: row.case.certificate.number, 22),
    Column(_("Received on"), lambda row: row.case.received_on, 14),
    Column(_("State"), lambda row: badge_for(row.kind, row.case.state).word, 18),
)

MISUSE_CASES = (
    Column(_("Holder"), lambda row: row.certificate.person, 34),
    Column(_("Certificate"), lambda row: row.certificate.number, 22),
    Column(_("Rule"), lambda row: row.get_rule_display(), 50),
    Column(_("Opened"), _day("opened_at"), 14),
    Column(_("To be settled by"), lambda row: row.settle_by, 16),
    Column(_("State"), _state("misuse"), 18),
    Column(_("Outcome"), lambda row: row.get_outcome_display(), 20),
)

SURVEILLANCES = (
    Column(_("Holder"), lambda row: row.certificate.person, 34),
    Column(_("Certificate"), lambda row: row.certificate.number, 22),
    Column(_("Kind"), lambda row: row.get_kind_display(), 18),
    Column(_("To be held by"), lambda row: row.due_on, 14),
    Column(_("State"), _state("surveillance"), 18),
    Column(_("Result"), lambda row: row.get_result_display(), 18),
)

RENEWALS = (
    Column(_("Holder"), lambda row: row.certificate.person, 34),
    Column(_("Certificate"), lambda row: row.certificate.number, 22),
    Column(_("Valid until"), lambda row: row.certificate.valid_until, 14),
    Column(_("Applied for on"), _day("applied_at"), 14),
    Column(_("What it takes"), lambda row: row.get_needs_display(), 24),
    Column(_("State"), lambda row: badge_for("renewal", row.stage).word, 24),
)

CONSENTS = (
    Column(_("Holder"), lambda row: row.certificate.person, 34),
    Column(_("Certificate"), lambda row: row.certificate.number, 22),
    Column(_("Told on"), _day("told_at"), 14),
    Column(_("Acceptance"), lambda row: badge_for("terms", row.standing).word, 22),
    Column(_("Accepted on"), _day("accepted_at"), 14),
    Column(_("Signed on"), lambda row: row.signed_on, 14),
    Column(_("How"), lambda row: row.get_accepted_how_display(), 18),
)

DECISIONS = (
    Column(_("Candidate"), lambda row: row.person, 34),
    Column(_("Scheme"), lambda row: row.application.scheme.name, 34),
    Column(_("Decision"), lambda row: row.get_outcome_display(), 18),
    Column(_("Decided on"), _day("decided_at"), 14),
    Column(_("Decided by"), lambda row: row.decided_by, 34),
    Column(_("Appeal until"), lambda row: row.appeal_until, 14),
)
