"""The lifecycle of a certificate: its states, what moves it, and on which grounds."""

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from core.transitions import Lifecycle, Transition


class CertificateState(models.TextChoices):
    """What was decided about a certificate.

    *Expired* is not here: it follows from the date (see certificates.history).
    """

    VALID = "valid", _("Valid")
    SUSPENDED = "suspended", _("Suspended")
    REVOKED = "revoked", _("Revoked")
    SUPERSEDED = "superseded", _("Superseded")


FINAL_STATES = (CertificateState.REVOKED, CertificateState.SUPERSEDED)


class Status(models.TextChoices):
    """What a reader is told about a certificate on a day: its state, or that it ran out."""

    VALID = "valid", _("Valid")
    SUSPENDED = "suspended", _("Suspended")
    REVOKED = "revoked", _("Revoked")
    SUPERSEDED = "superseded", _("Superseded")
    EXPIRED = "expired", _("Expired")
    NOT_YET_VALID = "not_yet_valid", _("Not yet valid")


def status_of(state: CertificateState, valid_from: date, valid_until: date, day: date) -> Status:
    """Return what a reader is told on `day` about a certificate in `state`; what ran out follows from the dates."""
    if state in FINAL_STATES:
        return Status(state)
    if day > valid_until:
        return Status.EXPIRED
    if state == CertificateState.VALID and day < valid_from:
        return Status.NOT_YET_VALID
    return Status(state)


class EventKind(models.TextChoices):
    """What can happen to a certificate. Apart from the issue and the withdrawal, each is a verb of the table below."""

    ISSUE = "issue", pgettext_lazy("certificate event", "Issued")
    SUSPEND = "suspend", pgettext_lazy("certificate event", "Suspended")
    REINSTATE = "reinstate", pgettext_lazy("certificate event", "Reinstated")
    REDUCE = "reduce", pgettext_lazy("certificate event", "Scope reduced")
    REVOKE = "revoke", pgettext_lazy("certificate event", "Revoked")
    SUPERSEDE = "supersede", pgettext_lazy("certificate event", "Superseded")
    WITHDRAW = "withdraw", pgettext_lazy("certificate event", "Planned change withdrawn")


CERTIFICATE = Lifecycle(
    name="certificate",
    states=CertificateState,
    refusal=_("The certificate is in the state “{state}”: this step is not possible now. Reload the page to see it."),
    transitions=(
        Transition("suspend", ("valid",), "suspended", who="officer", needs_reason=True),
        Transition("reinstate", ("suspended",), "valid", who="officer", needs_reason=True),
        Transition("reduce", ("valid",), "valid", who="officer", needs_reason=True),
        Transition("revoke", ("valid", "suspended"), "revoked", who="officer", needs_reason=True),
        Transition("supersede", ("valid", "suspended"), "superseded", who="system, when a renewal is issued"),
    ),
)


class Ground(models.TextChoices):
    """Why a certificate's state changes. The rule and the verbs of each are in `GROUNDS`."""

    FALSE_DECLARATION = "false_declaration", _("False statement or forged paper")
    CHANGE_NOT_REPORTED = "change_not_reported", _("Change of data not reported in time")
    MISUSE = "misuse", _("Used by someone else, when not valid, or out of scope")
    COMPETENCE_IN_DOUBT = "competence_in_doubt", _("Circumstance that affects the competence")
    ORIGINAL_NOT_RETURNED = "original_not_returned", _("Original not handed in")
    ASSESSMENT_DUE = "assessment_due", _("Extra assessment not passed yet")
    REPUTATION = "reputation", _("Misleading or unlawful use, alteration, harm to the body's reputation")
    CONFIDENTIALITY = "confidentiality", _("Exam material disclosed, or cheating")
    SURVEILLANCE = "surveillance", _("Finding of the surveillance")
    TERMS_NOT_ACCEPTED = "terms_not_accepted", _("Changed terms not accepted by the end of the transition")
    EXAM_ANNULLED = "exam_annulled", _("Exam annulled")
    NOT_RESOLVED = "not_resolved", _("Cause of the suspension not removed in time")
    HOLDER_WISH = "holder_wish", _("Wish of the holder")
    RESOLVED = "resolved", _("Cause of the suspension removed")
    NOT_CONFIRMED = "not_confirmed", _("Suspicion not confirmed")
    RENEWED = "renewed", _("Renewed")
    UNNAMED = "unnamed", _("Recorded before grounds were named")


# Of each ground: the rule of the certificate-use contract it rests on, and the verbs for which it can be given.
GROUNDS: dict[Ground, tuple[str, tuple[str, ...]]] = {
    Ground.FALSE_DECLARATION: ("H1", ("suspend", "revoke")),
    Ground.CHANGE_NOT_REPORTED: ("H2", ("suspend",)),
    Ground.MISUSE: ("H3", ("suspend", "revoke")),
    Ground.COMPETENCE_IN_DOUBT: ("H7", ("suspend", "reduce", "revoke")),
    Ground.ORIGINAL_NOT_RETURNED: ("H8", ("suspend",)),
    Ground.ASSESSMENT_DUE: ("H10", ("suspend", "reduce", "revoke")),
    Ground.REPUTATION: ("H11", ("suspend", "revoke")),
    Ground.CONFIDENTIALITY: ("H12", ("suspend", "revoke")),
    Ground.SURVEILLANCE: ("B7", ("suspend", "reduce", "revoke")),
    Ground.TERMS_NOT_ACCEPTED: ("B5", ("suspend", "revoke")),
    Ground.EXAM_ANNULLED: ("B9", ("suspend", "revoke")),
    Ground.NOT_RESOLVED: ("H9", ("revoke",)),
    Ground.HOLDER_WISH: ("H5", ("suspend", "reduce", "revoke", "reinstate")),
    Ground.RESOLVED: ("H9", ("reinstate",)),
    Ground.NOT_CONFIRMED: ("B1", ("reinstate",)),
    Ground.RENEWED: ("H6", ("supersede",)),
    Ground.UNNAMED: ("", ()),
}


def grounds_for(verb: str) -> list[Ground]:
    """Return the grounds on which `verb` can rest, in the order of the contract's rules."""
    return [ground for ground, (_rule, verbs) in GROUNDS.items() if verb in verbs]


def rule_of(ground: str) -> str:
    """Return the contract rule of a ground; "" for none."""
    return GROUNDS[Ground(ground)][0] if ground else ""


class CopyReason(models.TextChoices):
    """Why a copy of a certificate was made."""

    FIRST = "first", pgettext_lazy("copy", "First copy")
    DAMAGED = "damaged", pgettext_lazy("copy", "Replaces a damaged one")
    LOST = "lost", pgettext_lazy("copy", "Replaces a lost one")
    WRONG = "wrong", pgettext_lazy("copy", "Replaces a wrong one")
    CHANGED = "changed", pgettext_lazy("copy", "Data changed")
    REDUCED = "reduced", pgettext_lazy("copy", "Scope reduced")
