"""The addresses that devices talk to: marks go up, and what stands comes back. docs/marking.md has the format."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse, UnreadablePostError
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from exams.marklog import Board
from exams.models import MarkEvent, StageRun
from exams.permissions import may_have_panels, may_read_own_sheet
from exams.queries.marks import step_codes
from exams.services.intake import Taken, take_in
from exams.sheets import board_of
from exams.states import EventKind, IncidentKind
from exams.views.base import ActorMixin
from exams.views.runs import OwnSheetMixin
from exams.wire import Malformed, Refused, read_batch

DEVICE_LETTERS = 8
MOST_BYTES = 8_000_000
"""Of one batch: some twenty thousand marks, of which the first five hundred are taken."""


class MarksView(ActorMixin):
    """Takes a batch of events, each by itself: 200 says of every one of them whether it is stored, or why not.

    400 for what is no batch, 413 for one that is too long, 403 when somebody else is signed in than who made the
    marks: nothing was stored.
    """

    permission = may_have_panels

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        """Take a batch in."""
        try:
            batch = read_batch(_body(request))
        except TooLarge:
            message = _("Too many marks at once: the device sends them in smaller parts.")
            return JsonResponse({"code": "too_large", "message": message}, status=413)
        except Malformed as error:
            return JsonResponse({"code": error.code, "message": str(error.message)}, status=400)
        if batch.assessor != self.actor.pk:
            message = _("Someone else is signed in now; the marks were not taken. They are kept on the device.")
            return JsonResponse({"code": "other_user", "message": message}, status=403)
        taken = take_in(batch, actor=self.actor)
        return JsonResponse(_answer(taken, batch.refused, batch.device))


class TooLarge(Exception):
    """More was sent at once than a device ever has to."""


def _body(request: HttpRequest) -> bytes:
    """Return what was sent; raises `TooLarge`, and `Malformed` for anything but JSON.

    It is read here, and not by Django, whose limit is one for forms.
    """
    if request.content_type != "application/json":
        raise Malformed(gettext_lazy("This is not a batch of marks."))
    try:
        content = request.read(MOST_BYTES + 1)
    except UnreadablePostError:
        return b""  # the connection broke: half a batch is none
    if len(content) > MOST_BYTES:
        raise TooLarge
    return content


def _answer(taken: dict[int, Taken], unread: Iterable[Refused], device: UUID) -> dict[str, Any]:
    refused = [*unread, *(one for result in taken.values() for one in result.refused)]
    return {
        "now": milliseconds(timezone.now()),
        "stored": [str(pk) for result in taken.values() for pk in dict.fromkeys(result.stored)],
        "refused": [
            {"id": one.id, "index": one.index, "code": one.code, "message": str(one.message)}
            for one in sorted(refused, key=lambda one: one.index)
        ],
        "runs": {
            str(run): {
                "marked": len(result.board.marks),
                "state": result.sheet.state,
                "heads": heads_json(result.unknown, result.sheet.run, device) if result.unknown else [],
            }
            for run, result in taken.items()
            if result.sheet and (result.stored or result.refused)
        },
    }


class MarksOfRunView(OwnSheetMixin):
    """Tells what stands on the actor's own sheet; nobody else's marks are ever in it."""

    permission = may_read_own_sheet

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        """Tell what stands."""
        return JsonResponse(
            sheet_json(self.run, self.sheet.state, self.sheet.pk, board_of(self.sheet), _device(request))
        )


def _device(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("device", ""))
    except ValueError:
        return None


def sheet_json(run: StageRun, state: str, sheet_id: int, board: Board, device: UUID | None) -> dict[str, Any]:
    """Return what a device has to know of a sheet; moments are milliseconds since 1970."""
    events = [event for heads in board.heads.values() for event in heads]
    return {
        "now": milliseconds(timezone.now()),
        "run": run.pk,
        "sheet": sheet_id,
        "state": state,
        "ended": milliseconds(run.ended_at),
        "pauses": [[milliseconds(begun), milliseconds(over)] for begun, over in exam_pauses(run)],
        "marked": len(board.marks),
        "heads": heads_json(events, run, device),
    }


def exam_pauses(run: StageRun) -> list[tuple[datetime, datetime | None]]:
    """Return every interruption of the exam, those between its stages too."""
    return [one.pause for one in run.attempt.incidents.all() if one.kind == IncidentKind.INTERRUPTION]


def heads_json(events: Iterable[MarkEvent], run: StageRun, device: UUID | None) -> list[dict[str, Any]]:
    """Return standing events as a device reads them; `here` when it made them itself."""
    events = list(events)
    codes = step_codes(run) if events else {}
    return [_head(event, codes, device) for event in events]


def _head(event: MarkEvent, codes: dict[int, str], device: UUID | None) -> dict[str, Any]:
    said = (
        {"value": event.value} if event.kind == EventKind.MARK else {"comment": event.text, "audience": event.audience}
    )
    return {
        "id": str(event.pk),
        "step": codes[event.step_id] if event.step_id else None,
        **said,
        "at": milliseconds(event.device_time + timedelta(milliseconds=event.skew_ms)),
        "minute": event.minute,
        "device": event.device.hex[:DEVICE_LETTERS],
        "here": event.device == device,
    }


def milliseconds(moment: datetime | None) -> int | None:
    """Return a moment as JavaScript counts it."""
    return int(moment.timestamp() * 1000) if moment else None
