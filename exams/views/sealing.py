"""Sealing one's marks: what will be final, shown once more before it is."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from core.views import ServiceFormView
from exams.dossier import verdict_of
from exams.forms.sealing import SealForm
from exams.models import StageRun
from exams.permissions import may_seal
from exams.queries.marks import unsent_of
from exams.services.sheets import seal_sheet, steps_to_confirm
from exams.services.sign_off import seal_and_sign_off
from exams.sheets import MarkedSheet, marked_sheet
from exams.times import is_overtime
from exams.views.runs import OwnSheetMixin


def is_overtime_now(run: StageRun) -> bool:
    """Tell whether the exam took too long, as far as its stages have ended and if `run` is its last one."""
    others = [one for one in run.attempt.stages.select_related("stage").prefetch_related("incidents") if one != run]
    counted = len(others) + run.attempt.carried.count() + 1
    is_last = counted == run.attempt.session.scheme_version.stages.count() and all(one.is_signed_off for one in others)
    return is_last and is_overtime(run.attempt, [*others, run])


class SealView(OwnSheetMixin, ServiceFormView):
    """The sum of one's marks; on a panel of one, sealing signs the stage off as well."""

    permission = may_seal
    form_class = SealForm
    template_name = "exams/seal.html"

    @cached_property
    def is_only(self) -> bool:
        """Whether nobody else has a sheet of this stage."""
        return self.run.sheets.count() == 1

    @cached_property
    def found(self) -> MarkedSheet:
        """The sheet with what stands on it."""
        return marked_sheet(self.sheet)

    @property
    def is_over(self) -> bool:
        """Whether the stage has ended with every step marked: only then is it told which steps are critical."""
        return self.run.ended_at is not None and self.found.is_complete

    def get_form_kwargs(self) -> dict[str, Any]:
        """Ask for what is needed: confirmations of hidden critical steps; reasons that the times make necessary."""
        return {
            **super().get_form_kwargs(),
            "confirm": steps_to_confirm(self.found) if self.is_over else [],
            "unsent": unsent_of([self.sheet]) if self.sheet.is_open else None,
            "run": self.run,
            "signs_off": self.is_only,
            "is_overtime": self.is_only and is_overtime_now(self.run),
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the sum of the marks."""
        run, found = self.run, self.found
        shows_critical = self.is_over or not run.attempt.session.scheme_version.hide_critical
        return super().get_context_data(
            run=run,
            sheet=self.sheet,
            attempt=run.attempt,
            session=run.attempt.session,
            is_only=self.is_only,
            shows_critical=shows_critical,
            verdict=verdict_of(run.stage, found.steps, found.marks),
            unmarked=found.unmarked,
            differing=found.differing,
            missed=_missed(found, with_critical=shows_critical),
            cancel_url=reverse("exams:marking", args=[run.pk]),
            **kwargs,
        )

    def perform(self, form: SealForm) -> None:
        """Seal the marks, and sign off where nobody else marks."""
        data = form.cleaned_data
        if not self.is_only:
            seal_sheet(
                self.sheet,
                digest=data["digest"],
                notes=form.notes,
                despite_unsent=form.despite_unsent,
                actor=self.actor,
            )
            return
        seal_and_sign_off(
            self.sheet,
            digest=data["digest"],
            notes=form.notes,
            short_reason=data.get("short_reason", ""),
            overtime_reason=data.get("overtime_reason", ""),
            despite_unsent=form.despite_unsent,
            actor=self.actor,
        )

    def get_success_message(self) -> str | Promise:
        """Say what has happened."""
        if self.is_only:
            return _("The stage is signed off: its marks are final.")
        return _("Your marks are sealed. The panel sees them once everyone has sealed theirs.")

    def get_success_url(self) -> str:
        """Go on to the receipt."""
        return reverse("exams:receipt", args=[self.sheet.pk])


def _missed(found: MarkedSheet, *, with_critical: bool) -> Sequence[tuple[Any, bool]]:
    missed = [step for step in found.steps if found.marks.get(step.code) is False]
    return [(step, with_critical and step.critical) for step in missed]
