"""Asking for printed papers: what they say is fixed at that moment, a worker makes the file."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from core.errors import NotAllowed, RuleViolation
from core.rendering import request_render
from core.snapshots import Json
from core.transitions import locked
from exams.models import Attempt, ExamSession, Paper
from exams.permissions import may_print_session, may_read_attempt
from exams.protocols import exam_protocol, session_protocol
from exams.queries.attempts import attempts
from exams.queries.sessions import sessions
from exams.states import AttemptState, PaperKind

_MADE_AT = "made_at"  # when a paper was asked for does not make it another one


@transaction.atomic
def request_exam_protocol(attempt: Attempt, *, actor: User) -> Paper:
    """Ask for the protocol of one exam; what says the same as the last one is not made again.

    Raises `NotAllowed` "paper"; `RuleViolation` "not_begun" before the exam has begun.
    """
    if not may_read_attempt(actor, attempt):
        raise NotAllowed(_("Only those who may read the exam may print it."), code="paper")
    attempt = attempts().get(pk=attempt.pk)
    if attempt.state in {AttemptState.SCHEDULED, AttemptState.CANCELLED}:
        raise RuleViolation(_("There is nothing to print: the exam has not begun."), code="not_begun")
    snapshot = exam_protocol(attempt).to_json()
    locked(attempt)  # only now: it takes a while to draw up, and marks must not wait for that
    return keep_paper(PaperKind.EXAM_PROTOCOL, snapshot, f"protokol-{attempt.pk}.pdf", of=attempt, actor=actor)


@transaction.atomic
def request_session_protocol(session: ExamSession, *, actor: User) -> Paper:
    """Ask for the protocol of a session; what says the same as the last one is not made again.

    Raises `NotAllowed` "paper", also for a candidate of the session: it has everybody's exam.
    """
    if not may_print_session(actor, session):
        raise NotAllowed(_("Only those who may read the exam may print it."), code="paper")
    session = sessions().get(pk=session.pk)
    snapshot = session_protocol(session).to_json()
    locked(session)  # only now: it takes a while to draw up, and no stage must wait for that
    return keep_paper(PaperKind.SESSION_PROTOCOL, snapshot, f"sessiya-{session.pk}.pdf", of=session, actor=actor)


def keep_paper(kind: PaperKind, snapshot: Json, name: str, *, of: Attempt | ExamSession, actor: User) -> Paper:
    """Ask for a paper about an exam or a session, unless the last one of its kind says the same.

    The caller holds the lock of `of`: who presses twice gets one paper.
    """
    last = of.papers.filter(kind=kind).select_related("rendered").first()
    if last and says_the_same(last.rendered.snapshot, snapshot):
        return last
    subject = {"attempt": of} if isinstance(of, Attempt) else {"session": of}
    rendered = request_render(kind, snapshot, name)
    paper = Paper.objects.create(kind=kind, rendered=rendered, requested_by=actor, **subject)
    related = [of.session, of.application] if isinstance(of, Attempt) else []
    record(actor=actor, verb="paper.request", obj=of, after={"paper": kind}, related=related)
    return paper


def says_the_same(one: Json, other: Json) -> bool:
    """Tell whether two papers differ in nothing but the moment at which they were asked for."""
    return _said(one) == _said(other)


def _said(snapshot: Json) -> Json:
    return {name: value for name, value in snapshot.items() if name != _MADE_AT}
