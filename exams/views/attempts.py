"""The page of an exam and the forms of its day."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import TemplateView

from audit.queries import timeline
from core.views import ServiceActionView, ServiceFormView
from exams.dossier import dossier_of
from exams.forms import ClientStartForm, DangerReasonForm, IdentityForm, StartForm, TimeForm
from exams.models import Attempt, StageRun
from exams.permissions import may_manage_sessions, may_mark, may_read_attempt, may_receive, may_release
from exams.queries.attempts import attempts
from exams.services.attendance import check_identity, record_no_show
from exams.services.scheduling import remove_candidate, reschedule_candidate
from exams.services.sign_off import release_result
from exams.services.stages import is_client_session, start_stage
from exams.states import AttemptState
from exams.views.base import ActorMixin
from exams.views.nextstep import attempt_step
from schemes.models import Stage


@dataclass(frozen=True, slots=True)
class StageCard:
    """A stage on the page of its exam, and whether it can be started now."""

    stage: Stage
    run: StageRun | None
    may_start: bool


class AttemptMixin(ActorMixin):
    """A view of one exam."""

    @cached_property
    def attempt(self) -> Attempt:
        """The exam that the address names; Http404 when there is none."""
        return get_object_or_404(attempts(), pk=self.kwargs["pk"])

    def get_permission_object(self) -> object:
        """The permission is about the exam."""
        return self.attempt

    def get_success_url(self) -> str:
        """Return to the exam."""
        return reverse("exams:attempt", args=[self.attempt.pk])


class AttemptView(AttemptMixin, TemplateView):
    """The exam of one candidate: identity, stages, result, history."""

    permission = may_read_attempt
    template_name = "exams/attempt.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the exam with its stages and what can be done."""
        attempt, user = self.attempt, self.request.user
        dossier = dossier_of(attempt)
        stages = [(one.stage, one.run) for one in dossier.stages]
        scheduled = attempt.state == AttemptState.SCHEDULED
        manages = may_manage_sessions(user)
        marks = may_mark(user, attempt)
        waits = scheduled and not attempt.identity_checked_at
        return super().get_context_data(
            attempt=attempt,
            session=attempt.session,
            dossier=dossier,
            cards=list(_cards(attempt, stages, may_panel=marks)),
            may_mark=marks,
            may_receive=waits and may_receive(user, attempt),
            may_move=scheduled and manages,
            may_release=attempt.state == AttemptState.MARKED and may_release(user, attempt),
            next_step=attempt_step(attempt, stages, user),
            timeline=timeline(attempt),
            **kwargs,
        )


def _cards(attempt: Attempt, stages: list[tuple[Stage, StageRun | None]], *, may_panel: bool) -> Iterator[StageCard]:
    open_to_start = may_panel and bool(attempt.identity_checked_at)
    for stage, run in stages:
        yield StageCard(stage, run, may_start=open_to_start and run is None)
        open_to_start = open_to_start and run is not None and run.ended_at is not None


class AttemptFormView(AttemptMixin, ServiceFormView):
    """A form about an exam."""

    permission = may_manage_sessions
    template_name = "exams/form.html"
    heading: str | Promise = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the page and the exam."""
        return super().get_context_data(
            heading=self.heading,
            attempt=self.attempt,
            session=self.attempt.session,
            cancel_url=reverse("exams:attempt", args=[self.attempt.pk]),
            **kwargs,
        )


class RescheduleView(AttemptFormView):
    """Another time on the day of the session."""

    form_class = TimeForm
    heading = _("Change the time of the exam")
    success_message = _("The exam is moved, and the candidate is told.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Start from the time as it is."""
        return {**super().get_form_kwargs(), "attempt": self.attempt}

    def perform(self, form: TimeForm) -> None:
        """Move it."""
        reschedule_candidate(self.attempt, starts_at=form.moment, actor=self.actor)


class RemoveView(AttemptFormView):
    """Taking a candidate out of the session."""

    form_class = DangerReasonForm
    template_name = "exams/danger_form.html"
    heading = _("Remove the candidate from the session")
    success_message = _("The exam is cancelled, and the candidate is told.")
    extra_context = {
        "consequences": (
            _("The exam is cancelled and the place in the session is free again."),
            _("The candidate is told by e-mail, with the reason that you give, and waits for a new date."),
        )
    }

    def perform(self, form: DangerReasonForm) -> None:
        """Cancel the exam."""
        remove_candidate(self.attempt, reason=form.cleaned_data["reason"], actor=self.actor)

    def get_success_url(self) -> str:
        """Return to the session."""
        return reverse("exams:session", args=[self.attempt.session_id])


class IdentityView(AttemptFormView):
    """Who the candidate is, by which document."""

    permission = may_receive
    form_class = IdentityForm
    template_name = "exams/identity.html"
    heading = _("Check the identity")
    success_message = _("The identity check is recorded.")

    def perform(self, form: IdentityForm) -> None:
        """Record the check."""
        check_identity(self.attempt, document=form.cleaned_data["document"], actor=self.actor)


class NoShowView(AttemptFormView):
    """The candidate did not come."""

    permission = may_receive
    form_class = DangerReasonForm
    template_name = "exams/danger_form.html"
    heading = _("The candidate did not appear")
    success_message = _("It is recorded that the candidate did not appear.")
    extra_context = {
        "consequences": (
            _("The exam does not take place; this cannot be undone."),
            _("The candidate's application stays accepted, and waits for a new date."),
        )
    }

    def perform(self, form: DangerReasonForm) -> None:
        """Record it."""
        record_no_show(self.attempt, reason=form.cleaned_data["reason"], actor=self.actor)


class StartStageView(AttemptFormView):
    """Starting a stage: the server's clock runs from here on."""

    permission = may_mark
    template_name = "exams/start.html"

    @cached_property
    def stage(self) -> Stage:
        """The stage that the address names; Http404 when the scheme has none of this code."""
        stages = self.attempt.session.scheme_version.stages
        return get_object_or_404(stages, code=self.kwargs["code"])

    def get_form_class(self) -> type[StartForm]:
        """Ask about the client where there is one."""
        return ClientStartForm if is_client_session(self.stage) else StartForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the stage."""
        return super().get_context_data(stage=self.stage, **kwargs)

    def perform(self, form: StartForm) -> None:
        """Start it."""
        data = form.cleaned_data
        self.run = start_stage(
            self.attempt,
            self.stage,
            scenario=data["scenario"],
            client_kind=data.get("client_kind", ""),
            actor=self.actor,
        )

    def get_success_url(self) -> str:
        """Go on to the marking page once it runs."""
        run = getattr(self, "run", None)
        return reverse("exams:marking", args=[run.pk]) if run else super().get_success_url()


class ReleaseView(AttemptMixin, ServiceActionView):
    """Letting the candidate see the result."""

    permission = may_release
    success_message = _("The result is released, and the candidate is told.")

    def perform(self) -> None:
        """Release it."""
        release_result(self.attempt, actor=self.actor)
