"""What people type about changed terms."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy as _

from certificates.forms.fields import ANY, CHOOSE, ReasonField, beside_field, refuse_beside
from certificates.forms.kept import KeepsFilesForm
from certificates.models import ContractTemplate, TermsConsent
from certificates.queries.terms import templates_to_announce, versions_to_announce
from certificates.services.terms import require_ahead, require_signed_in_time, require_transition
from core.forms import FilterFormBase, FormBase
from schemes.models import SchemeVersion

_DATE = {"type": "date"}


class PrepareTermsForm(FormBase):
    """A newer contract text or scheme version, in words for the holders, with its days."""

    submit_label = _("Prepare and see whom it concerns")

    subject = forms.ChoiceField(
        label=_("What changes"),
        help_text=_("Only texts and versions that are loaded and newer than what was announced before."),
    )
    summary_az = ReasonField(
        label=_("What changes, in Azerbaijani"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5, "lang": "az"}),
        help_text=_("Holders read it in the e-mail and before they accept."),
    )
    summary_en = ReasonField(
        label=_("What changes, in English"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5, "lang": "en"})
    )
    effective_on = forms.DateField(
        label=_("New terms hold from"), widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d")
    )
    transition_until = forms.DateField(
        label=_("Transition until"),
        widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d"),
        help_text=_("By then holders accept. Certificates stay valid all the same (contract B5)."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer what can be announced."""
        super().__init__(*args, **kwargs)
        self.offered: dict[str, ContractTemplate | SchemeVersion] = {
            **{f"contract-{one.pk}": one for one in templates_to_announce()},
            **{f"scheme-{one.pk}": one for one in versions_to_announce()},
        }
        self.fields["subject"] = forms.ChoiceField(
            label=_("What changes"),
            choices=[CHOOSE, *((key, _label(one)) for key, one in self.offered.items())],
            help_text=self.fields["subject"].help_text,
        )

    def clean_effective_on(self) -> date:
        """Refuse a day that the service would refuse."""
        effective_on: date = self.cleaned_data["effective_on"]
        with beside_field():
            require_ahead(effective_on)
        return effective_on

    def clean(self) -> dict[str, Any]:
        """Check that the transition does not end before it begins."""
        data = super().clean() or self.cleaned_data
        days = (data.get("effective_on"), data.get("transition_until"))
        if all(days):
            refuse_beside(self, "transition_until", require_transition, *days)
        return data

    def chosen(self) -> ContractTemplate | SchemeVersion:
        """Return what was chosen."""
        return self.offered[self.cleaned_data["subject"]]


class CancelTermsForm(FormBase):
    """Giving up a change that was not announced."""

    submit_label = _("Cancel the change")
    danger = True

    reason = ReasonField(label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class AcceptTermsForm(FormBase):
    """The holder's agreement."""

    submit_label = _("Accept the changed terms")

    agreed = forms.BooleanField(
        label=_("I have read what changes and agree to it."),
        help_text=_("The time and the address of your computer are kept with your agreement."),
    )


class PaperTermsForm(KeepsFilesForm):
    """The holder's agreement on paper."""

    submit_label = _("Record the acceptance")
    kept_fields = ("scan",)

    signed_on = forms.DateField(
        label=_("Date of the holder's signature"), widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d")
    )
    scan = forms.FileField(
        label=_("Scan of the signed acceptance"),
        help_text=_("PDF, JPEG or PNG, at most 10 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )

    def __init__(self, *args: Any, consent: TermsConsent, **kwargs: Any) -> None:
        """Take what is accepted, against which the day is checked."""
        super().__init__(*args, **kwargs)
        self.consent = consent

    def clean_signed_on(self) -> date:
        """Refuse a day that the service would refuse."""
        signed_on: date = self.cleaned_data["signed_on"]
        with beside_field():
            require_signed_in_time(self.consent, signed_on)
        return signed_on


class ConsentFilter(FilterFormBase):
    """Which of the holders who were told are shown."""

    q = forms.CharField(label=_("Name or number"))
    standing = forms.ChoiceField(
        label=_("Acceptance"),
        choices=[
            ANY,
            ("waiting", _("Not accepted yet")),
            ("accepted", _("Accepted")),
            ("late", _("Accepted late")),
            ("replaced", _("Replaced by newer terms")),
            ("ended", _("No longer concerned")),
        ],
    )


def _label(subject: ContractTemplate | SchemeVersion) -> str:
    if isinstance(subject, SchemeVersion):
        return gettext("Scheme: %(name)s, version %(version)s") % {
            "name": subject.scheme.name,
            "version": subject.version,
        }
    return gettext("Text of the contract, version %(version)s") % {"version": subject.version}
