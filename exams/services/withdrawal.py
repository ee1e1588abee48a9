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


@transaction.atomic
def follow_withdrawal(application: Application, actor: User) -> None:
    """Cancel the scheduled exam of an application that is withdrawn; a hook of candidates.services.withdrawal.

    Vetoes the withdrawal with `RuleViolation` "exam_begun" while an exam is under way or its result is not released.
    """
    for attempt in attempts_of_application(application.pk):
        if attempt.state in {AttemptState.IN_PROGRESS, AttemptState.MARKED}:
            raise RuleViolation(
                _("The exam has begun: the application can be withdrawn once its result is released."),
                code="exam_begun",
            )
        if attempt.state == AttemptState.SCHEDULED:
            with translation.override(attempt.person.language):
                reason = str(_("The application was withdrawn."))
            cancel_scheduled(attempt, reason=reason, actor=actor)
