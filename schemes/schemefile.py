"""A scheme as a file (docs/scheme-format.md): TOML in, checked plain data out. Knows nothing of the database."""

import hashlib
import json
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from schemes.states import Method, RenewalNeeds, Retake
from schemes.tomlreader import LONGEST_CODE, Table, Text

SLUG, SLUG_EXAMPLE = r"[a-z0-9]+(-[a-z0-9]+)*", "coach-6"
PREFIX, PREFIX_EXAMPLE = r"[A-Z][A-Z0-9]{0,5}", "K6"
CODE, CODE_EXAMPLE = r"[A-Za-z0-9]+([.-][A-Za-z0-9]+)*", "BQ.9"
NAME_LENGTH = 200
DAYS_IN_TEN_YEARS = 3650
DEFAULT_PASSED_STAGE_MONTHS = 12
DEFAULT_SURVEILLANCE_MONTHS = 24
DEFAULT_SURVEILLANCE_NOTICE_DAYS = 30
SHORTEST_MONTH = 28
ROOM_FOR_SCOPES = 200
"""Characters that the names of all scopes may have together: what two lines of a certificate hold."""

ADDED_KEYS: Mapping[str, object] = {
    "hide_critical": False,
    "retake": Retake.FAILED_STAGES.value,
    "passed_stage_months": DEFAULT_PASSED_STAGE_MONTHS,
    "renewal_needs": RenewalNeeds.BOTH.value,
    "surveillance_months": DEFAULT_SURVEILLANCE_MONTHS,
    "surveillance_notice_days": DEFAULT_SURVEILLANCE_NOTICE_DAYS,
    "scopes": (),
}
"""The keys that came into the format after versions had been loaded, each with what a file says by not naming it."""


class SchemeFileError(ValueError):
    """The file cannot be loaded; `problems` says why, each with its key."""

    def __init__(self, name: str, problems: Sequence[str]) -> None:
        """Put every problem on a line of its own, behind the file's name."""
        super().__init__("\n".join(f"{name}: {problem}" for problem in problems))
        self.name = name
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class StepData:
    """One step of the checklist."""

    code: str
    stage: str
    critical: bool
    flag_differs: bool
    indicator: str
    statement: Text
    note: Text
    criteria: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StageData:
    """One stage of the exam with its rule."""

    code: str
    method: str
    name: Text
    setting: Text
    threshold_percent: int
    all_critical: bool
    min_minutes: int | None


@dataclass(frozen=True, slots=True)
class ScopeData:
    """One part of the scheme for which a certificate can hold."""

    code: str
    name: Text


@dataclass(frozen=True, slots=True)
class CriterionData:
    """One performance criterion of the occupational standard."""

    code: str
    statement: Text


@dataclass(frozen=True, slots=True)
class ProcessData:
    """One process of the occupational standard."""

    code: str
    name: Text
    criteria: tuple[CriterionData, ...]


@dataclass(frozen=True, slots=True)
class GuideData:
    """One section of what candidates are told."""

    code: str
    title: Text
    points: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class SchemeData:
    """A whole scheme file. `sha256` is of its content: a comment or a space more does not change it."""

    sha256: str
    code: str
    number_prefix: str
    level: int
    name: Text
    state_classification: str
    economic_activity: str
    effective_from: date
    exam_minutes: int
    validity_months: int
    reminder_days: tuple[int, ...]
    assessors_required: int
    contract_acceptance_days: int
    appeal_days: int
    hide_critical: bool
    retake: str
    passed_stage_months: int
    renewal_needs: str
    surveillance_months: int
    surveillance_notice_days: int
    flag_note: Text
    scopes: tuple[ScopeData, ...]
    stages: tuple[StageData, ...]
    steps: tuple[StepData, ...]
    processes: tuple[ProcessData, ...]
    guide: tuple[GuideData, ...]


def read_scheme(path: Path) -> SchemeData:
    """Read and check the scheme file at `path`.

    Raises SchemeFileError when there is no such file, it is not UTF-8 or not TOML, or the content breaks the format.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise SchemeFileError(path.name, [f"cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise SchemeFileError(path.name, [f"is not UTF-8 text (byte {error.start})"]) from error
    return parse_scheme(text, path.name)


def parse_scheme(text: str, name: str) -> SchemeData:
    """Check the TOML in `text`; `name` is the file's, for messages. Raises SchemeFileError with every problem found."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SchemeFileError(name, [f"is not TOML: {error}"]) from error
    return check_scheme(document, name)


