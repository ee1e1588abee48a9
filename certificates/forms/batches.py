"""What people type to start bulk work."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from certificates.forms.fields import ANY
from certificates.services.bulk import Notice
from core.forms import FilterFormBase, FormBase
from core.states import ItemState


class OnceMixin(forms.Form):
    """A form that starts one piece of work, however often it is sent."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Give the form shown its key."""
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid4


class IssueAllForm(OnceMixin, FormBase):
    """Issuing the certificates of a session."""

    submit_label = _("Issue them")


class NoticeForm(OnceMixin, FormBase):
    """A notice to holders, in both languages."""

    submit_label = _("Send the notice")

    expected = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    subject_az = forms.CharField(label=_("Subject in Azerbaijani"), max_length=150)
    text_az = forms.CharField(
        label=_("Text in Azerbaijani"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 7, "lang": "az"}),
        help_text=_("Greeting, the number of the certificate and how to reach us are added."),
    )
    subject_en = forms.CharField(label=_("Subject in English"), max_length=150)
    text_en = forms.CharField(
        label=_("Text in English"), max_length=4000, widget=forms.Textarea(attrs={"rows": 7, "lang": "en"})
    )
    confirmed = forms.BooleanField(
        label=_("The text is final: it goes out as it stands, and cannot be called back."), required=True
    )

    def __init__(self, *args: Any, expected: int, **kwargs: Any) -> None:
        """Take the number of holders that the page shows; a form that is shown again shows the number of now."""
        super().__init__(*args, **kwargs)
        self.shown = expected
        self.fields["expected"].initial = expected

    @property
    def notice(self) -> Notice:
        """Return what was typed, for the service."""
        names = ("subject_az", "text_az", "subject_en", "text_en")
        return Notice(**{name: self.cleaned_data[name].strip() for name in names})


class ItemFilter(FilterFormBase):
    """The filter of the results of a batch."""

    state = forms.ChoiceField(label=_("State"), choices=[ANY, *ItemState.choices])
