"""What applicants type: one form for each page of a draft. They check and keep files, and change nothing else."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates import identity
from candidates.models import LANGUAGES, Application
from candidates.services.attachments import keep_upload, kept_upload
from candidates.states import FIN_LENGTH, DocumentKind, IdentitySeries, IssuerKind
from core.errors import RuleViolation
from core.forms import FormBase, NameField
from core.models import PrivateFile

EMPTY = ("", "—")
ACCEPTED_FILES = ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"
FILE_HELP = _("PDF, JPEG or PNG, at most 10 MB.")
DATE_FORMATS = ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"]


def date_field(**options: Any) -> forms.DateField:
    """Return a field for a day: the browser's calendar, or typed as 31.12.1990."""
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(widget=widget, input_formats=DATE_FORMATS, **options)


def text_field(*, label: Any, max_length: int, autocomplete: str = "", **options: Any) -> forms.CharField:
    """Return a field for one line of text, with what the browser may fill in."""
    attrs = {"autocomplete": autocomplete} if autocomplete else {}
    return forms.CharField(label=label, max_length=max_length, widget=forms.TextInput(attrs=attrs), **options)


def reason_field(**options: Any) -> forms.CharField:
    """Return a field for a reason of some lines."""
    return forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 4}), **options)


# --- The parts of an application --------------------------------------------------------------------------------------
class IdentityFields(forms.Form):
    """Who the applicant is, as on the identity card."""

    surname = NameField(
        label=_("Surname"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "family-name"})
    )
    given_name = NameField(
        label=_("Given name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    patronymic = NameField(
        label=_("Patronymic"), max_length=80, required=False, help_text=_("As on the identity card, e.g. Rəşid oğlu.")
    )
    date_of_birth = date_field(label=_("Date of birth"))
    identity_series = forms.ChoiceField(
        label=_("Series of the identity card"), choices=[EMPTY, *IdentitySeries.choices]
    )
    identity_number = text_field(
        label=_("Number of the identity card"), max_length=14, help_text=_("AZE has 8 digits, AA has 7.")
    )
    fin = text_field(
        label=_("FIN"),
        max_length=FIN_LENGTH + 3,
        help_text=_("The 7 characters on the back of the identity card: by them we know that you are you."),
    )

    def clean_date_of_birth(self) -> Any:
        """See candidates.identity."""
        born = self.cleaned_data["date_of_birth"]
        return born and identity.check_date_of_birth(born, timezone.localdate())

    def clean_fin(self) -> str:
        """See candidates.identity."""
        return identity.clean_fin(self.cleaned_data["fin"])

    def clean_identity_number(self) -> str:
        """See candidates.identity; the series stands before the number and is clean by now."""
        return identity.clean_card_number(
            self.cleaned_data.get("identity_series", ""), self.cleaned_data["identity_number"]
        )


class ContactFields(forms.Form):
    """How to reach the applicant, in which language, and what they need at the exam."""

    address = text_field(
        label=_("Address"), max_length=250, autocomplete="street-address", help_text=_("Where you live, with the city.")
    )
    telephone = forms.CharField(
        label=_("Telephone"),
        max_length=30,
        help_text=_("For example +994 50 123 45 67."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("Everything about the application is sent here."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    language = forms.ChoiceField(label=_("Language of messages"), choices=LANGUAGES)
    special_needs = forms.CharField(
        label=_("Special needs"),
        max_length=1000,
        required=False,
        help_text=_(
            "What you need to take the exam on equal terms, e.g. step-free access, more time. Leave empty if none."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_telephone(self) -> str:
        """See candidates.identity."""
        return identity.clean_telephone(self.cleaned_data["telephone"])


class DraftForm(FormBase):
    """A page of a draft: may be saved with gaps, which are named before submitting."""

    submit_label = _("Save and continue")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Require nothing yet."""
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False


class IdentityForm(IdentityFields, DraftForm):
    """First page of a draft."""


class ContactForm(ContactFields, DraftForm):
    """Second page of a draft."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """A language is always chosen."""
        super().__init__(*args, **kwargs)
        self.fields["language"].required = True


# --- Files ------------------------------------------------------------------------------------------------------------
class KeptFileForm(FormBase):
    """A form with one file that survives the errors of its other fields.

    A good file is kept for the same person; the hidden `kept` names it, so that it need not be chosen again.
    """

    file = forms.FileField(
        label=_("File"),
        help_text=FILE_HELP,
        widget=forms.FileInput(attrs={"accept": ACCEPTED_FILES}),
        error_messages={"empty": _("The file is empty. Please choose it again.")},
    )
    kept = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        """Remember whose file it is."""
        super().__init__(*args, **kwargs)
        self.actor = actor
        self.stored: PrivateFile | None = None
        self.fields["file"].required = not self.data.get(self.add_prefix("kept"))

    def clean(self) -> dict[str, Any]:
        """Keep a new file, or find the one kept before; without either the form is not complete."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("file"):
            self._keep(cleaned["file"])
        elif cleaned.get("kept") and "file" not in self.errors:
            self.stored = kept_upload(cleaned["kept"], actor=self.actor)
        if self.stored is None and "file" not in self.errors:
            self.add_error("file", _("Choose a file."))
        if self.stored is not None:
            self._show_kept(self.stored)
        return cleaned

    @property
    def attached(self) -> PrivateFile:
        """The file of a form that is valid."""
        if self.stored is None:
            raise ValueError("the form is not valid")
        return self.stored

    def _keep(self, uploaded: Any) -> None:
        try:
            self.stored = keep_upload(uploaded, actor=self.actor)
        except RuleViolation as violation:
            self.add_error("file", str(violation))

    def _show_kept(self, stored: PrivateFile) -> None:
        """Let the page that shows the form again say that the file is there."""
        data = cast(QueryDict, self.data).copy()
        data[self.add_prefix("kept")] = str(stored.pk)
        self.data = data
        # On the field of the page, which may have been made before.
        self["file"].help_text = _("“%(name)s” has been kept. Choose another file only to replace it.") % {
            "name": stored.original_name
        }


class LetterForm(KeptFileForm):
    """A recommendation letter (guide: tövsiyə məktubu)."""

    submit_label = _("Add the letter")

    issuer = text_field(label=_("Issued by"), max_length=150, help_text=_("Name of the person or organisation."))
    issuer_kind = forms.ChoiceField(label=_("In the capacity of"), choices=[EMPTY, *IssuerKind.choices])
    topic = text_field(label=_("Topic of the service"), max_length=200)
    hours = forms.IntegerField(label=_("Total hours of service"), min_value=1, max_value=10000)
    dated = date_field(label=_("Date of the letter"))

    field_order = ("issuer", "issuer_kind", "topic", "hours", "dated", "file", "kept")

    def clean_dated(self) -> Any:
        """A letter bears no date to come."""
        if self.cleaned_data["dated"] > timezone.localdate():
            raise forms.ValidationError(_("The date of the letter is in the future."), code="letter_future")
        return self.cleaned_data["dated"]


class DocumentForm(KeptFileForm):
    """Any other document."""

    submit_label = _("Add the document")

    kind = forms.ChoiceField(
        label=_("What it is"),
        choices=[EMPTY, *(choice for choice in DocumentKind.choices if choice[0] != DocumentKind.PAPER_APPLICATION)],
    )

    field_order = ("kind", "file", "kept")


# --- Declarations -----------------------------------------------------------------------------------------------------
class DeclarationsForm(FormBase):
    """One box for each text in force; `seen` names the texts that stood on the page."""

    submit_label = _("Save and continue")
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, texts: Mapping[str, Any], **kwargs: Any) -> None:
        """Make a box for each kind of declaration."""
        super().__init__(*args, **kwargs)
        for kind in texts:
            self.fields[kind] = forms.BooleanField(label=_("I have read this and agree"), required=False)
        self.texts = texts
        self.fields["seen"].initial = ",".join(str(text.pk) for text in texts.values())

    def clean_seen(self) -> list[int]:
        """Return the keys of the texts that were shown."""
        return [int(one) for one in self.cleaned_data["seen"].split(",") if one.isascii() and one.isdigit()]

    @property
    def agreed(self) -> list[str]:
        """The kinds that were ticked."""
        return [kind for kind in self.texts if self.cleaned_data.get(kind)]


# --- Taking it back
# ----------------------------------------------------------------------------------------------------
class WithdrawForm(FormBase):
    """Taking an application back; nobody has to say why."""

    submit_label = _("Withdraw the application")
    danger = True

    reason = reason_field(label=_("Reason"), required=False, help_text=_("You need not give one."))


def initial_of(application: Application, form: type[forms.Form]) -> dict[str, Any]:
    """Return what the application holds for the fields of a form."""
    return {name: getattr(application, name) for name in form.base_fields if hasattr(application, name)}
