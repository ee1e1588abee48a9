"""What an officer types of an application that came on paper: one page, with rows for letters and documents."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from candidates.forms.parts import (
    ContactFields,
    DocumentForm,
    IdentityFields,
    KeptFileForm,
    LetterForm,
    date_field,
)
from candidates.services.paper import PaperDocument, PaperLetter
from schemes.models import Scheme
from schemes.queries import versions_in_force

# What the page offers; more than that can be added when the application is returned for completion.
LETTER_ROWS = 5
DOCUMENT_ROWS = 3


class OptionalRow(KeptFileForm):
    """A row that may stay empty; once something is typed or chosen in it, all of it is needed.

    A browser cannot take back a file that has been kept: whoever needs to, ticks that the row is left out.
    """

    form_tag = False
    title: str | Promise

    leave_out = forms.BooleanField(label=_("Leave this out"), required=False)

    def __init__(self, *args: Any, number: int, **kwargs: Any) -> None:
        """Know the own place among the rows, and let the row stay empty."""
        super().__init__(*args, empty_permitted=True, use_required_attribute=False, **kwargs)
        self.heading = self.title % {"number": number}

    @property
    def is_left_out(self) -> bool:
        """Tell whether the row does not count although something stands in it."""
        return bool(self["leave_out"].data)

    def has_changed(self) -> bool:
        """Tell whether the row counts: Django passes over the others."""
        return not self.is_left_out and super().has_changed()

    def shown_fields(self) -> Iterator[forms.BoundField]:
        """Give the fields for the page; leaving out is offered where there is something to leave out."""
        is_filled = self.is_left_out or self.has_changed()
        return (field for field in self if is_filled or field.name != "leave_out")


class LetterRow(OptionalRow, LetterForm):
    """A recommendation letter that came with the paper."""

    title = _("Recommendation letter %(number)s")

    @property
    def letter(self) -> PaperLetter:
        """The letter of a row that is valid."""
        data = self.cleaned_data
        return PaperLetter(
            stored=self.attached,
            issuer=data["issuer"],
            issuer_kind=data["issuer_kind"],
            topic=data["topic"],
            hours=data["hours"],
            dated=data["dated"],
        )


class DocumentRow(OptionalRow, DocumentForm):
    """Another document that came with the paper."""

    title = _("Document %(number)s")

    @property
    def document(self) -> PaperDocument:
        """The document of a row that is valid."""
        return PaperDocument(stored=self.attached, kind=self.cleaned_data["kind"])


class PaperForm(IdentityFields, ContactFields, KeptFileForm):
    """A paper application, on one page for the officer who has it in hand."""

    submit_label = _("Enter and submit")
    form_tag = False

    scheme = forms.ModelChoiceField(label=_("Scheme"), queryset=Scheme.objects.none(), empty_label=None)
    agreed = forms.MultipleChoiceField(
        label=_("Declarations ticked on the paper"), required=False, widget=forms.CheckboxSelectMultiple
    )
    signed_on = date_field(label=_("Date of the signature"))

    field_order = (
        "scheme", "surname", "given_name", "patronymic", "date_of_birth", "identity_series", "identity_number", "fin",
        "address", "telephone", "email", "language", "special_needs", "agreed", "signed_on", "file", "kept",
    )  # fmt: skip

    def __init__(self, *args: Any, texts: Mapping[str, Any], **kwargs: Any) -> None:
        """Offer the schemes in force and the declarations in force, and rows for what else came."""
        super().__init__(*args, **kwargs)
        in_force = versions_in_force().values("scheme")
        cast("forms.ModelChoiceField[Scheme]", self.fields["scheme"]).queryset = Scheme.objects.filter(
            pk__in=[one["scheme"] for one in in_force]
        )
        cast(forms.MultipleChoiceField, self.fields["agreed"]).choices = [
            (kind, text.get_kind_display()) for kind, text in texts.items()
        ]
        self.fields["file"].label = _("Scan of the paper application")
        self.letter_rows = [LetterRow(**self._row("letter", number)) for number in range(1, LETTER_ROWS + 1)]
        self.document_rows = [DocumentRow(**self._row("document", number)) for number in range(1, DOCUMENT_ROWS + 1)]

    def clean_signed_on(self) -> Any:
        """Nobody has signed tomorrow."""
        if self.cleaned_data["signed_on"] > timezone.localdate():
            raise forms.ValidationError(_("The date of the signature is in the future."), code="signed_future")
        return self.cleaned_data["signed_on"]

    def clean(self) -> dict[str, Any]:
        """Look at every row, so that none loses its file; name those that are not complete."""
        cleaned = super().clean()
        rows: Sequence[OptionalRow] = [*self.letter_rows, *self.document_rows]
        for row in rows:
            if not row.is_valid():
                self.add_error(None, _("%(row)s: complete it below.") % {"row": row.heading})
        return cleaned

    @property
    def letters(self) -> list[PaperLetter]:
        """The letters of a form that is valid."""
        return [row.letter for row in self.letter_rows if row.has_changed()]

    @property
    def documents(self) -> list[PaperDocument]:
        """The documents of a form that is valid."""
        return [row.document for row in self.document_rows if row.has_changed()]

    def _row(self, name: str, number: int) -> dict[str, Any]:
        bound = {"data": self.data, "files": self.files} if self.is_bound else {}
        return {**bound, "prefix": f"{name}-{number}", "number": number, "actor": self.actor}
