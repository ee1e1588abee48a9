"""What the forms of this app share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from certificates.services.events import require_published_in_both
from certificates.services.guards import described, stated_reason
from core.errors import RuleViolation

ANY = ("", _("All"))
CHOOSE = ("", _("Choose"))


@contextmanager
def beside_field() -> Iterator[None]:
    """Show what a rule refuses beside the field that it is about."""
    try:
        yield
    except RuleViolation as violation:
        raise forms.ValidationError(str(violation), code=violation.code) from violation


class ReasonField(forms.CharField):
    """A reason; too short a one is refused beside the field, by the rule of the services."""

    def validate(self, value: Any) -> None:
        """Refuse what the services would refuse."""
        super().validate(value)
        with beside_field():
            stated_reason(value)


class DescriptionField(forms.CharField):
    """What a holder describes; too short a description is refused beside the field, by the rule of the services."""

    def validate(self, value: Any) -> None:
        """Refuse what the services would refuse."""
        super().validate(value)
        with beside_field():
            described(value)


def refuse_beside(form: forms.Form, name: str, rule: Callable[..., object], *args: Any) -> None:
    """Ask a rule of the services while the form is checked, and show what it refuses beside a field.

    The service asks it again: this is only for whoever fills the form in, who reads of everything at once.
    """
    try:
        rule(*args)
    except RuleViolation as violation:
        form.add_error(name, forms.ValidationError(str(violation), code=violation.code))


class PublishedMixin(forms.Form):
    """What everybody may read, if a decision is published (contract B3): in Azerbaijani, and in English beside it."""

    public_reason = forms.CharField(
        label=_("Public reason, in Azerbaijani"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "lang": "az"}),
        help_text=_(
            "Only if the decision is to be published (contract B3): what everybody may read on the public page and in "
            "the register. Without personal circumstances."
        ),
    )
    public_reason_en = forms.CharField(
        label=_("Public reason, in English"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "lang": "en"}),
        help_text=_("May stay empty: who reads in English then gets the one in Azerbaijani."),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a reason in English alone."""
        data = super().clean() or self.cleaned_data
        reasons = (data.get("public_reason", ""), data.get("public_reason_en", ""))
        if "public_reason" not in self.errors:
            refuse_beside(self, "public_reason", require_published_in_both, *reasons)
        return data


class DayInput(forms.DateInput):
    """The browser's own field for a day."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        """Write the day as the browser wants it."""
        super().__init__(attrs, format="%Y-%m-%d")
