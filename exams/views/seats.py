"""Seats of a panel that change hands."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from core.views import ServiceFormView
from exams.forms.seats import LeaveForm, SubstituteForm
from exams.models import PanelMember
from exams.permissions import may_leave_seat, may_manage_sessions
from exams.queries.marks import open_sheets_in, unsent_of
from exams.services.handover import leave_seat, seat_substitute
from exams.views.base import ActorMixin


class SeatFormView(ActorMixin, ServiceFormView):
    """A form about one seat."""

    template_name = "exams/form.html"
    heading: Any = ""

    @cached_property
    def seat(self) -> PanelMember:
        """The seat that the address names; Http404 when there is none."""
        seats = PanelMember.objects.select_related("assessor", "session__scheme_version__scheme")
        return get_object_or_404(seats, pk=self.kwargs["pk"])

    def get_permission_object(self) -> object:
        """The permission is about the seat."""
        return self.seat

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the page, the seat and the session."""
        return super().get_context_data(
            heading=self.heading % {"name": self.seat.assessor},
            seat=self.seat,
            session=self.seat.session,
            cancel_url=self.get_success_url(),
            **kwargs,
        )

    def get_success_url(self) -> str:
        """Return to the session."""
        return reverse("exams:session", args=[self.seat.session_id])


class LeaveSeatView(SeatFormView):
    """An assessor leaves the panel."""

    permission = may_leave_seat
    form_class = LeaveForm
    template_name = "exams/danger_form.html"
    heading = _("%(name)s leaves the panel")
    success_message = _("The seat is left. Seat a substitute if the panel is short now.")
    extra_context = {
        "consequences": (
            _("Marks that are not sealed are handed over: they are kept, but do not count. Sealed marks count."),
            _("Whoever leaves does not come back to this panel; an officer can seat a substitute."),
        )
    }

    def get_form_kwargs(self) -> dict[str, Any]:
        """Ask whether marks that a device has not sent may be lost."""
        sheets = open_sheets_in(self.seat.session, self.seat.assessor)
        return {**super().get_form_kwargs(), "unsent": unsent_of(sheets)}

    def perform(self, form: LeaveForm) -> None:
        """Leave it."""
        leave_seat(
            self.seat,
            reason=form.cleaned_data["reason"],
            despite_unsent=form.despite_unsent,
            actor=self.actor,
        )


class SubstituteView(SeatFormView):
    """A substitute takes over."""

    permission = may_manage_sessions
    form_class = SubstituteForm
    heading = _("Substitute for %(name)s")
    success_message = _("The substitute is seated, and told by e-mail.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer those who were not on the panel."""
        return {**super().get_form_kwargs(), "seat": self.seat}

    def perform(self, form: SubstituteForm) -> None:
        """Seat them."""
        seat_substitute(self.seat, form.cleaned_data["assessor"], actor=self.actor)
