"""What the papers of an exam print, read from the database at the moment in which a paper is asked for."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from exams.amended import exams_in
from exams.documents.kinds import (
    AmendmentState,
    Audience,
    BreachState,
    ClientKind,
    ExamState,
    IdentityDocument,
    IncidentKind,
    SeatRole,
    SessionState,
    SheetState,
    TimeRule,
)
from exams.documents.snapshots import (
    BodySnapshot,
    BreachSnapshot,
    CandidateSnapshot,
    ExamProtocolSnapshot,
    ExamSnapshot,
    HeldExamSnapshot,
    IdentityCheckSnapshot,
    IncidentSnapshot,
    IrregularitySnapshot,
    SchemeSnapshot,
    SeatSnapshot,
    SessionProtocolSnapshot,
    SessionSnapshot,
)
from exams.documents.stage_snapshots import (
    AmendmentSnapshot,
    CarriedSnapshot,
    CommentSnapshot,
    CriticalNoteSnapshot,
    MarkSnapshot,
    PauseSnapshot,
    ReceiptSnapshot,
    SettlementSnapshot,
    SheetSnapshot,
    StageSnapshot,
    StepSnapshot,
    VerdictSnapshot,
)
from exams.dossier import Dossier, StageDossier, dossier_of, stage_comments
from exams.models import Amendment, Attempt, CriticalNote, ExamSession, Incident, Sheet, StageRun
from exams.panel import PanelStep, SealedMark
from exams.queries.attempts import attempts
from exams.queries.retakes import passed_before
from exams.queries.sessions import panel_of, session_attempts
from exams.times import Irregularity, exam_duration
from schemes.models import SchemeVersion

_BODY_FIELDS = tuple(BodySnapshot.__dataclass_fields__)


def exam_protocol(attempt: Attempt) -> ExamProtocolSnapshot:
    """Return all that the protocol of one exam tells now; marks only of stages on which every assessor has sealed."""
    return ExamProtocolSnapshot(made_at=timezone.now(), body=body_snapshot(), held=held_exam(attempt))


def session_protocol(session: ExamSession) -> SessionProtocolSnapshot:
    """Return all that the protocol of a session tells now, exams by their times, cancelled ones last."""
    found = attempts().in_bulk([attempt.pk for attempt in session_attempts(session)])
    return SessionProtocolSnapshot(
        made_at=timezone.now(),
        body=body_snapshot(),
        scheme=scheme_snapshot(session.scheme_version),
        session=session_snapshot(session),
        panel=seats(session),
        exams=tuple(_exam(found[attempt.pk]) for attempt in session_attempts(session)),
    )


def held_exam(attempt: Attempt) -> HeldExamSnapshot:
    """Return an exam with its session, panel and scheme version. Pass an attempt of `queries.attempts.attempts()`."""
    return HeldExamSnapshot(
        scheme=scheme_snapshot(attempt.session.scheme_version),
        session=session_snapshot(attempt.session),
        panel=seats(attempt.session),
        exam=_exam(attempt),
    )


def body_snapshot() -> BodySnapshot:
    """Return the certification body as the settings name it today."""
    return BodySnapshot(**{name: settings.BODY[name] for name in _BODY_FIELDS})


def scheme_snapshot(version: SchemeVersion) -> SchemeSnapshot:
    """Return a scheme version as the papers name it."""
    return SchemeSnapshot(
        code=version.scheme.code,
        version=version.version,
        name_az=version.scheme.name_az,
        name_en=version.scheme.name_en,
        level=version.scheme.level,
        exam_minutes=version.exam_minutes,
        assessors_required=version.assessors_required,
        hide_critical=version.hide_critical,
    )


def session_snapshot(session: ExamSession) -> SessionSnapshot:
    """Return when and where a session was held."""
    return SessionSnapshot(
        number=session.pk,
        starts_at=session.starts_at,
        place=session.place,
        state=SessionState(session.state),
        capacity=session.capacity,
    )


def seats(session: ExamSession) -> tuple[SeatSnapshot, ...]:
    """Return the panel, with those who left and those who took over; the key of a seat is its assessor's."""
    return tuple(
        SeatSnapshot(
            key=seat.assessor_id,
            name=str(seat.assessor),
            role=SeatRole(seat.role),
            left_at=seat.left_at,
            left_reason=seat.left_reason,
            substitutes=str(seat.substitutes.assessor) if seat.substitutes else "",
        )
        for seat in panel_of(session).select_related("substitutes__assessor")
    )


