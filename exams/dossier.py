"""What is known of an exam: its stages with the panel's marks, times, irregularities and verdicts.

Read for people who judge it. Nobody's marks are in it before every
assessor of the stage has sealed theirs, and these are as many as the scheme asks for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from exams.marklog import Board, board
from exams.models import Amendment, Attempt, Incident, Settlement, Sheet, StageRun
from exams.panel import PanelStep, SealedMark, values
from exams.queries.amendments import amendments_of
from exams.queries.attempts import stage_runs
from exams.queries.marks import checklist, sheets_with_events, unveils
from exams.scoring import StageVerdict, score_stage
from exams.states import AmendmentState, Audience, BreachState, EventKind, IncidentKind
from exams.times import Irregularity, irregularities
from schemes.models import Stage, Step


@dataclass(frozen=True, slots=True)
class CandidateComment:
    """A comment that the candidate reads: on a step, or on the stage as a whole (None)."""

    step: Step | None
    text: str


@dataclass(frozen=True, slots=True)
class StageDossier:
    """A stage with its steps; `run` is None while it has not begun.

    `is_carried` tells that it was passed in an earlier exam; `is_unveiled` that the marks may be seen. `amendments` are
    all that were ever proposed, oldest first.
    """

    stage: Stage
    run: StageRun | None
    steps: tuple[PanelStep, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    is_carried: bool = False
    amendments: tuple[Amendment, ...] = ()

    @property
    def is_unveiled(self) -> bool:
        """Whether all have sealed their marks, and as many as the scheme asks for, so that others may see them."""
        return self.run is not None and unveils(self.run, [sheet.state for sheet in self.sheets])

    @property
    def sealed(self) -> tuple[Sheet, ...]:
        """The sheets that count."""
        return tuple(sheet for sheet in self.sheets if sheet.is_sealed)

    @property
    def left(self) -> tuple[Sheet, ...]:
        """The sheets of assessors who abstained, or handed their work over."""
        return tuple(sheet for sheet in self.sheets if not sheet.is_sealed and not sheet.is_open)

    @property
    def verdict(self) -> StageVerdict | None:
        """The verdict by the rules of the stage; None while nobody may see the marks."""
        if not self.is_unveiled:
            return None
        return verdict_of(self.stage, [one.step for one in self.steps], values(self.steps))

    @property
    def missed_critical(self) -> tuple[Step, ...]:
        """The critical steps that were not met."""
        return tuple(one.step for one in self.steps if one.step.critical and one.value is False)

    @property
    def open_differences(self) -> tuple[PanelStep, ...]:
        """The steps on which the assessors differ and the panel has not said its word yet."""
        return tuple(one for one in self.steps if one.is_open)

    @property
    def settled(self) -> tuple[PanelStep, ...]:
        """The steps on which the assessors differed and the panel has said its word."""
        return tuple(one for one in self.steps if one.settlement)

    @property
    def amended(self) -> tuple[PanelStep, ...]:
        """The steps whose mark an approved amendment changed after sign-off."""
        return tuple(one for one in self.steps if one.amendments)

    @property
    def agreed(self) -> int:
        """On how many steps the assessors agree."""
        return sum(one.agreed for one in self.steps)

    @property
    def comments(self) -> list[SealedMark]:
        """The comments on the stage as a whole, of every assessor who made one."""
        return stage_comments(self)

    @property
    def for_candidate(self) -> tuple[CandidateComment, ...]:
        """What the assessors wrote for the candidate, on the stage and on its steps; nothing internal."""
        said: list[tuple[Step | None, SealedMark]] = [(None, one) for one in self.comments]
        said += [(one.step, mark) for one in self.steps for mark in one.comments]
        return tuple(
            CandidateComment(step, mark.comment.text)
            for step, mark in said
            if mark.comment and mark.comment.audience == Audience.CANDIDATE
        )


@dataclass(frozen=True, slots=True)
class Dossier:
    """An exam as a whole."""

    attempt: Attempt
    stages: tuple[StageDossier, ...]

    @property
    def irregularities(self) -> tuple[Irregularity, ...]:
        """What departed from the rules of time, with the reason that the panel gave."""
        held = [one.run for one in self.stages if one.run and not one.is_carried]
        return tuple(irregularities(self.attempt, held))

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """What happened at the exam, by time."""
        return tuple(self.attempt.incidents.all())

    @property
    def incidents_for_candidate(self) -> tuple[Incident, ...]:
        """The same as the candidate reads it: without a suspicion of cheating that was not confirmed."""
        return tuple(one for one in self.incidents if one.kind != IncidentKind.CHEATING or _is_confirmed(one))


def _is_confirmed(incident: Incident) -> bool:
    breach = getattr(incident, "breach", None)
    return breach is not None and breach.state == BreachState.CONFIRMED


def dossier_of(attempt: Attempt) -> Dossier:
    """Return the exam with every stage, step, mark that may be seen, time and irregularity.

    Pass an attempt of `queries.attempts.attempts()`, so that nothing is read twice.
    """
    return Dossier(attempt, tuple(_stage_dossier(stage, run, attempt) for stage, run in stage_runs(attempt)))


def _stage_dossier(stage: Stage, run: StageRun | None, attempt: Attempt) -> StageDossier:
    if run is None:
        return StageDossier(stage, None)
    is_carried = run.attempt_id != attempt.pk
    if not is_carried:
        run.attempt = attempt
    return stage_dossier(run, is_carried=is_carried)


def stage_dossier(run: StageRun, *, is_carried: bool = False) -> StageDossier:
    """Return a stage with its steps, and the marks of every assessor once all are sealed."""
    sheets = tuple(sheets_with_events(run))
    bare = StageDossier(run.stage, run, sheets=sheets, is_carried=is_carried)
    amendments = tuple(amendments_of(run))
    steps = panel_steps(run, bare.sealed if bare.is_unveiled else (), amendments)
    return StageDossier(run.stage, run, steps, sheets, is_carried, amendments)


def panel_steps(run: StageRun, sealed: Sequence[Sheet], amendments: Sequence[Amendment] = ()) -> tuple[PanelStep, ...]:
    """Return the steps of a stage with the marks of the sealed sheets given, settlements and approved amendments."""
    boards = [(sheet, board(sheet.events.all())) for sheet in sealed]
    settled = {one.step_id: one for one in Settlement.objects.filter(run=run).select_related("settled_by", "step")}
    amended = _approved(amendments)
    return tuple(
        PanelStep(
            step=step,
            marks=tuple(_sealed_mark(sheet, found, step.pk) for sheet, found in boards),
            settlement=settled.get(step.pk) if sealed else None,
            amendments=amended.get(step.pk, []) if sealed else [],
        )
        for step in checklist(run)
    )


def _sealed_mark(sheet: Sheet, found: Board, step_id: int) -> SealedMark:
    event = found.said(step_id, EventKind.MARK)
    minute = event.minute if event else None
    note = next((one.note for one in sheet.critical_notes.all() if one.step_id == step_id), "")
    return SealedMark(sheet, event.value if event else None, minute, found.comment(step_id), note)


def _approved(amendments: Sequence[Amendment]) -> dict[int, list[Amendment]]:
    """Return the approved amendments by step, in the order in which they came to count."""
    found: dict[int, list[Amendment]] = {}
    for one in sorted(amendments, key=lambda one: (one.settled_at or one.proposed_at, one.pk)):
        if one.state == AmendmentState.APPROVED:
            found.setdefault(one.step_id, []).append(one)
    return found


def stage_comments(part: StageDossier) -> list[SealedMark]:
    """Return the comments on a stage as a whole, of every assessor who made one."""
    if not part.is_unveiled:
        return []
    boards = [(sheet, board(sheet.events.all())) for sheet in part.sealed]
    found = [SealedMark(sheet, None, None, one.comment(None)) for sheet, one in boards]
    return [one for one in found if one.comment]


def verdict_of(stage: Stage, steps: Sequence[Step], marks: dict[str, bool]) -> StageVerdict:
    """Score marks by the rules of a stage."""
    return score_stage(steps, marks, stage.threshold_percent, stage.all_critical)
