"""Pages of changed terms: prepared and announced by officers, accepted by holders (contract B5)."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from accounts.permissions import is_officer
from audit.queries import timeline
from certificates.documents.contract_reading import blank_text, filled_text
from certificates.forms.terms import AcceptTermsForm, CancelTermsForm, ConsentFilter, PaperTermsForm, PrepareTermsForm
from certificates.models import TermsChange, TermsConsent
from certificates.permissions import accepts_terms, handles_consent, reads_certificates, reads_consent
from certificates.queries.terms import (
    concerned,
    concerned_rows,
    consents,
    counts_of,
    search_consents,
    templates_to_announce,
    terms_changes,
    versions_to_announce,
)
from certificates.services.terms import (
    ACCEPTED_ALREADY,
    NOT_HELD,
    REPLACED,
    accept_terms,
    announce_change,
    cancel_change,
    prepare_change,
    record_paper_terms,
)
from certificates.states import TermsState
from certificates.views.columns import CONSENTS
from certificates.views.common import FormPageView, ListPageView, SignedInMixin
from core.access import AccessMixin
from core.http import client_address, private_file_response
from core.views import ServiceActionView

NOTHING_NEW = _("There is nothing to announce: no newer contract text or scheme version is loaded.")
ACCEPTED_BEFORE = _("You have accepted these terms already. Thank you.")


class TermsMixin:
    """A view about one change of terms, named in the address as `pk`."""

    kwargs: dict[str, Any]

    @cached_property
    def change(self) -> TermsChange:
        """The change; 404 when there is none."""
        return get_object_or_404(terms_changes(), pk=self.kwargs["pk"])

    def get_success_url(self) -> str:
        """Show the change as it stands now."""
        return reverse("certificates:terms", args=[self.kwargs["pk"]])


class ConsentMixin:
    """A view about one holder's consent, named in the address as `pk`."""

    kwargs: dict[str, Any]

    @cached_property
    def consent(self) -> TermsConsent:
        """The consent; 404 when there is none."""
        return get_object_or_404(consents(), pk=self.kwargs["pk"])

    def get_permission_object(self) -> TermsConsent:
        """Ask about the consent."""
        return self.consent


class TermsListView(ListPageView):
    """All changes of terms, newest first."""

    permission = reads_certificates
    template_name = "certificates/terms/list.html"

    def get_rows(self, filters: dict[str, Any]) -> QuerySet[TermsChange]:
        """Return them all."""
        return terms_changes()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say whether there is anything to announce."""
        may_prepare = is_officer(self.user)
        has_new = may_prepare and (templates_to_announce().exists() or versions_to_announce().exists())
        return super().get_context_data(may_prepare=may_prepare, has_new=has_new, **kwargs)


class NewTermsView(FormPageView):
    """An officer prepares a change."""

    permission = is_officer
    form_class = PrepareTermsForm
    template_name = "certificates/terms/new.html"
    success_message = _("The change is prepared. Nobody has been told yet: look whom it concerns, then announce it.")

    def unavailable(self) -> str | Promise:
        """Say that there is nothing to announce."""
        has_new = templates_to_announce().exists() or versions_to_announce().exists()
        return "" if has_new else NOTHING_NEW

    def perform(self, form: PrepareTermsForm) -> None:
        """Prepare it."""
        data = form.cleaned_data
        self.change = prepare_change(
            form.chosen(),
            actor=self.user,
            summary_az=data["summary_az"],
            summary_en=data["summary_en"],
            effective_on=data["effective_on"],
            transition_until=data["transition_until"],
        )

    def get_success_url(self) -> str:
        """Show whom it concerns."""
        return reverse("certificates:terms", args=[self.change.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the way back."""
        return super().get_context_data(cancel_url=reverse("certificates:terms_list"), **kwargs)


