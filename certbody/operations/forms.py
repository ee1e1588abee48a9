"""Filters of the operations pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from certbody.operations.queries import TOPICS, message_kinds
from core.forms import FilterFormBase
from core.states import MessageState

_ALL = ("", _("All"))


class OutboxFilterForm(FilterFormBase):
    """Which messages are shown."""

    q = forms.CharField(label=_("Recipient"), max_length=100, widget=forms.SearchInput())
    state = forms.ChoiceField(label=_("State"), choices=[_ALL, *MessageState.choices])
    kind = forms.ChoiceField(label=_("Kind"))

    def __init__(self, *args: Any, shows_subjects: bool, **kwargs: Any) -> None:
        """Offer the kinds that there are, or only the topics where kinds would tell too much."""
        super().__init__(*args, **kwargs)
        kinds = ((kind, kind) for kind in message_kinds()) if shows_subjects else TOPICS.items()
        self.fields["kind"] = forms.ChoiceField(label=_("Kind"), required=False, choices=[_ALL, *kinds])


class DocumentFilterForm(FilterFormBase):
    """Which documents are shown."""

    state = forms.ChoiceField(
        label=_("State"),
        choices=[
            _ALL,
            ("waiting", pgettext_lazy("document", "In preparation")),
            ("failed", pgettext_lazy("document", "Failed")),
            ("ready", pgettext_lazy("document", "Ready")),
        ],
    )
