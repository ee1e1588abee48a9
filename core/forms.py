"""What all forms share: crispy rendering with labels above, errors beside the field and summarised on top."""

from collections.abc import Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.names import clean_name

TICK = _("Please tick this box.")


class FormBase(forms.Form):
    """A form that a page shows with `{% crispy form %}` and that looks and fails like every other form.

    A subclass names its button in `submit_label`, and sets `danger` when the verb takes something away.
    The browser's own validation is off: its messages come in the browser's language and show one field at a time.
    """

    submit_label: str | Promise = _("Save")
    danger: bool = False
    form_tag: bool = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Attach the crispy helper that `{% crispy form %}` renders with."""
        super().__init__(*args, **kwargs)
        self.helper = build_helper(self.submit_label, danger=self.danger, form_tag=self.form_tag)

    def full_clean(self) -> None:
        """Check what was typed; whoever has to tick a box is asked to tick it."""
        ask_to_tick(self)
        super().full_clean()


class ModelFormBase(forms.ModelForm):  # type: ignore[type-arg]  # subclasses name their model in Meta
    """The same for a form over one model."""

    submit_label: str | Promise = _("Save")
    danger: bool = False
    form_tag: bool = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Attach the crispy helper that `{% crispy form %}` renders with."""
        super().__init__(*args, **kwargs)
        self.helper = build_helper(self.submit_label, danger=self.danger, form_tag=self.form_tag)

    def full_clean(self) -> None:
        """Check what was typed; whoever has to tick a box is asked to tick it."""
        ask_to_tick(self)
        super().full_clean()


class FilterFormBase(forms.Form):
    """A filter form of a list page: GET, in one row, nothing required, no button of its own (the page has it)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make every field optional and attach a helper without form tag and token."""
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class NameField(forms.CharField):
    """A surname, given name or patronymic (see core.names)."""

    def to_python(self, value: Any) -> str:
        """Return the name in its normal form, whose length counts; raises ValidationError for signs of no name."""
        return clean_name(super().to_python(value) or "")


class ConfirmNumberMixin(forms.Form):
    """Adds the field in which a dangerous verb is confirmed by typing the number of the thing it will change.

    The view passes `number=...`; templates/partials/danger.html shows above the form what will follow.
    """

    confirmation = forms.CharField(
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, number: str, **kwargs: Any) -> None:
        """Ask for the number, as the last field of the form."""
        super().__init__(*args, **kwargs)
        self.number = number
        self.fields["confirmation"].label = _("To confirm, type %(number)s") % {"number": number}
        self.order_fields([*(name for name in self.fields if name != "confirmation"), "confirmation"])

    def clean_confirmation(self) -> str:
        """Accept the number whatever its spaces and case; raises ValidationError for any other text."""
        typed: str = self.cleaned_data["confirmation"]
        if _plain(typed) != _plain(self.number):
            raise forms.ValidationError(_("This is not the number shown. Nothing has been changed."), code="mismatch")
        return typed


def build_helper(
    submit_label: str | Promise, *, danger: bool = False, form_tag: bool = True, attrs: Mapping[str, str] | None = None
) -> FormHelper:
    """Return the crispy helper of the site: POST, labels above, one button that cannot be pressed twice."""
    helper = FormHelper()
    helper.form_tag = form_tag
    helper.form_method = "post"
    helper.attrs = {"novalidate": "", "data-once": "", **(attrs or {})}
    if form_tag:
        helper.add_input(Submit("save", submit_label, css_class="btn-danger" if danger else "btn-primary"))
    return helper


def ask_to_tick(form: forms.BaseForm) -> None:
    """Have a box that must be ticked say so, where other fields ask to be filled in; unless it has words of its own."""
    usual = forms.Field.default_error_messages["required"]
    for field in form.fields.values():
        if isinstance(field, forms.BooleanField) and field.error_messages["required"] == usual:
            field.error_messages["required"] = TICK


def _plain(text: str) -> str:
    """Return the text without spaces, in capitals."""
    return "".join(text.split()).upper()
