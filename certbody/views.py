"""The home page: what waits for this person, by role."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.generic.base import View

from accounts.models import User
from accounts.permissions import is_assessor, is_auditor, is_decider, is_officer, is_sysadmin
from accounts.states import Role
from candidates.queries import own_applications
from certbody.queries import amendment_queue, decider_queue, officer_queue, own_next_step
from certificates.holding import NextStep as CardStep, card_of
from certificates.queries import holder_cases
from exams.queries.attempts import attempts_of_person
from exams.queries.sessions import queue_sessions_today, sessions_of
from schemes.queries import all_schemes

NEXT_SESSIONS = 10
OWN_ROWS = 10


class HomeView(View):
    """For those who work here, what waits for a step; for holders, where they stand; for everyone, the way in."""

    opened = True

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        if isinstance(request.user, User):
            return render(request, "site/home.html", _sections(request.user))
        return render(request, "site/welcome.html", {"schemes": all_schemes()})


def _sections(user: User) -> dict[str, Any]:
    """Read what belongs to each of the person's roles, and nothing else."""
    sections: dict[str, Any] = {"reads_everything": is_auditor(user), "looks_after_system": is_sysadmin(user)}
    if is_officer(user):
        sections |= {"officer_queue": officer_queue(user), "sessions_today": queue_sessions_today()[:NEXT_SESSIONS]}
    if is_assessor(user):
        sections["own_sessions"] = sessions_of(user)[:NEXT_SESSIONS]
        # Officers have them in their own queue.
        sections["amendments"] = [] if is_officer(user) else amendment_queue(user)
    if is_decider(user):
        sections["decider_queue"] = decider_queue(user)
    if user.has_role(Role.CANDIDATE):
        cards = [card_of(case, timezone.localdate()) for case in holder_cases(user)]
        sections |= {
            "own_next_step": own_next_step(user),
            "own_applications": own_applications(user)[:OWN_ROWS],
            "own_attempts": attempts_of_person(user)[:OWN_ROWS],
            "own_cards": cards,
            "own_card": next((card for card in cards if card.step != CardStep.NOTHING), None),
            "schemes": all_schemes(),
        }
    return sections
