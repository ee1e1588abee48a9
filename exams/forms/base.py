"""What the forms of exams share."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import FormBase
from core.templatetags.core_ui import longdatetime
from exams.models import REASON_LENGTH
from exams.queries.marks import Unsent


class DateInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        """Write the value as browsers read it."""
        super().__init__(format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """The browser's own clock."""

    input_type = "time"

    def __init__(self) -> None:
        """Write the value as browsers read it."""
        super().__init__(format="%H:%M")


class ReasonForm(FormBase):
    """Why; the reason is kept and told to those whom it concerns."""

    reason = forms.CharField(label=_("Reason"), max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 3}))


class DangerReasonForm(ReasonForm):
    """The same before something is taken away."""

    danger = True


class UnsentMixin(forms.Form):
    """Adds a confirmation where closing a sheet loses marks that a device last said to hold.

    The view passes `unsent`, None where there are none.
    """

    def __init__(self, *args: Any, unsent: Unsent | None = None, **kwargs: Any) -> None:
        """Name how many marks there are, and when the device was last heard of."""
        super().__init__(*args, **kwargs)
        if unsent:
            told = {"number": unsent.number, "when": longdatetime(unsent.heard_at)}
            self.fields["despite_unsent"] = forms.BooleanField(
                label=_("I know: marks on the other device will never count"),
                help_text=_("Marks that it has not sent yet: %(number)s (last heard of %(when)s).") % told,
            )

    @property
    def despite_unsent(self) -> bool:
        """Whether the loss was confirmed."""
        return bool(self.cleaned_data.get("despite_unsent"))
