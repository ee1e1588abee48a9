"""What holders, or officers on their behalf, type about changes, circumstances and new copies; and the answers."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from candidates import identity
from candidates.models import LANGUAGES, Person
from candidates.services.persons import CHANGEABLE
from candidates.states import IdentitySeries
from certificates.forms.fields import ANY, DayInput, DescriptionField, ReasonField, grouped
from certificates.queries.requests import KINDS
from certificates.services.requests.circumstances import Evaluation
from certificates.services.requests.intake import Intake
from certificates.states import CircumstanceKind, CircumstanceOutcome, ReplacementKind
from core.errors import RuleViolation
from core.forms import ConfirmNumberMixin, FilterFormBase, FormBase, NameField

FILE_HELP = _("PDF, JPEG or PNG, at most 10 MB. If another field is wrong, choose the file again.")
UPLOAD_REFUSALS = {"upload_empty": "file", "upload_size": "file", "upload_type": "file"}


class ReportForm(FormBase):
    """A report or request: its paper, and, when an officer enters it, the day on which it was received."""

    # Which field a refusal of the service is shown beside.
    refusals: ClassVar[Mapping[str, str]] = {}

    file = forms.FileField(
        label=_("Paper"),
        required=False,
        help_text=FILE_HELP,
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )
    received_on = forms.DateField(
        label=_("Received on"),
        widget=DayInput(),
        help_text=_("The day on which the paper of the holder came in: it counts for the terms."),
    )

    def __init__(self, *args: Any, on_behalf: bool, **kwargs: Any) -> None:
        """Ask for the day of receipt only when an officer enters what came on paper."""
        super().__init__(*args, **kwargs)
        if not on_behalf:
            del self.fields["received_on"]

    @property
    def intake(self) -> Intake:
        """Return how it came in, for the service."""
        return Intake(received_on=self.cleaned_data.get("received_on"), file=self.cleaned_data["file"])

    def field_of(self, violation: RuleViolation) -> str | None:
        """Return the field beside which a refusal belongs."""
        common = {"received_future": "received_on", "received_early": "received_on", **UPLOAD_REFUSALS}
        name = {**common, **self.refusals}.get(violation.code)
        return name if name in self.fields else None


class ChangeForm(ReportForm):
    """The data as they are now; what is left as it stands has not changed."""

    submit_label = _("Report the change")
    refusals = {
        "changed_future": "changed_on",
        "changed_early": "changed_on",
        "evidence": "file",
    }

    changed_on = forms.DateField(
        label=_("Date of the change"),
        widget=DayInput(),
        help_text=_("A change is reported within 10 working days (contract H2). Report it also when it is later."),
    )
    surname = NameField(label=_("Surname"), max_length=80)
    given_name = NameField(label=_("Given name"), max_length=80)
    patronymic = NameField(label=_("Patronymic"), max_length=80, required=False)
    identity_series = forms.ChoiceField(label=_("Series of the identity card"), choices=IdentitySeries.choices)
    identity_number = forms.CharField(
        label=_("Number of the identity card"), max_length=14, help_text=_("AZE has 8 digits, AA has 7.")
    )
    address = forms.CharField(label=_("Address"), max_length=250, required=False)
    telephone = forms.CharField(
        label=_("Telephone"), max_length=30, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        help_text=_("Our messages go there. The address with which you sign in is changed under “My account”."),
    )
    language = forms.ChoiceField(label=_("Language of messages"), choices=LANGUAGES)

    field_order = ("received_on", "changed_on", *CHANGEABLE, "file")

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        """Show what is on record."""
        kwargs["initial"] = {name: getattr(person, name) for name in CHANGEABLE} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.fields["file"].label = _("Paper that shows the change")
        self.fields["file"].help_text = _(
            "Needed when a name or the identity card changed: e.g. the new identity card. PDF, JPEG or PNG, at most "
            "10 MB. If another field is wrong, choose the file again."
        )

    def clean_identity_number(self) -> str:
        """See candidates.identity; the series stands before the number."""
        return identity.clean_card_number(
            self.cleaned_data.get("identity_series", ""), self.cleaned_data["identity_number"]
        )

    def clean_telephone(self) -> str:
        """See candidates.identity."""
        return identity.clean_telephone(self.cleaned_data["telephone"])

    @property
    def details(self) -> dict[str, str]:
        """Return the data as typed."""
        return {name: self.cleaned_data[name] for name in CHANGEABLE}


class CircumstanceForm(ReportForm):
    """What may harm the ability to keep to the scheme."""

    submit_label = _("Report the circumstance")
    refusals = {"since_future": "since", "description": "description"}

    kind = forms.ChoiceField(label=_("What it is"), choices=CircumstanceKind.choices, widget=forms.RadioSelect)
    since = forms.DateField(label=_("Since"), widget=DayInput())
    description = DescriptionField(
        label=_("What happened"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Only you and those who handle it read this. It stands in no e-mail and on no public page."),
    )

    field_order = ("received_on", "kind", "since", "description", "file")


class ReplacementForm(ReportForm):
    """What is the matter with the copy, and that it is no longer used."""

    submit_label = _("Ask for a new copy")
    refusals = {"stop_use": "stops_use", "description": "description"}

    kind = forms.ChoiceField(label=_("What is the matter"), choices=ReplacementKind.choices, widget=forms.RadioSelect)
    description = DescriptionField(label=_("What happened"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    stops_use = forms.BooleanField(
        label=_("The copy is no longer used, and is handed in (contract H8)."),
        help_text=_("The original is due within 15 days. A lost one is handed in if it is found."),
        error_messages={"required": _("Confirm that the copy is no longer used: the contract asks for it (H8).")},
    )

    field_order = ("received_on", "kind", "description", "file", "stops_use")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Ask for a photograph."""
        super().__init__(*args, **kwargs)
        self.fields["file"].label = _("Photograph or other paper")


