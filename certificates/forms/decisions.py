"""What people type about decisions and their reviews."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from certificates.forms.fields import ANY, ReasonField
from certificates.states import Outcome, ReviewState
from core.forms import FilterFormBase, FormBase


class DecisionForm(FormBase):
    """A decision with its reasons; granting is offered only after a passed exam."""

    submit_label = _("Record the decision")

    outcome = forms.ChoiceField(
        label=_("Decision"),
        widget=forms.RadioSelect,
        choices=[(Outcome.GRANTED, _("Grant certification")), (Outcome.REFUSED, _("Refuse certification"))],
    )
    reasons = ReasonField(
        label=_("Reasons"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("The candidate reads them. They say which facts of the dossier the decision rests on."),
    )
    confirmed = forms.BooleanField(
        label=_(
            "I have read the whole dossier. I neither trained nor assessed this candidate and have no interest in "
            "the outcome."
        ),
        help_text=_("A decision cannot be changed afterwards; the candidate may appeal against it (contract H13)."),
    )

    def __init__(self, *args: Any, may_grant: bool, **kwargs: Any) -> None:
        """Take away what cannot be decided."""
        super().__init__(*args, **kwargs)
        if not may_grant:
            field = cast(forms.ChoiceField, self.fields["outcome"])
            field.choices = [(Outcome.REFUSED, _("Refuse certification"))]
            field.initial = Outcome.REFUSED
            field.help_text = _("The exam was not passed: certification can only be refused.")


class ReviewForm(FormBase):
    """What follows for a decision whose exam was amended afterwards."""

    submit_label = _("Conclude the review")

    conclusion = ReasonField(
        label=_("Conclusion"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_(
            "Whether the decision still stands, why, and what has to be done by whom. It cannot be changed afterwards."
        ),
    )


class ReviewFilter(FilterFormBase):
    """The filter of the list of reviews."""

    state = forms.ChoiceField(label=_("State"), choices=[ANY, *ReviewState.choices])
