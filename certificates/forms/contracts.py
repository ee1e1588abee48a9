"""What people type about contracts."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from certificates.forms.fields import ANY, ReasonField, beside_field
from certificates.forms.kept import KeepsFilesForm
from certificates.models import Contract
from certificates.services.contracts import require_signed_in_time
from certificates.states import ContractState
from core.forms import ConfirmNumberMixin, FilterFormBase, FormBase


class AcceptContractForm(FormBase):
    """The holder's agreement."""

    submit_label = _("Accept the contract")

    agreed = forms.BooleanField(
        label=_("I have read the whole contract and agree to it."),
        help_text=_(
            "The version of the text, its digest, the time and the address of your computer are kept with your "
            "agreement."
        ),
    )


class PaperContractForm(KeepsFilesForm):
    """The copy that the holder signed on paper."""

    submit_label = _("Record the signed contract")
    kept_fields = ("scan",)

    signed_on = forms.DateField(
        label=_("Date of the holder's signature"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    scan = forms.FileField(
        label=_("Scan of the signed copy"),
        help_text=_("PDF, JPEG or PNG, at most 10 MB, with every page and both signatures."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        """Take the contract, against which the day is checked."""
        super().__init__(*args, **kwargs)
        self.contract = contract

    def clean_signed_on(self) -> date:
        """Refuse a day that the service would refuse."""
        signed_on: date = self.cleaned_data["signed_on"]
        with beside_field():
            require_signed_in_time(self.contract, signed_on)
        return signed_on


class VoidContractForm(ConfirmNumberMixin, FormBase):
    """Giving up a contract."""

    submit_label = _("Declare the contract void")
    danger = True

    reason = ReasonField(
        label=_("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The holder reads it."),
    )
    field_order = ("reason", "confirmation")


class ContractFilter(FilterFormBase):
    """Filters of the list of contracts."""

    q = forms.CharField(label=_("Name or number"))
    state = forms.ChoiceField(label=_("State"), choices=[ANY, *ContractState.choices, ("overdue", _("Overdue"))])
