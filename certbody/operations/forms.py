"""Filters of the operations pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from certbody.operations.kinds import message_label
from certbody.operations.queries import TOPICS, message_kinds
from core.forms import FilterFormBase, FormBase
from core.states import MessageState
from core.text import sort_key

_ALL = ("", _("All"))


class OutboxFilterForm(FilterFormBase):
    """Which messages are shown."""

    q = forms.CharField(label=_("Recipient"), max_length=100, widget=forms.SearchInput())
    state = forms.ChoiceField(label=_("State"), choices=[_ALL, *MessageState.choices])
    kind = forms.ChoiceField(label=_("Kind"))

    def __init__(self, *args: Any, shows_subjects: bool, **kwargs: Any) -> None:
        """Offer the kinds that there are, or only the topics where kinds would tell too much."""
        super().__init__(*args, **kwargs)
        by_label = sorted(
            ((kind, message_label(kind)) for kind in message_kinds()), key=lambda one: sort_key(str(one[1]))
        )
        kinds = by_label if shows_subjects else TOPICS.items()
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


class OtherAddressForm(FormBase):
    """The address to which a message goes that its recipient did not get."""

    submit_label = _("Send to this address")

    to = forms.EmailField(
        label=_("Other address"),
        help_text=_("Check with the person first. Their own address stays as it is: correct it on their page."),
    )


class ReturnedForm(FormBase):
    """How somebody knows that a message came back."""

    submit_label = _("Note that it came back")

    reason = forms.CharField(
        label=_("How do you know?"),
        max_length=500,
        help_text=_("What the answer of the mail server said, or who told you. It is kept with the message."),
    )