def _exam(attempt: Attempt) -> ExamSnapshot:
    dossier, person = dossier_of(attempt), attempt.person
    return ExamSnapshot(
        number=attempt.pk,
        application=attempt.application.reference or "",
        candidate=CandidateSnapshot(
            surname=person.surname,
            given_name=person.given_name,
            patronymic=person.patronymic,
            fin=person.fin,
            date_of_birth=person.date_of_birth,
        ),
        starts_at=attempt.starts_at,
        state=ExamState(attempt.state),
        state_reason=attempt.state_reason,
        identity=_identity(attempt),
        stages=tuple(_stage(part) for part in dossier.stages),
        duration_seconds=_seconds(exam_duration(attempt, _held(dossier))),
        passed=attempt.passed,
        released_at=attempt.released_at,
        irregularities=tuple(_irregularity(one) for one in dossier.irregularities),
        incidents=tuple(_incident(one) for one in dossier.incidents),
        breaches=_breaches(attempt),
    )


def _held(dossier: Dossier) -> list[StageRun]:
    return [part.run for part in dossier.stages if part.run and not part.is_carried]


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else int(duration.total_seconds())


def _identity(attempt: Attempt) -> IdentityCheckSnapshot | None:
    if attempt.identity_checked_at is None:
        return None
    return IdentityCheckSnapshot(
        document=IdentityDocument(attempt.identity_document),
        checked_by=str(attempt.identity_checked_by),
        checked_at=attempt.identity_checked_at,
    )


def _irregularity(one: Irregularity) -> IrregularitySnapshot:
    return IrregularitySnapshot(
        kind=TimeRule(one.kind),
        duration_seconds=int(one.duration.total_seconds()),
        limit_minutes=one.limit,
        reason=one.reason,
        stage=one.stage.code if one.stage else "",
    )


def _incident(one: Incident) -> IncidentSnapshot:
    return IncidentSnapshot(
        kind=IncidentKind(one.kind),
        note=one.note,
        recorded_by=str(one.recorded_by),
        recorded_at=one.recorded_at,
        started_at=one.started_at,
        ended_at=one.ended_at,
        stage=one.run.stage.code if one.run else "",
    )


def _breaches(attempt: Attempt) -> tuple[BreachSnapshot, ...]:
    return tuple(
        BreachSnapshot(
            facts=case.incident.note,
            opened_by=str(case.opened_by),
            opened_at=case.opened_at,
            state=BreachState(case.state),
            conclusion=case.conclusion,
            settled_by=str(case.settled_by or ""),
            settled_at=case.settled_at,
        )
        for case in attempt.breaches.select_related("incident", "opened_by", "settled_by").order_by("opened_at", "id")
    )


# --- A stage ----------------------------------------------------------------------------------------------------------
def _stage(part: StageDossier) -> StageSnapshot:
    stage, run = part.stage, part.run
    bare = StageSnapshot(
        code=stage.code,
        name_az=stage.name_az,
        name_en=stage.name_en,
        min_minutes=stage.min_minutes,
        steps=_steps(part),
    )
    if run is None:
        return bare
    if part.is_carried:
        return replace(bare, carried=_carried(run))
    return replace(
        bare,
        scenario=run.scenario,
        client=ClientKind(run.client_kind) if run.client_kind else None,
        started_at=run.started_at,
        ended_at=run.ended_at,
        pauses=tuple(PauseSnapshot(started_at=begun, ended_at=over) for begun, over in run.pauses),
        duration_seconds=_seconds(run.duration),
        sheets=tuple(_sheet(sheet, part) for sheet in part.sheets),
        settlements=_settlements(part.steps),
        critical_notes=_critical_notes(part),
        amendments=_amendments(run) if part.is_unveiled else (),
        verdict=VerdictSnapshot(**asdict(part.verdict)) if part.verdict else None,
        signed_off_at=run.signed_off_at,
        signed_off_by=str(run.signed_off_by or ""),
    )


