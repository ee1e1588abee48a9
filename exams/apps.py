"""The exams app."""

from django.apps import AppConfig

from audit.verbs import register_verbs
from exams.states import VERBS


class ExamsConfig(AppConfig):
    """Exam sessions, marking and results."""

    name = "exams"

    def ready(self) -> None:
        """Give the trail words for what happens in exams, and follow withdrawals of applications."""
        # Models can only be imported once Django has loaded every app.
        from candidates.services.withdrawal import register_withdrawal_hook, register_withdrawal_objection
        from exams.services.withdrawal import follow_withdrawal, object_to_withdrawal

        register_verbs(VERBS)
        register_withdrawal_hook(follow_withdrawal)
        register_withdrawal_objection(object_to_withdrawal)
