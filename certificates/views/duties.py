"""Pages of the ledger of duties: for officers and auditors, and a holder's own."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.permissions import reads_cases
from audit.queries import timeline
from certificates.duewords import how_computed, page_of, step_of
from certificates.forms.duties import DutyFilter, MeetForm, WaiveForm
from certificates.holding import due_of
from certificates.models import Duty
from certificates.officestep import remedies_of, step_about
from certificates.permissions import handles_duty, reads_certificates, reads_duty
from certificates.queries.duties import duties, known_to, last_reminder, moves_of, search_duties
from certificates.services.duties import record_met, waive
from certificates.states import MET_BY_HAND, RETURNS, DutyState, OwedBy
from certificates.views.columns import DUTIES
from certificates.views.common import FormPageView, ListPageView, PageView
from core.access import AccessMixin
from core.errors import RuleViolation
from core.http import private_file_response

SETTLED = _("This duty is settled already: it was met or waived, or is no longer owed.")


class DutyListView(ListPageView):
    """The ledger: what is owed, by the day on which it is due; settled duties the last settled first."""

    permission = reads_certificates
    template_name = "certificates/duties.html"
    filter_form = DutyFilter
    columns = DUTIES
    export_name = _("Duties")

    def get_rows(self, filters: dict[str, Any], *, first: bool = False) -> QuerySet[Duty]:
        """Return the duties that the filters leave."""
        return search_duties(
            filters.get("q", ""),
            kind=filters.get("kind", ""),
            owed_by=filters.get("owed_by", ""),
            state=filters.get("state", ""),
            until=filters.get("until"),
            first=first,
        ).filter(known_to(self.user))

    def get_first_rows(self, filters: dict[str, Any]) -> QuerySet[Duty]:
        """Return the same, the first of which are quick to find."""
        return self.get_rows(filters, first=True)


class DutyMixin:
    """A view about one duty, named in the address as `pk`."""

    kwargs: dict[str, Any]

    @cached_property
    def duty(self) -> Duty:
        """The duty; 404 when there is none."""
        return get_object_or_404(duties().select_related("person__user", "proof_file"), pk=self.kwargs["pk"])

    def get_permission_object(self) -> Duty:
        """Ask about the duty."""
        return self.duty


class DutyView(DutyMixin, PageView):
    """A duty: why, under which rule, who owes it, by when and how that came about, and what became of it."""

    permission = reads_duty
    template_name = "certificates/duty.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the duty and what this reader may do with it."""
        duty, is_staff, today = self.duty, self.may(reads_cases), timezone.localdate()
        is_open, may_handle = duty.state == DutyState.OPEN, self.may(handles_duty)
        own = due_of(duty)
        return super().get_context_data(
            duty=duty,
            title=duty.name if is_staff else own.title,
            copies=[own.copy] if own.copy else [],
            how=how_computed(duty),
            step=step_of(duty, today),
            office=step_about(duty, today) if is_staff else None,
            remedies=remedies_of(duty, today) if may_handle else [],
            reminder=last_reminder(duty) if is_staff else None,
            is_return=is_open and duty.kind in RETURNS,
            moves=moves_of(duty),
            page=page_of(duty) if is_staff else _own_page(duty),
            overdue_since=duty.overdue_since(today),
            is_staff=is_staff,
            is_own=duty.owed_by == OwedBy.HOLDER and not is_staff,
            may_meet=is_open and duty.kind in MET_BY_HAND and may_handle,
            may_waive=is_open and duty.owed_by == OwedBy.HOLDER and may_handle,
            timeline=timeline(duty) if is_staff else None,
            **kwargs,
        )


def _own_page(duty: Duty) -> str:
    """Return where its holder fulfils a duty."""
    due = due_of(duty)
    if due.is_done_here:
        return reverse(f"certificates:{due.route}", args=[due.key])
    return page_of(duty) if duty.about.partition(":")[0] in _READ_BY_HOLDER else reverse("certificates:mine")


# Whose pages are open to the holder, too.
_READ_BY_HOLDER = frozenset(
    f"certificates.{name}" for name in ("changenotice", "circumstance", "replacement", "misusecase", "surveillance")
)


class DutyFormView(DutyMixin, FormPageView):
    """An officer's form about a duty."""

    permission = handles_duty
    template_name = "certificates/duty_form.html"
    heading: Any = ""

    def unavailable(self) -> Any:
        """Say that nothing is owed any more."""
        return "" if self.duty.state == DutyState.OPEN else SETTLED

    def get_success_url(self) -> str:
        """Show the duty as it stands now."""
        return reverse("certificates:duty", args=[self.duty.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the duty and what the page is for."""
        return super().get_context_data(
            duty=self.duty, heading=self.heading, cancel_url=self.get_success_url(), **kwargs
        )


class MeetDutyView(DutyFormView):
    """Record that a duty was met."""

    form_class = MeetForm
    heading = _("Record that the duty was met")
    success_message = _("Recorded: the duty is met.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Check the day against the duty."""
        return {**super().get_form_kwargs(), "duty": self.duty}

    def error_field(self, violation: RuleViolation) -> str | None:
        """Show a refusal beside the field that it is about."""
        return MeetForm.refusals.get(violation.code)

    def perform(self, form: MeetForm) -> None:
        """Record it."""
        data = form.cleaned_data
        record_met(self.duty, actor=self.user, proof=data["proof"], on=data["on"], upload=data["upload"])


class WaiveDutyView(DutyFormView):
    """Release somebody from a duty."""

    form_class = WaiveForm
    heading = _("Waive the duty")
    success_message = _("The duty is waived.")

    def perform(self, form: WaiveForm) -> None:
        """Waive it."""
        waive(self.duty, actor=self.user, reason=form.cleaned_data["reason"])


class DutyFileView(DutyMixin, AccessMixin):
    """The paper by which a duty was proved to be met."""

    permission = reads_certificates

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Send it; 404 when there is none."""
        if self.duty.proof_file is None:
            raise Http404
        return private_file_response(self.duty.proof_file)
