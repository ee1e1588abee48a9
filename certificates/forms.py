"""What people type about decisions, contracts and certificates."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from certificates.codes import plain_code, plain_number
from certificates.models import Certificate
from certificates.queries import by_number_and_code
from certificates.services.guards import stated_reason
from certificates.services.lifecycle import require_review_in_time
from certificates.states import ContractState, Outcome, ReviewState, Status
from core import numbering
from core.errors import RuleViolation
from core.forms import ConfirmNumberMixin, FilterFormBase, FormBase
from schemes.queries import all_schemes

NOTHING_FOUND = _(
    "No certificate has this number together with this code. Compare both with the certificate, character by character."
)
ANY = ("", _("All"))


class ReasonField(forms.CharField):
    """A reason; too short a one is refused beside the field, by the rule of the services."""

    def validate(self, value: Any) -> None:
        """Refuse what the services would refuse."""
        super().validate(value)
        with beside_field():
            stated_reason(value)


@contextmanager
def beside_field() -> Iterator[None]:
    """Show what a rule refuses beside the field that it is about."""
    try:
        yield
    except RuleViolation as violation:
        raise forms.ValidationError(str(violation), code=violation.code) from violation


class DecisionForm(FormBase):
    """A decision with its reasons; granting is offered only after a passed exam."""

    submit_label = _("Record the decision")

    outcome = forms.ChoiceField(
        label=_("Decision"),
        widget=forms.RadioSelect,
        choices=[(Outcome.GRANTED, _("Grant certification")), (Outcome.REFUSED, _("Refuse certification"))],
    )
    reasons = ReasonField(
        label=_("Reasons"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("The candidate reads them. They say which facts of the dossier the decision rests on."),
    )
    confirmed = forms.BooleanField(
        label=_(
            "I have read the whole dossier. I neither trained nor assessed this candidate and have no interest in "
            "the outcome."
        ),
        help_text=_("A decision cannot be changed afterwards; the candidate may appeal against it (contract H13)."),
    )

    def __init__(self, *args: Any, may_grant: bool, **kwargs: Any) -> None:
        """Take away what cannot be decided."""
        super().__init__(*args, **kwargs)
        if not may_grant:
            field = cast(forms.ChoiceField, self.fields["outcome"])
            field.choices = [(Outcome.REFUSED, _("Refuse certification"))]
            field.initial = Outcome.REFUSED
            field.help_text = _("The exam was not passed: certification can only be refused.")


class ReviewForm(FormBase):
    """What follows for a decision whose exam was amended afterwards."""

    submit_label = _("Conclude the review")

    conclusion = ReasonField(
        label=_("Conclusion"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_(
            "Whether the decision still stands, why, and what has to be done by whom. It cannot be changed afterwards."
        ),
    )


class ReviewFilter(FilterFormBase):
    """The filter of the list of reviews."""

    state = forms.ChoiceField(label=_("State"), choices=[ANY, *ReviewState.choices])


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


class SuspendForm(FormBase):
    """Suspending a certificate."""

    submit_label = _("Suspend the certificate")
    danger = True

    reason = ReasonField(
        label=_("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The holder reads it; the public page does not show it."),
    )
    review_on = forms.DateField(
        label=_("Suspended until (review)"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_(
            "On this day at the latest the body decides whether to reinstate or to revoke. Nothing ends by itself."
        ),
    )

    def __init__(self, *args: Any, certificate: Certificate, **kwargs: Any) -> None:
        """Take the certificate, within whose validity the review has to lie."""
        super().__init__(*args, **kwargs)
        self.certificate = certificate

    def clean_review_on(self) -> date:
        """Refuse a day that the service would refuse."""
        review_on: date = self.cleaned_data["review_on"]
        with beside_field():
            require_review_in_time(self.certificate, review_on)
        return review_on


class ReinstateForm(FormBase):
    """Ending a suspension."""

    submit_label = _("Reinstate the certificate")

    reason = ReasonField(label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))


class RevokeForm(ConfirmNumberMixin, FormBase):
    """Revoking a certificate for good."""

    submit_label = _("Revoke the certificate")
    danger = True

    reason = ReasonField(
        label=_("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The holder reads it; the public page does not show it."),
    )
    field_order = ("reason", "confirmation")


class VerifyForm(FormBase):
    """Number and code of a certificate, as anybody types them from paper."""

    submit_label = _("Check the certificate")

    number = forms.CharField(
        label=_("Certificate number"),
        max_length=60,
        help_text=_("For example K6-2026-00017-42; capitals, spaces and dashes do not matter."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    code = forms.CharField(
        label=_("Verification code"),
        max_length=60,
        help_text=_("16 letters and digits beside the QR code on the certificate."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    found: Certificate | None = None

    def clean_number(self) -> str:
        """Notice typing errors by the check digits, before anything is looked up."""
        number = plain_number(self.cleaned_data["number"])
        if not numbering.is_valid(number):
            raise forms.ValidationError(
                _(
                    "There is a typing error in the number: its check digits do not fit. Compare it with the "
                    "certificate."
                ),
                code="check_digits",
            )
        return number

    def clean_code(self) -> str:
        """Notice a code that cannot be one."""
        code = plain_code(self.cleaned_data["code"])
        if not code:
            raise forms.ValidationError(
                _("There is a typing error in the code: it has 16 letters and digits, without I, L, O and U."),
                code="code",
            )
        return code

    def clean(self) -> dict[str, Any]:
        """Find the certificate that has both; say the same whichever of the two is wrong."""
        cleaned = self.cleaned_data
        if not self.errors:
            self.found = by_number_and_code(cleaned["number"], cleaned["code"])
            if self.found is None:
                raise forms.ValidationError(NOTHING_FOUND, code="not_found")
        return cleaned


class ContractFilter(FilterFormBase):
    """Filters of the list of contracts."""

    q = forms.CharField(label=_("Name or number"))
    state = forms.ChoiceField(label=_("State"), choices=[ANY, *ContractState.choices, ("overdue", _("Overdue"))])


class CertificateFilter(FilterFormBase):
    """Filters of the list of certificates."""

    q = forms.CharField(label=_("Name or number"))
    status = forms.ChoiceField(label=_("State"), choices=[ANY, *Status.choices])
    scheme = forms.ChoiceField(label=_("Scheme"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the schemes there are."""
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["scheme"])
        field.choices = [ANY, *((scheme.code, scheme.name) for scheme in all_schemes())]
