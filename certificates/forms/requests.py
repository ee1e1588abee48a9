"""What holders, or officers on their behalf, type about changes, circumstances and new copies; and the answers."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, cast

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from candidates import identity
from candidates.models import LANGUAGES
from candidates.services.persons import CHANGEABLE, changed_details
from candidates.states import IdentitySeries
from certificates.forms.consequent import TAKEN_AWAY, ConsequentForm
from certificates.forms.fields import ANY, DayInput, DescriptionField, ReasonField, beside_field, refuse_beside
from certificates.forms.kept import KeepsFilesForm
from certificates.models import Certificate
from certificates.queries.requests import KINDS
from certificates.services.requests.changes import require_evidence, require_plausible
from certificates.services.requests.circumstances import Evaluation, require_assessment_in_time, require_begun
from certificates.services.requests.intake import Intake, require_received_in_time
from certificates.states import CircumstanceKind, CircumstanceOutcome, ReplacementKind
from core.errors import RuleViolation
from core.forms import FilterFormBase, FormBase, NameField

FILE_HELP = _("PDF, JPEG or PNG, at most 10 MB.")
UPLOAD_REFUSALS = {"upload_empty": "file", "upload_size": "file", "upload_type": "file"}


def file_field(label: StrPromise, help_text: StrPromise = FILE_HELP) -> forms.FileField:
    """Return the field for the paper of a report, if there is one."""
    widget = forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"})
    return forms.FileField(label=label, required=False, help_text=help_text, widget=widget)


class ReportForm(KeepsFilesForm):
    """A report or request: its paper, and, when an officer enters it, the day on which it was received."""

    # Which field a refusal of the service is shown beside.
    refusals: ClassVar[Mapping[str, str]] = {}

    file = file_field(_("Paper"))
    received_on = forms.DateField(
        label=_("Received on"),
        widget=DayInput(),
        help_text=_("The day on which the paper of the holder came in: it counts for the terms."),
    )

    def __init__(self, *args: Any, certificate: Certificate, on_behalf: bool, **kwargs: Any) -> None:
        """Ask for the day of receipt only when an officer enters what came on paper."""
        super().__init__(*args, **kwargs)
        self.certificate = certificate
        if not on_behalf:
            del self.fields["received_on"]

    def clean_received_on(self) -> date:
        """Refuse a day that the service would refuse."""
        received_on: date = self.cleaned_data["received_on"]
        with beside_field():
            require_received_in_time(self.certificate, received_on)
        return received_on

    @property
    def day_of_receipt(self) -> date | None:
        """The day that counts for the terms; none while what was typed is no such day."""
        return self.cleaned_data.get("received_on") if "received_on" in self.fields else timezone.localdate()

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
    file = file_field(
        _("Paper that shows the change"),
        _(
            "Needed when a name or the identity card changed: e.g. the new identity card. PDF, JPEG or PNG, at most "
            "10 MB."
        ),
    )

    field_order = ("received_on", "changed_on", *CHANGEABLE, "file")

    def __init__(self, *args: Any, certificate: Certificate, **kwargs: Any) -> None:
        """Show what is on record."""
        on_record = {name: getattr(certificate.person, name) for name in CHANGEABLE}
        kwargs["initial"] = on_record | (kwargs.get("initial") or {})
        super().__init__(*args, certificate=certificate, **kwargs)

    def clean_identity_number(self) -> str:
        """See candidates.identity; the series stands before the number."""
        return identity.clean_card_number(
            self.cleaned_data.get("identity_series", ""), self.cleaned_data["identity_number"]
        )

    def clean_telephone(self) -> str:
        """See candidates.identity."""
        return identity.clean_telephone(self.cleaned_data["telephone"])

    def clean(self) -> dict[str, Any]:
        """Check the day, and ask for the paper that shows what has changed so far as it could be read."""
        data = super().clean() or self.cleaned_data
        person, received_on = self.certificate.person, self.day_of_receipt
        if data.get("changed_on") and received_on:
            refuse_beside(self, "changed_on", require_plausible, data["changed_on"], received_on, person)
        if "file" not in self.errors:
            refuse_beside(self, "file", require_evidence, self._changes(), data.get("file"))
        return data

    def _changes(self) -> dict[str, list[str]]:
        """Return what differs from the record; one whose number is wrong counts as changed all the same."""
        read = {name: self.cleaned_data[name] for name in CHANGEABLE if name in self.cleaned_data}
        if "identity_number" not in read:
            read.pop("identity_series", None)
        try:
            changes = changed_details(self.certificate.person, read)
        except RuleViolation:  # the service says it at the head of the form
            return {}
        return changes | ({} if "identity_number" in read else {"identity_number": []})

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

    def clean(self) -> dict[str, Any]:
        """Check the day."""
        data = super().clean() or self.cleaned_data
        if data.get("since") and self.day_of_receipt:
            refuse_beside(self, "since", require_begun, data["since"], self.day_of_receipt)
        return data


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

    file = file_field(_("Photograph or other paper"))

    field_order = ("received_on", "kind", "description", "file", "stops_use")


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


class EvaluateForm(ConsequentForm):
    """What follows from a circumstance; each outcome asks for its own particulars."""

    submit_label = _("Conclude the evaluation")
    refusals: ClassVar[Mapping[str, str]] = {
        "reason": "reasons",
        "details": "details",
        "assessment_past": "due_on",
        "assessment_late": "due_on",
        "review_past": "review_on",
        "review_late": "review_on",
        "public_reason": "public_reason",
    }

    outcome_field = "outcome"
    needed = {
        CircumstanceOutcome.ASSESSMENT: ("details", "due_on"),
        CircumstanceOutcome.SUSPENSION: ("review_on",),
    }
    groups = (
        ("", ("outcome", "reasons"), ()),
        (_("Only for an extra assessment"), ("details", "due_on"), (CircumstanceOutcome.ASSESSMENT,)),
        *TAKEN_AWAY,
    )
    rules = {**ConsequentForm.rules, "due_on": require_assessment_in_time}

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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Warn of what nobody else may read."""
        super().__init__(*args, **kwargs)
        self.fields["public_reason"].help_text = _(
            "Only if it is to be published (contract B3): what everybody may read. Nothing about health."
        )

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
            public_reason_en=data["public_reason_en"],
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
        field.choices = [ANY, *((name, capfirst(model._meta.verbose_name)) for name, model in KINDS.items())]
