"""Exam sessions, candidates' attempts, the marks of every assessor, and what happened on the day."""

from exams.models.amendments import Amendment
from exams.models.attempts import Attempt, CarriedStage, Pause, StageRun, paused_within, verdict_word
from exams.models.day import BreachCase, HelpCall, Incident
from exams.models.marks import (
    COMMENT_LENGTH,
    PHRASE_LENGTH,
    CriticalNote,
    DeviceReport,
    MarkEvent,
    Phrase,
    Settlement,
    Sheet,
)
from exams.models.papers import Paper
from exams.models.sessions import REASON_LENGTH, ExamSession, PanelMember

__all__ = [
    "COMMENT_LENGTH",
    "PHRASE_LENGTH",
    "REASON_LENGTH",
    "Amendment",
    "Attempt",
    "BreachCase",
    "CarriedStage",
    "CriticalNote",
    "DeviceReport",
    "ExamSession",
    "HelpCall",
    "Incident",
    "MarkEvent",
    "PanelMember",
    "Paper",
    "Pause",
    "Phrase",
    "Settlement",
    "Sheet",
    "StageRun",
    "paused_within",
    "verdict_word",
]
