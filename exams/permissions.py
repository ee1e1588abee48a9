"""Who may do what with sessions, exams and marks."""

from collections.abc import Iterable
from typing import Any, Protocol

from accounts.models import User
from accounts.permissions import is_assessor, is_officer, is_signed_in, reads_cases
from exams.models import Amendment, Attempt, BreachCase, ExamSession, PanelMember, Paper, Phrase, Sheet, StageRun
from exams.queries.marks import is_unveiled
from exams.queries.sessions import is_candidate_of, is_marking, is_on_panel, is_partial, leads, partial_assessors
from exams.states import AMENDABLE, AttemptState, PanelRole, PaperKind, SheetState


class Part(Protocol):
    """A stage of a dossier, as far as permissions ask."""

    @property
    def run(self) -> StageRun | None:
        """The stage as it was held; None while it has not begun."""


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


def may_print_session(user: Any, obj: object = None) -> bool:
    """Whoever reads the session and is not one of its candidates: its protocol has everybody's exam."""
    return may_read_session(user, obj) and isinstance(obj, ExamSession) and not is_candidate_of(obj, user)


def may_read_attempt(user: Any, obj: object = None) -> bool:
    """Officers, auditors and the panel of the session; never the candidate, who sees the result once it is released."""
    if not isinstance(obj, Attempt) or not isinstance(user, User) or obj.person.user_id == user.pk:
        return False
    return reads_cases(user) or _sits_on(user, obj.session_id)


def may_receive(user: Any, obj: object = None) -> bool:
    """Those who receive the candidate on the day: officers and the panel of the session, but its observers."""
    if not isinstance(obj, Attempt) or not isinstance(user, User) or obj.person.user_id == user.pk:
        return False
    return is_officer(user) or (is_assessor(user) and is_marking(user, obj.session_id))


def may_record(user: Any, obj: object = None) -> bool:
    """Who records what happens at an exam: officers, and the assessors who mark it; nobody with an interest (B1)."""
    if not isinstance(obj, Attempt) or not isinstance(user, User):
        return False
    return may_mark(user, obj) or (is_officer(user) and not is_partial(user, obj.person))


def may_stop(user: Any, obj: object = None) -> bool:
    """Who stops an exam: officers, and the lead of the panel; nobody with an interest in the candidate."""
    if not may_record(user, obj) or not isinstance(obj, Attempt):
        return False
    return is_officer(user) or leads(user, obj.session_id)


def may_settle_breach(user: Any, obj: object = None) -> bool:
    """Another officer than whoever reported the suspicion, without an interest in the candidate (four eyes, B1)."""
    if not isinstance(obj, BreachCase) or not is_officer(user):
        return False
    return obj.opened_by_id != user.pk and not is_partial(user, obj.attempt.person)


def may_read_breaches(user: Any, obj: object = None) -> bool:
    """Officers and auditors, but nobody the case about themselves."""
    return reads_cases(user) and not (isinstance(obj, BreachCase) and obj.attempt.person.user_id == user.pk)


def may_leave_seat(user: Any, obj: object = None) -> bool:
    """The assessor who sits there, unless they are a candidate of the session; officers without an interest in one.

    An assessor with an interest may leave: it takes influence away from them. An officer ends somebody else's marking.
    """
    if not isinstance(obj, PanelMember) or not isinstance(user, User) or is_candidate_of(obj.session, user):
        return False
    if is_assessor(user) and obj.assessor_id == user.pk:
        return True
    return is_officer(user) and not partial_assessors(obj.session, [user]).exists()


def may_mark(user: Any, obj: object = None) -> bool:
    """Assessors of the panel, no observers, unless they have an interest in the candidate (contract B1)."""
    attempt = obj.attempt if isinstance(obj, StageRun) else obj
    if not isinstance(attempt, Attempt) or not isinstance(user, User):
        return False
    return is_assessor(user) and is_marking(user, attempt.session_id) and not is_partial(user, attempt.person)


def may_read_own_sheet(user: Any, obj: object = None) -> bool:
    """Whoever marks a stage, or has marked it: an assessor with a sheet sees their own marks, nobody else's."""
    return isinstance(obj, StageRun) and is_assessor(user) and obj.sheets.filter(assessor=user).exists()


def may_seal(user: Any, obj: object = None) -> bool:
    """Whoever marks a stage."""
    return may_mark(user, obj) and may_read_own_sheet(user, obj)


def may_close_sheet(user: Any, obj: object = None) -> bool:
    """The assessor of a sheet; the lead of the panel and officers, unless they have an interest in the candidate."""
    if not isinstance(obj, Sheet) or not isinstance(user, User):
        return False
    attempt = obj.run.attempt
    if obj.assessor_id == user.pk:
        return is_assessor(user) and attempt.person.user_id != user.pk
    if is_partial(user, attempt.person):
        return False
    return is_officer(user) or (is_assessor(user) and leads(user, attempt.session_id))


def may_speak_for_panel(user: Any, obj: object = None) -> bool:
    """Who settles differences and signs a stage off: the lead with sealed marks; where they have none, any other with.

    A lead abstains, hands over or has an interest: then whoever sealed marks speaks for the panel.
    """
    if not isinstance(obj, StageRun) or not may_mark(user, obj):
        return False
    sealed = set(obj.sheets.filter(state=SheetState.SEALED).values_list("assessor", flat=True))
    lead = obj.attempt.session.panel.filter(role=PanelRole.LEAD, left_at=None).first()
    if lead and lead.assessor_id in sealed and not is_partial(lead.assessor, obj.attempt.person):
        return bool(user.pk == lead.assessor_id)
    return user.pk in sealed


