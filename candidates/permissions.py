"""Who may do what with persons and applications, in one place."""

from typing import Any

from accounts.models import User
from accounts.permissions import has_role, is_officer, reads_cases
from accounts.states import Role
from candidates.models import Application, Person
from candidates.states import APPLICATION


def may_apply(user: Any, obj: object = None) -> bool:
    """Candidates apply for themselves."""
    return has_role(user, Role.CANDIDATE)


def owns_application(user: Any, application: object = None) -> bool:
    """The account that filled it in; for a paper application, the account of its person."""
    if not isinstance(application, Application) or not isinstance(user, User) or not user.is_active:
        return False
    if application.account_id is not None:
        return application.account_id == user.pk
    return application.person is not None and application.person.user_id == user.pk


def concerns_oneself(user: Any, application: Application) -> bool:
    """Tell whether it is the user's own case in any way: then they may not handle it for the body (contract B1)."""
    return owns_application(user, application) or (
        application.person is not None and application.person.user_id == user.pk
    )


def reads_application(user: Any, application: object = None) -> bool:
    """Its owner; officers and auditors once it has been submitted. A draft is nobody else's business."""
    if not isinstance(application, Application):
        return False
    if owns_application(user, application):
        return True
    return application.submitted_at is not None and reads_cases(user)


def edits_application(user: Any, application: object = None) -> bool:
    """The applicant, through the account that filled it in; officers what came on paper.

    Whether its state still allows it is the service's matter, so that whoever is late reads why.
    """
    if not isinstance(application, Application):
        return False
    if application.is_paper:
        return is_officer(user) and not concerns_oneself(user, application)
    return application.account_id == getattr(user, "pk", None) and may_apply(user)


def withdraws_application(user: Any, application: object = None) -> bool:
    """Whoever may edit it; a paper application also the person itself."""
    return edits_application(user, application) or (may_apply(user) and owns_application(user, application))


def reviews_application(user: Any, application: object = None) -> bool:
    """Officers accept, return and refuse, but never on their own case."""
    return isinstance(application, Application) and is_officer(user) and not concerns_oneself(user, application)


def chooses_publication(user: Any, application: object = None) -> bool:
    """Whoever the application is about, at any time (contract B6); officers write down what that person said."""
    if not isinstance(application, Application) or not isinstance(user, User) or not user.is_active:
        return False
    return concerns_oneself(user, application) or is_officer(user)


def reads_applications(user: Any, obj: object = None) -> bool:
    """Officers work through the list of applications, auditors read it."""
    return reads_cases(user)


def enters_paper(user: Any, obj: object = None) -> bool:
    """Officers enter paper applications."""
    return is_officer(user)


def reads_person(user: Any, person: object = None) -> bool:
    """Officers and auditors; the person's own account sees its data on its applications."""
    return reads_cases(user)


def manages_person(user: Any, person: object = None) -> bool:
    """Officers record conflicts of interest and link accounts, but not on themselves."""
    return is_officer(user) and not (isinstance(person, Person) and person.user_id == user.pk)


def declares_conflict(user: Any, obj: object = None) -> bool:
    """Everyone who could come to assess, decide on or handle a candidate."""
    return has_role(user, Role.ASSESSOR, Role.DECIDER, Role.OFFICER)


def may_act(verb: str, application: Application) -> bool:
    """Tell whether the state of the application lets `verb` start: for showing buttons, not for the service."""
    concluded = application.concluded_at is not None
    return APPLICATION.allows(verb, application.state) and not concluded
