"""Who may do what with decisions, contracts and certificates, in one place."""

from typing import Any

from accounts.models import User
from accounts.permissions import has_role, is_auditor, is_officer, is_signed_in, reads_cases
from accounts.states import Role
from candidates.permissions import edits_application
from certificates.models import (
    CalendarFeed,
    CaseFile,
    Certificate,
    Contract,
    DecisionReview,
    Duty,
    MisuseCase,
    Renewal,
    RenewalPaper,
    Surveillance,
    TermsConsent,
)
from certificates.queries.cases import is_hidden
from certificates.queries.decisions import obstacles
from certificates.states import SurveillanceKind
from core.models import Batch
from exams.models import Attempt
from exams.queries.sessions import is_partial


def reads_decisions(user: Any, obj: object = None) -> bool:
    """Decision-makers work on them; officers and auditors read them."""
    return has_role(user, Role.DECIDER, Role.OFFICER, Role.AUDITOR)


def reads_dossier(user: Any, attempt: object = None) -> bool:
    """Whoever reads cases, and decision-makers who are independent of the candidate (contract B1, B6).

    The case is an exam, or a renewal on evidence. Nobody reads their own: marks, papers and the officers' words on them
    are told with the decision.
    """
    if not isinstance(attempt, Attempt | Renewal) or not isinstance(user, User):
        return False
    person = attempt.application.person  # none yet while a renewal on paper is being filled in
    own = person is not None and person.user_id == user.pk
    return not own and (reads_cases(user) or decides(user, attempt))


def prints_renewal(user: Any, renewal: object = None) -> bool:
    """Whoever reads the dossier of a renewal, but the holder and those near to them: an officer can be one."""
    return isinstance(renewal, Renewal) and reads_dossier(user, renewal) and not is_near(user, renewal.certificate)


def reads_renewal_paper(user: Any, paper: object = None) -> bool:
    """Whoever asked for it, officers and auditors, but the holder and those near to them."""
    if not isinstance(paper, RenewalPaper) or not isinstance(user, User) or not user.is_body_staff:
        return False
    near = is_near(user, paper.renewal.certificate)
    return not near and (paper.requested_by_id == user.pk or reads_cases(user))


def decides(user: Any, attempt: object = None) -> bool:
    """Decision-makers who are independent of the candidate (contract B1); the database holds the same rule."""
    return isinstance(attempt, Attempt | Renewal) and has_role(user, Role.DECIDER) and not obstacles(user, attempt)


def may_try_to_decide(user: Any, obj: object = None) -> bool:
    """Any decision-maker: one who is not independent reads why not, from the service."""
    return has_role(user, Role.DECIDER)


def reads_review(user: Any, review: object = None) -> bool:
    """Whoever may read the dossier of the exam that was decided on."""
    return isinstance(review, DecisionReview) and reads_dossier(user, review.exam)


def settles_review(user: Any, review: object = None) -> bool:
    """Decision-makers who are independent of the candidate (contract B1); the database holds the same rule."""
    return isinstance(review, DecisionReview) and decides(user, review.exam)


def reads_contract(user: Any, contract: object = None) -> bool:
    """Its holder, officers and auditors."""
    return isinstance(contract, Contract) and (reads_cases(user) or holds(user, contract))


def holds(user: Any, obj: object = None) -> bool:
    """The person whose contract or certificate it is."""
    return isinstance(obj, Contract | Certificate) and isinstance(user, User) and obj.person.user_id == user.pk


def is_near(user: Any, obj: object = None) -> bool:
    """The holder, and whoever has an interest in them on record (contract B1): what is held back is kept from both."""
    return isinstance(user, User) and isinstance(obj, Contract | Certificate) and is_partial(user, obj.person)


def accepts_contract(user: Any, contract: object = None) -> bool:
    """Only the holder."""
    return is_signed_in(user) and holds(user, contract)


def handles(user: Any, obj: object = None) -> bool:
    """Officers, but neither on their own case nor on that of somebody in whom they have an interest (contract B1)."""
    return is_officer(user) and isinstance(obj, Contract | Certificate) and not is_partial(user, obj.person)


def reads_certificates(user: Any, obj: object = None) -> bool:
    """Officers and auditors; everybody else uses the public page, the holder their own."""
    return reads_cases(user)


def downloads_certificate(user: Any, certificate: object = None) -> bool:
    """Its holder, officers and auditors."""
    return isinstance(certificate, Certificate) and (reads_cases(user) or holds(user, certificate))


def applies_for_renewal(user: Any, certificate: object = None) -> bool:
    """The holder; officers enter a signed application, but not in their own case."""
    return isinstance(certificate, Certificate) and (holds(user, certificate) or handles(user, certificate))


def reads_renewal(user: Any, renewal: object = None) -> bool:
    """The holder, whoever reads cases, and decision-makers who are independent of the candidate (contract B1)."""
    return isinstance(renewal, Renewal) and (
        holds(user, renewal.certificate) or reads_cases(user) or decides(user, renewal)
    )


def amends_renewal(user: Any, renewal: object = None) -> bool:
    """Whoever fills in its application: the holder, or officers what came on paper."""
    return isinstance(renewal, Renewal) and edits_application(user, renewal.application)


def handles_duty(user: Any, duty: object = None) -> bool:
    """Officers, but neither their own duties nor those of somebody in whom they have an interest (contract B1)."""
    return is_officer(user) and isinstance(duty, Duty) and not is_partial(user, duty.person)


