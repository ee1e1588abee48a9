"""Reads of sheets and of the events on them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, Max, OuterRef, Prefetch, QuerySet, Sum

from accounts.models import User
from candidates.models import ConflictOfInterest
from exams.models import DeviceReport, ExamSession, MarkEvent, Sheet, StageRun
from exams.states import AttemptState, SheetState
from schemes.models import Step
from schemes.queries import stages_with_steps


def checklist(run: StageRun) -> list[Step]:
    """Return the steps of the stage in checklist order, with the criteria behind each."""
    version = run.attempt.session.scheme_version
    return list(stages_with_steps(version).get(pk=run.stage_id).steps.all())


def step_codes(run: StageRun) -> dict[int, str]:
    """Return the codes of the steps of the stage by key."""
    return dict(Step.objects.filter(stage=run.stage_id).values_list("pk", "code"))


def events_of(sheet: Sheet) -> QuerySet[MarkEvent]:
    """Return everything that was ever marked on a sheet, as it arrived."""
    return MarkEvent.objects.filter(sheet=sheet).order_by("received_at", "seq")


def runs_with_sheet(session: ExamSession, assessor: User) -> set[int]:
    """Return the keys of the stages of a session on which the assessor has a sheet."""
    own = Sheet.objects.filter(run__attempt__session=session, assessor=assessor)
    return set(own.values_list("run", flat=True))


def open_sheets_in(session: ExamSession, assessor: User) -> QuerySet[Sheet]:
    """Return the sheets on which the assessor still marks in a session; not those of exams that are over."""
    own = Sheet.objects.filter(assessor=assessor, state=SheetState.OPEN, run__signed_off_at=None)
    under_way = own.filter(run__attempt__session=session, run__attempt__state=AttemptState.IN_PROGRESS)
    return under_way.order_by("pk")


def sheets_with_events(run: StageRun) -> QuerySet[Sheet]:
    """Return the sheets of a stage with all their events and confirmations, in three queries."""
    events = MarkEvent.objects.order_by("received_at", "seq")
    return (
        Sheet.objects.filter(run=run)
        .select_related("assessor", "closed_by")
        .prefetch_related(Prefetch("events", queryset=events), "critical_notes")
        .order_by("id")
    )


def sheets() -> QuerySet[Sheet]:
    """Return sheets with all that their receipts name: assessor, stage, exam and candidate."""
    return Sheet.objects.select_related(
        "assessor", "closed_by", "run__stage", "run__attempt__person", "run__attempt__session__scheme_version__scheme"
    )


def sheets_with_receipt(code: str) -> QuerySet[Sheet]:
    """Return the sealed sheets whose receipt has this short code, newest first; nearly always one at most."""
    return sheets().filter(state=SheetState.SEALED, receipt=code).order_by("-closed_at", "-id")


def is_unveiled(run: StageRun) -> bool:
    """Tell whether the marks of a stage may be seen by others: see `unveils`."""
    return unveils(run, list(Sheet.objects.filter(run=run).values_list("state", flat=True)))


def unveils(run: StageRun, states: Collection[str]) -> bool:
    """Tell whether sheets in these states let others see the marks of their stage.

    No sheet is open, and as many are sealed as the scheme asks for: while the panel is short somebody else has yet to
    mark, and must not know what the others marked.
    """
    sealed = sum(state == SheetState.SEALED for state in states)
    return SheetState.OPEN not in states and sealed >= run.attempt.session.scheme_version.assessors_required


@dataclass(frozen=True, slots=True)
class Unsent:
    """How many marks devices last said that they had not sent yet, and when the last of these was heard of."""

    number: int
    heard_at: datetime


def unsent_of(sheets: Collection[Sheet]) -> Unsent | None:
    """Return what devices last said they hold that these sheets have not; None when all have sent everything."""
    waiting = DeviceReport.objects.filter(sheet__in=sheets, unsent__gt=0)
    found = waiting.aggregate(number=Sum("unsent"), heard_at=Max("seen_at"))
    return Unsent(**found) if found["number"] else None


def partial_sheets(run: StageRun) -> list[Sheet]:
    """Return the sealed sheets of those who declared an interest in the candidate since they sealed (contract B1)."""
    interests = ConflictOfInterest.objects.filter(user=OuterRef("assessor"), person=OuterRef("run__attempt__person"))
    return list(run.sheets.filter(Exists(interests), state=SheetState.SEALED).select_related("assessor").order_by("id"))


def marking_besides(sheet: Sheet) -> int:
    """Return how many other sheets of the stage count, or may still: sealed ones, and those being marked."""
    return (
        Sheet.objects.filter(run=sheet.run_id, state__in=[SheetState.OPEN, SheetState.SEALED])
        .exclude(pk=sheet.pk)
        .count()
    )
