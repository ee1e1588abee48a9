"""Forms with which marks become final."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from core.forms import FormBase
from exams.forms.base import UnsentMixin
from exams.models import REASON_LENGTH, StageRun
from exams.times import is_short
from schemes.models import Step

_NOTE = "note-"


class SignOffForm(FormBase):
    """Confirmation of the panel's marks; asks for the reasons that the times make necessary."""

    submit_label = _("Sign off for good")

    def __init__(self, *args: Any, run: StageRun, is_overtime: bool, **kwargs: Any) -> None:
        """Add the fields of the reasons."""
        super().__init__(*args, **kwargs)
        if is_short(run):
            self.fields["short_reason"] = _reason_field(_("Why was the stage shorter than the scheme asks?"))
        if is_overtime:
            self.fields["overtime_reason"] = _reason_field(_("Why did the exam take longer than the scheme allows?"))


class SealForm(UnsentMixin, FormBase):
    """One's marks, confirmed by the digest that the device computes of what it shows.

    Where the scheme hides which steps are critical until now, each of those marked as not met is confirmed with a note.
    """

    submit_label = _("Seal my marks")

    digest = forms.CharField(
        widget=forms.HiddenInput,
        validators=[RegexValidator(r"^[0-9a-f]{64}$")],
        error_messages={
            "required": _("This device has not counted its marks: go back to the marks and seal from there."),
            "invalid": _("This device has not counted its marks: go back to the marks and seal from there."),
        },
    )

    def __init__(
        self,
        *args: Any,
        run: StageRun,
        confirm: Sequence[Step],
        signs_off: bool,
        is_overtime: bool,
        **kwargs: Any,
    ) -> None:
        """Add a note for each step to confirm, and the reasons that the times make necessary."""
        if signs_off:
            self.submit_label = _("Seal and sign off for good")
        super().__init__(*args, **kwargs)
        self.confirm = confirm
        for step in confirm:
            self.fields[_NOTE + step.code] = forms.CharField(
                label=_("%(code)s is critical and marked as not met. Why?") % {"code": step.code},
                max_length=REASON_LENGTH,
                widget=forms.Textarea(attrs={"rows": 2}),
                help_text=step.statement,
            )
        if signs_off and is_short(run):
            self.fields["short_reason"] = _reason_field(_("Why was the stage shorter than the scheme asks?"))
        if is_overtime:
            self.fields["overtime_reason"] = _reason_field(_("Why did the exam take longer than the scheme allows?"))

    @property
    def notes(self) -> dict[str, str]:
        """The confirmations by step code."""
        return {step.code: self.cleaned_data.get(_NOTE + step.code, "") for step in self.confirm}


def _reason_field(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It is shown with the result."),
    )
