"""Pages of bulk work: starting it, how far it is, what came of it."""

from typing import Any, cast

from django.db.models import Case, QuerySet, When
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.permissions import is_officer
from audit.queries import timeline
from certificates.forms.batches import IssueAllForm, ItemFilter, NoticeForm
from certificates.forms.certificates import CertificateFilter
from certificates.models import Certificate
from certificates.permissions import downloads_batch, reads_certificates, retries_batch
from certificates.queries.batches import batches, messages_of, session_of, session_to_issue, to_be_told
from certificates.services.bulk import ISSUE, MOST_RECIPIENTS, NOTICE, retry_batch, start_issue, start_notice
from certificates.states import Status
from certificates.views.columns import BATCH_ITEMS
from certificates.views.common import FormPageView, ListPageView, SignedInMixin
from certificates.views.exporting import NOT_UNDERSTOOD
from core.access import AccessMixin
from core.batches import progress_of
from core.errors import RuleViolation
from core.http import private_file_response
from core.models import Batch, BatchItem
from core.states import BatchState, ItemState
from core.views import ServiceActionView
from exams.models import ExamSession

# Where the thing of an item is shown.
PAGES = {
    "certificates.contract": "certificates:contract",
    "certificates.certificate": "certificates:certificate",
}
_FAILED_FIRST = Case(When(state=ItemState.FAILED, then=0), When(state=ItemState.PENDING, then=1), default=2)


class BatchMixin:
    """A view about one batch, named in the address as `pk`."""

    kwargs: dict[str, Any]

    @cached_property
    def batch(self) -> Batch:
        """The batch; 404 when there is none."""
        return get_object_or_404(batches(), pk=self.kwargs["pk"])

    def get_permission_object(self) -> Batch:
        """Ask about the batch."""
        return self.batch


class BatchListView(ListPageView):
    """All bulk work, newest first."""

    permission = reads_certificates
    template_name = "certificates/batches/batch_list.html"

    def get_rows(self, filters: dict[str, Any]) -> QuerySet[Batch]:
        """Return all of it."""
        return batches()


class BatchView(BatchMixin, ListPageView):
    """How far a batch is and what came of each thing; htmx asks for the progress alone while it runs."""

    permission = reads_certificates
    template_name = "certificates/batches/batch.html"
    filter_form = ItemFilter
    columns = BATCH_ITEMS
    export_name = _("Results")

    def get_rows(self, filters: dict[str, Any]) -> QuerySet[BatchItem]:
        """Return its things, those that failed first."""
        items = BatchItem.objects.filter(batch=self.batch)
        state = filters.get("state", "")
        return (items.filter(state=state) if state else items).order_by(_FAILED_FIRST, "id")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer the page, or the progress alone; once it is done, have the page loaded anew."""
        if not request.headers.get("HX-Request"):
            return super().get(request, *args, **kwargs)
        self.template_name = "certificates/batches/progress.html"
        progress = progress_of(self.batch)
        response = self.render_to_response({"batch": self.batch, "progress": progress, "is_running": self.is_running})
        if not self.is_running:
            response["HX-Refresh"] = "true"
        return response

    @property
    def is_running(self) -> bool:
        """Tell whether something is still to be done."""
        return self.batch.state != BatchState.DONE

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the batch, how far it is, a page of its things, and what this reader may do."""
        context = super().get_context_data(
            batch=self.batch,
            progress=progress_of(self.batch),
            is_running=self.is_running,
            session=session_of(self.batch) if self.batch.kind == ISSUE else None,
            may_retry=self.may(retries_batch),
            may_download=self.may(downloads_batch),
            timeline=timeline(self.batch),
            **kwargs,
        )
        items = list(context["page"].object_list)
        messages = messages_of(items) if self.batch.kind == NOTICE else {}
        context["rows"] = [(item, _address(item), messages.get(item.pk)) for item in items]
        return context


def _address(item: BatchItem) -> str:
    """Return the page on which the thing of an item is shown; "" when it has none."""
    model, _colon, key = item.reference.partition(":")
    return reverse(PAGES[model], args=[key]) if model in PAGES else ""


