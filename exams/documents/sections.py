"""What a protocol says of one exam, section by section, ready to be laid out."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from exams.documents.checklist import Checklist, Note, Signs, checklist_of, seat_signs, stage_notes
from exams.documents.kinds import SheetState
from exams.documents.snapshots import (
    BreachSnapshot,
    CandidateSnapshot,
    ExamSnapshot,
    HeldExamSnapshot,
    IncidentSnapshot,
    IrregularitySnapshot,
    SchemeSnapshot,
    SeatSnapshot,
)
from exams.documents.stage_snapshots import AmendmentSnapshot, SheetSnapshot, StageSnapshot, StepSnapshot
from exams.documents.wording import (
    BAKU,
    MARKS,
    NO_RESULT,
    SIGNS,
    VERDICTS,
    Words,
    between,
    clock,
    clock_on,
    cut,
    day_and_time,
    exam_result,
    length,
    long_day,
    said,
    short_day,
    span,
)

RUNNING_NAME = 56
"""Characters of a name in the head of a page."""


@dataclass(frozen=True)
class Fact:
    """A label and a value; `wide` where the value may be long."""

    label: Words
    value: Words
    wide: bool = False


@dataclass(frozen=True)
class Seat:
    """A member of the panel; `sign` is "" for an observer, `left` tells when and why a seat was given up."""

    sign: str
    name: str
    role: Words
    left: str
    substitutes: str


@dataclass(frozen=True)
class Sheet:
    """What became of an assessor's marks: sealed with a receipt, abstained, handed over, or still open."""

    sign: str
    name: str
    state: Words
    stored: str
    at: str
    code: str
    digest: str
    reason: str


@dataclass(frozen=True)
class Amendment:
    """A change after sign-off, or the proposal of one."""

    step: str
    change: str
    words: Words
    state: Words
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Event:
    """Something out of the ordinary."""

    when: str
    what: Words
    stage: str
    texts: tuple[Words, ...]
    recorded: str


@dataclass(frozen=True)
class Result:
    """A verdict: its sign, its word, and full sentences that explain it."""

    sign: str
    words: Words
    sentences: Words


@dataclass(frozen=True)
class Stage:
    """A stage, held or not."""

    code: str
    name: Words
    facts: tuple[Fact, ...]
    remark: Words | None
    result: Result
    missed: tuple[StepSnapshot, ...]
    checklist: Checklist
    notes: tuple[Note, ...]
    sheets: tuple[Sheet, ...]
    amendments: tuple[Amendment, ...]

    @property
    def was_held(self) -> bool:
        """Whether it began."""
        return bool(self.facts)


@dataclass(frozen=True)
class Exam:
    """A whole exam."""

    number: int
    candidate: str
    application: str
    day: Words
    facts: tuple[Fact, ...]
    seats: tuple[Seat, ...]
    stages: tuple[Stage, ...]
    events: tuple[Event, ...]
    breaches: tuple[Event, ...]
    result: Result
    reason: str

    @property
    def running_name(self) -> str:
        """The candidate's name as the head of a page has room for it."""
        return cut(self.candidate, RUNNING_NAME)

    @property
    def held_stages(self) -> tuple[Stage, ...]:
        """The stages that have more to print than that they were not held."""
        return tuple(stage for stage in self.stages if stage.was_held)


def exam_section(held: HeldExamSnapshot) -> Exam:
    """Return everything that the protocol of one exam prints."""
    exam, signs = held.exam, seat_signs(held.panel)
    names = {seat.key: seat.name for seat in held.panel}
    return Exam(
        number=exam.number,
        candidate=exam.candidate.full,
        application=exam.application,
        day=long_day(exam.starts_at),
        facts=tuple(_exam_facts(held)),
        seats=seats_of(held.panel),
        stages=tuple(_stage(stage, signs, names) for stage in exam.stages),
        events=tuple(events_of(exam)),
        breaches=tuple(_breach(one) for one in exam.breaches),
        result=exam_verdict(exam),
        reason=exam.state_reason,
    )


def seats_of(panel: Iterable[SeatSnapshot]) -> tuple[Seat, ...]:
    """Return the panel with the sign of each assessor."""
    panel = tuple(panel)
    signs = seat_signs(panel)
    return tuple(
        Seat(
            sign=signs.get(seat.key, ""),
            name=seat.name,
            role=said(seat.role),
            left=joined(day_and_time(seat.left_at), seat.left_reason),
            substitutes=seat.substitutes,
        )
        for seat in panel
    )


def exam_verdict(exam: ExamSnapshot) -> Result:
    """Explain the verdict on the exam, or why there is none, in both languages."""
    words = exam_result(exam.state, exam.passed)
    return Result(SIGNS[exam.passed], words, _because(exam))