def check_scheme(document: dict[str, Any], name: str) -> SchemeData:
    """Check a document that was read from TOML. Raises SchemeFileError with every problem found."""
    problems: list[str] = []
    scheme = _scheme(Table(document, problems), content_hash(document))
    problems += _contradictions(scheme)
    if problems:
        raise SchemeFileError(name, problems)
    return scheme


def content_hash(document: dict[str, Any]) -> str:
    """Return the SHA-256 of what a document says, whatever its layout and comments.

    To name an added key with its default says nothing new. So a version that was loaded before the key existed keeps
    its hash: it is recognised again, and a frozen one is neither refused nor followed by a version that equals it.
    """
    said = {key: value for key, value in document.items() if key not in ADDED_KEYS or value != ADDED_KEYS[key]}
    canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _scheme(table: Table, sha256: str) -> SchemeData:
    state_classification, economic_activity = _occupation_codes(table)
    scheme = SchemeData(
        sha256=sha256,
        code=table.code("code", SLUG, SLUG_EXAMPLE),
        number_prefix=table.code("number_prefix", PREFIX, PREFIX_EXAMPLE),
        level=table.whole("level", 1, 8),
        name=table.bilingual("name", longest=NAME_LENGTH),
        state_classification=state_classification,
        economic_activity=economic_activity,
        effective_from=table.day("effective_from"),
        exam_minutes=table.whole("exam_minutes", 1, 1440),
        validity_months=table.whole("validity_months", 1, 600),
        reminder_days=tuple(sorted(table.whole_numbers("reminder_days", 1, DAYS_IN_TEN_YEARS), reverse=True)),
        assessors_required=table.whole("assessors_required", 1, 20),
        contract_acceptance_days=table.whole("contract_acceptance_days", 1, DAYS_IN_TEN_YEARS),
        appeal_days=table.whole("appeal_days", 1, DAYS_IN_TEN_YEARS),
        hide_critical=table.flag("hide_critical", optional=True),
        retake=table.choice("retake", Retake.values, default=Retake.FAILED_STAGES.value),
        passed_stage_months=table.whole("passed_stage_months", 0, 600, default=DEFAULT_PASSED_STAGE_MONTHS),
        renewal_needs=table.choice("renewal_needs", RenewalNeeds.values, default=RenewalNeeds.BOTH.value),
        surveillance_months=table.whole("surveillance_months", 0, 600, default=DEFAULT_SURVEILLANCE_MONTHS),
        surveillance_notice_days=table.whole(
            "surveillance_notice_days", 1, 365, default=DEFAULT_SURVEILLANCE_NOTICE_DAYS
        ),
        flag_note=table.bilingual("flag_note", optional=True),
        scopes=tuple(_scope(inner) for inner in table.tables("scopes", optional=True)),
        stages=tuple(_stage(inner) for inner in table.tables("stages")),
        steps=tuple(_step(inner) for inner in table.tables("items")),
        processes=tuple(_process(inner) for inner in table.tables("processes")),
        guide=tuple(_guide(inner) for inner in table.tables("guide")),
    )
    table.finish()
    return scheme


def _occupation_codes(table: Table) -> tuple[str, str]:
    inner = table.table("occupation_codes")
    if inner is None:
        return "", ""
    codes = inner.code("state_classification", CODE, "2635"), inner.code("economic_activity", CODE, "9609011")
    inner.finish()
    return codes


def _scope(table: Table) -> ScopeData:
    scope = ScopeData(
        code=table.code("code", SLUG, "groups"),
        name=Text(table.text("az", longest=NAME_LENGTH), table.text("en", longest=NAME_LENGTH)),
    )
    table.finish()
    return scope


def _stage(table: Table) -> StageData:
    stage = StageData(
        code=table.code("code", CODE, "P1"),
        method=table.choice("method", Method.values),
        name=table.bilingual("name", longest=NAME_LENGTH),
        setting=table.bilingual("setting"),
        threshold_percent=table.whole("threshold_percent", 0, 100),
        all_critical=table.flag("all_critical"),
        min_minutes=table.whole("min_minutes", 1, 1440) if table.has("min_minutes") else None,
    )
    table.finish()
    return stage


