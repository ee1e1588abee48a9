"""What people type about duties and the working-day calendar."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certificates.forms.fields import ANY, DayInput, ReasonField, beside_field
from certificates.forms.kept import KeepsFilesForm
from certificates.models import Duty
from certificates.queries.duties import ANY_STATE, OVERDUE
from certificates.services.duties import require_met_in_time
from certificates.states import NAMES, DutyState, OwedBy
from core.forms import FilterFormBase, FormBase

STATES = (
    ("", _("Open")),
    (OVERDUE, _("Overdue")),
    *((value, label) for value, label in DutyState.choices if value != DutyState.OPEN),
    (ANY_STATE, _("All")),
)


class DutyFilter(FilterFormBase):
    """Filters of the ledger."""

    q = forms.CharField(label=_("Name or certificate number"))
    kind = forms.ChoiceField(label=_("Duty"), choices=[ANY, *((kind.value, name) for kind, name in NAMES.items())])
    owed_by = forms.ChoiceField(label=_("Owed by"), choices=[ANY, *OwedBy.choices])
    state = forms.ChoiceField(label=_("State"), choices=STATES)
    until = forms.DateField(label=_("Due until"), widget=DayInput())


class MeetForm(KeepsFilesForm):
    """That a duty was met: when and by what."""

    submit_label = _("Record")
    kept_fields = ("upload",)
    # Which field a refusal of the service is shown beside.
    refusals: ClassVar[Mapping[str, str]] = {
        "met_future": "on",
        "met_early": "on",
        "proof": "proof",
        "upload_empty": "upload",
        "upload_size": "upload",
        "upload_type": "upload",
    }

    on = forms.DateField(label=_("Day on which it was done"), widget=DayInput())
    proof = forms.CharField(
        label=_("Proved by"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What you have seen or received, e.g. “original received by post”."),
    )
    upload = forms.FileField(
        label=_("Paper, if there is one"),
        required=False,
        help_text=_("PDF, JPEG or PNG, at most 10 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )

    def __init__(self, *args: Any, duty: Duty, **kwargs: Any) -> None:
        """Offer today; take the duty, against which the day is checked."""
        super().__init__(*args, **kwargs)
        self.duty = duty
        self.fields["on"].initial = timezone.localdate

    def clean_on(self) -> date:
        """Refuse a day that the service would refuse."""
        on: date = self.cleaned_data["on"]
        with beside_field():
            require_met_in_time(self.duty, on)
        return on


class WaiveForm(FormBase):
    """Releasing somebody from a duty."""

    submit_label = _("Waive the duty")

    reason = ReasonField(
        label=_("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("It is kept with the duty."),
    )


class DayForm(forms.Form):
    """Which day is to be corrected."""

    day = forms.DateField(label=_("Day"), widget=DayInput())


class CorrectDayForm(FormBase):
    """What the Cabinet announced of a day."""

    submit_label = _("Correct the calendar")

    day = forms.DateField(widget=forms.HiddenInput)
    is_working = forms.TypedChoiceField(
        choices=[("True", "True"), ("False", "False")], coerce=lambda value: value == "True", widget=forms.HiddenInput
    )
    note = ReasonField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The decision by which the day was moved, with its date. Holders whose due dates move read it."),
    )
