"""The filters of the trail."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from audit.verbs import known_verbs
from core.forms import FilterFormBase

_REFERENCE = r"^[a-z]+\.[a-z]+:[0-9a-f-]+$"


class TrailFilterForm(FilterFormBase):
    """Which entries the trail shows."""

    q = forms.CharField(label=_("Text"), max_length=100, widget=forms.SearchInput())
    verb = forms.ChoiceField(label=_("What happened"))
    actor = forms.CharField(label=_("Who did it"), max_length=100)
    since = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    subject = forms.RegexField(_REFERENCE, max_length=80, widget=forms.HiddenInput())
    before = forms.IntegerField(min_value=1, widget=forms.HiddenInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer every verb that an app has registered, in the order of the words that the reader sees."""
        super().__init__(*args, **kwargs)
        verbs = sorted(((verb, str(label)) for verb, label in known_verbs().items()), key=lambda pair: pair[1])
        field = self.fields["verb"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- tells the type checker what stands above
        field.choices = [("", _("Everything")), *verbs]
