"""Snapshots of exams: strict on reading, alike after a round through JSON, and in step with what the database keeps."""

import json
from collections.abc import Callable
from dataclasses import asdict
from enum import StrEnum
from typing import Any

import pytest

from certificates.states import Outcome as DecidedOutcome
from core.snapshots import Snapshot, SnapshotError
from exams import states
from exams.documents import kinds
from exams.documents.snapshots import DecisionDossierSnapshot, ExamProtocolSnapshot, SessionProtocolSnapshot
from exams.documents.stage_snapshots import StageSnapshot, VerdictSnapshot
from exams.documents.wording import said
from exams.scoring import StageVerdict
from tests.exams.printed import (
    at,
    decision,
    decision_dossier,
    exam,
    exam_protocol,
    first_stage,
    held,
    session_protocol,
    sheet,
    steps,
)

KINDS = [
    one for one in vars(kinds).values() if isinstance(one, type) and issubclass(one, StrEnum) and one is not StrEnum
]


def plain_values(data: Any) -> bool:
    """Tell whether everything in *data* is what JSON has a word for."""
    if isinstance(data, dict):
        return all(isinstance(name, str) and plain_values(value) for name, value in data.items())
    if isinstance(data, list):
        return all(plain_values(value) for value in data)
    return data is None or type(data) in {str, int, bool}


@pytest.mark.parametrize(
    ("kind", "snapshot"),
    [
        (ExamProtocolSnapshot, exam_protocol),
        (SessionProtocolSnapshot, session_protocol),
        (DecisionDossierSnapshot, lambda: decision_dossier(decision=decision())),
    ],
)
def test_snapshot_survives_json(kind: type[Snapshot], snapshot: Callable[[], dict[str, Any]]) -> None:
    first = kind.from_json(snapshot())
    stored = first.to_json()
    assert plain_values(stored)
    assert kind.from_json(json.loads(json.dumps(stored))) == first


def test_defaults_may_be_absent() -> None:
    checklist = steps("P1")
    stage = {"code": "P1", "name_az": "Mərhələ", "name_en": "Stage", "steps": checklist}
    assert StageSnapshot.from_json(stage).to_json()["sheets"] == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"colour": "red"}, "ExamProtocolSnapshot.held: unknown field colour"),
        ({"exam": {}}, "ExamProtocolSnapshot.held.exam: missing field application"),
        ({"exam": exam(number="45")}, "ExamProtocolSnapshot.held.exam.number: found '45'"),
        ({"exam": exam(number=True)}, "ExamProtocolSnapshot.held.exam.number: found True"),
        ({"exam": exam(passed=1)}, "ExamProtocolSnapshot.held.exam.passed: found 1"),
        ({"exam": exam(passed="true")}, "ExamProtocolSnapshot.held.exam.passed: found 'true'"),
        ({"exam": exam(state="lost")}, "ExamProtocolSnapshot.held.exam.state: 'lost' is not a valid ExamState"),
        (
            {"exam": exam(starts_at="2026-11-20T06:00:00")},
            "ExamProtocolSnapshot.held.exam.starts_at: needs a time zone",
        ),
        ({"exam": exam(stages={})}, "ExamProtocolSnapshot.held.exam.stages: expected a list"),
        ({"exam": exam(stages=["P1"])}, "ExamProtocolSnapshot.held.exam.stages[0]: expected an object"),
        ({"exam": exam(application=None)}, "ExamProtocolSnapshot.held.exam.application: found None"),
        ({"panel": []}, "ExamSnapshot 45: assessor 5 has no seat"),
    ],
)
def test_wrong_snapshot_is_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(SnapshotError) as refusal:
        ExamProtocolSnapshot.from_json(exam_protocol(**changes))
    assert str(refusal.value) == problem


@pytest.mark.parametrize(
    "changes",
    [
        {"sheets": [sheet(steps("P1"), own={}, comments=[{"text": "Rəy", "audience": "internal", "step": "BQ.1"}])]},
        {"sheets": [sheet([{"code": "BQ.1", "mark": True}])]},
        {"settlements": [{"step": "BQ.1", "value": True, "reason": "R", "settled_by": "A", "settled_at": at(1)}]},
        {"critical_notes": [{"assessor": 5, "step": "BQ.1", "note": "N"}]},
    ],
)
def test_step_of_another_stage_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SnapshotError, match=r"StageSnapshot P1: no step BQ\.1"):
        StageSnapshot.from_json(first_stage(**changes))


def test_note_of_somebody_without_a_seat_is_refused() -> None:
    stage = first_stage(critical_notes=[{"assessor": 99, "step": "BQ.2", "note": "N"}])
    with pytest.raises(SnapshotError, match="assessor 99 has no seat"):
        ExamProtocolSnapshot.from_json({**exam_protocol(), "held": held(exam=exam(stages=[stage]))})


def test_session_refuses_marks_of_somebody_without_a_seat() -> None:
    with pytest.raises(SnapshotError, match="assessor 5 has no seat"):
        SessionProtocolSnapshot.from_json(session_protocol(panel=[]))


def test_verdict_is_filled_with_what_scoring_says() -> None:
    scored = StageVerdict(
        met=20, total=27, missed_critical=("BQ.2",), unmarked=(), threshold_percent=80, all_critical=True
    )
    assert VerdictSnapshot(**asdict(scored)).scored() == scored


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_value_has_words_in_both_languages(kind: type[StrEnum]) -> None:
    assert [value for value in kind if not (said(value).az and said(value).en)] == []


def test_equal_values_of_two_kinds_have_words_of_their_own() -> None:
    assert said(kinds.ExamState.STOPPED).en == "Stopped"
    assert said(kinds.IncidentKind.STOPPED).en == "Exam stopped"


@pytest.mark.parametrize(
    ("printed", "kept"),
    [
        (kinds.SessionState, states.SessionState),
        (kinds.ExamState, states.AttemptState),
        (kinds.SeatRole, states.PanelRole),
        (kinds.ClientKind, states.ClientKind),
        (kinds.IdentityDocument, states.IdentityDocument),
        (kinds.SheetState, states.SheetState),
        (kinds.Audience, states.Audience),
        (kinds.IncidentKind, states.IncidentKind),
        (kinds.AmendmentState, states.AmendmentState),
        (kinds.BreachState, states.BreachState),
        (kinds.Outcome, DecidedOutcome),
    ],
)
def test_values_are_those_that_the_database_keeps(printed: type[StrEnum], kept: Any) -> None:
    assert {str(value) for value in printed} == set(kept.values)
