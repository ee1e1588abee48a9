"""The decision-maker's pages: what waits for a decision, and the dossier that it rests on."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from audit.queries import timeline
from candidates.models import Application
from candidates.queries import application_page, attached_file, conflicts_of
from certificates.forms.decisions import DecisionForm
from certificates.models import Decision
from certificates.permissions import decides, may_try_to_decide, reads_decisions, reads_dossier
from certificates.queries.decisions import (
    decision_of,
    decisions,
    earlier_attempts,
    earlier_decisions,
    obstacles,
    obstacles_in,
    pending,
    pending_in,
    queue_to_decide,
    reviews_of,
    with_obstacles,
    with_pending,
)
from certificates.queries.renewals import queue_renewals_to_decide
from certificates.services.decisions import decide
from certificates.services.papers import request_decision_dossier
from certificates.states import Obstacle
from certificates.views.columns import DECISIONS
from certificates.views.common import PAGE_SIZE, FormPageView, ListPageView, SignedInMixin
from core.access import AccessMixin
from core.http import private_file_response
from core.views import ServiceActionView
from exams.dossier import dossier_of
from exams.models import Attempt, Paper
from exams.queries.attempts import attempts
from exams.queries.sessions import panel_of
from exams.states import AttemptState


class DecisionQueueView(ListPageView):
    """What waits for a decision, oldest first; what this decision-maker may not decide is named with the reason.

    Above the exams stand the renewals that are decided on evidence, as many as a page holds.
    """

    permission = reads_decisions
    template_name = "certificates/decision_queue.html"

    def get_rows(self, filters: dict[str, Any]) -> QuerySet[Attempt]:
        """Return the queue with this user's obstacles, and what is open of each exam."""
        return with_pending(with_obstacles(queue_to_decide(), self.user))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give with each exam its obstacles and what is open of it."""
        context = super().get_context_data(**kwargs)
        rows = [(attempt, obstacles_in(attempt), pending_in(attempt)) for attempt in context["page"].object_list]
        renewals = with_obstacles(queue_renewals_to_decide(), self.user)[:PAGE_SIZE]
        return {
            **context,
            "rows": rows,
            "renewals": [(renewal, obstacles_in(renewal)) for renewal in renewals],
            "is_decider": may_try_to_decide(self.user),
        }


class DecisionListView(ListPageView):
    """Decisions that were made, newest first."""

    permission = reads_decisions
    template_name = "certificates/decision_list.html"
    columns = DECISIONS
    export_name = _("Decisions")

    def get_rows(self, filters: dict[str, Any]) -> QuerySet[Decision]:
        """Return all decisions."""
        return decisions()


class AttemptMixin:
    """A view about one released exam, named in the address as `pk`."""

    kwargs: dict[str, Any]

    @cached_property
    def attempt(self) -> Attempt:
        """The exam; 404 until its result has been released."""
        return get_object_or_404(attempts(), pk=self.kwargs["pk"], state=AttemptState.RELEASED)

    def get_permission_object(self) -> Attempt:
        """Ask about the exam."""
        return self.attempt


class DossierView(AttemptMixin, FormPageView):
    """Everything the decision rests on, and the form for it.

    A decision-maker who is not independent of the candidate is shown why, and nothing of the dossier.
    """

    permission = reads_decisions
    write_permission = may_try_to_decide
    form_class = DecisionForm
    template_name = "certificates/dossier.html"
    success_message = _("The decision is recorded. The candidate has been told by e-mail.")

    @cached_property
    def decision(self) -> Decision | None:
        """The decision, once there is one."""
        return decision_of(self.attempt)

    def get_template_names(self) -> list[str]:
        """Choose the page that this reader may see."""
        return [self.template_name if self.may(reads_dossier) else "certificates/dossier_closed.html"]

    def get_form_kwargs(self) -> dict[str, Any]:
        """Tell the form what can be decided."""
        return {**super().get_form_kwargs(), "may_grant": bool(self.attempt.passed)}

    def perform(self, form: DecisionForm) -> None:
        """Decide."""
        data = form.cleaned_data
        decide(self.attempt, actor=self.user, outcome=data["outcome"], reasons=data["reasons"])

    def get_success_url(self) -> str:
        """Stay on the page: it shows the decision now."""
        return reverse("certificates:dossier", args=[self.attempt.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the dossier to those who may read it, the reasons why not to the others."""
        attempt = self.attempt
        context = super().get_context_data(attempt=attempt, decision=self.decision, **kwargs)
        if not self.may(reads_dossier):
            return {**context, "obstacles": self._obstacles()}
        open_matters = pending(attempt) if self.decision is None else []
        return {
            **context,
            "application": application_page().get(pk=attempt.application_id),
            "dossier": dossier_of(attempt),
            "panel": panel_of(attempt.session),
            "conflicts": conflicts_of(attempt.person),
            "earlier_attempts": earlier_attempts(attempt),
            "earlier_decisions": earlier_decisions(attempt),
            "timeline": timeline(attempt) | timeline(attempt.application),
            "may_decide": self.decision is None and not open_matters and self.may(decides),
            "pending": open_matters,
            "reviews": reviews_of(self.decision),
            "obstacles": self._obstacles() if self.may(may_try_to_decide) else [],
        }

    def _obstacles(self) -> list[Obstacle]:
        return obstacles(self.user, self.attempt)


class PrintDossierView(AttemptMixin, SignedInMixin, ServiceActionView):
    """Asking for the dossier on paper."""

    permission = reads_dossier
    paper: Paper | None = None

    def perform(self) -> None:
        """Ask for it."""
        self.paper = request_decision_dossier(self.attempt, actor=self.user)

    def get_success_url(self) -> str:
        """Go on to the paper; back to the dossier when it is refused."""
        if self.paper:
            return reverse("exams:paper", args=[self.paper.pk])
        return reverse("certificates:dossier", args=[self.attempt.pk])


class DossierFileView(AttemptMixin, AccessMixin):
    """A letter or document of the application, for those who may read the dossier."""

    permission = reads_dossier

    def get(self, request: HttpRequest, pk: int, file: UUID) -> HttpResponseBase:
        """Send the file if it belongs to this application."""
        application: Application = self.attempt.application
        stored = attached_file(application, file)
        if stored is None:
            raise Http404
        return private_file_response(stored)
