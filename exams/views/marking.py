"""The marking page, and ending a stage."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.generic.base import TemplateView

from core.views import ServiceActionView
from exams.models import Phrase, StageRun
from exams.permissions import may_mark, may_read_own_sheet
from exams.queries.phrases import phrases_for
from exams.services.stages import end_stage
from exams.services.takein import device_token
from exams.sheets import MarkedSheet, marked_sheet
from exams.times import exam_start
from exams.views.intake import milliseconds, sheet_json
from exams.views.runs import OwnSheetMixin, RunMixin


class MarkingView(OwnSheetMixin, TemplateView):
    """A row for each step: one tap for met or not met, a comment, the criteria a tap away. One's own marks only."""

    permission = may_read_own_sheet
    template_name = "exams/marking.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the page, and let the session outlive the browser: a tablet that lost its power comes back signed in."""
        if request.session.get_expire_at_browser_close():
            request.session.set_expiry(settings.SESSION_COOKIE_AGE)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the steps, and what the scripts need to know; the marks are drawn from that by the scripts."""
        run, found = self.run, marked_sheet(self.sheet)
        shows_critical = not run.attempt.session.scheme_version.hide_critical or not self.sheet.is_open
        return super().get_context_data(
            run=run,
            sheet=self.sheet,
            attempt=run.attempt,
            session=run.attempt.session,
            steps=found.steps,
            total=len(found.steps),
            shows_critical=shows_critical,
            critical=sum(step.critical for step in found.steps) if shows_critical else 0,
            is_only=run.sheets.count() == 1,
            facts=page_facts(found, list(phrases_for(self.actor))),
            **kwargs,
        )


def page_facts(found: MarkedSheet, phrases: list[Phrase]) -> dict[str, Any]:
    """Return what the scripts of the marking page start from; moments are milliseconds since 1970."""
    sheet, run = found.sheet, found.sheet.run
    stages = list(run.attempt.stages.all())
    return {
        **sheet_json(run, sheet.state, sheet.pk, found.board, None),
        "urls": {
            "marks": reverse("exams:run_marks", args=[run.pk]),
            "seal": reverse("exams:seal", args=[run.pk]),
            "keepPhrase": reverse("exams:phrase_keep"),
        },
        "token": device_token(sheet),
        "steps": [step.code for step in found.steps],
        "started": milliseconds(run.started_at),
        "examStart": milliseconds(exam_start(stages)),
        "othersEnded": _others_ended(run, stages),
        "minMinutes": run.stage.min_minutes,
        "examMinutes": run.attempt.session.scheme_version.exam_minutes,
        "phrases": [{"text": phrase.text, "own": phrase.owner_id is not None} for phrase in phrases],
    }


def _others_ended(run: StageRun, stages: list[StageRun]) -> int | None:
    """Return when the last of the other stages ended, 0 where there is none; None while one is still to be held."""
    others = [stage for stage in stages if stage.pk != run.pk]
    held = len(others) + run.attempt.carried.count() + 1
    if held < run.attempt.session.scheme_version.stages.count() or not all(stage.ended_at for stage in others):
        return None
    return max((milliseconds(stage.ended_at) or 0 for stage in others), default=0)


class EndStageView(RunMixin, ServiceActionView):
    """Ending a stage: the server's clock stamps it."""

    permission = may_mark
    success_message = gettext_lazy("The stage has ended. Finish the marks, then seal them.")

    def perform(self) -> None:
        """End it."""
        end_stage(self.run, actor=self.actor)