class TermsView(TermsMixin, ListPageView):
    """A change: before the announcement whom it concerns, afterwards who has accepted."""

    permission = reads_certificates
    template_name = "certificates/terms/detail.html"

    @property
    def filter_form(self) -> Any:  # type: ignore[override]  # before the announcement there is nothing to filter
        """The filters, once holders were told."""
        return ConsentFilter if self.change.state == TermsState.ANNOUNCED else None

    export_name = _("Acceptances of changed terms")

    @property
    def columns(self) -> Any:  # type: ignore[override]  # the same holds for the table
        """The columns of the table of who was told."""
        return CONSENTS if self.change.state == TermsState.ANNOUNCED else ()

    def get_rows(self, filters: dict[str, Any]) -> QuerySet[Any]:
        """Return whom it concerns, or who was told."""
        if self.change.state == TermsState.ANNOUNCED:
            return search_consents(self.change, text=filters.get("q", ""), standing=filters.get("standing", ""))
        found = concerned_rows(self.change)
        return found if self.change.state == TermsState.DRAFT else found.none()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the change, how many stand where, and what this reader may do."""
        return super().get_context_data(
            change=self.change,
            is_announced=self.change.state == TermsState.ANNOUNCED,
            is_draft=self.change.state == TermsState.DRAFT,
            counts=counts_of(self.change),
            concerned=concerned(self.change).count() if self.change.state == TermsState.DRAFT else 0,
            may_change=is_officer(self.user),
            text=blank_text(self.change.template.content) if self.change.template else None,
            timeline=timeline(self.change),
            **kwargs,
        )


class AnnounceTermsView(TermsMixin, SignedInMixin, ServiceActionView):
    """The button that tells all whom a change concerns."""

    permission = is_officer
    success_message = _("The change is announced. Workers write the e-mails now; you need not wait.")

    def perform(self) -> None:
        """Announce it."""
        announce_change(self.change, actor=self.user)


class CancelTermsView(TermsMixin, FormPageView):
    """An officer gives up a change that was not announced."""

    permission = is_officer
    form_class = CancelTermsForm
    template_name = "certificates/terms/form.html"
    success_message = _("The change is given up. Nobody was told of it.")

    def perform(self, form: CancelTermsForm) -> None:
        """Give it up."""
        cancel_change(self.change, actor=self.user, reason=form.cleaned_data["reason"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the change."""
        heading = _("Cancel the change of terms")
        return super().get_context_data(
            change=self.change, heading=heading, cancel_url=self.get_success_url(), **kwargs
        )


@method_decorator(reauthentication_required, name="get")
@method_decorator(reauthentication_required, name="post")
class AcceptTermsView(ConsentMixin, FormPageView):
    """The holder accepts, after having signed in once more within the last minutes (allauth sends them back here)."""

    permission = accepts_terms
    form_class = AcceptTermsForm
    template_name = "certificates/terms/accept.html"
    success_message = _("You have accepted the changed terms. Thank you.")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show what changes, and the form; whoever has accepted already reads so."""
        if self.consent.accepted_at or self.consent.replaced_by_id:
            messages.info(request, str(ACCEPTED_BEFORE if self.consent.accepted_at else REPLACED))
            return redirect("certificates:mine")
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Accept."""
        return super().post(request, *args, **kwargs)

    def perform(self, form: AcceptTermsForm) -> None:
        """Accept."""
        accept_terms(self.consent, actor=self.user, request_address=client_address(self.request))

    def get_success_url(self) -> str:
        """Show the holder's certificates."""
        return reverse("certificates:mine")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the change, and the whole new text of a contract with this holder's blanks."""
        consent, template = self.consent, self.consent.change.template
        text = None
        if template:
            words = {"version": template.version, "sha256": template.content_sha256, "content": template.content}
            text = filled_text({**consent.certificate.contract.snapshot, "text": words})
        return super().get_context_data(
            consent=consent, change=consent.change, text=text, cancel_url=self.get_success_url(), **kwargs
        )


class PaperTermsView(ConsentMixin, FormPageView):
    """An officer records an acceptance on paper."""

    permission = handles_consent
    form_class = PaperTermsForm
    template_name = "certificates/terms/form.html"
    success_message = _("The acceptance is recorded. The holder has been told by e-mail.")

    def unavailable(self) -> str | Promise:
        """Say why nothing can be accepted any more."""
        if self.consent.accepted_at:
            return ACCEPTED_ALREADY
        if self.consent.replaced_by_id:
            return REPLACED
        return "" if self.consent.is_open else NOT_HELD

    def get_form_kwargs(self) -> dict[str, Any]:
        """Check the day against what is accepted."""
        return {**super().get_form_kwargs(), "consent": self.consent}

    def perform(self, form: PaperTermsForm) -> None:
        """Record it."""
        data = form.cleaned_data
        record_paper_terms(self.consent, actor=self.user, signed_on=data["signed_on"], scan=data["scan"])

    def get_success_url(self) -> str:
        """Show the change."""
        return reverse("certificates:terms", args=[self.consent.change_id])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the consent."""
        return super().get_context_data(
            change=self.consent.change,
            consent=self.consent,
            heading=_("Record an acceptance on paper"),
            cancel_url=self.get_success_url(),
            **kwargs,
        )


class ConsentScanView(ConsentMixin, AccessMixin):
    """The scan of an acceptance on paper."""

    permission = reads_consent

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Send it."""
        if self.consent.scan is None:
            raise Http404
        return private_file_response(self.consent.scan)
