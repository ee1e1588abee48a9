"""The officers' live board of the exams of the day."""

import re
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.views.generic.base import TemplateView

from exams.liveboard import LiveBoard, live_board, open_sheets
from exams.models import ExamSession
from exams.permissions import may_manage_sessions, may_read_sessions
from exams.queries.board import exams_of_the_day, marked_steps
from exams.views.base import ActorMixin
from exams.views.intake import milliseconds

ETAG_LETTERS = 32
_NUMBER = re.compile(r"[0-9]{1,18}")
PART = "X-Board-Part"
"""With this header the address answers with the board alone, or with 304 when it is as it was."""


class BoardView(ActorMixin, TemplateView):
    """How far each exam of today is, or each exam of one session (`?session=`): counts, never marks.

    The page asks every ten seconds for the board alone. What is drawn up has a fingerprint, the ETag; as long as
    nothing has happened, it is the same, and neither drawn nor sent.
    """

    permission = may_read_sessions
    template_name = "exams/board.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the page, or the board alone."""
        if PART not in request.headers:
            return super().get(request, *args, **kwargs)
        etag = f'"{self.fingerprint}"'
        response = _unchanged(request, etag) or render(request, "exams/board_part.html", self.board_context)
        response["ETag"] = etag
        response["Cache-Control"] = "private, no-store"
        response["Vary"] = PART
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the page around the board."""
        return super().get_context_data(
            session=self.session, fingerprint=self.fingerprint, now=milliseconds(timezone.now()), **self.board_context
        )

    @property
    def board_context(self) -> dict[str, Any]:
        """What the board itself shows."""
        return {"board": self.board, "may_answer": self.may_answer, "one_session": self.session is not None}

    @cached_property
    def may_answer(self) -> bool:
        """Officers answer calls for help; auditors look on."""
        return may_manage_sessions(self.actor)

    @cached_property
    def session(self) -> ExamSession | None:
        """The session that the address names, or None for all of today; Http404 for one that does not exist."""
        named = self.request.GET.get("session", "")
        if not named:
            return None
        return get_object_or_404(ExamSession, pk=named if _NUMBER.fullmatch(named) else None)

    @cached_property
    def board(self) -> LiveBoard:
        """The board as it stands now."""
        attempts = list(exams_of_the_day(self.actor, session=self.session))
        return live_board(attempts, marked_steps(open_sheets(attempts)), timezone.now())

    @cached_property
    def fingerprint(self) -> str:
        """What the board shows, and to whom in which language, in short."""
        shown = repr((self.board, self.may_answer, get_language()))
        return sha256(shown.encode()).hexdigest()[:ETAG_LETTERS]


def _unchanged(request: HttpRequest, etag: str) -> HttpResponse | None:
    """Return the answer 304 to somebody who has this board already, otherwise None."""
    answer = get_conditional_response(request, etag=etag)
    return answer if isinstance(answer, HttpResponse) else None
