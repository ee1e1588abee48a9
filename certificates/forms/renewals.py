"""What people type to have a certificate renewed."""

import hashlib
from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.services.attachments import keep_upload, kept_upload
from candidates.states import REQUIRED_DECLARATIONS
from certificates.forms.fields import ANY
from certificates.states import RenewalStage
from core.errors import RuleViolation
from core.forms import FilterFormBase, FormBase
from core.models import PrivateFile

MOST_FILES = 8
ACCEPTED_FILES = ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"
EVIDENCE_HELP = _(
    "What you did within the scope since the certificate was issued: for whom, when, how many hours; training that you "
    "took part in."
)


class ManyFilesInput(forms.FileInput):
    """A control in which several files are chosen at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; each is checked when it is kept."""

    widget = ManyFilesInput(attrs={"accept": ACCEPTED_FILES, "multiple": True})

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        """Return the files, none or many: whether one is needed is for the form to say, which knows the kept ones."""
        return [super(FilesField, self).clean(one, initial) for one in data or []]


class RenewalForm(FormBase):
    """An application for renewal on one page. Good files survive the errors of the other fields: `kept` names them."""

    submit_label = _("Apply for renewal")

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    evidence = forms.CharField(
        label=_("Your practice since the certificate was issued"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=EVIDENCE_HELP,
    )
    papers = FilesField(
        label=_("Papers that show it"),
        help_text=_(
            "At least one: letters of clients or employers, contracts, records of training. PDF, JPEG or PNG, 10 MB "
            "each."
        ),
    )
    kept = forms.CharField(required=False, widget=forms.HiddenInput)
    confirmed = forms.BooleanField(label=_("My data above are correct as they are today"))

    def __init__(
        self, *args: Any, actor: User, texts: Mapping[str, Any], asks_evidence: bool, on_behalf: bool, **kwargs: Any
    ) -> None:
        """Ask what the scheme version asks; of an officer the paper too."""
        super().__init__(*args, **kwargs)
        self.actor, self.texts, self.on_behalf = actor, texts, on_behalf
        self.asks_evidence = asks_evidence
        self.kept_files: list[PrivateFile] = []
        self.scan: PrivateFile | None = None
        for kind, text in texts.items():
            words = _("Ticked on the paper: %(name)s") if on_behalf else _("I have read “%(name)s” and agree")
            self.fields[kind] = forms.BooleanField(label=words % {"name": text.get_kind_display()}, required=False)
        self.fields["seen"].initial = ",".join(str(text.pk) for text in texts.values())
        if not asks_evidence:
            for name in ("evidence", "papers"):
                del self.fields[name]
        if on_behalf:
            del self.fields["confirmed"]
            self._ask_paper()
        # As on the page: the summary of errors comes in the order of the fields.
        self.order_fields(["confirmed", "signed_on", "scan", "evidence", "papers", *texts])

    def _ask_paper(self) -> None:
        self.fields["signed_on"] = forms.DateField(
            label=_("Date of the signature"),
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            input_formats=["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"],
        )
        self.fields["scan"] = forms.FileField(
            label=_("Scan of the signed application"),
            required=not self.data.get("kept_scan"),
            help_text=_("PDF, JPEG or PNG, at most 10 MB."),
            widget=forms.FileInput(attrs={"accept": ACCEPTED_FILES}),
        )
        self.fields["kept_scan"] = forms.UUIDField(required=False, widget=forms.HiddenInput)
        if self.asks_evidence:
            self.fields["evidence"].label = _("Practice since the certificate was issued, as described on the paper")

    def clean_seen(self) -> list[int]:
        """Return the keys of the texts that were shown."""
        return [int(one) for one in self.cleaned_data["seen"].split(",") if one.isascii() and one.isdigit()]

    def clean_signed_on(self) -> Any:
        """Nobody has signed tomorrow."""
        if self.cleaned_data["signed_on"] > timezone.localdate():
            raise forms.ValidationError(_("The date of the signature is in the future."), code="signed_future")
        return self.cleaned_data["signed_on"]

    def clean(self) -> dict[str, Any]:
        """Keep the new files, find those that were kept before, and let the page say which are there."""
        cleaned = super().clean() or self.cleaned_data
        if self.asks_evidence:
            before = [kept_upload(one, actor=self.actor) for one in _keys(cleaned.get("kept", ""))]
            self.kept_files = [one for one in before if one is not None]
            for uploaded in cleaned.get("papers") or []:
                self._keep_once(uploaded)
            if len(self.kept_files) > MOST_FILES:
                self.add_error("papers", _("At most %(limit)s files: please combine some.") % {"limit": MOST_FILES})
            elif not self.kept_files and "papers" not in self.errors:
                self.add_error("papers", _("Attach at least one paper that shows your practice."))
        if self.on_behalf:
            self._find_scan(cleaned)
        self._miss_declarations(cleaned)
        self._show_kept()
        return cleaned

    def _keep_once(self, uploaded: UploadedFile[bytes]) -> None:
        """Keep a file, unless it is among the kept ones: whoever chooses it again means the same."""
        digest = hashlib.sha256()
        for chunk in uploaded.chunks():
            digest.update(chunk)
        uploaded.seek(0)
        if digest.hexdigest() not in {one.sha256 for one in self.kept_files}:
            stored = self._keep(uploaded, "papers")
            self.kept_files += [stored] if stored else []

    def _miss_declarations(self, cleaned: dict[str, Any]) -> None:
        """Name each declaration that an application needs and that was not made, at its own box."""
        words = (
            _("The holder has to tick it on the paper, or the application cannot be entered.")
            if self.on_behalf
            else _("Read the text and tick the box; without it nobody can apply.")
        )
        for kind in REQUIRED_DECLARATIONS:
            if kind in self.texts and not cleaned.get(kind):
                self.add_error(kind, words)

    def _find_scan(self, cleaned: dict[str, Any]) -> None:
        if cleaned.get("scan"):
            self.scan = self._keep(cleaned["scan"], "scan")
        elif cleaned.get("kept_scan") and "scan" not in self.errors:
            self.scan = kept_upload(cleaned["kept_scan"], actor=self.actor)
        if self.scan is None and "scan" not in self.errors:
            self.add_error("scan", _("Choose the scan."))

    def _keep(self, uploaded: Any, field: str) -> PrivateFile | None:
        try:
            return keep_upload(uploaded, actor=self.actor)
        except RuleViolation as violation:
            self.add_error(field, f"{uploaded.name}: {violation}")
            return None

    def _show_kept(self) -> None:
        data = cast(QueryDict, self.data).copy()
        data["kept"] = ",".join(str(one.pk) for one in self.kept_files)
        if self.scan:
            data["kept_scan"] = str(self.scan.pk)
        self.data = data
        if self.kept_files:
            self.fields["papers"].required = False  # one is there
            names = ", ".join(f"“{one.original_name}”" for one in self.kept_files)
            self["papers"].help_text = _("Kept: %(names)s. Choose only what is to be added.") % {"names": names}
        if self.scan:
            self["scan"].help_text = _("Kept: %(names)s. Choose another file only to replace it.") % {
                "names": f"“{self.scan.original_name}”"
            }

    @property
    def agreed(self) -> list[str]:
        """The kinds of declaration that were ticked."""
        return [kind for kind in self.texts if self.cleaned_data.get(kind)]


class EvidenceForm(FormBase):
    """The description of the practice, anew."""

    submit_label = _("Save the description")

    evidence = forms.CharField(
        label=_("Your practice since the certificate was issued"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=EVIDENCE_HELP,
    )


class RenewalFilter(FilterFormBase):
    """The filter of the list of renewals."""

    search = forms.CharField(label=_("Holder or number"), max_length=100)
    stage = forms.ChoiceField(label=_("State"), choices=[ANY, *RenewalStage.choices])
    late = forms.ChoiceField(
        label=_("Applied for"), choices=[ANY, ("in_time", _("Before it expired")), ("late", _("After it expired"))]
    )


def _keys(text: str) -> list[UUID]:
    """Return the keys in a hidden field, which anybody may have changed."""
    found = []
    for one in text.split(",")[:MOST_FILES]:
        try:
            found.append(UUID(one))
        except ValueError:
            continue
    return found
