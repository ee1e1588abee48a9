"""Suspicions of cheating: the list, the case, and how it is settled."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import TemplateView

from audit.queries import timeline
from core.paging import CappedPaginator
from core.views import ServiceFormView
from exams.forms.day import BreachFilter, SettleForm
from exams.models import BreachCase
from exams.permissions import may_read_breaches, may_settle_breach
from exams.queries.breaches import breaches, filtered_breaches
from exams.services.breaches import confirm_case, dismiss_case
from exams.states import BreachState
from exams.views.base import ActorMixin
from exams.views.nextstep import breach_step

ON_A_PAGE = 25


class BreachListView(ActorMixin, TemplateView):
    """Every case, with filters."""

    permission = may_read_breaches
    template_name = "exams/breach_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give a page of cases."""
        form = BreachFilter(self.request.GET)
        chosen = form.cleaned_data if form.is_valid() else {}
        found = filtered_breaches(self.actor, state=chosen.get("state", ""), search=chosen.get("search", ""))
        page = CappedPaginator(found, ON_A_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(page=page, filter_form=form, **kwargs)


class BreachMixin(ActorMixin):
    """A view of one case."""

    @cached_property
    def case(self) -> BreachCase:
        """The case that the address names; Http404 when there is none."""
        return get_object_or_404(breaches(), pk=self.kwargs["pk"])

    def get_permission_object(self) -> object:
        """The permission is about the case."""
        return self.case

    def get_success_url(self) -> str:
        """Return to the case."""
        return reverse("exams:breach", args=[self.case.pk])


class BreachView(BreachMixin, TemplateView):
    """What was reported, by whom, and what became of it."""

    permission = may_read_breaches
    template_name = "exams/breach.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the case with its exam and history."""
        case, user = self.case, self.actor
        is_open = case.state == BreachState.OPEN
        return super().get_context_data(
            case=case,
            attempt=case.attempt,
            next_step=breach_step(case, user) if is_open else None,
            timeline=timeline(case),
            **kwargs,
        )


class SettleBreachView(BreachMixin, ServiceFormView):
    """Settling a case for good."""

    permission = may_settle_breach
    form_class = SettleForm
    template_name = "exams/breach_settle.html"
    success_message = _("The case is settled.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Show what was reported above the form."""
        return super().get_context_data(case=self.case, cancel_url=self.get_success_url(), **kwargs)

    def perform(self, form: SettleForm) -> None:
        """Settle it."""
        settle = confirm_case if form.cleaned_data["outcome"] == "confirm" else dismiss_case
        settle(self.case, conclusion=form.cleaned_data["conclusion"], actor=self.actor)
