"""The page of an exam and the forms of its day."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import TemplateView

from accounts.models import User
from audit.queries import timeline
from core.views import ServiceActionView, ServiceFormView
from exams.dossier import Dossier, StageDossier, dossier_of
from exams.forms.attempts import ClientStartForm, IdentityForm, StartForm, TimeForm
from exams.forms.base import DangerReasonForm
from exams.models import Attempt, Sheet
from exams.permissions import (
    amendable_runs,
    may_manage_sessions,
    may_mark,
    may_read_attempt,
    may_read_breaches,
    may_receive,
    may_record,
    may_release,
    may_stop,
)
from exams.queries.attempts import attempts
from exams.queries.breaches import breaches_of
from exams.queries.help import open_call_of
from exams.queries.retakes import PassedBefore, counting_for
from exams.services.attendance import check_identity, record_no_show
from exams.services.incidents import RECORDED_ON_THE_DAY, is_late
from exams.services.scheduling import remove_candidate, reschedule_candidate
from exams.services.sign_off import release_result
from exams.services.stages import is_client_session, start_stage
from exams.states import AttemptState, IncidentKind
from exams.views.base import ActorMixin
from exams.views.nextstep import attempt_step
from schemes.models import Stage

LAST_PAPERS = 5


@dataclass(frozen=True, slots=True)
class StageCard:
    """A stage on the page of its exam: what is known of it, and what the reader can do with it now.

    `before` is set for a stage that was passed in an earlier exam and counts here, or will when this one begins.
    """

    part: StageDossier
    before: PassedBefore | None
    may_start: bool
    own: Sheet | None

    @property
    def is_announced(self) -> bool:
        """Whether the earlier stage will count, but the exam has not begun yet."""
        return self.before is not None and not self.part.is_carried


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
        attempt, user = self.attempt, self.actor
        dossier, before = dossier_of(attempt), counting_for(attempt)
        scheduled = attempt.state == AttemptState.SCHEDULED
        manages = may_manage_sessions(user)
        waits = scheduled and not attempt.identity_checked_at
        history = list(timeline(attempt))
        may_print = attempt.state not in {AttemptState.SCHEDULED, AttemptState.CANCELLED}
        return super().get_context_data(
            attempt=attempt,
            session=attempt.session,
            dossier=dossier,
            cards=list(_cards(dossier, before, user)),
            amendable=amendable_runs(user, dossier.stages),
            may_receive=waits and may_receive(user, attempt),
            may_move=scheduled and manages,
            may_release=attempt.state == AttemptState.MARKED and may_release(user, attempt),
            next_step=attempt_step(attempt, dossier.stages, before, user),
            timeline=history,
            absence=next((entry for entry in history if entry.verb == "attempt.no_show"), None),
            papers=list(attempt.papers.select_related("rendered")[:LAST_PAPERS]),
            paper_action=reverse("exams:print_attempt", args=[attempt.pk]) if may_print else "",
            **_day(attempt, user),
            **kwargs,
        )


def _cards(dossier: Dossier, before: list[PassedBefore], user: User) -> Iterator[StageCard]:
    attempt, counting = dossier.attempt, {one.run.stage_id: one for one in before}
    held = attempt.state in {AttemptState.SCHEDULED, AttemptState.IN_PROGRESS}
    open_to_start = held and bool(attempt.identity_checked_at) and may_mark(user, attempt)
    for part in dossier.stages:
        own = next((sheet for sheet in part.sheets if sheet.assessor_id == user.pk), None)
        earlier = counting.get(part.stage.pk)
        yield StageCard(part, earlier, may_start=open_to_start and not earlier and part.run is None, own=own)
        open_to_start = open_to_start and (earlier is not None or (part.run is not None and bool(part.run.ended_at)))


def _day(attempt: Attempt, user: User) -> dict[str, Any]:
    """Return what happened besides marking, and what the reader can record."""
    under_way = attempt.state == AttemptState.IN_PROGRESS
    today = timezone.localdate() >= timezone.localdate(attempt.starts_at)
    records = today and not attempt.application.concluded_at and may_record(user, attempt)
    interrupted = any(one.kind == IncidentKind.INTERRUPTION and not one.ended_at for one in attempt.incidents.all())
    return {
        "breaches": list(breaches_of(attempt)),
        "reads_breaches": may_read_breaches(user),
        "call": open_call_of(attempt),
        "may_answer": may_manage_sessions(user),
        "may_note": records and attempt.state in RECORDED_ON_THE_DAY,
        "may_suspect": records and attempt.state in RECORDED_ON_THE_DAY | {AttemptState.RELEASED},
        "may_interrupt": records and under_way and not interrupted,
        "may_stop": under_way and may_stop(user, attempt),
        "may_call": records and attempt.state in {AttemptState.SCHEDULED, AttemptState.IN_PROGRESS},
    }


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

    def get_form_kwargs(self) -> dict[str, Any]:
        """Ask why, when it begins the exam late."""
        begins = self.attempt.state == AttemptState.SCHEDULED
        return {**super().get_form_kwargs(), "is_late": begins and is_late(self.attempt, timezone.now())}

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
            late_reason=data.get("late_reason", ""),
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
