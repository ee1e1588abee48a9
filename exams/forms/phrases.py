"""Forms of phrases."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import FilterFormBase, FormBase
from exams.models import PHRASE_LENGTH


class PhraseForm(FormBase):
    """One sentence, as it is put into a comment."""

    text = forms.CharField(
        label=_("Phrase"),
        max_length=PHRASE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A whole sentence, as it will stand in comments. At most 300 characters."),
    )


class NewPhraseForm(PhraseForm):
    """A new phrase; whoever may add both kinds says for whom it is."""

    submit_label = _("Add")

    shared = forms.ChoiceField(
        label=_("For whom"),
        choices=[("", _("For me alone")), ("1", _("For every assessor"))],
        required=False,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, may_own: bool, may_share: bool, **kwargs: Any) -> None:
        """Ask for whom it is only where there is a choice."""
        super().__init__(*args, **kwargs)
        self.is_shared = may_share and not may_own
        if not (may_own and may_share):
            del self.fields["shared"]

    def clean(self) -> dict[str, Any]:
        """Give `shared` as a truth value, also where it was not asked."""
        data = super().clean() or self.cleaned_data
        return {**data, "shared": bool(data.get("shared")) if "shared" in self.fields else self.is_shared}


class PhraseFilter(FilterFormBase):
    """Search among the phrases."""

    search = forms.CharField(label=_("Search"), max_length=100)
