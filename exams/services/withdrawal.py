"""What a withdrawn application means for its exam."""

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.models import Application
from core.errors import RuleViolation
from exams.queries.attempts import attempts_of_application
from exams.services.sessions import cancel_scheduled
from exams.states import AttemptState


def object_to_withdrawal(application: Application) -> None:
    """Veto the withdrawal of an application whose exam has begun; an objection for candidates.services.withdrawal.

    Raises `RuleViolation` "exam_begun" while an exam is under way or its result is not released.
    """
    if application.attempts.filter(state__in=[AttemptState.IN_PROGRESS, AttemptState.MARKED]).exists():
        raise RuleViolation(
            _("The exam has begun: the application can be withdrawn once its result is released."), code="exam_begun"
        )


@transaction.atomic
def follow_withdrawal(application: Application, actor: User) -> None:
    """Cancel the scheduled exam of an application that is withdrawn; a hook of candidates.services.withdrawal."""
    for attempt in attempts_of_application(application.pk):
        if attempt.state == AttemptState.SCHEDULED:
            with translation.override(attempt.person.language):
                reason = str(_("The application was withdrawn."))
            cancel_scheduled(attempt, reason=reason, actor=actor)
