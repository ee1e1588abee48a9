"""The home page: what waits for this person, by role."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.generic.base import View

from accounts.models import User
from accounts.permissions import is_assessor, is_auditor, is_decider, is_officer, is_sysadmin
from accounts.states import Role
from candidates.queries import own_applications
from certbody.queries import SHOWN, amendment_queue, decider_queue, kinds_of, officer_queue, own_next_step
from certificates.holderstep import NextStep as CardStep, Who
from certificates.holding import Card, cards_of, due_of
from certificates.queries.holders import due_now, holder_cases
from exams.queries.attempts import attempts_of_person
from exams.queries.sessions import queue_sessions_today, sessions_of
from schemes.queries import all_schemes

NEXT_SESSIONS = 10
OWN_ROWS = 10
# Nothing that the holder has to know before all else.
QUIET = (CardStep.NOTHING, CardStep.NOT_YET, CardStep.ENDED, CardStep.REPLACED, CardStep.RENEWED)


class HomeView(View):
    """For those who work here, what waits for a step; for holders, where they stand; for everyone, the way in."""

    opened = True

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        if isinstance(request.user, User):
            return render(request, "site/home.html", _sections(request.user, request.GET.get("kind", "")))
        return render(request, "site/welcome.html", {"schemes": all_schemes()})


def _sections(user: User, kind: str) -> dict[str, Any]:
    """Read what belongs to each of the person's roles, and nothing else; `kind` narrows the officer's queue."""
    sections: dict[str, Any] = {"reads_everything": is_auditor(user), "looks_after_system": is_sysadmin(user)}
    if is_officer(user):
        sections |= {**_work(user, kind), "sessions_today": queue_sessions_today()[:NEXT_SESSIONS]}
    if is_assessor(user):
        sections["own_sessions"] = sessions_of(user)[:NEXT_SESSIONS]
        # Officers have them in their own queue.
        sections["amendments"] = [] if is_officer(user) else amendment_queue(user)
    if is_decider(user):
        sections["decider_queue"] = decider_queue(user)
    if user.has_role(Role.CANDIDATE):
        cards = cards_of(holder_cases(user), timezone.localdate())
        sections |= {
            "own_next_step": own_next_step(user),
            "own_applications": own_applications(user)[:OWN_ROWS],
            "own_attempts": attempts_of_person(user)[:OWN_ROWS],
            "own_cards": cards,
            "dues": [due_of(duty) for duty in due_now(user)[:OWN_ROWS]],
            "own_card": min((card for card in cards if card.step not in QUIET), key=_due_first, default=None),
            "own_ending": [card for card in cards if card.planned],
            "schemes": all_schemes(),
        }
    return sections


def _due_first(card: Card) -> tuple[bool, date]:
    """Order by what the holder has to do before what they wait for, and by day."""
    return card.next.who != Who.HOLDER, card.due or date.max


def _work(user: User, kind: str) -> dict[str, Any]:
    """Return the officer's queue, whole or of one kind; a kind of which nothing waits does not restrict."""
    queue = officer_queue(user)
    kinds = kinds_of(queue)
    chosen = kind if any(one.kind == kind for one in kinds) else ""
    shown = [item for item in queue if chosen in {"", item.kind}]
    return {"officer_queue": shown[:SHOWN], "work_kinds": kinds, "work_kind": chosen}
