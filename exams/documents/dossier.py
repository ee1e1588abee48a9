"""The decision dossier: all that a decision on certification rests on, and a page for the decision itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.pdf import html_to_pdf
from exams.documents.kinds import Outcome
from exams.documents.protocol import EXAM_PROTOCOL, NOT_BEGUN, stage_result
from exams.documents.sections import (
    RUNNING_NAME,
    Fact,
    Result,
    exam_section,
    exam_verdict,
    identity_fact,
    joined,
    scheme_fact,
)
from exams.documents.snapshots import DecisionDossierSnapshot, DecisionSnapshot, HeldExamSnapshot
from exams.documents.templating import fill
from exams.documents.wording import SIGNS, Words, cut, day_and_time, long_day, said, short_day

DECISION_DOSSIER = Words("Qərar dosyesi", "Decision dossier")

# Contract B1: who assessed or trained a candidate, or has an interest in one, does not decide.
INDEPENDENCE = Words(
    "Təsdiq edirəm ki, bu namizədin imtahan heyətində olmamışam, ona təlim keçməmişəm, onunla qohumluq və iş "
    "münasibətim, qərarla bağlı başqa marağım yoxdur. Qərarı qərəzsiz, bu dosyedəki sübutlar əsasında qəbul edirəm.",
    "I confirm that I was not on this candidate's panel, did not train the candidate, am not related to them, do not "
    "work with or for them, and have no other interest in the outcome. I decide impartially, on the evidence in this "
    "dossier.",
)

EMPTY_LINES = range(8)
"""Ruled lines for reasons written by hand."""


@dataclass(frozen=True)
class HistoryLine:
    """An exam of the application, in one line."""

    number: int
    at: str
    place: str
    state: Words
    reason: str
    stages: tuple[tuple[str, str], ...]
    result: Result
    page: bool


@dataclass(frozen=True)
class Choice:
    """An outcome to tick, or ticked."""

    box: str
    words: Words


def render_decision_dossier(snapshot: Mapping[str, Any]) -> bytes:
    """Return the PDF of a decision dossier from its stored snapshot; the same snapshot gives the same bytes.

    Raises SnapshotError when the snapshot lacks a field, has one too many, or refers to what it does not hold.
    """
    dossier = DecisionDossierSnapshot.from_json(snapshot)
    application = dossier.application
    return html_to_pdf(
        decision_dossier_html(dossier),
        title=f"{DECISION_DOSSIER.az} № {application.reference}",
        language="az",
        author=dossier.body.name_az,
        subject=f"{application.candidate.full}: {dossier.scheme.name_az}",
        created=dossier.made_at,
    )


def decision_dossier_html(dossier: DecisionDossierSnapshot) -> str:
    """Return the dossier before it is laid out."""
    exams = [exam_section(held) for held in dossier.exams if held.exam.state not in NOT_BEGUN]
    return fill(
        "pdf/decision_dossier.html",
        {
            "title": DECISION_DOSSIER,
            "number": dossier.application.reference,
            "body": dossier.body,
            "made_at": day_and_time(dossier.made_at),
            "candidate": dossier.application.candidate.full,
            "running_name": cut(dossier.application.candidate.full, RUNNING_NAME),
            "last": exam_verdict(dossier.exams[-1].exam) if dossier.exams else None,
            "facts": tuple(_facts(dossier)),
            "requirements": [(SIGNS[one.met], one) for one in dossier.application.requirements],
            "documents": [(short_day(one.received_on), one) for one in dossier.application.documents],
            "history": [_line(held) for held in dossier.exams],
            "questions": [(day_and_time(one.since), one) for one in dossier.questions],
            "exams": exams,
            "part": EXAM_PROTOCOL,
            "signed": False,  # the protocols themselves are
            "independence": INDEPENDENCE,
            "choices": choices_of(dossier.decision),
            "decision": dossier.decision,
            "decision_facts": tuple(decision_facts(dossier.decision)),
            "empty_lines": EMPTY_LINES,
        },
    )


def _facts(dossier: DecisionDossierSnapshot) -> Iterable[Fact]:
    application = dossier.application
    accepted = joined(application.accepted_by, day_and_time(application.accepted_at))
    yield scheme_fact(dossier.scheme)
    yield Fact(Words("Müraciət", "Application"), Words(application.reference))
    yield Fact(Words("Qəbul edən", "Accepted by"), Words(accepted or "–"), wide=True)
    yield Fact(Words("Təqdim edilib", "Submitted"), Words(day_and_time(application.submitted_at) or "–"))
    yield identity_fact(application.candidate)
    if application.special_needs:
        yield Fact(Words("Xüsusi ehtiyaclar", "Special needs"), Words(application.special_needs), wide=True)


def _line(held: HeldExamSnapshot) -> HistoryLine:
    exam = held.exam
    return HistoryLine(
        number=exam.number,
        at=day_and_time(exam.starts_at),
        place=held.session.place,
        state=said(exam.state),
        reason=exam.state_reason,
        stages=tuple((stage.code, stage_result(stage)) for stage in exam.stages),
        result=exam_verdict(exam),
        page=exam.state not in NOT_BEGUN,
    )


def choices_of(decision: DecisionSnapshot | None) -> list[Choice]:
    """Return the outcomes, the one that was chosen ticked."""
    chosen = decision.outcome if decision else None
    return [Choice("✓" if outcome is chosen else "☐", said(outcome)) for outcome in Outcome]


def decision_facts(decision: DecisionSnapshot | None) -> Iterable[Fact]:
    """Give who decided, when, and until when an appeal is possible; nothing where nothing is decided."""
    if decision is None:
        return
    yield Fact(Words("Qərarı qəbul edən", "Decided by"), Words(decision.decided_by), wide=True)
    yield Fact(Words("Qərarın tarixi", "Decided on"), long_day(decision.decided_at))
    if decision.appeal_until:
        last_day = Words(short_day(decision.appeal_until))
        yield Fact(Words("Etiraz müddətinin son günü", "Last day for an appeal"), last_day, wide=True)
    if decision.flag:
        yield Fact(Words("Qərardan sonra üzə çıxıb", "Has come up since"), Words(decision.flag), wide=True)
