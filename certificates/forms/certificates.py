"""What people type about a certificate."""

from datetime import date
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certificates.forms.fields import ANY, CHOOSE, DayInput, PublishedMixin, ReasonField, beside_field
from certificates.models import Certificate
from certificates.queries.certificates import scopes_of
from certificates.services.lifecycle import Because, require_day_in_time, require_review_in_time
from certificates.states import Ground, Status, grounds_for, rule_of
from core.forms import ConfirmNumberMixin, FilterFormBase, FormBase
from schemes.queries import all_schemes

PUBLISHED = ("public_reason", "public_reason_en")


class BecauseMixin(PublishedMixin):
    """The ground, the reason for file and holder, and the reason for everybody, if the decision is published."""

    verb = ""

    ground = forms.ChoiceField(label=_("Ground"))
    reason = ReasonField(
        label=_("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The holder reads it; the public page does not show it."),
    )
    field_order: tuple[str, ...] = ("ground", "reason", *PUBLISHED)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the grounds of the verb, each with its rule."""
        super().__init__(*args, **kwargs)
        grounds = [(ground.value, f"{rule_of(ground)}: {ground.label}") for ground in grounds_for(self.verb)]
        cast(forms.ChoiceField, self.fields["ground"]).choices = [CHOOSE, *grounds]

    @property
    def because(self) -> Because:
        """Return what was typed, for the service."""
        data = self.cleaned_data
        published = {name: data[name] for name in PUBLISHED}
        return Because(ground=Ground(data["ground"]), reason=data["reason"], **published)


class EffectiveMixin(forms.Form):
    """The day from which the decision has force: today, or a later one."""

    effective_on = forms.DateField(
        label=_("In force from"),
        widget=DayInput(),
        help_text=_("Today, or a later day: until then the decision is planned and can be withdrawn."),
    )

    def __init__(self, *args: Any, certificate: Certificate, **kwargs: Any) -> None:
        """Take the certificate, within whose validity the days have to lie; today unless another day is chosen."""
        super().__init__(*args, **kwargs)
        self.certificate = certificate
        self.fields["effective_on"].initial = timezone.localdate

    def clean_effective_on(self) -> date:
        """Refuse a day that the service would refuse."""
        effective_on: date = self.cleaned_data["effective_on"]
        with beside_field():
            require_day_in_time(self.certificate, effective_on)
        return effective_on


class SuspendForm(EffectiveMixin, BecauseMixin, FormBase):
    """Suspending a certificate."""

    submit_label = _("Suspend the certificate")
    danger = True

    verb = "suspend"
    review_on = forms.DateField(
        label=_("Suspended until (review)"),
        widget=DayInput(),
        help_text=_(
            "On this day at the latest the body decides whether to reinstate or to revoke. Nothing ends by itself."
        ),
    )
    field_order = ("ground", "reason", *PUBLISHED, "effective_on", "review_on")

    def clean_review_on(self) -> date:
        """Refuse a day that the service would refuse."""
        review_on: date = self.cleaned_data["review_on"]
        with beside_field():
            require_review_in_time(self.certificate, review_on, self.cleaned_data.get("effective_on"))
        return review_on


class ReinstateForm(BecauseMixin, FormBase):
    """Ending a suspension."""

    submit_label = _("Reinstate the certificate")

    verb = "reinstate"


class RevokeForm(EffectiveMixin, ConfirmNumberMixin, BecauseMixin, FormBase):
    """Revoking a certificate for good."""

    submit_label = _("Revoke the certificate")
    danger = True

    verb = "revoke"
    field_order = ("ground", "reason", *PUBLISHED, "effective_on", "confirmation")


class ReduceForm(BecauseMixin, FormBase):
    """Taking scopes away from a certificate."""

    submit_label = _("Reduce the scope")
    danger = True

    verb = "reduce"
    scopes = forms.MultipleChoiceField(
        label=_("Scopes that stay"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Take away the mark of each scope for which the certificate no longer holds."),
    )
    field_order = ("scopes", "ground", "reason", *PUBLISHED)

    def __init__(self, *args: Any, certificate: Certificate, **kwargs: Any) -> None:
        """Offer the scopes that the certificate has, all of them marked."""
        super().__init__(*args, **kwargs)
        scopes = cast(forms.MultipleChoiceField, self.fields["scopes"])
        scopes.choices = [(scope.code, scope.name) for scope in scopes_of(certificate)]
        scopes.initial = certificate.scopes


class WithdrawPlanForm(FormBase):
    """Taking back what is planned."""

    submit_label = _("Withdraw what is planned")

    reason = ReasonField(
        label=_("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The holder reads it; the public page does not show it."),
    )


class CertificateFilter(FilterFormBase):
    """Filters of the list of certificates."""

    q = forms.CharField(label=_("Name or number"))
    status = forms.ChoiceField(label=_("State"), choices=[ANY, *Status.choices])
    scheme = forms.ChoiceField(label=_("Scheme"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the schemes there are."""
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["scheme"])
        field.choices = [ANY, *((scheme.code, scheme.name) for scheme in all_schemes())]
