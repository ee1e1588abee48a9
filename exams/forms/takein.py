"""The form through which unsent marks come in as a file."""

from django import forms
from django.core.files.base import File
from django.utils.translation import gettext_lazy as _

from core.forms import FormBase
from exams.services.takein import LARGEST_FILE


class TakeInForm(FormBase):
    """The file that the assessor saved on the device."""

    submit_label = _("Take the marks in")

    file = forms.FileField(
        label=_("File of unsent marks"),
        help_text=_("The assessor saves it on the device that cannot send: its name begins with “marks-”."),
        widget=forms.ClearableFileInput(attrs={"accept": ".json,application/json"}),
    )

    def clean_file(self) -> File[bytes]:
        """Refuse what is far too large to be such a file, before it is read."""
        file: File[bytes] = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(_("The file is too large to be one of unsent marks."), code="file")
        return file
