"""Pages of sessions: the list, the session, its panel and its candidates."""

from dataclasses import dataclass
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import TemplateView

from accounts.models import User
from audit.queries import timeline
from core.access import AccessMixin
from core.paging import CappedPaginator
from core.views import ServiceActionView, ServiceFormView
from exams.forms.base import DangerReasonForm
from exams.forms.sessions import (
    CandidatesForm,
    PanelForm,
    PlaceForm,
    SessionFilter,
    SessionForm,
    WaitingFilter,
)
from exams.models import ExamSession, PanelMember
from exams.permissions import (
    may_have_panels,
    may_leave_seat,
    may_manage_sessions,
    may_print_session,
    may_read_session,
    may_read_sessions,
)
from exams.queries.marks import runs_with_sheet
from exams.queries.retakes import counting_in
from exams.queries.sessions import (
    conflicting_applications,
    filtered_sessions,
    first_of,
    free_places,
    free_slots,
    has_begun,
    lacking_assessors,
    panel_of,
    past_sessions_of,
    session_attempts,
    sessions,
    sessions_of,
    slot_length,
)
from exams.services.scheduling import schedule_candidates
from exams.services.sessions import cancel_session, close_session, edit_session, schedule_session, set_panel
from exams.states import AttemptState, SessionState
from exams.views.base import ActorMixin
from exams.views.nextstep import session_step

ON_A_PAGE = 25
LAST_PAPERS = 5


class SessionListView(AccessMixin, TemplateView):
    """Every session, with filters."""

    permission = may_read_sessions
    template_name = "exams/session_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give a page of sessions."""
        form = SessionFilter(self.request.GET)
        chosen = form.cleaned_data if form.is_valid() else {}
        found = filtered_sessions(
            state=chosen.get("state", ""),
            scheme=chosen.get("scheme", ""),
            day=chosen.get("day"),
            search=chosen.get("search", ""),
        )
        page = CappedPaginator(found, ON_A_PAGE).get_page(self.request.GET.get("page"))
        may_schedule = may_manage_sessions(self.request.user)
        return super().get_context_data(page=page, filter_form=form, may_schedule=may_schedule, **kwargs)


