"""What people type about contracts."""

from django import forms
from django.utils.translation import gettext_lazy as _

from certificates.forms.fields import ANY, ReasonField
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


class PaperContractForm(FormBase):
    """The copy that the holder signed on paper."""

    submit_label = _("Record the signed contract")

    signed_on = forms.DateField(
        label=_("Date of the holder's signature"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    scan = forms.FileField(
        label=_("Scan of the signed copy"),
        help_text=_("PDF, JPEG or PNG, at most 10 MB, with every page and both signatures."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )


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
