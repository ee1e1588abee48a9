"""An assessor's sheet after marking: left with a reason, or sealed with a receipt that can be checked for good."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import TemplateView

from core.views import ServiceFormView
from exams.canonical import tidy_code
from exams.forms.panel import AbstainForm, ReceiptForm
from exams.models import Sheet
from exams.permissions import (
    may_check_receipts,
    may_close_sheet,
    may_find_sheet,
    may_read_panel,
    may_read_receipt,
    may_read_sessions,
)
from exams.queries.marks import marking_besides, sheets, sheets_with_receipt, unsent_of
from exams.receipts import Receipt, receipt_of
from exams.services.sheets import abstain
from exams.views.base import ActorMixin

SHORT = _(
    "Fewer assessors are left than the scheme asks for. To be replaced, whoever abstains leaves the panel, for all its "
    "candidates, and an officer seats a substitute. Otherwise the exam is stopped."
)


class SheetMixin(ActorMixin):
    """A view of one assessor's sheet of a stage."""

    @cached_property
    def sheet(self) -> Sheet:
        """The sheet that the address names; Http404 when there is none."""
        return get_object_or_404(sheets(), pk=self.kwargs["pk"])

    def get_permission_object(self) -> object:
        """The permission is about the sheet."""
        return self.sheet

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the sheet, and the exam that it is of."""
        run = self.sheet.run
        context: dict[str, Any] = super().get_context_data(  # type: ignore[misc]  # of the view that this is mixed into
            sheet=self.sheet, run=run, attempt=run.attempt, session=run.attempt.session, **kwargs
        )
        return context


class AbstainView(SheetMixin, ServiceFormView):
    """Taking an assessor's marks of a stage out of the verdict; one's own, or those of somebody who cannot."""

    permission = may_close_sheet
    form_class = AbstainForm
    template_name = "exams/danger_form.html"
    success_message = _("The marks are taken out of the verdict. They stay on record.")

    @property
    def is_own(self) -> bool:
        """Whether the actor's own marks are concerned."""
        return self.sheet.assessor_id == self.actor.pk

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say whose marks these are, and what will follow."""
        return super().get_context_data(
            heading=self._heading(), consequences=self._consequences(), cancel_url=self._panel_url(), **kwargs
        )

    def _heading(self) -> str:
        whose = {"name": self.sheet.assessor, "code": self.sheet.run.stage.code}
        if self.is_own:
            return _("Abstain from assessing %(code)s") % whose
        return _("Close the marks of %(name)s, %(code)s") % whose

    def _consequences(self) -> tuple[str | Promise, ...]:
        required = self.sheet.run.attempt.session.scheme_version.assessors_required
        return (
            _("These marks no longer count, and nothing more can be marked; this cannot be undone."),
            _("Whatever was marked so far stays on record, with the reason that you give."),
            _("The other assessors' marks make the verdict.") if marking_besides(self.sheet) >= required else SHORT,
        )

    def get_form_kwargs(self) -> dict[str, Any]:
        """Ask whether marks that a device has not sent may be lost."""
        return {**super().get_form_kwargs(), "unsent": unsent_of([self.sheet]) if self.sheet.is_open else None}

    def perform(self, form: AbstainForm) -> None:
        """Close the sheet."""
        abstain(
            self.sheet,
            reason=form.cleaned_data["reason"],
            despite_unsent=form.despite_unsent,
            actor=self.actor,
        )

    def get_success_url(self) -> str:
        """Go on to the panel's page."""
        return self._panel_url()

    def _panel_url(self) -> str:
        return reverse("exams:run_panel", args=[self.sheet.run_id])


class ReceiptView(SheetMixin, TemplateView):
    """The receipt of a sealed sheet, counted again from the log when the page is opened."""

    permission = may_read_receipt
    template_name = "exams/receipt.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the receipt; no marks."""
        may_panel = may_read_panel(self.actor, self.sheet.run)
        return super().get_context_data(receipt=receipt_of(self.sheet), may_panel=may_panel, **kwargs)


class ReceiptsView(ActorMixin, TemplateView):
    """Whose marks a short code from paper stands for, and whether the log still agrees; never the marks themselves."""

    permission = may_check_receipts
    template_name = "exams/receipts.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give what the code stands for, as far as the reader may know it."""
        form = ReceiptForm(self.request.GET or None)
        typed = form.cleaned_data["code"] if form.is_valid() else ""
        code = tidy_code(typed)
        return super().get_context_data(
            form=form,
            typed=typed,
            code=code,
            receipts=self._found(code) if typed else [],
            reads_all=may_read_sessions(self.actor),
            **kwargs,
        )

    def _found(self, code: str) -> list[Receipt]:
        return [receipt_of(sheet) for sheet in sheets_with_receipt(code) if may_find_sheet(self.actor, sheet)]
