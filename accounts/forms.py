"""Forms of accounts, roles, invitations and sign-up."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy as _

from accounts.models import LANGUAGES, Invitation, User
from accounts.states import InvitationState, Role
from core.forms import FilterFormBase, FormBase, ModelFormBase, NameField

_ALL = ("", _("All"))


class NamesForm(forms.Form):
    """Surname, given name, patronymic: the order of Azerbaijani documents."""

    surname = NameField(
        label=_("Surname"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "family-name"})
    )
    given_name = NameField(
        label=_("Given name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    patronymic = NameField(
        label=_("Patronymic"),
        max_length=80,
        required=False,
        help_text=_("As on the identity card, with oğlu or qızı. Leave it empty if you have none."),
        widget=forms.TextInput(attrs={"autocomplete": "additional-name"}),
    )


class LanguageForm(forms.Form):
    """The language of messages and pages."""

    language = forms.ChoiceField(label=_("Language of messages and pages"), choices=LANGUAGES)


class SignupDetailsForm(NamesForm, LanguageForm):
    """What is asked at sign-up besides e-mail and password; `AccountAdapter.save_user` keeps it with the account."""

    field_order: Sequence[str] = (
        "surname", "given_name", "patronymic", "email", "language", "password1", "password2",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the language in which the person reads the page."""
        super().__init__(*args, **kwargs)
        self.fields["language"].initial = "en" if get_language() == "en" else "az"

    def signup(self, request: object, user: object) -> None:
        """Do nothing more: allauth wants this method, the adapter has kept everything already."""


class NewPasswordForm(forms.Form):
    """A new password, typed twice; checked against the rules and the person's own names."""

    password1 = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=password_validators_help_text_html,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("Password again"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    email = ""

    def clean(self) -> dict[str, Any]:
        """Refuse a weak password and two that differ."""
        data = super().clean() or self.cleaned_data
        first, second = data.get("password1"), data.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("The two passwords differ."))
        if first:
            names = {name: data.get(name, "") for name in ("surname", "given_name", "patronymic")}
            try:
                validate_password(first, User(email=self.email, **names))
            except ValidationError as error:
                self.add_error("password1", error)
        return data


class AcceptForm(NewPasswordForm, LanguageForm, NamesForm, FormBase):
    """The account of an invited person."""

    submit_label = _("Create the account")
    field_order = ("surname", "given_name", "patronymic", "language", "password1", "password2")

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        """Know the address, which a password must not resemble."""
        super().__init__(*args, **kwargs)
        self.email = email


class InvitationForm(ModelFormBase):
    """Whom to invite as what; the roles on offer are those that the inviting person may give."""

    submit_label = _("Send the invitation")

    class Meta:
        model = Invitation
        fields = ("role", "email", "surname", "given_name", "patronymic", "language")
        field_classes = dict.fromkeys(("surname", "given_name", "patronymic"), NameField)
        help_texts = {
            "role": _("More roles can be given later, on the page of the person."),
            "email": _("The link is sent there. If there is an account with this address, the role is added to it."),
        }

    def __init__(self, *args: Any, roles: Sequence[Role], **kwargs: Any) -> None:
        """Offer `roles` only."""
        super().__init__(*args, **kwargs)
        self.fields["role"] = role_field(roles, help_text=self.fields["role"].help_text)

    def validate_constraints(self) -> None:
        """Leave the one open invitation to the service, which refuses in words."""


class RoleForm(FormBase):
    """Which role to give."""

    submit_label = _("Give the role")

    def __init__(self, *args: Any, roles: Sequence[Role], **kwargs: Any) -> None:
        """Offer the roles that the person does not have."""
        super().__init__(*args, **kwargs)
        self.fields["role"] = role_field(roles)


class ReasonForm(FormBase):
    """Why something is taken away."""

    danger = True
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Kept in the history of the account."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, submit_label: str, **kwargs: Any) -> None:
        """Name the button after the verb."""
        self.submit_label = submit_label
        super().__init__(*args, **kwargs)


class DetailsForm(NamesForm, LanguageForm, FormBase):
    """What people change of their own account."""

    field_order = ("surname", "given_name", "patronymic", "language")


class PeopleFilterForm(FilterFormBase):
    """What the list of accounts shows."""

    q = forms.CharField(label=_("Name or e-mail"), widget=forms.SearchInput())
    role = forms.ChoiceField(label=_("Role"), choices=[_ALL, *Role.choices])
    state = forms.ChoiceField(label=_("State"), choices=[_ALL, ("active", _("Active")), ("inactive", _("Closed"))])


class InvitationFilterForm(FilterFormBase):
    """What the list of invitations shows."""

    q = forms.CharField(label=_("Name or e-mail"), widget=forms.SearchInput())
    state = forms.ChoiceField(label=_("State"), choices=[_ALL, *InvitationState.choices])


def role_field(roles: Sequence[Role], *, help_text: Any = "") -> forms.ChoiceField:
    """Return a field that offers `roles`."""
    return forms.ChoiceField(label=_("Role"), choices=[(role.value, role.label) for role in roles], help_text=help_text)
