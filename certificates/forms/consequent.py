"""Forms whose outcome has an effect on a certificate: what each outcome needs, checked all at once."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certificates.forms.fields import PublishedMixin, refuse_beside
from certificates.models import Certificate
from certificates.services.guards import stated_reason
from certificates.services.lifecycle import require_review_in_time
from certificates.services.measures import bearer_of
from certificates.services.surveillance_plan import require_due_in_time
from core.forms import FormBase
from core.text import lower

# The fields of a form in groups: the words above each, the names, and the outcomes that they belong to (none: always).
Groups = tuple[tuple[Promise | str, tuple[str, ...], tuple[str, ...]], ...]
SUSPENSION, REVOCATION = "suspension", "revocation"  # the same value in each of the enumerations of outcomes
TAKEN_AWAY: Groups = (
    (_("Only for a suspension"), ("review_on",), (SUSPENSION,)),
    (_("Only for a suspension or a revocation"), ("public_reason", "public_reason_en"), (SUSPENSION, REVOCATION)),
    (_("Only for a revocation"), ("confirmation",), (REVOCATION,)),
)


class ConsequentForm(PublishedMixin, FormBase):
    """A form whose outcome may need further fields: each is shown with the outcome that it belongs to.

    Nothing depends on a script: what the chosen outcome needs is checked, what belongs to another one is not used, and
    is not refused either. A script shows only the fields of the chosen outcome (static/js/outcomes.js).
    """

    outcome_field: ClassVar[str]
    groups: ClassVar[Groups]
    needed: ClassVar[Mapping[str, tuple[str, ...]]]
    rules: ClassVar[Mapping[str, Callable[[Certificate, Any], object]]] = {
        "details": lambda _bearer, details: stated_reason(details, code="details"),
        "due_on": require_due_in_time,
        "follow_up_on": require_due_in_time,
        "review_on": require_review_in_time,
    }

    confirmation = forms.CharField(
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, certificate: Certificate, **kwargs: Any) -> None:
        """Take the certificate that the case is about; what follows has its effect on the one that bears it now."""
        super().__init__(*args, **kwargs)
        self.bearer = bearer_of(certificate)
        number = self.bearer.number
        self.fields["confirmation"].label = _("To confirm the revocation, type %(number)s") % {"number": number}
        self.order_fields([name for _legend, names, _outcomes in self.groups for name in names])
        self.helper.layout = Layout(*(_group(*group) for group in self.groups))
        self.helper.attrs |= {"data-outcome": self.outcome_field, "data-takes-away": f"{SUSPENSION} {REVOCATION}"}

    def clean(self) -> dict[str, Any]:
        """Ask for what the chosen outcome needs, beside the fields; leave out what belongs to another one."""
        data = super().clean() or self.cleaned_data
        chosen = data.get(self.outcome_field, "")
        if not chosen:
            return data
        self._leave_out_others(chosen, data)
        for name in self.needed.get(chosen, ()):
            if not data.get(name) and name not in self.errors:
                self.add_error(name, forms.ValidationError(_("The outcome that you chose needs this."), code="needed"))
        for name, rule in self.rules.items():
            if data.get(name):
                refuse_beside(self, name, rule, self.bearer, data[name])
        if chosen == REVOCATION and _plain(data.get("confirmation", "")) != _plain(self.bearer.number):
            message = _("This is not the number shown. Nothing has been changed.")
            self.add_error("confirmation", forms.ValidationError(message, code="mismatch"))
        return data

    def _leave_out_others(self, chosen: str, data: dict[str, Any]) -> None:
        """Empty the fields of the other outcomes, whatever stands in them: they may not even be seen."""
        for _legend, names, outcomes in self.groups:
            if outcomes and chosen not in outcomes:
                for name in names:
                    self.errors.pop(name, None)
                    data[name] = self.fields[name].clean("")


def _group(legend: Promise | str, names: tuple[str, ...], outcomes: tuple[str, ...]) -> Layout | Fieldset:
    if not outcomes:
        return Layout(*names)
    return Fieldset(legend, *names, css_class="only-for", data_only_for=" ".join(outcomes))


def _plain(text: str) -> str:
    return lower("".join(text.split()))
