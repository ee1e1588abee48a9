"""Printed papers: asked for with a button, made by a worker, shown when they are there."""

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic.base import TemplateView

from core.http import rendered_file_response
from core.views import ServiceActionView
from exams.models import Paper
from exams.permissions import may_print_session, may_read_attempt, may_read_paper
from exams.services.papers import request_exam_protocol, request_session_protocol
from exams.views.attempts import AttemptMixin
from exams.views.base import ActorMixin
from exams.views.sessions import SessionMixin


class PrintAttemptView(AttemptMixin, ServiceActionView):
    """Asking for the protocol of an exam."""

    permission = may_read_attempt
    paper: Paper | None = None

    def perform(self) -> None:
        """Ask for it."""
        self.paper = request_exam_protocol(self.attempt, actor=self.actor)

    def get_success_url(self) -> str:
        """Go on to the paper; back to the exam when it is refused."""
        return reverse("exams:paper", args=[self.paper.pk]) if self.paper else super().get_success_url()


class PrintSessionView(SessionMixin, ServiceActionView):
    """Asking for the protocol of a session."""

    permission = may_print_session
    paper: Paper | None = None

    def perform(self) -> None:
        """Ask for it."""
        self.paper = request_session_protocol(self.session, actor=self.actor)

    def get_success_url(self) -> str:
        """Go on to the paper; back to the session when it is refused."""
        return reverse("exams:paper", args=[self.paper.pk]) if self.paper else super().get_success_url()


class PaperMixin(ActorMixin):
    """A view of one paper."""

    permission = may_read_paper

    @cached_property
    def paper(self) -> Paper:
        """The paper that the address names; Http404 when there is none."""
        papers = Paper.objects.select_related(
            "rendered", "requested_by", "session", "attempt__person", "attempt__session"
        )
        return get_object_or_404(papers, pk=self.kwargs["pk"])

    def get_permission_object(self) -> object:
        """The permission is about the paper."""
        return self.paper


class PaperView(PaperMixin, TemplateView):
    """Whether the paper is there; while it is not, its part of the page asks again by itself."""

    template_name = "exams/paper.html"

    def get_template_names(self) -> list[str]:
        """Answer the page's own question with the part alone."""
        is_part = getattr(self.request, "htmx", False)
        return ["exams/parts/paper_state.html"] if is_part else [self.template_name]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the paper, and the way back to what it is about."""
        paper = self.paper
        name, key = ("session", paper.session_id) if paper.session_id else ("attempt", paper.attempt_id)
        return super().get_context_data(paper=paper, back=reverse(f"exams:{name}", args=[key]), **kwargs)


class PaperFileView(PaperMixin):
    """The PDF."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Send it; Http404 while the worker has not made it."""
        if not self.paper.rendered.is_ready:
            raise Http404
        return rendered_file_response(self.paper.rendered)
