"""What people type about cases of misuse and surveillance."""

from collections.abc import Iterable
from datetime import date
from typing import Any, cast

from crispy_forms.layout import Layout
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from certificates.forms.consequent import TAKEN_AWAY, ConsequentForm
from certificates.forms.fields import ANY, CHOOSE, DayInput, ReasonField, beside_field
from certificates.forms.kept import KeepsFilesForm
from certificates.models import Certificate, MisuseCase, Surveillance
from certificates.queries.cases import DatedCase
from certificates.services.guards import LONGEST_REASON
from certificates.services.misuse import (
    Settlement,
    offered_outcomes,
    require_answer_in_time,
    require_time_to_answer,
)
from certificates.services.surveillance import Finding, require_held_in_time
from certificates.services.surveillance_plan import require_due_in_time
from certificates.states import (
    MisuseOutcome,
    MisuseRule,
    MisuseState,
    SurveillanceKind,
    SurveillanceResult,
    SurveillanceState,
)
from core.forms import FilterFormBase, FormBase

FILES_HELP = _("PDF, JPEG or PNG, each at most 10 MB; several may be chosen.")
LONGEST = LONGEST_REASON


class SeveralFilesInput(forms.ClearableFileInput):
    """The browser's field for several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; what they are is checked by their content, when they are stored."""

    def __init__(self, **kwargs: Any) -> None:
        """Offer the kinds of file that can be kept."""
        widget = SeveralFilesInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"})
        super().__init__(**{"widget": widget, "help_text": FILES_HELP, "required": False, **kwargs})

    def clean(self, data: Any, initial: Any = None) -> list["UploadedFile[Any]"]:
        """Return the files as a list; raises ValidationError when one is needed and none was chosen."""
        files = [one for one in (data if isinstance(data, list | tuple) else [data]) if one]
        if not files:
            super().clean(None, initial)
        return [cast("UploadedFile[Any]", super(FilesField, self).clean(one, initial)) for one in files]


def long_text(
    label: StrPromise, help_text: StrPromise | str = "", *, rows: int = 4, longest: int = 4000
) -> ReasonField:
    """Return a field for text of some length, at least a sentence."""
    return ReasonField(
        label=label, help_text=help_text, max_length=longest, widget=forms.Textarea(attrs={"rows": rows})
    )


def optional_text(label: StrPromise, help_text: StrPromise, *, longest: int, rows: int = 2) -> forms.CharField:
    """Return a field for text that goes with one outcome only."""
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, help_text=help_text, required=False, max_length=longest, widget=widget)


def optional_day(label: StrPromise, help_text: StrPromise) -> forms.DateField:
    """Return a field for a day that goes with one outcome only."""
    return forms.DateField(label=label, help_text=help_text, required=False, widget=DayInput())


# --- Misuse -----------------------------------------------------------------------------------------------------------
class OpenMisuseForm(KeepsFilesForm):
    """Opening a case."""

    submit_label = _("Open the case")
    kept_fields = ("papers",)

    rule = forms.ChoiceField(
        label=_("Which rule of the contract may have been broken"), choices=[CHOOSE, *MisuseRule.choices]
    )
    facts = long_text(
        _("What happened"),
        _(
            "What was seen, where, when, and who reported it. The holder does not read this: the hearing has words of "
            "its own."
        ),
        rows=6,
    )
    papers = FilesField(label=_("Evidence"))


class EvidenceForm(KeepsFilesForm):
    """More papers of a case."""

    submit_label = _("Add to the case")
    kept_fields = ("papers",)

    papers = FilesField(label=_("Files"), required=True)
    note = long_text(_("What they show, and where they come from"), rows=2, longest=1000)
    shown_to_holder = forms.BooleanField(
        label=_("The holder may read them too, once the hearing is open"),
        required=False,
        help_text=_("Not if they contain personal data of others, of whoever complained for example (contract B6)."),
    )


class HearingForm(FormBase):
    """Opening the hearing."""

    submit_label = _("Open the hearing and tell the holder")

    charge = long_text(
        _("What is held against the holder"),
        _("The holder reads it as it stands here: name what they did, when and where, without data of other people."),
        rows=6,
    )
    answer_due_on = optional_day(_("Answer due"), _("Empty: 10 working days from today. At least 5 working days."))

    def clean_answer_due_on(self) -> date | None:
        """Refuse a day that the service would refuse."""
        due_on: date | None = self.cleaned_data["answer_due_on"]
        with beside_field():
            if due_on:
                require_time_to_answer(due_on)
        return due_on


