"""The protocols: of one candidate's exam, and of a whole session; Azerbaijani with English beneath."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.pdf import html_to_pdf
from exams.documents.kinds import ExamState
from exams.documents.sections import Event, Fact, Result, events_of, exam_section, exam_verdict, scheme_fact, seats_of
from exams.documents.snapshots import ExamProtocolSnapshot, ExamSnapshot, HeldExamSnapshot, SessionProtocolSnapshot
from exams.documents.stage_snapshots import StageSnapshot
from exams.documents.templating import fill
from exams.documents.wording import SIGNS, Words, day_and_time, exam_result, hour, said

EXAM_PROTOCOL = Words("İmtahan protokolu", "Exam protocol")
SESSION_PROTOCOL = Words("İmtahan sessiyasının protokolu", "Protocol of the exam session")
NOT_BEGUN = frozenset({ExamState.SCHEDULED, ExamState.NO_SHOW, ExamState.CANCELLED})
"""Exams that have a line in the table of a session, and no protocol of their own in it."""


@dataclass(frozen=True)
class Entry:
    """A candidate's line in the table of a session; `page` is whether a section of their own follows."""

    number: int
    place: int
    at: str
    candidate: str
    application: str
    state: Words
    reason: str
    stages: tuple[str, ...]
    result: Result
    events: tuple[Event, ...]
    page: bool


def render_exam_protocol(snapshot: Mapping[str, Any]) -> bytes:
    """Return the PDF of one exam's protocol from its stored snapshot; the same snapshot gives the same bytes.

    Raises SnapshotError when the snapshot lacks a field, has one too many, or refers to what it does not hold.
    """
    protocol = ExamProtocolSnapshot.from_json(snapshot)
    exam = protocol.held.exam
    return html_to_pdf(
        exam_protocol_html(protocol),
        title=f"{EXAM_PROTOCOL.az} № {exam.number}",
        language="az",
        author=protocol.body.name_az,
        subject=f"{exam.candidate.full}: {protocol.held.scheme.name_az}",
        created=protocol.made_at,
    )


def render_session_protocol(snapshot: Mapping[str, Any]) -> bytes:
    """Return the PDF of a session's protocol from its stored snapshot; the same snapshot gives the same bytes.

    Raises SnapshotError as `render_exam_protocol` does.
    """
    protocol = SessionProtocolSnapshot.from_json(snapshot)
    session = protocol.session
    return html_to_pdf(
        session_protocol_html(protocol),
        title=f"{SESSION_PROTOCOL.az} № {session.number}",
        language="az",
        author=protocol.body.name_az,
        subject=f"{day_and_time(session.starts_at)}, {session.place}: {protocol.scheme.name_az}",
        created=protocol.made_at,
    )


def exam_protocol_html(protocol: ExamProtocolSnapshot) -> str:
    """Return the protocol of one exam before it is laid out."""
    return fill(
        "pdf/exam_protocol.html",
        {
            "title": EXAM_PROTOCOL,
            "number": protocol.held.exam.number,
            "body": protocol.body,
            "made_at": day_and_time(protocol.made_at),
            "exam": exam_section(protocol.held),
            "signed": True,
        },
    )


def session_protocol_html(protocol: SessionProtocolSnapshot) -> str:
    """Return the protocol of a session before it is laid out."""
    codes = _stage_codes(protocol.exams)
    entries = [_entry(place, exam, codes) for place, exam in enumerate(protocol.exams, 1)]
    return fill(
        "pdf/session_protocol.html",
        {
            "title": SESSION_PROTOCOL,
            "number": protocol.session.number,
            "body": protocol.body,
            "made_at": day_and_time(protocol.made_at),
            "facts": _session_facts(protocol),
            "seats": seats_of(protocol.panel),
            "codes": codes,
            "entries": entries,
            "reason_span": len(codes) + 4,
            "eventful": [entry for entry in entries if entry.events],
            "exams": [exam_section(_held(exam, protocol)) for exam in protocol.exams if exam.state not in NOT_BEGUN],
            "part": EXAM_PROTOCOL,
            "signed": True,
        },
    )


def stage_result(stage: StageSnapshot) -> str:
    """Return how a stage went, for a table: its sign with the steps met, or with the exam that it counts from."""
    if stage.verdict:
        return f"{SIGNS[stage.verdict.scored().passed]} {stage.verdict.met}/{stage.verdict.total}"
    return f"{SIGNS[True]} № {stage.carried.exam}" if stage.carried else "–"


def _held(exam: ExamSnapshot, protocol: SessionProtocolSnapshot) -> HeldExamSnapshot:
    return HeldExamSnapshot(scheme=protocol.scheme, session=protocol.session, panel=protocol.panel, exam=exam)


def _stage_codes(exams: Iterable[ExamSnapshot]) -> tuple[str, ...]:
    """Return the codes of all stages, in the order in which they first come."""
    return tuple(dict.fromkeys(stage.code for exam in exams for stage in exam.stages))


def _entry(place: int, exam: ExamSnapshot, codes: tuple[str, ...]) -> Entry:
    results = {stage.code: stage_result(stage) for stage in exam.stages}
    return Entry(
        number=exam.number,
        place=place,
        at=hour(exam.starts_at),
        candidate=exam.candidate.full,
        application=exam.application,
        state=said(exam.state),
        reason=exam.state_reason,
        stages=tuple(results.get(code, "–") for code in codes),
        result=exam_verdict(exam),
        events=tuple(events_of(exam)),
        page=exam.state not in NOT_BEGUN,
    )


def _session_facts(protocol: SessionProtocolSnapshot) -> Iterable[Fact]:
    session = protocol.session
    yield scheme_fact(protocol.scheme)
    yield Fact(Words("Sessiyanın vəziyyəti", "State of the session"), said(session.state))
    yield Fact(Words("Yer", "Place"), Words(session.place), wide=True)
    yield Fact(Words("Tarix və vaxt", "Date and time"), Words(day_and_time(session.starts_at)))
    yield Fact(Words("Namizədlər", "Candidates"), _tally(protocol.exams), wide=True)
    yield Fact(Words("Yerlərin sayı", "Places"), Words(str(session.capacity)))
    if session.state_reason:
        yield Fact(Words("Səbəb", "Reason"), Words(session.state_reason), wide=True)


def _tally(exams: tuple[ExamSnapshot, ...]) -> Words:
    """Count the candidates by what became of their exams, in the order in which that first comes."""
    counted = Counter(exam_result(exam.state, exam.passed) for exam in exams)
    az = ", ".join(f"{result.az.lower()}: {number}" for result, number in counted.items())
    en = ", ".join(f"{result.en.lower()}: {number}" for result, number in counted.items())
    return Words(f"{len(exams)}" + (f" ({az})" if az else ""), en)
