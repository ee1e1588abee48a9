"""What the forms of this app share."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certificates.services.guards import described, stated_reason
from core.errors import RuleViolation

ANY = ("", _("All"))
# The fields of a form in groups: what each is for ("": always), and their names.
Groups = tuple[tuple[Promise | str, tuple[str, ...]], ...]


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


def grouped(groups: Groups) -> Layout:
    """Return the layout of a form whose later fields belong to some outcomes only, each group below what it is for."""
    return Layout(
        *(Fieldset(legend, *names, css_class="only-for") if legend else Layout(*names) for legend, names in groups)
    )


class DayInput(forms.DateInput):
    """The browser's own field for a day."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        """Write the day as the browser wants it."""
        super().__init__(attrs, format="%Y-%m-%d")
