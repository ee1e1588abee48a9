"""What holders report and ask for: the common list, a page for each, and the verbs."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Generic, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.permissions import reads_cases
from audit.queries import timeline
from certificates.forms.requests import EvaluateForm, RejectForm, RequestFilter
from certificates.models import CaseFile, Certificate, ChangeNotice, Circumstance, Replacement
from certificates.permissions import (
    handles,
    holds,
    reads_case_file,
    reads_certificates,
    reads_circumstances,
    reads_requests,
)
from certificates.queries.requests import (
    RequestRow,
    case_files,
    cases_of,
    changed_rows,
    duties_about,
    request_index,
    request_rows,
    return_due,
)
from certificates.services.measures import carried_over
from certificates.services.requests.changes import accept_change, reject_change, withdraw_change
from certificates.services.requests.circumstances import evaluate_circumstance
from certificates.services.requests.replacements import issue_replacement, reject_replacement, withdraw_replacement
from certificates.states import ChangeState, CircumstanceState, DutyKind, DutyState, OwedBy, ReplacementState
from certificates.views.columns import REQUESTS
from certificates.views.common import PAGE_SIZE, FormPageView, PageView, SignedInMixin, TableMixin
from core.access import AccessMixin
from core.errors import RuleViolation
from core.exports import CHUNK
from core.http import private_file_response
from core.paging import CappedPaginator
from core.views import ServiceActionView

COPY_MADE = _(
    "The data are taken over, and a new copy of the certificate was made: download it from the certificate's page. The "
    "holder has been told by e-mail and owes the old original within 15 days (contract H8)."
)
COPY_MADE_ALONE = _(
    "The data are taken over, and a new copy of the certificate was made: download it from the certificate's page. The "
    "holder has been told by e-mail. The old original is not asked for because of this change."
)

C = TypeVar("C", ChangeNotice, Circumstance, Replacement)


class RequestListView(TableMixin):
    """All that holders reported and asked for, newest first."""

    permission = reads_certificates
    template_name = "certificates/requests/list.html"
    columns = REQUESTS
    export_name = _("Reports and requests")

    @cached_property
    def filters(self) -> tuple[RequestFilter, dict[str, Any]]:
        """The form of the filters and what it says."""
        form = RequestFilter(self.request.GET)
        return form, form.cleaned_data if form.is_valid() else {}

    @property
    def is_understood(self) -> bool:
        """Tell whether all filters make sense."""
        return self.filters[0].is_valid()

    def found(self) -> QuerySet[Any, dict[str, Any]]:
        """Return which requests the filters leave; none when one of them makes no sense."""
        filters = self.filters[1]
        rows = request_index(
            filters.get("q", ""),
            kind=filters.get("kind", ""),
            state=filters.get("state", ""),
            late=filters.get("late", False),
        )
        return rows if self.is_understood else rows.none()

    def table_rows(self) -> Iterator[RequestRow]:
        """Give the rows some at a time, each with what it shows."""
        places = self.found().iterator(chunk_size=CHUNK)
        while some := list(islice(places, CHUNK)):
            yield from request_rows(some)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give a page of the rows that the filters leave."""
        paginator = CappedPaginator(self.found(), PAGE_SIZE)
        page = paginator.get_page(self.request.GET.get("page"))
        rows = request_rows(page.object_list)
        exports = self.exports(paginator)
        return super().get_context_data(page=page, rows=rows, filter_form=self.filters[0], exports=exports, **kwargs)


# --- What the views of one case share ---------------------------------------------------------------------------------
class CaseMixin(Generic[C]):
    """A view about one case, named in the address as `pk`; the permission is about its certificate."""

    kwargs: dict[str, Any]
    model: type[C]
    page: str

    @cached_property
    def found(self) -> C | None:
        """The case that the address names, if there is one."""
        case: C | None = cases_of(self.model).filter(pk=self.kwargs["pk"]).first()
        return case

    @property
    def case(self) -> C:
        """The case; who may not see it learns nothing of whether it exists."""
        if self.found is None:
            raise PermissionDenied
        return self.found

    def get_permission_object(self) -> Certificate | None:
        """Ask about the certificate."""
        return self.found.certificate if self.found else None

    def get_success_url(self) -> str:
        """Show the case as it stands now."""
        return reverse(self.page, args=[self.kwargs["pk"]])


class CaseView(CaseMixin[C], PageView):
    """The page of a case: what now, facts, papers, what is owed, history."""

    permission = reads_requests
    open_state: str

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the case and what this reader may do with it."""
        case, is_holder = self.case, self.may(holds)
        duties = [duty for duty in duties_about(case) if duty.shown_to_holder or not is_holder]
        is_open, reads = case.state == self.open_state, reads_cases(self.user)
        still = [duty for duty in duties if duty.state == DutyState.OPEN]
        return super().get_context_data(
            case=case,
            certificate=case.certificate,
            files=list(case.files.all()),
            duties=duties,
            body_owes=next((duty for duty in still if duty.owed_by == OwedBy.BODY), None),
            holder_owes=next((duty for duty in still if duty.owed_by == OwedBy.HOLDER), None),
            returns=any(duty.kind == DutyKind.RETURN_COPY for duty in duties),
            is_open=is_open,
            is_holder=is_holder,
            reads_cases=reads,
            may_settle=is_open and self.may(handles),
            may_withdraw=is_open and is_holder,
            timeline=timeline(case) if reads else None,
            **kwargs,
        )


class CaseFormView(CaseMixin[C], FormPageView):
    """An officer's form about a case."""

    permission = handles
    template_name = "certificates/requests/verb.html"
    heading: Any = ""
    consequences: tuple[Any, ...] = ()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the case and what the page is for."""
        return super().get_context_data(
            case=self.case,
            certificate=self.case.certificate,
            heading=self.heading,
            consequences=self.consequences,
            cancel_url=self.get_success_url(),
            **kwargs,
        )


class CaseActionView(SignedInMixin, CaseMixin[C], ServiceActionView):
    """A button about a case."""

    permission = handles


# --- Changes of data --------------------------------------------------------------------------------------------------
class ChangeView(CaseView[ChangeNotice]):
    """A reported change of data."""

    model = ChangeNotice
    page = "certificates:change"
    template_name = "certificates/requests/change.html"
    open_state = ChangeState.REPORTED

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give what changes."""
        return super().get_context_data(changes=changed_rows(self.case), **kwargs)