def _because(exam: ExamSnapshot) -> Words:
    if exam.passed:
        return Words("Bütün mərhələlər keçilib.", "Every stage is passed.")
    if exam.passed is False:
        failed = ", ".join(stage.code for stage in exam.stages if stage.verdict and not stage.verdict.scored().passed)
        if not failed:
            return Words("İmtahandan keçilməyib.", "The exam is not passed.")
        return Words(
            f"Hər mərhələ ayrıca keçilməlidir. Keçilməyən: {failed}.",
            f"Each stage has to be passed on its own. Not passed: {failed}.",
        )
    return NO_RESULT.get(exam.state, Words("İmtahanın nəticəsi hələ yoxdur.", "The exam has no result yet."))


def _exam_facts(held: HeldExamSnapshot) -> Iterable[Fact]:
    exam, session, candidate = held.exam, held.session, held.exam.candidate
    yield scheme_fact(held.scheme)
    yield Fact(Words("Müraciət", "Application"), Words(exam.application or "–"))
    yield Fact(Words("Şəxsiyyətin yoxlanılması", "Identity check"), _identity(exam), wide=True)
    yield identity_fact(candidate)
    yield Fact(Words("Yer", "Place"), Words(session.place), wide=True)
    yield Fact(Words("Sessiya", "Session"), Words(f"№ {session.number}"))
    yield Fact(Words("Təyin edilmiş vaxt", "Scheduled for"), Words(day_and_time(exam.starts_at)))
    yield Fact(Words("İmtahanın müddəti", "Length of the exam"), length(exam.duration_seconds))
    yield Fact(Words("Vəziyyət", "State"), said(exam.state))
    if held.scheme.hide_critical:
        hidden = Words("Qiymətlər möhürlənənədək gizli idi", "Hidden until the marks were sealed")
        yield Fact(Words("Həlledici addımların işarəsi", "Critical flags"), hidden, wide=True)


def scheme_fact(scheme: SchemeSnapshot) -> Fact:
    """Name the scheme and its version."""
    version = f"{scheme.code}, versiya {scheme.version}"
    name = Words(f"{scheme.name_az} ({version})", f"{scheme.name_en}, version {scheme.version}")
    return Fact(Words("Sxem", "Scheme"), name, wide=True)


def identity_fact(candidate: CandidateSnapshot) -> Fact:
    """Tell by what a candidate is known."""
    known = joined(candidate.fin, short_day(candidate.date_of_birth), " · ")
    return Fact(Words("FİN, doğum tarixi", "FIN, date of birth"), Words(known or "–"))


def _identity(exam: ExamSnapshot) -> Words:
    check = exam.identity
    if check is None:
        return Words("Yoxlanılmayıb", "Not checked")
    document, tail = said(check.document), f"{check.checked_by}, {day_and_time(check.checked_at)}"
    return Words(f"{document.az}. Yoxlayan: {tail}", f"{document.en}, checked by {tail}")


def _stage(stage: StageSnapshot, signs: Signs, names: dict[int, str]) -> Stage:
    verdict = stage.verdict.scored() if stage.verdict else None
    passed = bool(stage.carried) or None if verdict is None else verdict.passed
    missed = set(verdict.failed_critical) if verdict else set()
    sentences = Words(verdict.explain("az"), verdict.explain("en")) if verdict else Words("")
    return Stage(
        code=stage.code,
        name=Words(stage.name_az, stage.name_en),
        facts=tuple(_stage_facts(stage)) if stage.started_at else (),
        remark=_stage_remark(stage),
        result=Result(SIGNS[passed], VERDICTS[passed], sentences),
        missed=tuple(step for step in stage.steps if step.code in missed),
        checklist=checklist_of(stage, signs),
        notes=stage_notes(stage, signs),
        sheets=tuple(_sheet(sheet, signs, names) for sheet in stage.sheets),
        amendments=tuple(_amendment(one) for one in stage.amendments),
    )


def _stage_facts(stage: StageSnapshot) -> Iterable[Fact]:
    if stage.scenario:
        yield Fact(Words("Ssenari", "Scenario"), Words(stage.scenario))
    if stage.client:
        yield Fact(Words("Müştəri", "Client"), said(stage.client))
    times = f"{clock(stage.started_at)} – {clock(stage.ended_at)}"
    yield Fact(
        Words("Başlanğıc – son", "Start – end"),
        Words(times) if stage.ended_at else Words(f"{clock(stage.started_at)}, bitməyib", "Not ended"),
    )
    yield Fact(Words("Müddət (fasilələrsiz)", "Length without pauses"), _stage_length(stage))
    if stage.pauses:
        spans = ", ".join(span(pause.started_at, pause.ended_at) for pause in stage.pauses)
        yield Fact(Words("Fasilələr", "Interruptions"), Words(spans), wide=True)


def _stage_length(stage: StageSnapshot) -> Words:
    taken = length(stage.duration_seconds)
    if stage.min_minutes is None or stage.duration_seconds is None:
        return taken
    return Words(f"{taken.az}; ən azı {stage.min_minutes} dəq", f"{taken.en}; at least {stage.min_minutes} min")


