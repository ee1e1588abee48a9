"""Forms of the panel of a stage, and of receipts."""

from django import forms
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from core.forms import FilterFormBase, FormBase
from exams.forms.base import DangerReasonForm, UnsentMixin
from exams.models import REASON_LENGTH

_MET, _NOT_MET = "met", "not_met"


class SettleForm(FormBase):
    """What the panel agreed on for a step on which its assessors differ."""

    submit_label = _("Settle the step")

    value = forms.ChoiceField(
        label=_("The panel's mark"),
        choices=((_MET, pgettext_lazy("step", "Met")), (_NOT_MET, pgettext_lazy("step", "Not met"))),
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Why the panel decides so"), max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 2})
    )

    @staticmethod
    def word(*, value: bool) -> str:
        """Return what the field holds for a mark."""
        return _MET if value else _NOT_MET

    @property
    def is_met(self) -> bool:
        """Whether the panel says that the step is met."""
        return bool(self.cleaned_data["value"] == _MET)


class AbstainForm(UnsentMixin, DangerReasonForm):
    """Why an assessor's marks of a stage shall not count."""

    submit_label = _("Take the marks out of the verdict")


class ReceiptForm(FilterFormBase):
    """The short code of a receipt, as it was printed or read out."""

    code = forms.CharField(
        label=_("Code of the receipt"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
