"""Applying for the renewal of a certificate, ahead of its last day or late (contract H6, B10)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _, gettext_noop

from accounts.models import User
from accounts.permissions import is_officer
from audit.services import record
from candidates.models import ONE_OPEN
from candidates.permissions import edits_application
from candidates.services.paper import PaperDocument
from candidates.services.renewals import Declared, SignedPaper, begin_renewal
from candidates.services.submission import ONE_OPEN_ERROR, submit_application
from candidates.states import DocumentKind
from certificates.models import Certificate, Renewal
from certificates.queries.renewals import Hindrance, renewal_hindrance
from certificates.services.guards import require_officer
from certificates.services.lifecycle import settle_due
from certificates.services.renewal_duties import meet_renewal_duties
from core.errors import NotAllowed, RuleViolation
from core.integrity import constraint_errors
from core.models import PrivateFile
from core.templatetags.core_ui import longdate
from core.transitions import locked
from schemes.models import SchemeVersion
from schemes.queries import current_version
from schemes.states import RenewalNeeds

SHORTEST_EVIDENCE = 30
NO_EVIDENCE = _(
    "Please describe your practice since the certificate was issued: what you did, for whom, when and how much of it. "
    "One or two words do not show it."
)
NO_FILES = _("Please attach at least one paper that shows your practice.")
HINDRANCES = {
    Hindrance.REVOKED: _(
        "The certificate was revoked, or its revocation is decided: it is not renewed. A new certificate is applied "
        "for anew, as the first time."
    ),
    Hindrance.RENEWED: _("The certificate has been renewed already: it is the new one that counts."),
    Hindrance.RENEWAL_REVOKED: _(
        "The renewal of this certificate was revoked before its first day. A new certificate is applied for anew, as "
        "the first time."
    ),
    Hindrance.OPEN: _("The renewal of this certificate has been applied for already, and is under way."),
    Hindrance.NOT_YET_VALID: _("The certificate is not valid yet: it renews another one itself."),
    Hindrance.OTHER_CASE: _(
        "Another application for this scheme is open: it has to be decided on or withdrawn before a renewal is "
        "applied for."
    ),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows continued practice: a description, and papers that `keep_upload` has kept."""

    text: str = ""
    files: Sequence[PrivateFile] = ()


def hindrance_words(certificate: Certificate, hindrance: Hindrance) -> str:
    """Return why a certificate cannot be applied to be renewed today, in words for its holder."""
    if hindrance == Hindrance.TOO_EARLY:
        return str(
            _("It is too early: the renewal can be applied for from %(day)s on.")
            % {"day": longdate(certificate.renewal_from)}
        )
    return str(HINDRANCES[hindrance])


@transaction.atomic
def apply_for_renewal(
    certificate: Certificate,
    *,
    evidence: Evidence,
    agreed: Collection[str],
    seen: Collection[int],
    language: str,
    scan: PrivateFile | None = None,
    signed_on: date | None = None,
    actor: User,
) -> Renewal:
    """Apply for the renewal of a certificate, as its holder; or as an officer who enters a signed paper.

    `agreed` are the kinds of declaration that are made, `seen` the texts that were shown; an officer gives the `scan`
    of the paper and the day on which it was signed. What it takes is what the scheme version in force asks for, and
    stays so. Effects: an application under that version, with the person's data as they are on record, submitted at
    once (the applicant is told: renewal_received); the duty to apply is met. Whoever applies after the last day of
    validity is late: the renewal runs all the same (contract B10). Writes "renewal.apply".

    Raises `NotAllowed` "not_holder", or for an officer "role", "own_case", "interest"; `RuleViolation` with the value
    of a `Hindrance`, "no_version", "evidence", "evidence_files", "no_paper", and what the services of applications
    raise ("texts_changed", "upload_used", "signed_future", `IncompleteApplication`, ...). Of two at the same moment one
    applies; the other reads that it is under way.
    """
    on_behalf = scan is not None and signed_on is not None
    _require_right(certificate, actor, on_behalf=on_behalf)
    locked(certificate.person)  # before the certificate, like every notice that changes both
    current = settle_due(locked(certificate))
    if hindrance := renewal_hindrance(current):
        raise RuleViolation(hindrance_words(current, hindrance), code=hindrance.value)
    version = current_version(current.scheme_version.scheme)
    if version is None:
        raise RuleViolation(_("The scheme is not in effect: please ask us."), code="no_version")
    text = _sound_evidence(evidence, version)
    paper = SignedPaper(scan, signed_on) if scan is not None and signed_on is not None else None
    application = begin_renewal(
        current.person,
        version,
        declared=Declared(agreed=agreed, seen=seen, language=language),
        documents=[PaperDocument(stored=one, kind=DocumentKind.EXPERIENCE) for one in evidence.files],
        paper=paper,
        actor=actor,
    )
    renewal = Renewal.objects.create(
        certificate=current,
        application=application,
        needs=version.renewal_needs,
        evidence=text,
        applied_at=timezone.now(),
    )
    with constraint_errors({**ONE_OPEN_ERROR, ONE_OPEN: HINDRANCES[Hindrance.OTHER_CASE]}):
        submit_application(application, actor=actor)
    record(
        actor=actor,
        verb="renewal.apply",
        obj=renewal,
        after={"needs": renewal.needs, "late": renewal.is_late, "evidence": text, "files": len(evidence.files)},
        related=[current, application, current.person],
    )
    proof = gettext_noop("Renewal applied for")
    meet_renewal_duties(current, actor=actor, proof=proof)
    return renewal


@transaction.atomic
def amend_evidence(renewal: Renewal, *, text: str, actor: User) -> Renewal:
    """Describe the practice anew while the application is returned for completion; the trail keeps the earlier words.

    Raises `NotAllowed` "not_yours"; `RuleViolation` "not_returned" or "evidence".
    """
    application = locked(renewal.application)
    if not edits_application(actor, application):
        raise NotAllowed(_("This application is not yours to change."), code="not_yours")
    if not application.is_editable:
        raise RuleViolation(
            _("The application is not returned for completion: the description can no longer be changed."),
            code="not_returned",
        )
    current = locked(renewal)
    words = _described(text)
    if words != current.evidence:
        before, current.evidence = current.evidence, words
        current.save(update_fields=["evidence"])
        record(
            actor=actor,
            verb="renewal.amend",
            obj=current,
            before={"evidence": before},
            after={"evidence": words},
            related=[application, current.certificate],
        )
    return current


def needs_evidence(needs: str) -> bool:
    """Tell whether continued practice has to be shown."""
    return needs != RenewalNeeds.EXAM


def _require_right(certificate: Certificate, actor: User, *, on_behalf: bool) -> None:
    if on_behalf:
        require_officer(actor, certificate.person)
    elif certificate.person.user_id != actor.pk:
        if is_officer(actor):
            raise RuleViolation(
                _("Enter the day of the signature and the scan of the signed application."), code="no_paper"
            )
        raise NotAllowed(_("Only the holder applies for the renewal of this certificate."), code="not_holder")


def _sound_evidence(evidence: Evidence, version: SchemeVersion) -> str:
    """Return the description, if the version asks for one and it is there with its papers; else what was written."""
    if not needs_evidence(version.renewal_needs):
        return evidence.text.strip()
    text = _described(evidence.text)
    if not evidence.files:
        raise RuleViolation(NO_FILES, code="evidence_files")
    return text


def _described(text: str) -> str:
    if len(" ".join(text.split())) < SHORTEST_EVIDENCE:
        raise RuleViolation(NO_EVIDENCE, code="evidence")
    return text.strip()
