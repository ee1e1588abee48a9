"""The panel of a stage: the sealed marks side by side, its differences settled, and its sign-off."""

from collections.abc import Collection, Sequence
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import TemplateView

from accounts.models import User
from audit.queries import timeline
from core.views import ServiceFormView
from exams.dossier import StageDossier, stage_dossier
from exams.forms.panel import SettleForm
from exams.forms.sealing import SignOffForm
from exams.models import Sheet
from exams.panel import PanelStep
from exams.permissions import amendable_runs, may_close_sheet, may_read_panel, may_speak_for_panel
from exams.queries.marks import partial_sheets
from exams.services.settling import settle
from exams.services.sign_off import PARTIAL_MARKS, sign_off_stage
from exams.views.nextstep import OFFICER, SHORT, NextStep
from exams.views.runs import RunMixin
from exams.views.sealing import is_overtime_now
from schemes.models import Step

DIFFERING = "differing"


class PanelMixin(RunMixin):
    """A view of what the panel of a stage says."""

    @cached_property
    def part(self) -> StageDossier:
        """The stage with its sheets, and with their marks once all are sealed."""
        part = stage_dossier(self.run)
        for sheet in part.sheets:
            sheet.run = self.run
        return part

    def get_success_url(self) -> str:
        """Return to the panel's page."""
        return reverse("exams:run_panel", args=[self.run.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the stage."""
        run = self.run
        context: dict[str, Any] = super().get_context_data(  # type: ignore[misc]  # of the view that this is mixed into
            run=run, part=self.part, attempt=run.attempt, session=run.attempt.session, **kwargs
        )
        return context


class PanelStageView(PanelMixin, TemplateView):
    """Who has sealed; then everyone's marks side by side, where they differ, and what is left to do."""

    permission = may_read_panel
    template_name = "exams/panel_stage.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the steps asked for, with the forms that the reader may send."""
        part, run = self.part, self.run
        differing = [one for one in part.steps if not one.agreed] if part.is_unveiled else []
        only = self.request.GET.get("show") == DIFFERING
        speaks = part.is_unveiled and not run.is_signed_off and self.may(may_speak_for_panel)
        partial = [] if run.is_signed_off else partial_sheets(run)
        is_due = speaks and not part.open_differences and not partial
        return super().get_context_data(
            rows=[(one, self._settle_form(one, speaks=speaks)) for one in (differing if only else part.steps)],
            differing=len(differing),
            shows_differing=only,
            speaks=speaks,
            sign_off_form=self._sign_off_form() if is_due else None,
            closable=closable([*part.sheets], partial, self.actor),
            amendable=amendable_runs(self.actor, [part]),
            sealed=len(part.sealed),
            waiting=[sheet for sheet in part.sheets if sheet.is_open],
            next_step=panel_step(part, partial, self.actor, speaks=speaks),
            may_see_checklist=not self._hides_critical(),
            timeline=timeline(run),
            **kwargs,
        )

    def _hides_critical(self) -> bool:
        """Whether the reader still marks, and must not be led to which steps are critical."""
        is_marking = any(sheet.is_open and sheet.assessor_id == self.actor.pk for sheet in self.part.sheets)
        return is_marking and self.run.attempt.session.scheme_version.hide_critical

    def _settle_form(self, one: PanelStep, *, speaks: bool) -> SettleForm | None:
        if not speaks or not one.is_open:
            return None
        code = one.step.code
        form = SettleForm(auto_id=f"{code}-%s")
        form.helper.form_action = f"{reverse('exams:settle', args=[self.run.pk, code])}?{self.request.GET.urlencode()}"
        return form

    def _sign_off_form(self) -> SignOffForm:
        form = SignOffForm(run=self.run, is_overtime=is_overtime_now(self.run))
        form.helper.form_action = reverse("exams:sign_off", args=[self.run.pk])
        return form


def closable(sheets: Sequence[Sheet], partial: Collection[Sheet], user: User) -> set[int]:
    """Return the keys of the sheets of one stage that the user may close; asks once for those of others.

    These are the open ones, and the sealed ones in `partial`, of those who declared an interest since.
    """
    waiting = [sheet for sheet in sheets if sheet.is_open or sheet in partial]
    own = [sheet for sheet in waiting if sheet.assessor_id == user.pk]
    others = [sheet for sheet in waiting if sheet.assessor_id != user.pk]
    return {sheet.pk for group in (own, others) if group and may_close_sheet(user, group[0]) for sheet in group}


def panel_step(part: StageDossier, partial: Sequence[Sheet], user: User, *, speaks: bool) -> NextStep | None:
    """Return what the panel of a stage has to do next, or None when it has signed off.

    `partial` are the sealed sheets of those who declared an interest in the candidate since they sealed.
    """
    run = part.run
    if run is None or run.is_signed_off:
        return None
    waiting = [sheet for sheet in part.sheets if sheet.is_open]
    who = ", ".join(str(sheet.assessor) for sheet in waiting)
    if waiting:
        is_own = any(sheet.assessor_id == user.pk for sheet in waiting)
        url = reverse("exams:marking", args=[run.pk]) if is_own else ""
        return NextStep(_("Marks are shown when every assessor has sealed theirs."), who, url, _("To my marks"))
    if partial:
        names = ", ".join(str(sheet.assessor) for sheet in partial)
        return NextStep(PARTIAL_MARKS % {"names": names}, _("The assessor, the lead assessor or an officer"))
    required = run.attempt.session.scheme_version.assessors_required
    if len(part.sealed) < required:
        url = reverse("exams:session", args=[run.attempt.session_id])
        return NextStep(SHORT % {"code": run.stage.code}, OFFICER, url, _("Open the session"))
    lead = _("you, for the panel") if speaks else _("Lead assessor, or who speaks for the panel")
    if part.open_differences:
        first = part.open_differences[0].step.code
        step = _("Agree on the steps on which the assessors differ, and write down why.")
        return NextStep(step, lead, f"#step-{first}" if speaks else "", _("To the first one"))
    return NextStep(
        _("Nothing is open: sign the stage off."), lead, "#sign-off" if speaks else "", _("To the sign-off")
    )


class SettleView(PanelMixin, ServiceFormView):
    """The panel's word on a step on which its assessors differ."""

    permission = may_speak_for_panel
    form_class = SettleForm
    template_name = "exams/settle.html"
    success_message = _("The step is settled; every assessor's own mark stays as it was.")

    @cached_property
    def step(self) -> Step:
        """The step that the address names; Http404 when the stage has none of this code."""
        return get_object_or_404(self.run.stage.steps, code=self.kwargs["code"])

    @cached_property
    def one(self) -> PanelStep:
        """The step with everyone's marks."""
        return next(one for one in self.part.steps if one.step.pk == self.step.pk)

    def get_initial(self) -> dict[str, Any]:
        """Start from what the panel said before."""
        said = self.one.settlement
        return {"value": SettleForm.word(value=said.value), "reason": said.reason} if said else {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the step."""
        heading = _("Settle %(code)s") % {"code": self.step.code}
        return super().get_context_data(one=self.one, heading=heading, cancel_url=self.get_success_url(), **kwargs)

    def perform(self, form: SettleForm) -> None:
        """Record the panel's word."""
        settle(self.run, self.step, value=form.is_met, reason=form.cleaned_data["reason"], actor=self.actor)

    def get_success_url(self) -> str:
        """Return to the step among the others, with the filter that was on."""
        show = f"?show={DIFFERING}" if self.request.GET.get("show") == DIFFERING else ""
        return f"{super().get_success_url()}{show}#step-{self.step.code}"


class SignOffView(PanelMixin, ServiceFormView):
    """Making the panel's marks the verdict of the stage."""

    permission = may_speak_for_panel
    form_class = SignOffForm
    template_name = "exams/sign_off.html"
    success_message = _("The stage is signed off: its marks are final.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Ask for the reasons that the times make necessary."""
        return {**super().get_form_kwargs(), "run": self.run, "is_overtime": is_overtime_now(self.run)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the page."""
        heading = _("Sign off %(code)s") % {"code": self.run.stage.code}
        return super().get_context_data(heading=heading, cancel_url=self.get_success_url(), **kwargs)

    def perform(self, form: SignOffForm) -> None:
        """Sign off."""
        data = form.cleaned_data
        sign_off_stage(
            self.run,
            actor=self.actor,
            short_reason=data.get("short_reason", ""),
            overtime_reason=data.get("overtime_reason", ""),
        )
