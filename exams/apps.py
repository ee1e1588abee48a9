"""The exams app."""

from django.apps import AppConfig

from audit.verbs import register_verbs
from core.renderers import register_renderer
from exams.states import VERBS, PaperKind


class ExamsConfig(AppConfig):
    """Exam sessions, marking and results."""

    name = "exams"

    def ready(self) -> None:
        """Give the trail words for what happens in exams, name the papers, and follow withdrawals of applications."""
        # Models can only be imported once Django has loaded every app.
        from audit.permissions import register_concealment
        from candidates.services.withdrawal import register_withdrawal_hook, register_withdrawal_objection
        from exams.queries.confidences import concealed_from
        from exams.services.withdrawal import follow_withdrawal, object_to_withdrawal

        register_verbs(VERBS)
        register_concealment(concealed_from)
        register_renderer(PaperKind.EXAM_PROTOCOL, "exams.documents.protocol.render_exam_protocol")
        register_renderer(PaperKind.SESSION_PROTOCOL, "exams.documents.protocol.render_session_protocol")
        register_renderer(PaperKind.DECISION_DOSSIER, "exams.documents.dossier.render_decision_dossier")
        register_withdrawal_hook(follow_withdrawal)
        register_withdrawal_objection(object_to_withdrawal)
