"""Forms with which seats of a panel change hands."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.forms import FormBase
from exams.forms.base import DangerReasonForm, UnsentMixin
from exams.forms.sessions import PersonField
from exams.models import PanelMember
from exams.queries.sessions import possible_substitutes


class LeaveForm(UnsentMixin, DangerReasonForm):
    """Why an assessor leaves the panel."""

    submit_label = _("Leave the seat for good")


class SubstituteForm(FormBase):
    """Who takes over."""

    submit_label = _("Seat the substitute")

    assessor = PersonField(
        label=_("Substitute"),
        queryset=User.objects.none(),
        help_text=_("Somebody who is not, and was not, on this panel, not even as an observer."),
    )

    def __init__(self, *args: Any, seat: PanelMember, **kwargs: Any) -> None:
        """Offer the assessors who have not been on the panel."""
        super().__init__(*args, **kwargs)
        self.fields["assessor"].queryset = possible_substitutes(seat.session)  # type: ignore[attr-defined]  # a model choice
