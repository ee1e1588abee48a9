"""What officers and other staff type about applications and persons."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.forms.parts import reason_field, text_field
from candidates.queries import NEWEST_FIRST, OLDEST_FIRST, staff_for_conflicts
from candidates.states import ApplicationState, ConflictKind, Section
from core.forms import FilterFormBase, FormBase
from schemes.models import Scheme


# --- The officer's verbs ----------------------------------------------------------------------------------------------
class VerbForm(FormBase):
    """A verb on the submission that was read: the first, or the second after a return."""

    submission = forms.IntegerField(required=False, widget=forms.HiddenInput)


class AcceptForm(VerbForm):
    """Accepting confirms the identity: the officer says so."""

    submit_label = _("Accept the application")

    confirmed = forms.BooleanField(
        label=_("I have compared the declared identity with the identity card and with the record."),
        error_messages={"required": _("Confirm that you have compared the identity.")},
    )


class ReturnForm(VerbForm):
    """What is missing, by part and in words."""

    submit_label = _("Return for completion")

    sections = forms.MultipleChoiceField(
        label=_("Parts in which something is missing"),
        choices=Section.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose the parts in which something is missing.")},
    )
    reason = reason_field(label=_("What is missing"), help_text=_("The applicant reads this, as it stands here."))


class RefuseForm(VerbForm):
    """Why the application is refused."""

    submit_label = _("Refuse the application")
    danger = True

    reason = reason_field(label=_("Reason"), help_text=_("The applicant reads this, as it stands here."))


# --- Persons ----------------------------------------------------------------------------------------------------------
class OwnConflictForm(FormBase):
    """One's own conflict of interest, by the reference of the application."""

    submit_label = _("Declare the conflict of interest")

    reference = text_field(label=_("Reference of the application"), max_length=30, help_text="M-2026-00017-42")
    kind = forms.ChoiceField(label=_("Kind"), choices=ConflictKind.choices)
    note = text_field(label=_("Note"), max_length=300, help_text=_("In a few words; it is kept with the record."))


class ConflictForm(FormBase):
    """A conflict of interest of a member of staff."""

    submit_label = _("Record the conflict of interest")

    user = forms.ModelChoiceField(label=_("Member of staff"), queryset=User.objects.none(), empty_label="—")
    kind = forms.ChoiceField(label=_("Kind"), choices=ConflictKind.choices)
    note = text_field(label=_("Note"), max_length=300, help_text=_("In a few words; it is kept with the record."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the staff of today."""
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[User]", self.fields["user"]).queryset = staff_for_conflicts()


class LinkAccountForm(FormBase):
    """The account of a person who is known from paper."""

    submit_label = _("Link the account")

    email = forms.EmailField(label=_("E-mail of the account"))
    reason = reason_field(label=_("How the identity was checked"))


class UnlinkAccountForm(FormBase):
    """Why an account is not the person's."""

    submit_label = _("Unlink the account")
    danger = True

    reason = reason_field(label=_("Reason"))


# --- Filters ----------------------------------------------------------------------------------------------------------
class ApplicationFilter(FilterFormBase):
    """The officer's list."""

    q = forms.CharField(
        label=_("Name, FIN or reference"), max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )
    state = forms.ChoiceField(label=_("State"), choices=[("", _("All")), *ApplicationState.choices[1:]])
    scheme = forms.ModelChoiceField(
        label=_("Scheme"), queryset=Scheme.objects.order_by("code"), to_field_name="code", empty_label=_("All")
    )
    order = forms.ChoiceField(
        label=_("Order"), choices=[(OLDEST_FIRST, _("Oldest first")), (NEWEST_FIRST, _("Newest first"))]
    )


class PersonFilter(FilterFormBase):
    """The list of persons."""

    q = forms.CharField(label=_("Name or FIN"), max_length=100, widget=forms.TextInput(attrs={"type": "search"}))
