"""What candidates see of their exams."""

from typing import Any

from django.views.generic.base import TemplateView

from core.paging import CappedPaginator
from exams.dossier import dossier_of
from exams.permissions import has_own_exams, may_read_result
from exams.queries.attempts import attempts_of_person
from exams.views.attempts import AttemptMixin
from exams.views.base import ActorMixin

ON_A_PAGE = 25


class MyExamsView(ActorMixin, TemplateView):
    """The exams of the signed-in person: when and where, what to bring, and results once they are released."""

    permission = has_own_exams
    template_name = "exams/mine.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give a page of exams, newest first."""
        page = CappedPaginator(attempts_of_person(self.actor), ON_A_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(page=page, **kwargs)


class ResultView(AttemptMixin, TemplateView):
    """The released result, explained: what was met, what was missed, and why it is passed or not."""

    permission = may_read_result
    template_name = "exams/result.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the stages with verdicts and the comments for the candidate; what is internal stays with the body."""
        return super().get_context_data(attempt=self.attempt, dossier=dossier_of(self.attempt), **kwargs)