def _steps(part: StageDossier) -> tuple[StepSnapshot, ...]:
    """Return the checklist; also of a stage that was not held, so that the paper shows what it would have asked."""
    marks = {one.step.pk: one.value for one in part.steps}
    steps = [one.step for one in part.steps] or list(part.stage.steps.order_by("order"))
    return tuple(
        StepSnapshot(
            code=step.code,
            critical=step.critical,
            statement_az=step.statement_az,
            statement_en=step.statement_en,
            mark=marks.get(step.pk),
        )
        for step in steps
    )


def _carried(run: StageRun) -> CarriedSnapshot:
    until = passed_before(run, run.stage.version).until
    return CarriedSnapshot(exam=run.attempt_id, held_at=run.ended_at or run.attempt.starts_at, counts_until=until)


def _sheet(sheet: Sheet, part: StageDossier) -> SheetSnapshot:
    marks = [(one, mark) for one in part.steps for mark in one.marks if mark.sheet.pk == sheet.pk]
    return SheetSnapshot(
        assessor=sheet.assessor_id,
        state=SheetState(sheet.state),
        marks=tuple(MarkSnapshot(step=one.step.code, value=mark.value, minute=mark.minute) for one, mark in marks),
        comments=_comments(sheet, part, marks),
        receipt=_receipt(sheet) if part.is_unveiled else None,
        closed_at=sheet.closed_at,
        closed_by=str(sheet.closed_by or ""),
        closed_reason=sheet.closed_reason,
    )


def _comments(
    sheet: Sheet, part: StageDossier, marks: Sequence[tuple[PanelStep, SealedMark]]
) -> tuple[CommentSnapshot, ...]:
    on_stage = [("", mark.comment) for mark in stage_comments(part) if mark.sheet.pk == sheet.pk]
    on_steps = [(one.step.code, mark.comment) for one, mark in marks]
    return tuple(
        CommentSnapshot(
            text=comment.text, audience=Audience(comment.audience), step=code, minute=max(comment.minute, 0)
        )
        for code, comment in [*on_stage, *on_steps]
        if comment
    )


def _receipt(sheet: Sheet) -> ReceiptSnapshot | None:
    if sheet.closed_at is None or sheet.steps is None:
        return None
    return ReceiptSnapshot(
        stored=sheet.steps, total=sheet.steps, at=sheet.closed_at, code=sheet.receipt, digest=sheet.digest
    )


def _settlements(steps: Sequence[PanelStep]) -> tuple[SettlementSnapshot, ...]:
    return tuple(
        SettlementSnapshot(
            step=one.step.code,
            value=one.settlement.value,
            reason=one.settlement.reason,
            settled_by=str(one.settlement.settled_by),
            settled_at=one.settlement.settled_at,
        )
        for one in steps
        if one.settlement
    )


def _critical_notes(part: StageDossier) -> tuple[CriticalNoteSnapshot, ...]:
    if not part.is_unveiled:
        return ()
    notes = CriticalNote.objects.filter(sheet__in=[sheet.pk for sheet in part.sealed]).select_related("sheet", "step")
    return tuple(
        CriticalNoteSnapshot(assessor=note.sheet.assessor_id, step=note.step.code, note=note.note)
        for note in notes.order_by("step__order", "sheet")
    )


def _amendments(run: StageRun) -> tuple[AmendmentSnapshot, ...]:
    found = Amendment.objects.filter(run=run).select_related("step", "proposed_by", "settled_by", "file")
    return tuple(_amendment(one, run) for one in found.order_by("proposed_at", "id"))


def _amendment(one: Amendment, run: StageRun) -> AmendmentSnapshot:
    return AmendmentSnapshot(
        step=one.step.code,
        first=not one.value,  # an amendment says the opposite of the mark that counted
        value=one.value,
        why=one.why,
        evidence=one.evidence,
        file_name=one.file.original_name if one.file else "",
        proposed_by=str(one.proposed_by),
        proposed_at=one.proposed_at,
        state=AmendmentState(one.state),
        settled_by=str(one.settled_by or ""),
        settled_at=one.settled_at,
        settled_reason=one.settled_reason,
        passed_before=exams_in(one.verdict_before).get(run.attempt_id) if one.verdict_before else None,
        passed_after=exams_in(one.verdict_after).get(run.attempt_id) if one.verdict_after else None,
    )
