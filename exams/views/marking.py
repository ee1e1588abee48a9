"""The marking page, the address that its marks go to, and sign-off."""

import json
from datetime import datetime
from typing import Any, TypeGuard
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _, gettext_lazy
from django.views.generic.base import TemplateView

from core.errors import NotAllowed, RuleViolation
from core.views import ServiceActionView, ServiceFormView
from exams.dossier import MarkedStep, exam_start, is_overtime, marked_steps, verdict_of
from exams.forms import SignOffForm
from exams.models import MarkEntry, StageRun
from exams.permissions import may_have_panels, may_mark
from exams.queries.attempts import runs
from exams.queries.marks import current_entries
from exams.services.guards import need_panel
from exams.services.marking import Mark, MarkConflict, mark_step
from exams.services.sign_off import sign_off_stage
from exams.services.stages import end_stage
from exams.views.base import ActorMixin

_FIELDS = {"id", "step", "value", "comment", "follows", "assessor"}
_UNPROCESSABLE = {"step", "comment"}  # what was sent is wrong in itself; every other refusal is a clash with the state


class RunMixin(ActorMixin):
    """A view of one stage of an exam."""

    permission = may_mark

    @cached_property
    def run(self) -> StageRun:
        """The stage that the address names; Http404 when there is none."""
        return get_object_or_404(runs(), pk=self.kwargs["pk"])

    def get_permission_object(self) -> object:
        """The permission is about the stage."""
        return self.run

    def get_success_url(self) -> str:
        """Return to the marking page."""
        return reverse("exams:marking", args=[self.run.pk])


class MarkingView(RunMixin, TemplateView):
    """A row for each step: one tap for met or not met, a comment, the criteria a tap away."""

    template_name = "exams/marking.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the steps with their current marks, and what the scripts need to know."""
        run = self.run
        steps = marked_steps(run)
        started = list(run.attempt.stages.all())
        return super().get_context_data(
            run=run,
            attempt=run.attempt,
            session=run.attempt.session,
            steps=steps,
            total=len(steps),
            marked=sum(one.value is not None for one in steps),
            facts=page_facts(run, steps, exam_start(started), self.actor.pk),
            **kwargs,
        )


def page_facts(run: StageRun, steps: list[MarkedStep], begun: datetime | None, user_id: int) -> dict[str, Any]:
    """Return what the scripts of the marking page start from; moments are milliseconds since 1970."""
    return {
        "run": run.pk,
        "assessor": user_id,
        "url": reverse("exams:marks", args=[run.pk]),
        "csrfCookie": settings.CSRF_COOKIE_NAME,
        "signed": run.is_signed_off,
        "now": _milliseconds(timezone.now()),
        "stageStart": _milliseconds(run.started_at),
        "stageEnd": _milliseconds(run.ended_at),
        "examStart": _milliseconds(begun),
        "minMinutes": run.stage.min_minutes,
        "examMinutes": run.attempt.session.scheme_version.exam_minutes,
        "entries": [entry_json(one.entry, user_id) for one in steps if one.entry],
    }


def _milliseconds(moment: datetime | None) -> int | None:
    return int(moment.timestamp() * 1000) if moment else None


def entry_json(entry: MarkEntry, user_id: int) -> dict[str, Any]:
    """Return a mark as the page shows it."""
    return {
        "id": str(entry.pk),
        "step": entry.step.code,
        "value": entry.value,
        "comment": entry.comment,
        "by": str(entry.made_by),
        "mine": entry.made_by_id == user_id,
        "at": entry.recorded_at.isoformat(),
    }


class Malformed(Exception):
    """What was sent is not a mark."""

    def __init__(self, message: str) -> None:
        """Keep what is wrong, in words."""
        super().__init__(message)
        self.message = message


class MarksView(ActorMixin):
    """Takes one mark at a time as JSON, and tells the current ones.

    Answers: 200 with the mark that stands, also when the same mark comes again; 400 for what is not a mark; 403 for
    someone who may not mark here; 409 for a step that was marked meanwhile (with the current mark) or a stage that is
    signed off; 422 for a step of another stage. Every refusal has `code` and `message`.
    """

    permission = may_have_panels

    @cached_property
    def run(self) -> StageRun:
        """The stage that the address names; Http404 when there is none."""
        return get_object_or_404(runs(), pk=self.kwargs["pk"])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        """Tell the current marks."""
        try:
            need_panel(self.actor, self.run)
        except NotAllowed as refusal:
            return _refused(refusal)
        entries = [entry_json(entry, self.actor.pk) for entry in current_entries(self.run)]
        return JsonResponse({"entries": entries, "signed": self.run.is_signed_off})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        """Take one mark."""
        try:
            mark, author = parse_mark(request.body)
            if author != self.actor.pk:
                raise NotAllowed(
                    gettext_lazy("Someone else is signed in now; the mark was not taken."), code="other_user"
                )
            stored = mark_step(self.run, mark, actor=self.actor)
        except Malformed as error:
            return JsonResponse({"code": "malformed", "message": error.message}, status=400)
        except MarkConflict as conflict:
            current = entry_json(conflict.current, self.actor.pk) if conflict.current else None
            return JsonResponse({"code": conflict.code, "message": str(conflict), "current": current}, status=409)
        except RuleViolation as violation:
            return _refused(violation)
        return JsonResponse({"id": str(stored.entry.pk), "current": entry_json(stored.current, self.actor.pk)})