def may_read_panel(user: Any, obj: object = None) -> bool:
    """Who may see the sealed marks of a stage side by side, once all are sealed: who reads its exam."""
    return isinstance(obj, StageRun) and may_read_attempt(user, obj.attempt)


def may_read_receipt(user: Any, obj: object = None) -> bool:
    """Who reads the receipt of a sheet: its assessor; and once all are sealed, whoever reads the exam.

    Not before: marks are few enough to be found again from their digest by trying all of them.
    """
    if not isinstance(obj, Sheet) or not obj.is_sealed or not isinstance(user, User):
        return False
    is_own = obj.assessor_id == user.pk and is_assessor(user)
    return is_own or (may_read_panel(user, obj.run) and is_unveiled(obj.run))


def may_check_receipts(user: Any, obj: object = None) -> bool:
    """Officers and auditors check every receipt, assessors their own."""
    return reads_cases(user) or is_assessor(user)


def may_find_sheet(user: Any, obj: object = None) -> bool:
    """Whose receipt a code may show: assessors find their own; officers and auditors those that they may read.

    No other: whoever tries codes would learn marks that are still veiled.
    """
    if not may_read_receipt(user, obj):
        return False
    return reads_cases(user) or (isinstance(obj, Sheet) and obj.assessor_id == user.pk)


def may_read_amendments(user: Any, obj: object = None) -> bool:
    """Officers and auditors see every amendment."""
    return reads_cases(user)


def may_read_amendment(user: Any, obj: object = None) -> bool:
    """Who may read the exam that it is about: officers, auditors and the panel, never the candidate."""
    return isinstance(obj, Amendment) and may_read_attempt(user, obj.run.attempt)


def may_propose_amendment(user: Any, obj: object = None) -> bool:
    """Assessors who sealed marks of the stage or speak for its panel, and officers; nobody with an interest."""
    if not isinstance(obj, StageRun) or not isinstance(user, User) or is_partial(user, obj.attempt.person):
        return False
    if is_officer(user):
        return True
    sealed = obj.sheets.filter(assessor=user, state=SheetState.SEALED)
    return is_assessor(user) and (sealed.exists() or may_speak_for_panel(user, obj))


def may_settle_amendment(user: Any, obj: object = None) -> bool:
    """Somebody else than who proposed it: officers and assessors of the panel; nobody with an interest.

    `queries.amendments.queue_amendments` asks the same of all of them.
    """
    if not isinstance(obj, Amendment) or not isinstance(user, User) or obj.proposed_by_id == user.pk:
        return False
    attempt = obj.run.attempt
    return may_mark(user, attempt) or (is_officer(user) and not is_partial(user, attempt.person))


def amendable_runs(user: Any, parts: Iterable[Part]) -> frozenset[int]:
    """Return the keys of the stages, of those in a dossier, of which the user may propose an amendment."""
    runs = [part.run for part in parts if part.run and part.run.is_signed_off and part.run.attempt.state in AMENDABLE]
    return frozenset(run.pk for run in runs if may_propose_amendment(user, run))


def may_read_result(user: Any, obj: object = None) -> bool:
    """The candidate, once the result is released."""
    return (
        isinstance(obj, Attempt)
        and is_signed_in(user)
        and obj.person.user_id == user.pk
        and obj.state == AttemptState.RELEASED
    )


def may_read_paper(user: Any, obj: object = None) -> bool:
    """Whoever may read what a paper is about; a decision dossier: whoever asked for it, officers and auditors."""
    if not isinstance(obj, Paper) or not isinstance(user, User) or not user.is_body_staff:
        return False
    person = obj.attempt.person if obj.attempt else None
    if person is not None and person.user_id == user.pk:
        return False
    if obj.kind == PaperKind.DECISION_DOSSIER:
        return bool(obj.requested_by_id == user.pk) or reads_cases(user)
    return may_read_attempt(user, obj.attempt) or may_print_session(user, obj.session)


def may_read_phrases(user: Any, obj: object = None) -> bool:
    """Assessors, for whom the phrases are, and those who see every session."""
    return is_assessor(user) or reads_cases(user)


def may_add_phrases(user: Any, obj: object = None) -> bool:
    """Assessors add phrases of their own, officers shared ones."""
    return is_assessor(user) or is_officer(user)


def may_share_phrases(user: Any, obj: object = None) -> bool:
    """Officers keep the phrases that every assessor is offered."""
    return is_officer(user)


def may_change_phrase(user: Any, obj: object = None) -> bool:
    """One's own phrase as an assessor, a shared one as an officer."""
    if not isinstance(obj, Phrase):
        return False
    return may_share_phrases(user) if obj.owner_id is None else is_assessor(user) and obj.owner_id == user.pk


def has_own_exams(user: Any, obj: object = None) -> bool:
    """Everyone who is signed in sees the exams of their own person; most have none."""
    return is_signed_in(user)


def _sits_on(user: Any, session_id: int) -> bool:
    return is_assessor(user) and is_on_panel(user, session_id)
