"""Who may do what with sessions, exams and marks."""

from typing import Any

from accounts.models import User
from accounts.permissions import is_assessor, is_officer, is_signed_in, reads_cases
from exams.models import Attempt, ExamSession, StageRun
from exams.queries.sessions import is_on_panel, is_partial
from exams.states import AttemptState


def may_manage_sessions(user: Any, obj: object = None) -> bool:
    """Officers schedule sessions and candidates, and release results."""
    return is_officer(user)


def may_release(user: Any, obj: object = None) -> bool:
    """Officers release results, but not those of people in whom they have an interest."""
    return is_officer(user) and isinstance(obj, Attempt) and not is_partial(user, obj.person)


def may_read_sessions(user: Any, obj: object = None) -> bool:
    """Officers and auditors see every session."""
    return reads_cases(user)


def may_have_panels(user: Any, obj: object = None) -> bool:
    """Assessors see the sessions on whose panel they sit."""
    return is_assessor(user)


def may_read_session(user: Any, obj: object = None) -> bool:
    """Officers, auditors and the panel of the session."""
    return isinstance(obj, ExamSession) and (reads_cases(user) or _sits_on(user, obj.pk))


def may_read_attempt(user: Any, obj: object = None) -> bool:
    """Officers, auditors and the panel of the session; never the candidate, who sees the result once it is released."""
    if not isinstance(obj, Attempt) or not isinstance(user, User) or obj.person.user_id == user.pk:
        return False
    return reads_cases(user) or _sits_on(user, obj.session_id)


def may_receive(user: Any, obj: object = None) -> bool:
    """Those who receive the candidate on the day: officers and the panel of the session."""
    if not isinstance(obj, Attempt) or not isinstance(user, User) or obj.person.user_id == user.pk:
        return False
    return is_officer(user) or _sits_on(user, obj.session_id)


def may_mark(user: Any, obj: object = None) -> bool:
    """Assessors on the panel of the session, unless they have an interest in the candidate (contract B1)."""
    attempt = obj.attempt if isinstance(obj, StageRun) else obj
    if not isinstance(attempt, Attempt) or not isinstance(user, User):
        return False
    return _sits_on(user, attempt.session_id) and not is_partial(user, attempt.person)


def may_read_result(user: Any, obj: object = None) -> bool:
    """The candidate, once the result is released."""
    return (
        isinstance(obj, Attempt)
        and is_signed_in(user)
        and obj.person.user_id == user.pk
        and obj.state == AttemptState.RELEASED
    )


def has_own_exams(user: Any, obj: object = None) -> bool:
    """Everyone who is signed in sees the exams of their own person; most have none."""
    return is_signed_in(user)


def _sits_on(user: Any, session_id: int) -> bool:
    return is_assessor(user) and is_on_panel(user, session_id)
