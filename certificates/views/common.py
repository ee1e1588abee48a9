"""What the pages of this app share."""

from typing import Any, cast

from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.views.generic.base import TemplateView

from accounts.models import User
from certificates.models import Certificate, Contract
from certificates.queries import certificates, contracts
from core.access import AccessMixin
from core.http import rendered_file_response
from core.models import RenderedFile
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


class ListPageView(PageView):
    """A list: filters in the address, paged."""

    filter_form: type[Form] | None = None

    def get_rows(self, filters: dict[str, Any]) -> QuerySet[Any]:
        """Return all rows that the filters leave."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give `page` and `filter_form`; a filter that makes no sense does not restrict."""
        form = self.filter_form(self.request.GET) if self.filter_form else None
        filters = form.cleaned_data if form is not None and form.is_valid() else {}
        rows = self.get_rows(filters)
        # First which rows, from an index, then what they show: the last page of a long list is as quick as the first.
        page = Paginator(rows.values_list("pk", flat=True), PAGE_SIZE).get_page(self.request.GET.get("page"))
        page.object_list = rows.filter(pk__in=list(page.object_list))
        return super().get_context_data(page=page, filter_form=form, **kwargs)


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
