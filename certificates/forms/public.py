"""What anybody types to check a certificate."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from certificates.codes import plain_code, plain_number
from certificates.models import CertificateCopy
from certificates.queries.certificates import by_number_and_code
from core import numbering
from core.forms import FormBase

NOTHING_FOUND = _(
    "No certificate has this number together with this code. Compare both with the certificate, character by character."
)


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

    found: CertificateCopy | None = None

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