def reads_duty(user: Any, duty: object = None) -> bool:
    """Officers and auditors, and the holder whom it concerns; nobody near to them what the holder is not told (B7)."""
    if not isinstance(duty, Duty):
        return False
    if is_signed_in(user) and duty.person.user_id == user.pk:
        return duty.shown_to_holder
    return reads_cases(user) and (duty.shown_to_holder or not is_partial(user, duty.person))


def reads_calendar(user: Any, obj: object = None) -> bool:
    """Who works with terms of working days, and who is bound by them."""
    return has_role(user, Role.OFFICER, Role.AUDITOR, Role.CANDIDATE)


def corrects_calendar(user: Any, obj: object = None) -> bool:
    """Officers."""
    return is_officer(user)


def has_feeds(user: Any, obj: object = None) -> bool:
    """Officers, and candidates and holders: whose due dates are in the ledger."""
    return has_role(user, Role.OFFICER, Role.CANDIDATE)


def owns_feed(user: Any, feed: object = None) -> bool:
    """Only the person whose calendar address it is."""
    return has_feeds(user) and isinstance(feed, CalendarFeed) and feed.user_id == user.pk


def retries_batch(user: Any, batch: object = None) -> bool:
    """Who started it: it acts in their name."""
    return is_signed_in(user) and isinstance(batch, Batch) and batch.started_by_id == user.pk


def downloads_batch(user: Any, batch: object = None) -> bool:
    """Who asked for the file, as long as they may read such lists."""
    return reads_cases(user) and retries_batch(user, batch)


# --- What holders report and ask for ----------------------------------------------------------------------------------
def reports(user: Any, certificate: object = None) -> bool:
    """The holder; officers enter what came on paper, but not on their own certificate."""
    return isinstance(certificate, Certificate) and (holds(user, certificate) or handles(user, certificate))


def reads_requests(user: Any, certificate: object = None) -> bool:
    """The holder, officers and auditors."""
    return isinstance(certificate, Certificate) and (reads_cases(user) or holds(user, certificate))


def reads_circumstances(user: Any, certificate: object = None) -> bool:
    """The holder, officers who handle the certificate, and auditors: a circumstance may be about somebody's health."""
    return isinstance(certificate, Certificate) and (
        holds(user, certificate) or handles(user, certificate) or is_auditor(user)
    )


def reads_case_file(user: Any, file: object = None) -> bool:
    """Whoever may see its case; of a case of misuse the holder sees their own papers, and what they are shown."""
    if not isinstance(file, CaseFile):
        return False
    if file.circumstance:
        return reads_circumstances(user, file.circumstance.certificate)
    if request := file.change or file.replacement:
        return reads_requests(user, request.certificate)
    return reads_evidence(user, file)


# --- Cases that the body opens ----------------------------------------------------------------------------------------
def reads_misuse(user: Any, case: object = None) -> bool:
    """Officers and auditors without an interest in the holder; the holder, whoever else they are, once they are heard.

    What others complain of is not told to those near to whom it is about (contract B1, B6).
    """
    if not isinstance(case, MisuseCase):
        return False
    if holds(user, case.certificate):
        return case.heard_at is not None
    return reads_cases(user) and not is_near(user, case.certificate)


def handles_misuse(user: Any, case: object = None) -> bool:
    """Officers without an interest in the holder."""
    return isinstance(case, MisuseCase) and handles(user, case.certificate)


def answers_hearing(user: Any, case: object = None) -> bool:
    """The holder who is heard, or an officer for them."""
    return isinstance(case, MisuseCase) and (
        reads_misuse(user, case) if holds(user, case.certificate) else handles_misuse(user, case)
    )


def reads_surveillance(user: Any, surveillance: object = None) -> bool:
    """Officers and auditors; the holder, unless it is extraordinary and not held yet (contract B7).

    One without notice rests on a complaint: it is closed to those who have an interest in the holder.
    """
    if not isinstance(surveillance, Surveillance):
        return False
    if holds(user, surveillance.certificate):
        return not is_hidden(surveillance)
    without_notice = surveillance.kind == SurveillanceKind.EXTRAORDINARY
    return reads_cases(user) and not (without_notice and is_near(user, surveillance.certificate))


def handles_surveillance(user: Any, surveillance: object = None) -> bool:
    """Officers without an interest in the holder."""
    return isinstance(surveillance, Surveillance) and handles(user, surveillance.certificate)


def reads_evidence(user: Any, file: object = None) -> bool:
    """Whoever reads its case; the holder who is heard, their own papers and what they are shown."""
    if not isinstance(file, CaseFile):
        return False
    case = file.misuse or file.surveillance
    if case is not None and holds(user, case.certificate):
        return reads_misuse(user, file.misuse) and (file.by_holder or file.shown_to_holder)
    return reads_misuse(user, file.misuse) or reads_surveillance(user, file.surveillance)


def accepts_terms(user: Any, consent: object = None) -> bool:
    """Changed terms are accepted in the portal by the holder of the certificate alone."""
    return isinstance(consent, TermsConsent) and is_signed_in(user) and holds(user, consent.certificate)


def handles_consent(user: Any, consent: object = None) -> bool:
    """An acceptance on paper is recorded by whoever handles the certificate."""
    return isinstance(consent, TermsConsent) and handles(user, consent.certificate)


def reads_consent(user: Any, consent: object = None) -> bool:
    """What was signed is read by the holder, officers and auditors."""
    return isinstance(consent, TermsConsent) and (reads_cases(user) or holds(user, consent.certificate))