class MySessionsView(ActorMixin, TemplateView):
    """The sessions on whose panel the assessor sits: today's and coming ones, and past ones below."""

    permission = may_have_panels
    template_name = "exams/panels.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the coming sessions and a page of past ones."""
        user = self.actor
        page = CappedPaginator(past_sessions_of(user), ON_A_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(coming=list(sessions_of(user)), page=page, **kwargs)


class SessionMixin(ActorMixin):
    """A view of one session."""

    permission = may_manage_sessions

    @cached_property
    def session(self) -> ExamSession:
        """The session that the address names; Http404 when there is none."""
        return get_object_or_404(sessions(), pk=self.kwargs["pk"])

    def get_permission_object(self) -> object:
        """The permission is about the session."""
        return self.session

    def get_success_url(self) -> str:
        """Return to the session."""
        return reverse("exams:session", args=[self.session.pk])


@dataclass(frozen=True, slots=True)
class SeatLine:
    """A seat on the page of its session, and what the reader can do with it."""

    seat: PanelMember
    substitute: PanelMember | None
    may_leave: bool
    may_substitute: bool


def _seat_line(seat: PanelMember, user: User, *, planned: bool) -> SeatLine:
    substitute = getattr(seat, "substitute", None)
    free = planned and seat.left_at is not None and substitute is None
    return SeatLine(
        seat,
        substitute,
        may_leave=planned and not seat.left_at and may_leave_seat(user, seat),
        may_substitute=free and may_manage_sessions(user),
    )


class SessionView(SessionMixin, TemplateView):
    """Who is when, in what state, and who assesses."""

    permission = may_read_session
    template_name = "exams/session.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the session with panel, candidates and history."""
        user, session = self.actor, self.session
        panel, attempts = list(panel_of(session)), list(session_attempts(session))
        before = counting_in(session, attempts)
        manages = may_manage_sessions(user)
        planned = session.state == SessionState.PLANNED
        kept = [attempt for attempt in attempts if attempt.state != AttemptState.CANCELLED]
        return super().get_context_data(
            session=session,
            seats=[_seat_line(seat, user, planned=planned) for seat in panel],
            lacking=lacking_assessors(session) if planned and kept else 0,
            rows=[(attempt, before[attempt.pk]) for attempt in attempts],
            own_runs=runs_with_sheet(session, user),
            free=session.capacity - len(kept),
            may_manage=manages,
            may_oversee=may_read_sessions(user),
            may_change=manages and planned and not has_begun(session),
            may_print=may_print_session(user, session),
            papers=list(session.papers.select_related("rendered")[:LAST_PAPERS]),
            may_add=manages and planned and len(kept) < session.capacity,
            may_close=manages and planned and not _open(attempts),
            next_step=session_step(session, kept, user),
            timeline=timeline(session),
            **kwargs,
        )


def _open(attempts: list[Any]) -> bool:
    return any(attempt.state in {AttemptState.SCHEDULED, AttemptState.IN_PROGRESS} for attempt in attempts)


class NewSessionView(ActorMixin, ServiceFormView):
    """An officer schedules a session."""

    permission = may_manage_sessions
    form_class = SessionForm
    template_name = "exams/form.html"
    success_message = _("The session is scheduled. Now add candidates.")
    extra_context = {"heading": _("New exam session")}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer the way back."""
        return super().get_context_data(cancel_url=reverse("exams:sessions"), **kwargs)

    def perform(self, form: SessionForm) -> None:
        """Schedule it."""
        data = form.cleaned_data
        self.created = schedule_session(
            data["version"],
            starts_at=form.starts_at,
            place=data["place"],
            capacity=data["capacity"],
            lead=data["lead"],
            members=list(data["members"]),
            observers=list(data["observers"]),
            actor=self.actor,
        )

    def get_success_url(self) -> str:
        """Go on to the session."""
        return reverse("exams:session", args=[self.created.pk])


class SessionFormView(SessionMixin, ServiceFormView):
    """A form about a session."""

    template_name = "exams/form.html"
    heading: Any = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the page and the session."""
        return super().get_context_data(
            heading=self.heading, session=self.session, cancel_url=self.get_success_url(), **kwargs
        )


class EditSessionView(SessionFormView):
    """Time, place and capacity."""

    form_class = PlaceForm
    heading = _("Change the session")
    success_message = _("The session is changed. Candidates whose time or place changed are told.")

    def get_initial(self) -> dict[str, Any]:
        """Start from the session as it is."""
        session, starts_at = self.session, timezone.localtime(self.session.starts_at)
        return {
            "date": starts_at.date(),
            "time": starts_at.time(),
            "place": session.place,
            "capacity": session.capacity,
        }

    def perform(self, form: PlaceForm) -> None:
        """Change it."""
        edit_session(
            self.session,
            starts_at=form.starts_at,
            place=form.cleaned_data["place"],
            capacity=form.cleaned_data["capacity"],
            actor=self.actor,
        )


class PanelView(SessionFormView):
    """Who assesses."""

    form_class = PanelForm
    heading = _("Panel")
    success_message = _("The panel is saved.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Start from the panel as it is."""
        return {**super().get_form_kwargs(), "session": self.session}

    def perform(self, form: PanelForm) -> None:
        """Seat it."""
        data = form.cleaned_data
        set_panel(
            self.session,
            lead=data["lead"],
            members=list(data["members"]),
            observers=list(data["observers"]),
            actor=self.actor,
        )


class CandidatesView(SessionFormView):
    """Adding candidates."""

    form_class = CandidatesForm
    template_name = "exams/candidates.html"
    heading = _("Add candidates")
    success_message = _("The candidates are scheduled, and told by e-mail.")

    @cached_property
    def filter_form(self) -> WaitingFilter:
        """The search that stands in the address."""
        return WaitingFilter(self.request.GET)

    @property
    def search(self) -> str:
        """What is searched for; a search that makes no sense finds everyone."""
        return str(self.filter_form.cleaned_data["q"]) if self.filter_form.is_valid() else ""

    def get_form_kwargs(self) -> dict[str, Any]:
        """Propose the first free time."""
        return {
            **super().get_form_kwargs(),
            "session": self.session,
            "search": self.search,
            "proposed": free_slots(self.session, 1)[0],
            "minutes": int(slot_length(self.session).total_seconds() // 60),
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say how many could come, and who cannot because of the panel."""
        refused, refused_others = first_of(conflicting_applications(self.session, search=self.search))
        return super().get_context_data(
            filter_form=self.filter_form,
            search=self.search,
            free=free_places(self.session),
            refused=refused,
            refused_others=refused_others,
            **kwargs,
        )

    def perform(self, form: CandidatesForm) -> None:
        """Schedule them."""
        schedule_candidates(
            self.session,
            list(form.cleaned_data["applications"]),
            first_at=form.first_moment,
            actor=self.actor,
        )


class CancelSessionView(SessionFormView):
    """Calling a session off."""

    form_class = DangerReasonForm
    template_name = "exams/danger_form.html"
    heading = _("Cancel the session")
    success_message = _("The session is cancelled, and its candidates are told.")
    extra_context = {
        "consequences": (
            _("Every scheduled exam of the session is cancelled."),
            _("Each candidate is told by e-mail, with the reason that you give."),
            _("The session cannot be opened again; the candidates wait for a new date."),
        )
    }

    def perform(self, form: DangerReasonForm) -> None:
        """Cancel it."""
        cancel_session(self.session, reason=form.cleaned_data["reason"], actor=self.actor)


class CloseSessionView(SessionMixin, ServiceActionView):
    """Closing a session that is over."""

    success_message = _("The session is closed.")

    def perform(self) -> None:
        """Close it."""
        close_session(self.session, actor=self.actor)
