"""What the pages of this app share."""

from collections.abc import Iterator
from typing import Any, ClassVar, cast

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.forms import BaseForm, Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.views.generic.base import TemplateView

from accounts.models import User
from accounts.permissions import reads_cases
from certificates.forms.kept import KeepsFilesForm
from certificates.models import Certificate, Contract
from certificates.queries.certificates import certificates
from certificates.queries.contracts import contracts
from certificates.queries.searching import is_common
from certificates.views.exporting import (
    ExportLinks,
    export_format,
    export_links,
    list_address,
    send_table,
    start_table,
)
from core.access import AccessMixin
from core.errors import RuleViolation
from core.exports import CHUNK, Column
from core.http import rendered_file_response
from core.models import RenderedFile
from core.paging import CappedPaginator, FoundPaginator
from core.views import ServiceFormView

PAGE_SIZE = 25


class SignedInMixin:
    """Gives the person who is signed in; only for views that AccessMixin guards."""

    request: HttpRequest

    @property
    def user(self) -> User:
        """The person who is signed in."""
        return cast(User, self.request.user)


class PageView(SignedInMixin, AccessMixin, TemplateView):
    """A page that is read; POST is not offered."""


class FormPageView(SignedInMixin, ServiceFormView):
    """A page with one form whose data one service takes; files that were chosen survive the errors of other fields."""

    def get_form_kwargs(self) -> dict[str, Any]:
        """Tell a form that keeps files for whom."""
        keeps = issubclass(self.get_form_class(), KeepsFilesForm)
        return {**super().get_form_kwargs(), **({"keeper": self.user} if keeps else {})}

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        """Show the form again, with its files kept."""
        if isinstance(form, KeepsFilesForm):
            form.keep()
        return super().form_invalid(form)


class TableMixin(PageView):
    """A list that is also a table for office programs (`?format=csv` or `xlsx`), if it declares `columns`.

    A short table is sent at once, a long one is made by a worker: the page has a link for the one, a button (POST) for
    the other. Either is a disclosure, and stands in the trail.
    """

    columns: ClassVar[tuple[Column, ...]] = ()
    export_name: str | Promise = ""  # what the file and the sheet are called

    @property
    def is_understood(self) -> bool:
        """Tell whether all filters make sense: else no table is made, which would hold more than was meant."""
        raise NotImplementedError

    def found(self) -> QuerySet[Any, Any]:
        """Return all rows that the filters in the address leave."""
        raise NotImplementedError

    def table_rows(self) -> Iterator[Any]:
        """Give the rows of the table without keeping them all."""
        return self.found().iterator(chunk_size=CHUNK)

    def exports(self, pages: CappedPaginator | FoundPaginator) -> ExportLinks | None:
        """Return what the page offers of its rows; None for a list or a reader without tables."""
        if not self.columns or not reads_cases(self.user):
            return None
        return export_links(self.request, pages.count, is_more=pages.is_capped)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the page, or send the table if the address asks for one."""
        kind = export_format(request.GET) if self.columns else None
        if kind is None:
            return super().get(request, *args, **kwargs)
        try:
            return send_table(self, kind)
        except RuleViolation as violation:
            messages.error(request, str(violation))
            return HttpResponseRedirect(list_address(request))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Have a long table made by a worker, and show how far it is."""
        kind = export_format(request.POST) if self.columns else None
        if kind is None:
            return self.http_method_not_allowed(request, *args, **kwargs)
        try:
            batch = start_table(self, kind)
        except RuleViolation as violation:
            messages.error(request, str(violation))
            return HttpResponseRedirect(list_address(request))
        return HttpResponseRedirect(reverse("certificates:batch", args=[batch.pk]))


class ListPageView(TableMixin):
    """A list: filters in the address, paged."""

    filter_form: type[Form] | None = None

    def get_rows(self, filters: dict[str, Any]) -> QuerySet[Any]:
        """Return all rows that the filters leave."""
        raise NotImplementedError

    def get_first_rows(self, filters: dict[str, Any]) -> QuerySet[Any]:
        """Return the same for a common name, of which a few pages are read (see queries.searching)."""
        return self.get_rows(filters)

    @cached_property
    def filters(self) -> tuple[Form | None, dict[str, Any]]:
        """The form of the filters and what it says."""
        form = self.filter_form(self.request.GET) if self.filter_form else None
        return form, form.cleaned_data if form is not None and form.is_valid() else {}

    @property
    def is_understood(self) -> bool:
        """Tell whether all filters make sense."""
        form, _filters = self.filters
        return form is None or form.is_valid()

    def found(self) -> QuerySet[Any]:
        """Return all rows that the filters in the address leave; none when one of them makes no sense."""
        rows = self.get_rows(self.filters[1])
        return rows if self.is_understood else rows.none()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give `page` and `filter_form`, and `exports` for a list that has columns."""
        # First which rows, from an index, then what they show: the last page of a long list is as quick as the first.
        paginator, rows = self._paged()
        page = paginator.get_page(self.request.GET.get("page"))
        page.object_list = rows.filter(pk__in=list(page.object_list))
        exports = self.exports(paginator)
        return super().get_context_data(page=page, filter_form=self.filters[0], exports=exports, **kwargs)

    def _paged(self) -> tuple[CappedPaginator | FoundPaginator, QuerySet[Any]]:
        """Return the keys in pages, and the rows among which those of a page are: they are not searched again."""
        filters = self.filters[1]
        typed = filters.get("q", "").strip() if self.is_understood else ""
        if not typed:
            rows = self.found()
            return CappedPaginator(rows.values_list("pk", flat=True), PAGE_SIZE), rows
        common = is_common(typed)
        keys = self.get_first_rows(filters) if common else self.get_rows(filters)
        pages = FoundPaginator(keys.values_list("pk", flat=True), PAGE_SIZE, is_common=common)
        return pages, self.get_rows({**filters, "q": ""})


class ContractMixin:
    """A view about one contract, named in the address as `pk`."""

    kwargs: dict[str, Any]

    @cached_property
    def contract(self) -> Contract:
        """The contract; 404 when there is none."""
        return get_object_or_404(contracts(), pk=self.kwargs["pk"])

    def get_permission_object(self) -> Model:
        """Ask about the contract."""
        return self.contract


class CertificateMixin:
    """A view about one certificate, named in the address as `pk`."""

    kwargs: dict[str, Any]

    @cached_property
    def certificate(self) -> Certificate:
        """The certificate; 404 when there is none."""
        return get_object_or_404(certificates(), pk=self.kwargs["pk"])

    def get_permission_object(self) -> Model:
        """Ask about the certificate."""
        return self.certificate


def download(document: RenderedFile | None) -> HttpResponseBase:
    """Send a rendered document; raises Http404 while the worker has not made it."""
    if document is None or not document.is_ready:
        raise Http404
    return rendered_file_response(document)
