"""What the pages of this app share."""

from collections.abc import Iterator
from typing import Any, ClassVar, cast

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.views.generic.base import TemplateView

from accounts.models import User
from accounts.permissions import reads_cases
from certificates.models import Certificate, Contract
from certificates.queries.certificates import certificates
from certificates.queries.contracts import contracts
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
from core.paging import CappedPaginator
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
    """A page with one form whose data one service takes."""


class TableMixin(PageView):
    """A list that is also a table for office programs (`?format=csv` or `xlsx`), if it declares `columns`.

    A short table is sent at once, a long one is made by a worker: the page has a link for the one, a button (POST) for
    the other. Either is a disclosure, and stands in the trail.
    """

    columns: ClassVar[tuple[Column, ...]] = ()
    export_name: str | Promise = ""  # what the file and the sheet are called

    def found(self) -> QuerySet[Any, Any]:
        """Return all rows that the filters in the address leave."""
        raise NotImplementedError

    def table_rows(self) -> Iterator[Any]:
        """Give the rows of the table without keeping them all."""
        return self.found().iterator(chunk_size=CHUNK)

    def exports(self, count: int) -> ExportLinks | None:
        """Return what the page offers of its `count` rows; None for a list or a reader without tables."""
        return export_links(self.request, count) if self.columns and reads_cases(self.user) else None

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

    @cached_property
    def filters(self) -> tuple[Form | None, dict[str, Any]]:
        """The form of the filters and what it says; a filter that makes no sense does not restrict."""
        form = self.filter_form(self.request.GET) if self.filter_form else None
        return form, form.cleaned_data if form is not None and form.is_valid() else {}

    def found(self) -> QuerySet[Any]:
        """Return all rows that the filters in the address leave."""
        return self.get_rows(self.filters[1])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give `page` and `filter_form`, and `exports` for a list that has columns."""
        rows = self.found()
        # First which rows, from an index, then what they show: the last page of a long list is as quick as the first.
        page = CappedPaginator(rows.values_list("pk", flat=True), PAGE_SIZE).get_page(self.request.GET.get("page"))
        page.object_list = rows.filter(pk__in=list(page.object_list))
        exports = self.exports(page.paginator.count)
        return super().get_context_data(page=page, filter_form=self.filters[0], exports=exports, **kwargs)


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
