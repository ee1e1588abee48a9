"""Amendments of signed marks: proposing one, the list, and approving or rejecting one."""

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import TemplateView

from audit.queries import timeline
from core.http import private_file_response
from core.paging import CappedPaginator
from core.views import ServiceFormView
from exams.dossier import stage_dossier
from exams.forms.amendments import AmendmentFilter, ApprovalForm, ProposalForm, RejectionForm
from exams.models import Amendment, verdict_word
from exams.panel import PanelStep
from exams.permissions import (
    may_propose_amendment,
    may_read_amendment,
    may_read_amendments,
    may_read_attempt,
    may_settle_amendment,
)
from exams.queries.amendments import amendments, exams_with, filtered_amendments
from exams.services.amendments import approve_amendment, change_of, propose_amendment, reject_amendment
from exams.states import AmendmentState
from exams.views.base import ActorMixin
from exams.views.runs import RunMixin

ON_A_PAGE = 25


class AmendmentListView(ActorMixin, TemplateView):
    """All amendments but those of one's own exams, newest first."""

    permission = may_read_amendments
    template_name = "exams/amendment_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give a page of amendments."""
        form = AmendmentFilter(self.request.GET)
        state = form.cleaned_data["state"] if form.is_valid() else ""
        found = filtered_amendments(self.actor, state=state)
        page = CappedPaginator(found, ON_A_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(page=page, filter_form=form, **kwargs)


class ProposeView(RunMixin, ServiceFormView):
    """Proposing another mark for one step of a signed stage."""

    permission = may_propose_amendment
    form_class = ProposalForm
    template_name = "exams/amendment_propose.html"
    success_message = _("The amendment is proposed. Somebody else approves or rejects it; until then nothing changes.")

    @cached_property
    def marked(self) -> PanelStep:
        """The step with its marks; Http404 when the stage has none of this code."""
        for one in stage_dossier(self.run).steps:
            if one.step.code == self.kwargs["code"]:
                return one
        raise Http404

    def get_initial(self) -> dict[str, Any]:
        """Propose the other mark than the one that counts."""
        return {"value": not self.marked.value}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the step, its marks and what may be amended at all."""
        run = self.run
        return super().get_context_data(
            run=run,
            attempt=run.attempt,
            session=run.attempt.session,
            marked=self.marked,
            new_badge="not_met" if self.marked.value else "met",
            cancel_url=reverse("exams:attempt", args=[run.attempt_id]),
            **kwargs,
        )

    def perform(self, form: ProposalForm) -> None:
        """Propose it."""
        data = form.cleaned_data
        self.amendment = propose_amendment(
            self.run,
            self.marked.step,
            value=data["value"],
            why=data["why"],
            evidence=data["evidence"],
            file=data["file"],
            actor=self.actor,
        )

    def get_success_url(self) -> str:
        """Go to the amendment."""
        return reverse("exams:amendment", args=[self.amendment.pk])


class AmendmentMixin(ActorMixin):
    """A view of one amendment."""

    permission = may_read_amendment

    @cached_property
    def amendment(self) -> Amendment:
        """The amendment that the address names; Http404 when there is none."""
        return get_object_or_404(amendments(), pk=self.kwargs["pk"])

    def get_permission_object(self) -> object:
        """The permission is about the amendment."""
        return self.amendment

    def get_success_url(self) -> str:
        """Return to the amendment."""
        return reverse("exams:amendment", args=[self.amendment.pk])


class AmendmentView(AmendmentMixin, TemplateView):
    """An amendment: what, why, on what evidence, by whom, and what it does to the verdict."""

    template_name = "exams/amendment.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Tell what the reader may do."""
        amendment = self.amendment
        is_open = amendment.state == AmendmentState.PROPOSED
        return super().get_context_data(
            **amendment_context(amendment),
            may_settle=is_open and may_settle_amendment(self.actor, amendment),
            may_read_exam=may_read_attempt(self.actor, amendment.run.attempt),
            may_list=may_read_amendments(self.actor),
            timeline=timeline(amendment),
            **kwargs,
        )


class SettleView(AmendmentMixin, ServiceFormView):
    """A form that settles an amendment."""

    permission = may_settle_amendment
    template_name = "exams/amendment_settle.html"
    heading: str | Promise = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Show what is settled, and lead back to it."""
        return super().get_context_data(
            **amendment_context(self.amendment), heading=self.heading, cancel_url=self.get_success_url(), **kwargs
        )


class ApproveView(SettleView):
    """Letting the new mark count."""

    form_class = ApprovalForm
    heading = _("Approve the amendment")
    success_message = _("The amendment is approved: the new mark counts, and the verdict is that of the marks.")

    def perform(self, form: ApprovalForm) -> None:
        """Approve it."""
        approve_amendment(self.amendment, note=form.cleaned_data["note"], actor=self.actor)


class RejectView(SettleView):
    """Leaving the mark as it is."""

    form_class = RejectionForm
    heading = _("Reject the amendment")
    success_message = _("The amendment is rejected: the mark stays as it is.")

    def perform(self, form: RejectionForm) -> None:
        """Reject it."""
        reject_amendment(self.amendment, reason=form.cleaned_data["reason"], actor=self.actor)


class AmendmentFileView(AmendmentMixin):
    """The file on which an amendment rests, for those who may read the exam."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Send it; Http404 when there is none."""
        if self.amendment.file is None:
            raise Http404
        return private_file_response(self.amendment.file)


def amendment_context(amendment: Amendment) -> dict[str, Any]:
    """Return an amendment with the verdicts of the stage and of its exams before and after, as badges name them."""
    context = {"amendment": amendment, "run": amendment.run, "attempt": amendment.run.attempt}
    change = change_of(amendment)
    if change is None:
        return context
    exams = exams_with(amendment.run).in_bulk(change.exams_before)
    return {
        **context,
        "change": change,
        "before_badge": verdict_word(change.before.passed),
        "after_badge": verdict_word(change.after.passed),
        "exams": [
            (exams[key], verdict_word(before), verdict_word(change.exams_after[key]))
            for key, before in change.exams_before.items()
        ],
        "is_forecast": amendment.state == AmendmentState.PROPOSED,
    }