def _stage_remark(stage: StageSnapshot) -> Words | None:
    """Say why a stage was not held, if it was not."""
    if stage.started_at:
        return None
    if stage.carried is None:
        return Words("Mərhələ keçirilməyib.", "The stage was not held.")
    exam, day, until = stage.carried.exam, long_day(stage.carried.held_at), short_day(stage.carried.counts_until)
    az_until, en_until = (f"{until} tarixinədək ", f" until {until}") if until else ("", "")
    return Words(
        f"Mərhələ {day.az} tarixli imtahanda (№ {exam}) keçilib və {az_until}nəzərə alınır.",
        f"The stage was passed in exam № {exam} of {day.en} and counts{en_until}.",
    )


def _sheet(sheet: SheetSnapshot, signs: Signs, names: dict[int, str]) -> Sheet:
    receipt = sheet.receipt
    left = sheet.state in {SheetState.ABSTAINED, SheetState.HANDED_OVER}
    return Sheet(
        sign=signs.get(sheet.assessor, ""),
        name=names[sheet.assessor],
        state=said(sheet.state),
        stored=f"{receipt.stored}/{receipt.total}" if receipt else "–",
        at=day_and_time(receipt.at if receipt else sheet.closed_at) or "–",
        code=receipt.code if receipt else "–",
        digest=receipt.digest if receipt else "",
        reason=joined(sheet.closed_reason, f"({sheet.closed_by})" if sheet.closed_by else "", " ") if left else "",
    )


def _amendment(one: AmendmentSnapshot) -> Amendment:
    facts = [
        Fact(Words("Nə üçün", "Why"), Words(one.why), wide=True),
        Fact(Words("Təklif edən", "Proposed by"), Words(f"{one.proposed_by}, {day_and_time(one.proposed_at)}")),
        Fact(Words("Sübut", "Evidence"), Words(joined(one.evidence, one.file_name, "; ") or "–"), wide=True),
    ]
    if one.settled_by:
        settled = joined(f"{one.settled_by}, {day_and_time(one.settled_at)}", one.settled_reason, ". ")
        facts.append(Fact(Words("Qərar verən", "Settled by"), Words(settled)))
    if one.passed_before is not None or one.passed_after is not None:
        before, after = VERDICTS[one.passed_before], VERDICTS[one.passed_after]
        turn = Words(f"{before.az} → {after.az}", f"{before.en} → {after.en}")
        facts.append(Fact(Words("İmtahanın nəticəsi", "Verdict of the exam"), turn))
    first, value = MARKS[one.first], MARKS[one.value]
    return Amendment(
        step=one.step,
        change=f"{SIGNS[one.first]} → {SIGNS[one.value]}",
        words=Words(f"{first.az} → {value.az}", f"{first.en} → {value.en}"),
        state=said(one.state),
        facts=tuple(facts),
    )


def events_of(exam: ExamSnapshot) -> Iterable[Event]:
    """Return what was out of the ordinary: what happened first, then departures from the rules of time."""
    happened = sorted(exam.incidents, key=lambda one: one.started_at)
    return chain((_incident(one, exam) for one in happened), (_irregularity(one) for one in exam.irregularities))


def _incident(one: IncidentSnapshot, exam: ExamSnapshot) -> Event:
    start, lasted = clock_on(one.started_at, exam.starts_at), Words("")
    if one.ended_at:
        start, lasted = f"{start} – {clock_on(one.ended_at, one.started_at)}", between(one.started_at, one.ended_at)
    texts = tuple(text for text in (lasted, Words(one.note)) if text.az)
    recorded = f"{one.recorded_by}, {clock_on(one.recorded_at, exam.starts_at)}"
    return Event(start, said(one.kind), one.stage, texts, recorded)


def _irregularity(one: IrregularitySnapshot) -> Event:
    taken = length(one.duration_seconds)
    if one.stage:
        rule = Words(f"{taken.az}; ən azı {one.limit_minutes} dəq", f"{taken.en}; at least {one.limit_minutes} min")
    else:
        rule = Words(f"{taken.az}; ən çoxu {one.limit_minutes} dəq", f"{taken.en}; at most {one.limit_minutes} min")
    return Event("–", said(one.kind), one.stage, (rule, Words(f"Səbəb: {one.reason or '–'}")), "")


def _breach(one: BreachSnapshot) -> Event:
    opened = f"{one.opened_by}, {day_and_time(one.opened_at)}"
    settled = joined(one.settled_by, day_and_time(one.settled_at))
    texts = [Words(one.facts)]
    if one.conclusion:
        texts.append(Words(f"Nəticə: {one.conclusion}" + (f" ({settled})" if settled else "")))
    return Event(short_day(one.opened_at.astimezone(BAKU)), said(one.state), "", tuple(texts), opened)


def joined(first: str, second: str, by: str = ", ") -> str:
    """Join what is not empty."""
    return by.join(part for part in (first, second) if part)
