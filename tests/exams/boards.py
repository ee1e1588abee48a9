"""What the tests of the live board share."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from exams.liveboard import ExamLine, Seat, StageLine, live_board, open_sheets
from exams.models import (
    Attempt,
    DeviceReport,
    ExamSession,
    Incident,
    StageRun,
)
from exams.queries.board import exams_of_the_day, marked_steps
from exams.states import IncidentKind
from tests.exams.factories import (
    DEVICE,
    assessor_of,
    sheet_of,
)

PART = {"X-Board-Part": "1"}


def lines(reader: User, session: ExamSession | None = None) -> list[ExamLine]:
    attempts = list(exams_of_the_day(reader, session=session))
    return list(live_board(attempts, marked_steps(open_sheets(attempts)), timezone.now()).exams)


def line_of(reader: User, attempt: Attempt) -> ExamLine:
    return next(line for line in lines(reader) if line.pk == attempt.pk)


def stage_of(reader: User, run: StageRun) -> StageLine:
    return next(stage for stage in line_of(reader, run.attempt).stages if stage.run == run.pk)


def seat_of(reader: User, run: StageRun, place: int = 0) -> Seat:
    return stage_of(reader, run).seats[place]


def reported(run: StageRun, *, device: Any = DEVICE, ago: timedelta = timedelta(), **fields: Any) -> DeviceReport:
    values = {"unsent": 0, "skew_ms": 0, **fields}
    return DeviceReport.objects.create(sheet=sheet_of(run), device=device, seen_at=timezone.now() - ago, **values)


def board(client: Client, query: str = "", **headers: str) -> Any:
    return client.get(reverse("exams:board") + query, headers={**PART, **headers})


def minutes_after(moment: datetime | None, minutes: int) -> Any:
    """Return a moment so many minutes later, give or take what the test itself takes."""
    assert moment
    return pytest.approx(moment + timedelta(minutes=minutes), abs=timedelta(seconds=5))


def interruption(attempt: Attempt, *, begun: float, over: float | None = None, run: StageRun | None = None) -> Incident:
    """Record an interruption between so many minutes ago and so many minutes ago."""
    now, assessor = timezone.now(), assessor_of(attempt)
    ended = None if over is None else now - timedelta(minutes=over)
    return Incident.objects.create(
        attempt=attempt,
        run=run,
        kind=IncidentKind.INTERRUPTION,
        note="Yanğın siqnalı",
        started_at=now - timedelta(minutes=begun),
        ended_at=ended,
        ended_by=assessor if ended else None,
        recorded_by=assessor,
    )
