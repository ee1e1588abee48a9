"""The printed dossier of a renewal: asked for with a button, made by a worker, shown when it is there."""

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property

from certificates.models import RenewalPaper
from certificates.permissions import prints_renewal, reads_renewal_paper
from certificates.services.renewal_papers import request_renewal_dossier
from certificates.views.common import PageView, SignedInMixin
from certificates.views.renewals import RenewalMixin
from core.access import AccessMixin
from core.http import rendered_file_response
from core.views import ServiceActionView


class PrintRenewalView(RenewalMixin, SignedInMixin, ServiceActionView):
    """Asking for the dossier on paper."""

    permission = prints_renewal
    paper: RenewalPaper | None = None

    def perform(self) -> None:
        """Ask for it."""
        self.paper = request_renewal_dossier(self.renewal, actor=self.user)

    def get_success_url(self) -> str:
        """Go on to the paper; back to the dossier when it is refused."""
        if self.paper:
            return reverse("certificates:renewal_paper", args=[self.paper.pk])
        return reverse("certificates:renewal_decide", args=[self.renewal.pk])


class RenewalPaperMixin:
    """A view of one paper, named in the address as `pk`."""

    kwargs: dict[str, Any]

    @cached_property
    def paper(self) -> RenewalPaper:
        """The paper; 404 when there is none."""
        papers = RenewalPaper.objects.select_related(
            "rendered", "requested_by", "renewal__certificate__person", "renewal__application"
        )
        return get_object_or_404(papers, pk=self.kwargs["pk"])

    def get_permission_object(self) -> RenewalPaper:
        """Ask about the paper."""
        return self.paper


class RenewalPaperView(RenewalPaperMixin, PageView):
    """Whether the paper is there; while it is not, its part of the page asks again by itself."""

    permission = reads_renewal_paper
    template_name = "certificates/renewals/paper.html"

    def get_template_names(self) -> list[str]:
        """Answer the page's own question with the part alone."""
        is_part = getattr(self.request, "htmx", False)
        return ["certificates/renewals/paper_state.html"] if is_part else [self.template_name]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the paper."""
        return super().get_context_data(paper=self.paper, renewal=self.paper.renewal, **kwargs)


class RenewalPaperFileView(RenewalPaperMixin, AccessMixin):
    """The PDF."""

    permission = reads_renewal_paper

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Send it; 404 while the worker has not made it."""
        if not self.paper.rendered.is_ready:
            raise Http404
        return rendered_file_response(self.paper.rendered)