class RetryBatchView(SignedInMixin, BatchMixin, ServiceActionView):
    """The button that has what failed tried again."""

    permission = retries_batch
    success_message = _("What failed is being tried again.")

    def perform(self) -> None:
        """Put it back."""
        retry_batch(self.batch, actor=self.user)

    def get_success_url(self) -> str:
        """Show how far it is."""
        return reverse("certificates:batch", args=[self.batch.pk])


class BatchFileView(BatchMixin, AccessMixin):
    """The file that a batch made."""

    permission = downloads_batch

    def get(self, request: HttpRequest, pk: Any) -> HttpResponseBase:
        """Send it, once it is there."""
        if self.batch.result is None:
            raise Http404
        return private_file_response(self.batch.result)


class StartView(FormPageView):
    """A form that starts a batch and then shows how far it is."""

    permission = is_officer
    batch: Batch

    def get_success_url(self) -> str:
        """Show how far it is."""
        return reverse("certificates:batch", args=[self.batch.pk])


class IssueAllView(StartView):
    """The certificates of a whole exam session: who gets one now, who does not and why."""

    form_class = IssueAllForm
    template_name = "certificates/batches/issue_all.html"

    @cached_property
    def session(self) -> ExamSession:
        """The session; 404 when there is none."""
        return get_object_or_404(ExamSession.objects.select_related("scheme_version__scheme"), pk=self.kwargs["pk"])

    def perform(self, form: IssueAllForm) -> None:
        """Start it."""
        self.batch = start_issue(self.session, actor=self.user, key=form.cleaned_data["key"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the session and its candidates."""
        candidates = session_to_issue(self.session, self.user)
        ready = [one for one in candidates if one.is_ready]
        return super().get_context_data(
            session=self.session,
            ready=ready,
            others=[one for one in candidates if not one.is_ready],
            cancel_url=reverse("certificates:contract_list"),
            **kwargs,
        )


class NotifyView(StartView):
    """A notice to the holders of the certificates that the filters of the list, which are in the address, leave."""

    form_class = NoticeForm
    template_name = "certificates/batches/notify.html"

    @cached_property
    def filter_form(self) -> CertificateFilter:
        """The filters that the address names."""
        return CertificateFilter(self.request.GET)

    @property
    def filters(self) -> dict[str, Any]:
        """What the filters say."""
        return self.filter_form.cleaned_data if self.is_understood else {}

    @property
    def is_understood(self) -> bool:
        """Tell whether every filter is one, and makes sense: else the notice would go to more people than was meant."""
        return set(self.request.GET) <= {*self.filter_form.fields, "page"} and self.filter_form.is_valid()

    @cached_property
    def found(self) -> QuerySet[Certificate]:
        """The certificates whose holders are written to."""
        told = to_be_told(self.filters)
        return told if self.is_understood else told.none()

    @cached_property
    def number(self) -> int:
        """How many holders there are, as far as they can be written to at once: no more are counted."""
        return self.found[: MOST_RECIPIENTS + 1].count()

    def get_form_kwargs(self) -> dict[str, Any]:
        """Have the number checked against what was shown."""
        return {**super().get_form_kwargs(), "expected": self.number}

    def perform(self, form: NoticeForm) -> None:
        """Start it. Raises `RuleViolation` "filters" for a filter that makes no sense."""
        if not self.is_understood:
            raise RuleViolation(NOT_UNDERSTOOD, code="filters")
        data = form.cleaned_data
        self.batch = start_notice(
            form.notice, self.filters, expected=data["expected"], actor=self.user, key=data["key"]
        )

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        """Show the form again with the number of holders that the page shows now."""
        typed = cast(QueryDict, form.data).copy()
        typed["expected"] = str(self.number)
        form.data = typed
        return super().form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give how many holders it goes to, the first of them, and the filters in words."""
        status = self.filters.get("status", "")
        return super().get_context_data(
            number=self.number,
            most=MOST_RECIPIENTS,
            too_many=self.number > MOST_RECIPIENTS,
            examples=list(self.found[:5]),
            is_understood=self.is_understood,
            searched=self.filters.get("q", ""),
            status=Status(status).label if status else "",
            scheme=self.filters.get("scheme", ""),
            cancel_url=f"{reverse('certificates:certificate_list')}?{self.request.GET.urlencode()}",
            **kwargs,
        )
