"""What holders and officers say about publication on the register."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from candidates.models import DeclarationText
from certificates.forms.fields import ReasonField
from certificates.forms.kept import KeepsFilesForm
from certificates.models import Certificate
from core.forms import FormBase


class PublicationForm(FormBase):
    """Which of one's own certificates are listed."""

    submit_label = _("Save my choice")

    listed = forms.TypedMultipleChoiceField(
        label=_("Name me on the public register with"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("You can change this at any time; it has no effect on the certificate itself (contract B6)."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, certificates: Sequence[Certificate], text: DeclarationText, **kwargs: Any) -> None:
        """Offer the certificates, ticked where they are listed, under the text in force."""
        super().__init__(*args, **kwargs)
        self.certificates, self.text = certificates, text
        field = cast(forms.TypedMultipleChoiceField, self.fields["listed"])
        field.choices = [(one.pk, f"{one.number}, {one.scheme_version.scheme.name}") for one in certificates]
        self.initial = {"listed": [one.pk for one in certificates if hasattr(one, "entry")], "seen": text.pk}


class PublicationOfForm(KeepsFilesForm):
    """What a holder said to the body, as an officer writes it down."""

    submit_label = _("Record the holder's word")
    kept_fields = ("paper",)

    agreed = forms.ChoiceField(
        label=_("The holder"),
        widget=forms.RadioSelect,
        choices=[("no", _("Takes the consent to publication back")), ("yes", _("Gives the consent to publication"))],
    )
    reason = ReasonField(
        label=_("How and when the holder said so"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For example: letter of 3 November 2026, received by post on 5 November."),
    )
    paper = forms.FileField(
        label=_("Scan of the holder's written word"),
        required=False,
        help_text=_("PDF, JPEG or PNG, at most 10 MB. Nobody is published without it (contract B6)."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, text: DeclarationText, **kwargs: Any) -> None:
        """Keep the text that is shown."""
        super().__init__(*args, **kwargs)
        self.text = text
        self.initial = {"seen": text.pk}
