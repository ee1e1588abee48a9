"""Who may do what with decisions, contracts and certificates, in one place."""

from typing import Any

from accounts.models import User
from accounts.permissions import has_role, is_officer, is_signed_in, reads_cases
from accounts.states import Role
from certificates.models import Certificate, Contract, DecisionReview
from certificates.queries import obstacles
from exams.models import Attempt
from exams.queries.sessions import is_partial


def reads_decisions(user: Any, obj: object = None) -> bool:
    """Decision-makers work on them; officers and auditors read them."""
    return has_role(user, Role.DECIDER, Role.OFFICER, Role.AUDITOR)


def reads_dossier(user: Any, attempt: object = None) -> bool:
    """Whoever reads cases, and decision-makers who are independent of the candidate (contract B1, B6)."""
    return isinstance(attempt, Attempt) and (reads_cases(user) or decides(user, attempt))


def decides(user: Any, attempt: object = None) -> bool:
    """Decision-makers who are independent of the candidate (contract B1); the database holds the same rule."""
    return isinstance(attempt, Attempt) and has_role(user, Role.DECIDER) and not obstacles(user, attempt)


def may_try_to_decide(user: Any, obj: object = None) -> bool:
    """Any decision-maker: one who is not independent reads why not, from the service."""
    return has_role(user, Role.DECIDER)


def reads_review(user: Any, review: object = None) -> bool:
    """Whoever may read the dossier of the exam that was decided on."""
    return isinstance(review, DecisionReview) and reads_dossier(user, review.decision.attempt)


def settles_review(user: Any, review: object = None) -> bool:
    """Decision-makers who are independent of the candidate (contract B1); the database holds the same rule."""
    return isinstance(review, DecisionReview) and decides(user, review.decision.attempt)


def reads_contract(user: Any, contract: object = None) -> bool:
    """Its holder, officers and auditors."""
    return isinstance(contract, Contract) and (reads_cases(user) or holds(user, contract))


def holds(user: Any, obj: object = None) -> bool:
    """The person whose contract or certificate it is."""
    return isinstance(obj, Contract | Certificate) and isinstance(user, User) and obj.person.user_id == user.pk


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