def _step(table: Table) -> StepData:
    step = StepData(
        code=table.code("code", CODE, CODE_EXAMPLE),
        stage=table.text("stage", longest=LONGEST_CODE),
        critical=table.flag("critical"),
        flag_differs=table.flag("flag_differs", optional=True),
        indicator=table.code("indicator", CODE, "2.1"),
        statement=Text(table.text("az"), table.text("en")),
        note=table.bilingual("note", optional=True),
        criteria=table.codes("sections"),
    )
    table.finish()
    return step


def _process(table: Table) -> ProcessData:
    process = ProcessData(
        code=table.code("code", CODE, "C.2"),
        name=Text(table.text("az", longest=NAME_LENGTH), table.text("en", longest=NAME_LENGTH)),
        criteria=tuple(_criterion(inner) for inner in table.tables("criteria")),
    )
    table.finish()
    return process


def _criterion(table: Table) -> CriterionData:
    criterion = CriterionData(
        code=table.code("code", CODE, "C.2.3"),
        statement=Text(table.text("az"), table.text("en")),
    )
    table.finish()
    return criterion


def _guide(table: Table) -> GuideData:
    section = GuideData(
        code=table.code("code", SLUG, "exam"),
        title=table.bilingual("title", longest=NAME_LENGTH),
        points=tuple(inner.languages() for inner in table.tables("points")),
    )
    table.finish()
    return section


def _contradictions(scheme: SchemeData) -> Iterable[str]:
    """Give what is wrong between the parts of a scheme whose parts are right by themselves."""
    stages = [stage.code for stage in scheme.stages]
    criteria = [criterion.code for process in scheme.processes for criterion in process.criteria]
    yield from _repeated("stages", stages)
    yield from _repeated("items", [step.code for step in scheme.steps])
    yield from _repeated("processes", [process.code for process in scheme.processes])
    yield from _repeated("criteria", criteria)
    yield from _repeated("guide", [section.code for section in scheme.guide])
    yield from _wrong_scopes(scheme)
    yield from _wrong_references(scheme, stages, criteria)
    yield from _wrong_stages(scheme)
    if any(step.flag_differs for step in scheme.steps) and not scheme.flag_note.az:
        yield "flag_note: is missing, although an item has flag_differs"
    if scheme.retake == Retake.ALL_STAGES and scheme.passed_stage_months:
        yield "passed_stage_months: has to be 0, because retake 'all_stages' carries no passed stage over"
    if 0 < scheme.surveillance_months * SHORTEST_MONTH < scheme.surveillance_notice_days:
        yield "surveillance_notice_days: is longer than the time between two surveillances"


def _wrong_scopes(scheme: SchemeData) -> Iterable[str]:
    yield from _repeated("scopes", [scope.code for scope in scheme.scopes])
    longest = max(
        sum(len(scope.name.az) for scope in scheme.scopes), sum(len(scope.name.en) for scope in scheme.scopes)
    )
    if longest > ROOM_FOR_SCOPES:
        yield f"scopes: the names together are longer than {ROOM_FOR_SCOPES} characters: a certificate has no room"


def _wrong_references(scheme: SchemeData, stages: Collection[str], criteria: Collection[str]) -> Iterable[str]:
    for step in scheme.steps:
        if step.stage and step.stage not in stages:
            yield f"items[{step.code}].stage: there is no stage {step.stage!r}"
        for code in step.criteria:
            if code not in criteria:
                yield f"items[{step.code}].sections: there is no criterion {code!r}"


def _wrong_stages(scheme: SchemeData) -> Iterable[str]:
    with_steps = {step.stage for step in scheme.steps}
    for stage in scheme.stages:
        if stage.code and stage.code not in with_steps:
            yield f"stages[{stage.code}]: has no step"
        if stage.min_minutes and stage.min_minutes > scheme.exam_minutes:
            yield f"stages[{stage.code}].min_minutes: is longer than the whole exam"


def _repeated(key: str, codes: Sequence[str]) -> Iterable[str]:
    for code, count in Counter(codes).items():
        if code and count > 1:
            yield f"{key}[{code}].code: is given {count} times"
