"""Forms of amendments."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import FilterFormBase, FormBase
from exams.models import REASON_LENGTH
from exams.states import AmendmentState


class ProposalForm(FormBase):
    """Why a signed mark has to become the other one; which one it becomes follows from the mark that counts."""

    submit_label = _("Propose the amendment")

    why = forms.CharField(
        label=_("Why the mark has to change"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The candidate reads it with the result."),
    )
    evidence = forms.CharField(
        label=_("Evidence"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "What shows that the new mark is right, e.g. a recording, a note of the session, a second witness."
        ),
    )
    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("PDF, JPEG or PNG, at most 10 MB; only those who may read the exam can open it."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )
    # What the person saw when they wrote: if another amendment was approved since, theirs would say the opposite.
    value = forms.BooleanField(required=False, widget=forms.HiddenInput)


class RejectionForm(FormBase):
    """Why the mark stays as it is."""

    submit_label = _("Reject the amendment")
    danger = True

    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Whoever proposed the amendment reads it."),
    )


class ApprovalForm(FormBase):
    """What was checked, if it is worth a word."""

    submit_label = _("Approve the amendment")

    note = forms.CharField(
        label=_("Note"),
        max_length=REASON_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What you checked; kept with the amendment."),
    )
    confirmed = forms.BooleanField(
        label=_("I have checked the evidence myself, and have no interest in the result of this candidate.")
    )


class AmendmentFilter(FilterFormBase):
    """The filter of the list of amendments."""

    state = forms.ChoiceField(label=_("State"), choices=[("", _("All")), *AmendmentState.choices])