class RejectForm(FormBase):
    """Why a change or a request is rejected."""

    submit_label = _("Reject")
    danger = True

    reason = ReasonField(
        label=_("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The holder reads it, as it stands here."),
    )


class EvaluateForm(ConfirmNumberMixin, FormBase):
    """What follows from a circumstance; each outcome asks for its own particulars."""

    submit_label = _("Conclude the evaluation")
    refusals: ClassVar[Mapping[str, str]] = {
        "reason": "reasons",
        "details": "details",
        "assessment_past": "due_on",
        "assessment_late": "due_on",
        "review_past": "review_on",
        "review_late": "review_on",
    }

    outcome = forms.ChoiceField(label=_("Outcome"), choices=CircumstanceOutcome.choices, widget=forms.RadioSelect)
    reasons = ReasonField(
        label=_("Reasons"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The holder reads them on the page of the case; they stand in no e-mail and in no list."),
    )
    details = forms.CharField(
        label=_("Extra assessment: what is assessed"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    due_on = forms.DateField(label=_("Extra assessment: to be taken by"), required=False, widget=DayInput())
    review_on = forms.DateField(label=_("Suspension: until (review)"), required=False, widget=DayInput())
    public_reason = forms.CharField(
        label=_("Suspension or revocation: public reason"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Only if it is to be published (contract B3): what everybody may read. Nothing about health."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Ask for the number only for a revocation."""
        super().__init__(*args, **kwargs)
        self.fields["confirmation"].required = False
        self.fields["confirmation"].label = _("Revocation: to confirm, type %(number)s") % {"number": self.number}
        self.helper.layout = grouped(
            (
                ("", ("outcome", "reasons")),
                (_("Only for an extra assessment"), ("details", "due_on")),
                (_("Only for a suspension"), ("review_on",)),
                (_("Only for a suspension or a revocation"), ("public_reason",)),
                (_("Only for a revocation"), ("confirmation",)),
            )
        )

    def clean_confirmation(self) -> str:
        """Have a revocation confirmed; the others need no number."""
        if self.cleaned_data.get("outcome") != CircumstanceOutcome.REVOCATION:
            return ""
        return super().clean_confirmation()

    @property
    def evaluation(self) -> Evaluation:
        """Return what was typed, for the service."""
        data = self.cleaned_data
        return Evaluation(
            outcome=CircumstanceOutcome(data["outcome"]),
            reasons=data["reasons"],
            due_on=data["due_on"],
            details=data["details"],
            review_on=data["review_on"],
            public_reason=data["public_reason"],
        )


class RequestFilter(FilterFormBase):
    """Filters of the common list."""

    q = forms.CharField(label=_("Name or number"), widget=forms.TextInput(attrs={"type": "search"}))
    kind = forms.ChoiceField(label=_("Kind"))
    state = forms.ChoiceField(
        label=_("State"),
        choices=[
            ANY,
            ("open", _("Waiting for an answer")),
            ("done", _("Accepted, issued or evaluated")),
            ("rejected", _("Rejected")),
            ("withdrawn", _("Withdrawn")),
        ],
    )
    late = forms.BooleanField(label=_("Only changes reported late"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the kinds as their pages do."""
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["kind"])
        field.choices = [ANY, *((name, str(model._meta.verbose_name)) for name, model in KINDS.items())]
