"""Forms whose files need not be chosen again when another field is wrong: a browser cannot fill a file field."""

import hashlib
from typing import Any, ClassVar, cast
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.services.attachments import keep_upload, kept_upload
from core.errors import RuleViolation
from core.forms import FormBase
from core.models import PrivateFile


class KeepsFilesForm(FormBase):
    """A form with file fields, named in `kept_fields`, whose files survive until it is sent without an error.

    Beside each stands a hidden field that names what was kept for the same person. What is valid gives the service the
    kept files as if they had been chosen again; what is kept and not used is deleted after a day. The page calls
    `keep` when it shows the form once more.
    """

    kept_fields: ClassVar[tuple[str, ...]] = ("file",)

    def __init__(self, *args: Any, keeper: User, **kwargs: Any) -> None:
        """Find what was kept for whoever fills the form in."""
        super().__init__(*args, **kwargs)
        self.keeper = keeper
        self.helper.render_hidden_fields = True  # also where a layout names the others
        self.found: dict[str, list[PrivateFile]] = {}
        self.usual_help = {name: self.fields[name].help_text for name in self.kept_fields}
        self.compulsory = {name for name in self.kept_fields if self.fields[name].required}
        for name in self.kept_fields:
            self.fields[_kept(name)] = forms.CharField(required=False, widget=forms.HiddenInput)
            self._remember(name, self._kept_before(name))

    def clean(self) -> dict[str, Any]:
        """Put the kept files beside, or in place of, those that were chosen now."""
        cleaned = super().clean() or self.cleaned_data
        for name in self.kept_fields:
            if cleaned.get(_dropped(name)):
                self.found[name] = []
            if name in self.errors:
                continue
            cleaned[name] = self._with_kept(name, cleaned.get(name))
            if name in self.compulsory and not cleaned[name]:
                self.add_error(name, forms.ValidationError(_("Choose a file."), code="required"))
        return cleaned

    def keep(self) -> None:
        """Keep the good files of a form that is shown again, and say so beside their fields."""
        data = cast(QueryDict, self.data).copy()
        for name in self.kept_fields:
            kept = self.found[name]
            for uploaded in self.files.getlist(self.add_prefix(name)):
                stored = self._keep(name, uploaded, kept)
                if stored:
                    kept = [*kept, stored] if self._takes_many(name) else [stored]
            data[self.add_prefix(_kept(name))] = ",".join(str(one.pk) for one in kept)
            data.pop(self.add_prefix(_dropped(name)), None)
            self.fields[name].help_text = self.usual_help[name]
            self._remember(name, kept)
            self[name].help_text = self.fields[name].help_text  # the field of the page may have been made before
        self.data = data

    def _kept_before(self, name: str) -> list[PrivateFile]:
        told = str(self.data.get(self.add_prefix(_kept(name)), "")) if self.is_bound else ""
        found = [kept_upload(key, actor=self.keeper) for key in map(_key, told.split(",")) if key]
        return [one for one in found if one is not None]

    def _remember(self, name: str, kept: list[PrivateFile]) -> None:
        """Say which files are there, and let them be left out."""
        self.found[name] = kept
        if not kept:
            if self.fields.pop(_dropped(name), None) and self.helper.layout:
                _group(self.helper.layout, _dropped(name)).remove(_dropped(name))
            return
        names = ", ".join(f"“{one.original_name}”" for one in kept)
        words = (
            _("Kept: %(names)s. Choose only what is to be added.")
            if self._takes_many(name)
            else _("Kept: %(names)s. Choose another file only to replace it.")
        )
        self.fields[name].help_text = words % {"names": names}
        self.fields[name].required = False
        if _dropped(name) not in self.fields:
            self.fields[_dropped(name)] = forms.BooleanField(label=_("Leave out what was kept"), required=False)
            order = [one for one in self.fields if one != _dropped(name)]
            order.insert(order.index(name) + 1, _dropped(name))
            self.order_fields(order)
            group = _group(self.helper.layout, name)
            group.insert(group.index(name) + 1 if group else 0, _dropped(name))

    def _with_kept(self, name: str, chosen: Any) -> Any:
        """Return what the service gets: one file, the one chosen now before the kept one; or all of several."""
        if not self._takes_many(name):
            return chosen or next(map(_again, self.found[name]), None)
        before = {one.sha256 for one in self.found[name]}
        return [*map(_again, self.found[name]), *(one for one in chosen or [] if _digest(one) not in before)]

    def _keep(self, name: str, uploaded: "UploadedFile[Any]", kept: list[PrivateFile]) -> PrivateFile | None:
        """Keep a file, unless it is kept already; a bad one is named beside its field, and is not kept."""
        if _digest(uploaded) in {one.sha256 for one in kept}:
            return None
        try:
            return keep_upload(_in_memory(uploaded), actor=self.keeper)
        except RuleViolation as violation:
            if name not in self.errors:
                self.add_error(name, f"{uploaded.name}: {violation}")
            return None

    def _takes_many(self, name: str) -> bool:
        return bool(getattr(self.fields[name].widget, "allow_multiple_selected", False))


def _group(layout: Any, name: str) -> list[Any]:
    """Return the group of a form's layout that holds a field; an empty one where nothing is laid out."""
    parts: list[Any] = getattr(layout, "fields", [])
    if name in parts:
        return parts
    return next((found for found in (_group(part, name) for part in parts) if found), [])


def _kept(name: str) -> str:
    return f"kept_{name}"


def _dropped(name: str) -> str:
    return f"dropped_{name}"


def _key(text: str) -> UUID | None:
    """Return the key that a hidden field names; None for anything that somebody else has written there."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _again(stored: PrivateFile) -> SimpleUploadedFile:
    """Return a kept file as if it had been chosen now; the service stores it for good."""
    with stored.file.open("rb") as file:
        return SimpleUploadedFile(stored.original_name, file.read(), stored.content_type)


def _in_memory(uploaded: "UploadedFile[Any]") -> "UploadedFile[Any]":
    """Return an upload whose bytes are here: those of a large one may have moved with a try that was rolled back.

    One that is too large stays as it is, to be refused.
    """
    if (uploaded.size or 0) > settings.MAX_UPLOAD_BYTES:
        return uploaded
    uploaded.seek(0)
    return SimpleUploadedFile(uploaded.name or "", uploaded.read(), uploaded.content_type or "")


def _digest(uploaded: "UploadedFile[Any]") -> str:
    uploaded.seek(0)
    digest = hashlib.sha256()
    while chunk := uploaded.read(1 << 16):
        digest.update(chunk)
    uploaded.seek(0)
    return digest.hexdigest()
