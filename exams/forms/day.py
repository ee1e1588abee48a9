"""Forms for what happens on the day besides marking."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.forms import FilterFormBase, FormBase
from exams.forms.base import TimeInput
from exams.models import REASON_LENGTH, Attempt
from exams.states import BreachState, IncidentKind

_READ = _("The candidate reads it with the result, and it is printed on the protocol.")


class MomentForm(FormBase):
    """What happened and when, on the day of the exam."""

    note = forms.CharField(
        label=_("What happened?"), max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 3}), help_text=_READ
    )
    at = forms.TimeField(
        label=_("Time"), required=False, widget=TimeInput, help_text=_("By the clock of Baku; leave it empty for now.")
    )

    def __init__(self, *args: Any, attempt: Attempt, **kwargs: Any) -> None:
        """Keep the exam, whose day the time is on."""
        super().__init__(*args, **kwargs)
        self.attempt = attempt

    @property
    def moment(self) -> datetime | None:
        """The time given, on the day of the exam; None for now."""
        clock = self.cleaned_data["at"]
        day = timezone.localdate(self.attempt.starts_at)
        return timezone.make_aware(datetime.combine(day, clock)) if clock else None


class IncidentForm(MomentForm):
    """An equipment fault, or something else."""

    submit_label = _("Record it")
    field_order = ("kind", "note", "at")

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[(str(kind), kind.label) for kind in (IncidentKind.EQUIPMENT, IncidentKind.OTHER)],
        widget=forms.RadioSelect,
    )


class InterruptForm(MomentForm):
    """Why the exam is interrupted, and since when."""

    submit_label = _("Interrupt the exam")


class CheatingForm(MomentForm):
    """What gave rise to the suspicion."""

    danger = True
    submit_label = _("Report the suspicion")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say what belongs into the note."""
        super().__init__(*args, **kwargs)
        self.fields["note"].label = _("What was seen or heard?")
        self.fields["note"].help_text = _(
            "Facts only: who saw or heard what, and when. Officers settle the case by it."
        )


class StopForm(FormBase):
    """Why the exam ends here."""

    danger = True
    submit_label = _("Stop the exam for good")

    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The candidate reads it in an e-mail, at once."),
    )


class BreachFilter(FilterFormBase):
    """The filters of the list of suspicions."""

    search = forms.CharField(label=_("Name, FIN or reference"), max_length=100)
    state = forms.ChoiceField(label=_("State"), choices=())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the states."""
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [("", _("All")), *BreachState.choices]  # type: ignore[attr-defined]  # a choice field


class SettleForm(FormBase):
    """What became of a suspicion."""

    submit_label = _("Settle the case for good")

    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=[
            ("dismiss", _("Not confirmed: the exam is decided on as any other")),
            ("confirm", _("Confirmed: the candidate cheated")),
        ],
        widget=forms.RadioSelect,
    )
    conclusion = forms.CharField(
        label=_("Conclusion"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What was examined, and why this follows from it. The decision-maker reads it."),
    )