class AnswerForm(KeepsFilesForm):
    """The holder's answer."""

    submit_label = _("Send the answer")
    kept_fields = ("papers",)

    answer = forms.CharField(
        label=_("Your answer"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("It can be sent once. Say what happened as you see it, and what you ask for."),
    )
    papers = FilesField(label=_("Papers that support it"))


class AnswerForHolderForm(AnswerForm):
    """The answer that reached the body by post or at the desk."""

    submit_label = _("Enter the answer")

    received_on = forms.DateField(
        label=_("Received on"),
        widget=DayInput(),
        help_text=_("The day on which the holder's answer came in: it says whether the answer is in time."),
    )
    field_order = ("received_on", "answer", "papers")

    def __init__(self, *args: Any, case: MisuseCase, **kwargs: Any) -> None:
        """Speak to the officer."""
        super().__init__(*args, **kwargs)
        self.case = case
        self.fields["answer"].label = _("The holder's answer")
        self.fields["answer"].help_text = _("In the holder's words; add the letter itself as a file.")

    def clean_received_on(self) -> date:
        """Refuse a day that the service would refuse."""
        received_on: date = self.cleaned_data["received_on"]
        with beside_field():
            require_answer_in_time(self.case, received_on)
        return received_on


class SettleMisuseForm(ConsequentForm):
    """The outcome of a case."""

    submit_label = _("Settle the case")

    outcome_field = "outcome"
    needed = {
        MisuseOutcome.ASSESSMENT: ("details", "due_on"),
        MisuseOutcome.SUSPENSION: ("review_on",),
    }
    groups = (
        ("", ("seen", "outcome", "reasons"), ()),
        (_("Only for an extra assessment"), ("details", "due_on"), (MisuseOutcome.ASSESSMENT,)),
        *TAKEN_AWAY,
    )

    seen = forms.ChoiceField(choices=MisuseState.choices, widget=forms.HiddenInput)
    outcome = forms.ChoiceField(label=_("Outcome"), choices=MisuseOutcome.choices, widget=forms.RadioSelect)
    reasons = long_text(
        _("Reasons"),
        _("The holder reads them as they stand here. Say what is proved and by what, and answer what the holder said."),
        rows=6,
        longest=LONGEST,
    )
    details = optional_text(_("What the assessment consists of"), _("The holder reads it."), longest=LONGEST, rows=3)
    due_on = optional_day(_("To be passed by"), _("Within the validity of the certificate."))
    review_on = optional_day(
        _("Suspended until (review)"),
        _("On this day at the latest the body decides whether to reinstate or to revoke. Nothing ends by itself."),
    )

    def __init__(self, *args: Any, case: DatedCase, **kwargs: Any) -> None:
        """Remember in which state the officer read the case, and offer what it is ripe for."""
        super().__init__(*args, certificate=case.certificate, **kwargs)
        self.fields["seen"].initial = case.state
        offered = offered_outcomes(case)
        self.fields["outcome"] = forms.ChoiceField(
            label=self.fields["outcome"].label,
            choices=[(one.value, one.label) for one in offered],
            widget=forms.RadioSelect,
            initial=offered[0] if len(offered) == 1 else None,
        )
        if len(offered) == 1:
            self.helper.layout = Layout("seen", "outcome", "reasons")

    @property
    def settlement(self) -> Settlement:
        """Return what was typed, for the service."""
        data = self.cleaned_data
        return Settlement(**{
            name: data[name]
            for name in ("reasons", "details", "due_on", "review_on", "public_reason", "public_reason_en", "seen")
        }, outcome=MisuseOutcome(data["outcome"]))  # fmt: skip


class MisuseFilter(FilterFormBase):
    """Filters of the list of cases."""

    q = forms.CharField(label=_("Name or number"))
    state = forms.ChoiceField(label=_("State"), choices=[ANY, *MisuseState.choices])
    rule = forms.ChoiceField(label=_("Rule"), choices=[ANY, *MisuseRule.choices])


# --- Surveillance -----------------------------------------------------------------------------------------------------
class DueDayMixin(forms.Form):
    """The day by which a surveillance is to be held: within the validity, and not over."""

    certificate: Certificate

    due_on = forms.DateField(label=_("To be held by"), widget=DayInput())

    def clean_due_on(self) -> date:
        """Refuse a day that the service would refuse."""
        with beside_field():
            return require_due_in_time(self.certificate, self.cleaned_data["due_on"])


class ExtraordinaryForm(DueDayMixin, FormBase):
    """An extraordinary surveillance."""

    submit_label = _("Open an extraordinary surveillance")

    cause = long_text(
        _("Cause"),
        _("The formal complaint: from whom, when, about what. The holder does not read it."),
        longest=LONGEST,
    )
    field_order = ("cause", "due_on")

    def __init__(self, *args: Any, certificate: Certificate, **kwargs: Any) -> None:
        """Take the certificate, within whose validity the day has to lie."""
        super().__init__(*args, **kwargs)
        self.certificate = certificate


class HoldForm(KeepsFilesForm, ConsequentForm):
    """What a surveillance found."""

    submit_label = _("Record the result")
    kept_fields = ("papers",)

    outcome_field = "result"
    needed = {
        SurveillanceResult.FOLLOW_UP: ("follow_up_on",),
        SurveillanceResult.SUSPENSION: ("review_on",),
    }
    groups = (
        ("", ("held_on", "report", "papers", "result"), ()),
        (_("Only for a follow-up"), ("follow_up_on",), (SurveillanceResult.FOLLOW_UP,)),
        *TAKEN_AWAY,
    )

    held_on = forms.DateField(label=_("Held on"), widget=DayInput())
    report = long_text(
        _("What was found"),
        _("The holder reads it as it stands here: what was checked, what is in order, what is not."),
        rows=6,
        longest=LONGEST,
    )
    papers = FilesField(label=_("Report and evidence"))
    result = forms.ChoiceField(label=_("Result"), choices=SurveillanceResult.choices, widget=forms.RadioSelect)

    def __init__(self, *args: Any, surveillance: Surveillance, **kwargs: Any) -> None:
        """Take the surveillance, against which the days are checked."""
        super().__init__(*args, certificate=surveillance.certificate, **kwargs)
        self.surveillance = surveillance

    def clean_held_on(self) -> date:
        """Refuse a day that the service would refuse."""
        held_on: date = self.cleaned_data["held_on"]
        with beside_field():
            require_held_in_time(self.surveillance, held_on)
        return held_on

    follow_up_on = optional_day(
        _("To be put right by"), _("By this day the follow-up is held. The holder owes it and is told.")
    )
    review_on = optional_day(
        _("Suspended until (review)"),
        _("On this day at the latest the body decides whether to reinstate or to revoke. Nothing ends by itself."),
    )

    @property
    def finding(self) -> Finding:
        """Return what was typed, for the service."""
        data = self.cleaned_data
        return Finding(**{
            name: data[name]
            for name in ("held_on", "report", "review_on", "follow_up_on", "public_reason", "public_reason_en")
        }, result=SurveillanceResult(data["result"]))  # fmt: skip


class RescheduleForm(DueDayMixin, FormBase):
    """Another day for a surveillance."""

    submit_label = _("Move the surveillance")

    reason = long_text(_("Reason"), _("The holder reads it, if they have been told of the surveillance."), longest=1000)

    def __init__(self, *args: Any, surveillance: Surveillance, **kwargs: Any) -> None:
        """Begin with the day as it stands."""
        super().__init__(*args, **kwargs)
        self.certificate = surveillance.certificate
        self.fields["due_on"].initial = surveillance.due_on


class CancelSurveillanceForm(FormBase):
    """Giving a surveillance up."""

    submit_label = _("Cancel the surveillance")
    danger = True

    reason = long_text(_("Reason"), _("The holder reads it, if they have been told of the surveillance."), longest=1000)


def surveillance_states() -> Iterable[tuple[str, StrPromise | str]]:
    """Return the choices of the filter: to be held first, because that is what the list is opened for."""
    return [("", _("Still to be held")), *SurveillanceState.choices, ("all", _("All"))]


class SurveillanceFilter(FilterFormBase):
    """Filters of the list of surveillances."""

    q = forms.CharField(label=_("Name or number"))
    kind = forms.ChoiceField(label=_("Kind"), choices=[ANY, *SurveillanceKind.choices])
    state = forms.ChoiceField(label=_("State"), choices=surveillance_states)
    until = forms.DateField(label=_("Due until"), widget=DayInput())
