"""Stages that were passed before and still count: fixed when an exam begins."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from core.errors import RuleViolation
from core.integrity import constraint_errors
from exams.models import Attempt, CarriedStage, ExamSession
from exams.queries.retakes import PassedBefore, counting, stages_to_hold
from exams.states import BEGUN_ATTEMPTS, AttemptState

NOTHING_TO_HOLD = _(
    "%(name)s has passed every stage, and all of them still count: there is nothing to hold. Decide on the exams held."
)
_CHANGED = _("A stage that was passed before has just been amended. Nothing was started: reload the page.")


def lock_earlier_exams(attempt: Attempt) -> None:
    """Lock the exams whose stages may count in one that is about to begin; called before that one is locked.

    An earlier exam is locked before a later one. Whatever makes its stages count no longer (a suspicion, its
    confirmation, an amendment) holds its lock as well: it comes before, and is seen, or after.
    """
    if attempt.state != AttemptState.SCHEDULED:
        return
    earlier = Attempt.objects.filter(person=attempt.person_id, state__in=BEGUN_ATTEMPTS).exclude(pk=attempt.pk)
    list(earlier.select_for_update(of=("self",), no_key=True).order_by("pk"))


def carry_stages(attempt: Attempt) -> list[CarriedStage]:
    """Fix which stages of earlier exams count in one that begins; the caller holds its lock, and theirs.

    Raises `RuleViolation` "nothing_to_hold" when every stage counts, "exams_carried_was_passed" when one no longer
    does.
    """
    found = counting(attempt.session, [attempt.person_id]).get(attempt.person_id, [])
    need_something_to_hold(attempt.session, found, str(attempt.person))
    with constraint_errors({"exams_carried_was_passed": _CHANGED}):
        return [CarriedStage.objects.create(attempt=attempt, run=one.run) for one in found]


def need_something_to_hold(session: ExamSession, before: Iterable[PassedBefore], name: str) -> None:
    """Raise `RuleViolation` "nothing_to_hold" when no stage of the exam is left to hold."""
    if not stages_to_hold(session, before):
        raise RuleViolation(NOTHING_TO_HOLD % {"name": name}, code="nothing_to_hold")