class AcceptChangeView(CaseActionView[ChangeNotice]):
    """The officer takes the data over."""

    model = ChangeNotice
    page = "certificates:change"
    success_message = _("The data are taken over. The holder has been told by e-mail.")

    def perform(self) -> None:
        """Accept it, and say whether a new copy came of it."""
        accept_change(self.case, actor=self.user)
        if self.case.copy_id:
            self.success_message = COPY_MADE if return_due(self.case) else COPY_MADE_ALONE


class RejectChangeView(CaseFormView[ChangeNotice]):
    """The officer refuses the data."""

    model = ChangeNotice
    page = "certificates:change"
    form_class = RejectForm
    heading = _("Reject the change of data")
    success_message = _("The change is rejected. The holder has been told by e-mail.")

    def perform(self, form: RejectForm) -> None:
        """Reject it."""
        reject_change(self.case, actor=self.user, reason=form.cleaned_data["reason"])


class WithdrawChangeView(CaseActionView[ChangeNotice]):
    """The holder takes the notice back."""

    model = ChangeNotice
    page = "certificates:change"
    permission = holds
    success_message = _("The report is withdrawn. Nothing was changed.")

    def perform(self) -> None:
        """Withdraw it."""
        withdraw_change(self.case, actor=self.user)


# --- Circumstances ----------------------------------------------------------------------------------------------------
class CircumstanceView(CaseView[Circumstance]):
    """A reported circumstance, for those who may know of it."""

    model = Circumstance
    page = "certificates:circumstance"
    permission = reads_circumstances
    template_name = "certificates/requests/circumstance.html"
    open_state = CircumstanceState.REPORTED


class EvaluateCircumstanceView(CaseFormView[Circumstance]):
    """The officer says what follows."""

    model = Circumstance
    page = "certificates:circumstance"
    template_name = "certificates/requests/evaluate.html"
    form_class = EvaluateForm
    heading = _("Evaluate the circumstance")
    success_message = _("The evaluation is concluded. The holder has been told by e-mail.")
    consequences = (
        _("Extra assessment: the holder owes it by the day that you set (contract H10)."),
        _("Suspension: the public page says so from now on, and the holder hands the original in (contract H9)."),
        _("Revocation: the same for ever; it cannot be undone, and is confirmed by typing the number."),
    )

    def get_form_kwargs(self) -> dict[str, Any]:
        """Check what is typed against the certificate."""
        return {**super().get_form_kwargs(), "certificate": self.case.certificate}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say when a renewal has taken the place of the certificate."""
        return super().get_context_data(carried_over=carried_over(self.case.certificate), **kwargs)

    def error_field(self, violation: RuleViolation) -> str | None:
        """Show a refusal beside the field that it is about."""
        return EvaluateForm.refusals.get(violation.code)

    def perform(self, form: EvaluateForm) -> None:
        """Conclude it."""
        evaluate_circumstance(self.case, form.evaluation, actor=self.user)


# --- New copies -------------------------------------------------------------------------------------------------------
class ReplacementView(CaseView[Replacement]):
    """A request for a new copy."""

    model = Replacement
    page = "certificates:replacement"
    template_name = "certificates/requests/replacement.html"
    open_state = ReplacementState.REQUESTED


class IssueReplacementView(CaseActionView[Replacement]):
    """The officer issues the new copy."""

    model = Replacement
    page = "certificates:replacement"
    success_message = _(
        "The new copy is issued. Its document is being prepared, and the holder has been told by e-mail."
    )

    def perform(self) -> None:
        """Issue it."""
        issue_replacement(self.case, actor=self.user)


class RejectReplacementView(CaseFormView[Replacement]):
    """The officer refuses a new copy."""

    model = Replacement
    page = "certificates:replacement"
    form_class = RejectForm
    heading = _("Reject the request for a new copy")
    success_message = _("The request is rejected. The holder has been told by e-mail.")

    def perform(self, form: RejectForm) -> None:
        """Reject it."""
        reject_replacement(self.case, actor=self.user, reason=form.cleaned_data["reason"])


class WithdrawReplacementView(CaseActionView[Replacement]):
    """The holder takes the request back."""

    model = Replacement
    page = "certificates:replacement"
    permission = holds
    success_message = _("The request is withdrawn.")

    def perform(self) -> None:
        """Withdraw it."""
        withdraw_replacement(self.case, actor=self.user)


# --- Papers -----------------------------------------------------------------------------------------------------------
class CaseFileView(AccessMixin):
    """A paper of a case, for those who may see the case."""

    permission = reads_case_file

    @cached_property
    def file(self) -> CaseFile | None:
        """The paper, if there is one."""
        return case_files().filter(pk=self.kwargs["pk"]).first()

    def get_permission_object(self) -> CaseFile | None:
        """Ask about the paper."""
        return self.file

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Send it."""
        if self.file is None:
            raise PermissionDenied
        return private_file_response(self.file.stored)