def _refused(violation: RuleViolation) -> JsonResponse:
    answer = {"code": violation.code, "message": str(violation)}
    if isinstance(violation, NotAllowed):
        return JsonResponse(answer, status=403)
    return JsonResponse(answer, status=422 if violation.code in _UNPROCESSABLE else 409)


def parse_mark(body: bytes) -> tuple[Mark, int]:
    """Read a mark and its author from JSON; raises `Malformed` with what is wrong."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed(_("This is not JSON.")) from None
    if not isinstance(data, dict) or data.keys() != _FIELDS:
        raise Malformed(_("A mark has exactly these fields: %(names)s.") % {"names": ", ".join(sorted(_FIELDS))})
    value, comment, step, assessor = data["value"], data["comment"], data["step"], data["assessor"]
    if value is not None and not isinstance(value, bool):
        raise Malformed(_("A mark is true, false or null."))
    if not _is_text(step) or not _is_text(comment) or type(assessor) is not int:
        raise Malformed(_("The step and the comment are text, the assessor is a number."))
    follows = None if data["follows"] is None else _uuid(data["follows"])
    return Mark(id=_uuid(data["id"]), step=step, value=value, comment=comment, follows=follows), assessor


def _is_text(value: object) -> TypeGuard[str]:
    """Tell whether Postgres can store it: text without the character 0 and without halves of a surrogate pair."""
    return isinstance(value, str) and "\0" not in value and not any("\ud800" <= one <= "\udfff" for one in value)


def _uuid(text: object) -> UUID:
    try:
        return UUID(text)  # type: ignore[arg-type]  # what is not text raises, which is the point
    except (ValueError, TypeError, AttributeError):
        raise Malformed(_("An identifier is a UUID.")) from None


class EndStageView(RunMixin, ServiceActionView):
    """Ending a stage: the server's clock stamps it."""

    success_message = gettext_lazy("The stage has ended. Finish the marks, then sign it off.")

    def perform(self) -> None:
        """End it."""
        end_stage(self.run, actor=self.actor)


class SignOffView(RunMixin, ServiceFormView):
    """What will be final, shown once more before it is."""

    form_class = SignOffForm
    template_name = "exams/sign_off.html"
    success_message = gettext_lazy("The stage is signed off: its marks are final.")

    @cached_property
    def is_overtime(self) -> bool:
        """Whether the exam took too long, as far as its stages have ended and if this is its last one."""
        others = list(self.run.attempt.stages.select_related("stage").exclude(pk=self.run.pk))
        stages = self.run.attempt.session.scheme_version.stages.count()
        is_last = len(others) == stages - 1 and all(one.is_signed_off for one in others)
        return is_last and is_overtime(self.run.attempt, [*others, self.run])

    def get_form_kwargs(self) -> dict[str, Any]:
        """Ask for the reasons that the times make necessary."""
        return {**super().get_form_kwargs(), "run": self.run, "is_overtime": self.is_overtime}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the sum of the marks."""
        run = self.run
        steps = marked_steps(run)
        marks = {one.step.code: one.value for one in steps if one.value is not None}
        return super().get_context_data(
            run=run,
            attempt=run.attempt,
            session=run.attempt.session,
            verdict=verdict_of(run.stage, [one.step for one in steps], marks),
            steps=steps,
            unmarked=[one.step for one in steps if one.value is None],
            missed=[one.step for one in steps if one.value is False],
            cancel_url=reverse("exams:marking", args=[run.pk]),
            **kwargs,
        )

    def perform(self, form: SignOffForm) -> None:
        """Sign it off."""
        sign_off_stage(
            self.run,
            actor=self.actor,
            short_reason=form.cleaned_data.get("short_reason", ""),
            overtime_reason=form.cleaned_data.get("overtime_reason", ""),
        )

    def get_success_url(self) -> str:
        """Go on to the exam."""
        return reverse("exams:attempt", args=[self.run.attempt_id])
