"""Forms of one exam and of its stages."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.forms import FormBase
from exams.forms.base import TimeInput
from exams.forms.sessions import on_day_of
from exams.models import REASON_LENGTH, Attempt
from exams.states import ClientKind, IdentityDocument


class TimeForm(FormBase):
    """Another time for one candidate, on the same day."""

    submit_label = _("Move and tell the candidate")

    starts_at = forms.TimeField(label=_("Time"), widget=TimeInput)

    def __init__(self, *args: Any, attempt: Attempt, **kwargs: Any) -> None:
        """Start from the time as it is."""
        super().__init__(*args, **kwargs)
        self.attempt = attempt
        self.fields["starts_at"].initial = timezone.localtime(attempt.starts_at).time()

    @property
    def moment(self) -> datetime:
        """The time, on the day of the session."""
        return on_day_of(self.attempt.session, self.cleaned_data["starts_at"])


class IdentityForm(FormBase):
    """By which document the candidate is known."""

    submit_label = _("The document shows this person")

    document = forms.ChoiceField(label=_("Document"), choices=IdentityDocument.choices, widget=forms.RadioSelect)


class StartForm(FormBase):
    """What a stage is held with."""

    submit_label = _("Start now")

    scenario = forms.CharField(
        label=_("Scenario"), max_length=60, help_text=_("The reference on the scenario sheet, e.g. S-07.")
    )

    def __init__(self, *args: Any, is_late: bool = False, **kwargs: Any) -> None:
        """Ask for the reason of a late start; it is recorded as late with or without one."""
        super().__init__(*args, **kwargs)
        if is_late:
            self.fields["late_reason"] = forms.CharField(
                label=_("Why does the exam start late?"),
                required=False,
                max_length=REASON_LENGTH,
                widget=forms.Textarea(attrs={"rows": 2}),
                help_text=_(
                    "It starts more than 10 minutes after its time: this is recorded, and shown in the result."
                ),
            )


class ClientStartForm(StartForm):
    """The same for a session with a client."""

    client_kind = forms.ChoiceField(label=_("Client"), choices=ClientKind.choices, widget=forms.RadioSelect)
