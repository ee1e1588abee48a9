"""Pages of the certificate-use contract: for its holder, and for officers."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext, gettext_lazy as _

from accounts.permissions import is_officer
from audit.queries import timeline
from certificates.documents.contract_reading import filled_text
from certificates.forms.contracts import AcceptContractForm, ContractFilter, PaperContractForm, VoidContractForm
from certificates.models import Contract
from certificates.permissions import accepts_contract, handles, reads_certificates, reads_contract
from certificates.queries.batches import sessions_to_issue
from certificates.queries.contracts import search_contracts
from certificates.queries.decisions import reviews_of
from certificates.services.certificates import issue_certificate
from certificates.services.contracts import accept_contract, record_paper_contract, void_contract
from certificates.states import ContractState, ReviewState
from certificates.views.columns import CONTRACTS
from certificates.views.common import ContractMixin, FormPageView, ListPageView, PageView, SignedInMixin, download
from core.access import AccessMixin
from core.http import client_address, private_file_response
from core.views import ServiceActionView


class ContractListView(ListPageView):
    """All contracts, newest first."""

    permission = reads_certificates
    template_name = "certificates/contract_list.html"
    filter_form = ContractFilter
    columns = CONTRACTS
    export_name = _("Contracts")

    def get_rows(self, filters: dict[str, Any], *, first: bool = False) -> QuerySet[Contract]:
        """Return the contracts that the filters leave."""
        overdue = filters.get("state") == "overdue"
        state = "" if overdue else filters.get("state", "")
        return search_contracts(filters.get("q", ""), state=state, overdue=overdue, first=first)

    def get_first_rows(self, filters: dict[str, Any]) -> QuerySet[Contract]:
        """Return the same, the first of which are quick to find."""
        return self.get_rows(filters, first=True)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give officers the exam sessions whose certificates can be issued together."""
        sessions = sessions_to_issue() if is_officer(self.user) else []
        return super().get_context_data(sessions=sessions, **kwargs)


class ContractView(ContractMixin, PageView):
    """A contract with its full text, its state and what comes next."""

    permission = reads_contract
    template_name = "certificates/contract.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the contract, its words, and what this reader may do."""
        contract = self.contract
        reviews = list(reviews_of(contract.decision))
        return super().get_context_data(
            contract=contract,
            certificate=contract.issued_certificate,
            text=filled_text(contract.snapshot),
            reviews=reviews,
            under_review=any(review.state == ReviewState.OPEN for review in reviews),
            is_holder=self.may(accepts_contract),
            may_handle=self.may(handles),
            reads_cases=self.may(reads_certificates),
            is_offered=contract.state == ContractState.OFFERED,
            timeline=timeline(contract) if self.may(reads_certificates) else None,
            **kwargs,
        )


@method_decorator(reauthentication_required, name="get")
@method_decorator(reauthentication_required, name="post")
class AcceptContractView(ContractMixin, FormPageView):
    """The holder accepts, after having signed in once more within the last minutes (allauth sends them back here)."""

    permission = accepts_contract
    form_class = AcceptContractForm
    template_name = "certificates/contract_accept.html"
    success_message = _("The contract is concluded. Your certificate will be issued next; you will be told by e-mail.")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form."""
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Accept."""
        return super().post(request, *args, **kwargs)

    def perform(self, form: AcceptContractForm) -> None:
        """Conclude the contract."""
        accept_contract(self.contract, actor=self.user, request_address=client_address(self.request))

    def get_success_url(self) -> str:
        """Show the contract as it stands now."""
        return reverse("certificates:contract", args=[self.contract.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the contract."""
        return super().get_context_data(contract=self.contract, cancel_url=self.get_success_url(), **kwargs)


class ContractFormView(ContractMixin, FormPageView):
    """An officer's form about a contract."""

    permission = handles
    template_name = "certificates/contract_form.html"
    heading: Any = ""
    consequences: tuple[Any, ...] = ()

    def get_success_url(self) -> str:
        """Show the contract as it stands now."""
        return reverse("certificates:contract", args=[self.contract.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the contract and what the page is for."""
        return super().get_context_data(
            contract=self.contract,
            heading=self.heading,
            consequences=self.consequences,
            cancel_url=self.get_success_url(),
            **kwargs,
        )


class PaperContractView(ContractFormView):
    """An officer records the copy that was signed on paper."""

    form_class = PaperContractForm
    heading = _("Record the signed contract")
    success_message = _("The contract is concluded. The certificate can be issued now.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Check the day against the offer."""
        return {**super().get_form_kwargs(), "contract": self.contract}

    def perform(self, form: PaperContractForm) -> None:
        """Conclude the contract."""
        data = form.cleaned_data
        record_paper_contract(self.contract, actor=self.user, signed_on=data["signed_on"], scan=data["scan"])


class VoidContractView(ContractFormView):
    """An officer gives up a contract that will not be concluded."""

    form_class = VoidContractForm
    heading = _("Declare the contract void")
    success_message = _("The contract is void. The candidate has been told by e-mail.")
    consequences = (
        _("No certificate is issued on this decision."),
        _("The application is closed; the person may apply anew."),
        _("The person is told by e-mail, with the reason."),
        _("This cannot be undone."),
    )

    def get_form_kwargs(self) -> dict[str, Any]:
        """Have the number typed."""
        return {**super().get_form_kwargs(), "number": self.contract.number}

    def perform(self, form: VoidContractForm) -> None:
        """Void it."""
        void_contract(self.contract, actor=self.user, reason=form.cleaned_data["reason"])


class IssueView(SignedInMixin, ContractMixin, ServiceActionView):
    """The officer's button that issues the certificate."""

    permission = handles
    success_message = _(
        "The certificate is issued. Its document is being prepared, and the holder has been told by e-mail."
    )

    def perform(self) -> None:
        """Issue it."""
        issue_certificate(self.contract, actor=self.user)

    def get_success_url(self) -> str:
        """Show the certificate, if there is one now, or else the contract with the reason."""
        certificate = Contract.objects.select_related("certificate").get(pk=self.contract.pk).issued_certificate
        if certificate:
            return reverse("certificates:certificate", args=[certificate.pk])
        return reverse("certificates:contract", args=[self.contract.pk])


class ContractFileView(ContractMixin, AccessMixin):
    """The contract as a document: `which` is "draft", "final" or "scan"."""

    permission = reads_contract

    def get(self, request: HttpRequest, pk: int, which: str) -> HttpResponseBase:
        """Send it, once it is there."""
        if which == "scan":
            if self.contract.scan is None:
                raise Http404(gettext("There is no scan."))
            return private_file_response(self.contract.scan)
        return download(self.contract.document if which == "final" else self.contract.draft_document)
