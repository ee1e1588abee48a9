"""What happens on the day of an exam besides marking: incidents, interruptions, stopping, a call for help."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from core.errors import RuleViolation
from core.integrity import race_errors
from core.views import ServiceActionView
from exams.forms.day import CheatingForm, IncidentForm, InterruptForm, MomentForm, StopForm
from exams.models import HelpCall
from exams.permissions import may_manage_sessions, may_record, may_stop
from exams.services.help import answer_help, call_help
from exams.services.incidents import interrupt, record_incident, resume
from exams.services.stopping import stop_exam
from exams.states import IncidentKind
from exams.views.attempts import AttemptFormView, AttemptMixin
from exams.views.base import ActorMixin


class MomentFormView(AttemptFormView):
    """A form about something that happened at an exam."""

    permission = may_record

    def get_form_kwargs(self) -> dict[str, Any]:
        """Times are on the day of the exam."""
        return {**super().get_form_kwargs(), "attempt": self.attempt}


class IncidentView(MomentFormView):
    """Recording an equipment fault or something else."""

    form_class = IncidentForm
    heading = _("Record an incident")
    success_message = _("The incident is recorded.")

    def perform(self, form: IncidentForm) -> None:
        """Record it."""
        data = form.cleaned_data
        record_incident(self.attempt, kind=data["kind"], note=data["note"], at=form.moment, actor=self.actor)


class CheatingView(MomentFormView):
    """Reporting a suspicion of cheating."""

    form_class = CheatingForm
    template_name = "exams/danger_form.html"
    heading = _("Report suspected cheating")
    success_message = _("The suspicion is recorded, and its case is open. An officer settles it.")
    extra_context = {
        "consequences": (
            _("A breach case is opened; another officer than you settles it."),
            _("Until then nobody decides on the certification of this candidate."),
            _("The exam itself goes on, unless the lead assessor or an officer stops it."),
        )
    }

    def perform(self, form: MomentForm) -> None:
        """Record it."""
        note = form.cleaned_data["note"]
        record_incident(self.attempt, kind=IncidentKind.CHEATING, note=note, at=form.moment, actor=self.actor)


class InterruptView(MomentFormView):
    """Interrupting an exam."""

    form_class = InterruptForm
    heading = _("Interrupt the exam")
    success_message = _("The exam is interrupted: its time does not count until you resume it.")

    def perform(self, form: MomentForm) -> None:
        """Interrupt it."""
        interrupt(self.attempt, note=form.cleaned_data["note"], at=form.moment, actor=self.actor)


class ResumeView(AttemptMixin, ServiceActionView):
    """Going on with an interrupted exam."""

    permission = may_record
    success_message = _("The exam goes on: its time counts again.")

    def perform(self) -> None:
        """Resume it."""
        resume(self.attempt, actor=self.actor)


class StopView(AttemptFormView):
    """Stopping an exam for good."""

    permission = may_stop
    form_class = StopForm
    template_name = "exams/danger_form.html"
    heading = _("Stop the exam")
    success_message = _("The exam is stopped, and the candidate is told.")
    extra_context = {
        "consequences": (
            _("The exam ends now, without a result; this cannot be undone."),
            _("Stages that are signed off stay, and may count next time. Those that are not get no verdict."),
            _("The candidate is told by e-mail, with the reason that you give, and waits for a new date."),
        )
    }

    def perform(self, form: StopForm) -> None:
        """Stop it."""
        stop_exam(self.attempt, reason=form.cleaned_data["reason"], actor=self.actor)


class HelpCallView(AttemptMixin, ServiceActionView):
    """Calling an officer to the room; programs that ask for JSON get it."""

    permission = may_record
    success_message = _("Help is called: an officer sees it at once.")

    def perform(self) -> None:
        """Call; while a call is open nothing is added."""
        call_help(self.attempt, note=self.request.POST.get("note", ""), actor=self.actor)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer programs as JSON, and people with their page."""
        if "application/json" not in request.headers.get("Accept", ""):
            return super().post(request, *args, **kwargs)
        try:
            with race_errors():
                self.perform()
        except RuleViolation as violation:
            return JsonResponse({"code": violation.code, "message": str(violation)}, status=422)
        return JsonResponse({"called": True, "message": str(self.success_message)})


class HelpAnswerView(ActorMixin, ServiceActionView):
    """Telling a room that somebody is on the way."""

    permission = may_manage_sessions
    success_message = _("The call is answered.")

    @cached_property
    def call(self) -> HelpCall:
        """The call that the address names; Http404 when there is none."""
        return get_object_or_404(HelpCall.objects.select_related("attempt__session"), pk=self.kwargs["pk"])

    def perform(self) -> None:
        """Answer it."""
        answer_help(self.call, actor=self.actor)

    def get_success_url(self) -> str:
        """Return to where the button was, or to the exam."""
        back = self.request.POST.get("next", "")
        if url_has_allowed_host_and_scheme(back, allowed_hosts=None):
            return back
        return reverse("exams:attempt", args=[self.call.attempt_id])
