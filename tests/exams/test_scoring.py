"""The verdict: the published vectors, the edges, and random stages against an independent model."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

import schemes
from exams.scoring import StageVerdict, score_exam, score_stage
from schemes.models import Stage

SCHEME = tomllib.loads((Path(schemes.__file__).parent / "data" / "coach-6.toml").read_text(encoding="utf-8"))
VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "checklist.json").read_text(encoding="utf-8"))
STAGES = {stage["code"]: stage for stage in SCHEME["stages"]}


@dataclass(frozen=True)
class Step:
    code: str
    critical: bool = False


def coach_steps(stage: str) -> list[Step]:
    return [Step(item["code"], item["critical"]) for item in SCHEME["items"] if item["stage"] == stage]


def score_coach_stage(stage: str, marks: Mapping[str, bool]) -> StageVerdict:
    rule = STAGES[stage]
    return score_stage(coach_steps(stage), marks, rule["threshold_percent"], rule["all_critical"])


def marks_of(case: Mapping[str, Any], stage: str) -> dict[str, bool]:
    return {
        step.code: step.code not in case["not_met"] for step in coach_steps(stage) if step.code not in case["unmarked"]
    }


def stage_with(met: int, total: int) -> tuple[list[Step], dict[str, bool]]:
    steps = [Step(f"S.{number}") for number in range(1, total + 1)]
    return steps, {step.code: number < met for number, step in enumerate(steps)}


# The vectors


def test_vectors_are_about_the_shipped_scheme() -> None:
    assert VECTORS["scheme"] == SCHEME["code"]
    assert {code: len(coach_steps(code)) for code in STAGES} == {"P1": 27, "P2": 8}


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_score_stage_vector(case: dict[str, Any]) -> None:
    for stage in STAGES:
        verdict = score_coach_stage(stage, marks_of(case, stage))
        expected = case[stage]
        # The vectors say "passed: false, no result yet" of a stage with an unmarked step. A verdict tells the two
        # apart: there is no result (None), which is not a failure. What is met, missed and unmarked is the same.
        passed = None if expected["unmarked"] else expected["passed"]
        assert (
            verdict.met,
            verdict.total,
            list(verdict.missed_critical),
            list(verdict.unmarked),
            verdict.passed,
        ) == (expected["met"], expected["total"], expected["missed_critical"], expected["unmarked"], passed)


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_score_exam_vector(case: dict[str, Any]) -> None:
    verdicts = [score_coach_stage(stage, marks_of(case, stage)) for stage in STAGES]
    assert score_exam(verdicts) is (None if case["unmarked"] else case["exam_passed"])


# The edges


@pytest.mark.parametrize(
    ("threshold", "total", "needed"),
    [(80, 27, 22), (80, 8, 7), (80, 5, 4), (0, 8, 0), (100, 8, 8), (1, 100, 1), (1, 101, 2), (33, 3, 1), (34, 3, 2)],
)
def test_needed_is_the_smallest_passing_number(threshold: int, total: int, needed: int) -> None:
    verdicts = [score_stage(*stage_with(met, total), threshold, all_critical=True) for met in range(total + 1)]
    assert {verdict.needed for verdict in verdicts} == {needed}
    assert [verdict.passed for verdict in verdicts] == [met >= needed for met in range(total + 1)]


@pytest.mark.parametrize("threshold", [0, 1, 50, 80, 99, 100])
def test_needed_agrees_with_the_rule_on_the_scheme_page(threshold: int) -> None:
    stage = Stage(threshold_percent=threshold)
    for total in range(1, 40):
        assert score_stage(*stage_with(0, total), threshold, all_critical=True).needed == stage.needed(total)


def test_score_stage_without_the_critical_rule_lists_missed_critical_steps_and_passes() -> None:
    steps = [Step("A", critical=True), Step("B"), Step("C"), Step("D"), Step("E")]
    verdict = score_stage(steps, {"A": False, "B": True, "C": True, "D": True, "E": True}, 80, all_critical=False)
    assert (verdict.missed_critical, verdict.passed) == (("A",), True)


def test_score_stage_codes_are_in_checklist_order() -> None:
    steps = [Step("Z", critical=True), Step("M"), Step("A", critical=True), Step("B", critical=True)]
    verdict = score_stage(iter(steps), {"B": False, "A": False}, 80, all_critical=True)
    assert (verdict.missed_critical, verdict.unmarked) == (("Z", "A", "B"), ("Z", "M"))
    assert verdict.failed_critical == ("A", "B")


def test_score_exam_with_a_failed_and_an_unfinished_stage_is_failed() -> None:
    failed = score_stage(*stage_with(0, 5), 80, all_critical=True)
    unfinished = score_stage([Step("A")], {}, 80, all_critical=True)
    assert (score_exam([failed, unfinished]), score_exam([unfinished, failed])) == (False, False)


# Bad input


@pytest.mark.parametrize("threshold", [-1, 101, 80.0, "80", None, True])
def test_score_stage_with_a_bad_threshold_is_refused(threshold: Any) -> None:
    with pytest.raises(ValueError, match=r"^the threshold is a whole number of percent from 0 to 100, not "):
        score_stage([Step("A")], {"A": True}, threshold, all_critical=True)


@pytest.mark.parametrize(
    ("steps", "marks", "message"),
    [
        ([], {}, "a stage has at least one step"),
        ([Step("A"), Step("B"), Step("A")], {}, "steps with the same code in one stage: A"),
        ([Step("A")], {"C": True, "B": False}, "marks for steps that are not in the stage: B, C"),
        ([Step("A")], {"A": None}, "a mark is True or False: A = None"),
        ([Step("A")], {"A": 1}, "a mark is True or False: A = 1"),
    ],
)
def test_score_stage_with_bad_steps_or_marks_is_refused(steps: list[Step], marks: Any, message: str) -> None:
    with pytest.raises(ValueError, match=rf"^{re.escape(message)}$"):
        score_stage(steps, marks, 80, all_critical=True)


def test_score_exam_without_a_stage_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^an exam has at least one stage$"):
        score_exam([])


# Explanations


def explained(not_met: set[str], unmarked: set[str], stage: str = "P1") -> tuple[str, str]:
    verdict = score_coach_stage(stage, marks_of({"not_met": not_met, "unmarked": unmarked}, stage))
    return verdict.explain("az"), verdict.explain("en")


def test_explain_passed() -> None:
    assert explained(set(), set(), "P2") == (
        (
            "Mərhələ keçilib. 8 addımdan 8-i yerinə yetirilib; ən azı 7-si tələb olunur (80 %). "
            "Bütün həlledici addımlar yerinə yetirilib."
        ),
        "The stage is passed. 8 of 8 steps are met; at least 7 are needed (80 %). Every critical step is met.",
    )


def test_explain_failed_on_the_threshold() -> None:
    assert explained({"BQ.4", "BQ.5", "BQ.16", "BQ.24", "BQ.25", "BQ.26"}, set()) == (
        (
            "Mərhələ keçilməyib. 27 addımdan 21-i yerinə yetirilib; ən azı 22-si tələb olunur (80 %). "
            "Bütün həlledici addımlar yerinə yetirilib."
        ),
        "The stage is not passed. 21 of 27 steps are met; at least 22 are needed (80 %). Every critical step is met.",
    )


def test_explain_failed_on_one_critical_step() -> None:
    assert explained({"BQ.6"}, set()) == (
        (
            "Mərhələ keçilməyib. 27 addımdan 26-sı yerinə yetirilib; ən azı 22-si tələb olunur (80 %). "
            "Yerinə yetirilməyən həlledici addım: BQ.6; hər bir həlledici addım yerinə yetirilməlidir."
        ),
        (
            "The stage is not passed. 26 of 27 steps are met; at least 22 are needed (80 %). "
            "Critical step not met: BQ.6; every critical step has to be met."
        ),
    )


def test_explain_with_unmarked_steps() -> None:
    assert explained({"BQ.6", "BQ.7"}, {"BQ.9", "BQ.4"}) == (
        (
            "Mərhələnin nəticəsi hələ yoxdur. 2 addım qiymətləndirilməyib: BQ.4, BQ.9. "
            "27 addımdan hələlik 23-ü yerinə yetirilib; ən azı 22-si tələb olunur (80 %). "
            "Yerinə yetirilməyən həlledici addımlar: BQ.6, BQ.7; hər bir həlledici addım yerinə yetirilməlidir."
        ),
        (
            "The stage has no result yet. 2 steps are not marked: BQ.4, BQ.9. "
            "23 of 27 steps are met so far; at least 22 are needed (80 %). "
            "Critical steps not met: BQ.6, BQ.7; every critical step has to be met."
        ),
    )


def test_explain_of_a_panel_names_what_it_has_to_settle() -> None:
    steps = [Step("A.1", critical=True), Step("A.2")]
    verdict = score_stage(steps, {"A.2": True}, 80, all_critical=True)
    assert verdict.explain("az", panel=True) == (
        "Mərhələnin nəticəsi hələ yoxdur. 1 addım üzrə heyət hələ qərar verməlidir: A.1. "
        "2 addımdan hələlik 1-i yerinə yetirilib; ən azı 2-si tələb olunur (80 %)."
    )
    assert verdict.explain("en", panel=True) == (
        "The stage has no result yet. 1 step is still to be settled by the panel: A.1. "
        "1 of 2 steps is met so far; at least 2 are needed (80 %)."
    )
    settled = score_stage(steps, {"A.1": True, "A.2": True}, 80, all_critical=True)
    assert settled.explain("en", panel=True) == settled.explain("en")


def test_explain_with_only_an_unmarked_critical_step_says_nothing_of_a_missed_one() -> None:
    assert explained(set(), {"BQ.9"}) == (
        (
            "Mərhələnin nəticəsi hələ yoxdur. 1 addım qiymətləndirilməyib: BQ.9. "
            "27 addımdan hələlik 26-sı yerinə yetirilib; ən azı 22-si tələb olunur (80 %)."
        ),
        (
            "The stage has no result yet. 1 step is not marked: BQ.9. "
            "26 of 27 steps are met so far; at least 22 are needed (80 %)."
        ),
    )


def test_explain_without_the_critical_rule_does_not_mention_it() -> None:
    verdict = score_stage([Step("A", critical=True)], {"A": False}, 0, all_critical=False)
    assert (verdict.explain("az"), verdict.explain("en")) == (
        "Mərhələ keçilib. 1 addımdan 0-ı yerinə yetirilib; ən azı 0-ı tələb olunur (0 %).",
        "The stage is passed. 0 of 1 step is met; at least 0 are needed (0 %).",
    )


@pytest.mark.parametrize(
    ("met", "ending"),
    [
        *enumerate(["0-ı", "1-i", "2-si", "3-ü", "4-ü", "5-i", "6-sı", "7-si", "8-i", "9-u", "10-u", "11-i"]),
        (20, "20-si"),
        (30, "30-u"),
        (40, "40-ı"),
        (50, "50-si"),
        (60, "60-ı"),
        (70, "70-i"),
        (80, "80-i"),
        (90, "90-ı"),
        (100, "100-ü"),
        (101, "101-i"),
        (1000, "1000-i"),
        (1100, "1100-ü"),
    ],
)
def test_explain_in_azerbaijani_ends_the_number_as_it_is_spoken(met: int, ending: str) -> None:
    verdict = StageVerdict(met, 2000, (), (), 50, all_critical=False)
    assert verdict.explain("az") == (
        f"Mərhələ keçilməyib. 2000 addımdan {ending} yerinə yetirilib; ən azı 1000-i tələb olunur (50 %)."
        if met < 1000
        else f"Mərhələ keçilib. 2000 addımdan {ending} yerinə yetirilib; ən azı 1000-i tələb olunur (50 %)."
    )


def test_explain_in_an_unknown_language_is_refused() -> None:
    verdict = score_stage([Step("A")], {"A": True}, 80, all_critical=True)
    with pytest.raises(ValueError, match=r"^a verdict is explained in az, en, not in 'tr'$"):
        verdict.explain("tr")


# Random stages against a model that shares nothing with the code but the rule


@st.composite
def marked_stages(draw: st.DrawFn) -> tuple[list[Step], dict[str, bool]]:
    codes = draw(st.lists(st.text(min_size=1, max_size=4), min_size=1, max_size=40, unique=True))
    steps = [Step(code, draw(st.booleans())) for code in codes]
    marks = {
        code: mark for code in codes if (mark := draw(st.sampled_from([True, True, True, False, None]))) is not None
    }
    return steps, marks


@given(marked_stages(), st.integers(0, 100), st.booleans())
def test_score_stage_agrees_with_the_model(
    stage: tuple[list[Step], dict[str, bool]], threshold: int, all_critical: bool
) -> None:
    steps, marks = stage
    verdict = score_stage(steps, marks, threshold, all_critical)

    met = [step for step in steps if marks.get(step.code) is True]
    missed = [step.code for step in steps if step.critical and step not in met]
    share = Fraction(len(met), len(steps))
    model = share >= Fraction(threshold, 100) and not (all_critical and missed)
    assert verdict == StageVerdict(
        len(met),
        len(steps),
        tuple(missed),
        tuple(step.code for step in steps if step.code not in marks),
        threshold,
        all_critical,
    )
    assert verdict.passed == (model if len(marks) == len(steps) else None)
    assert Fraction(verdict.needed, len(steps)) >= Fraction(threshold, 100)
    assert verdict.needed == 0 or Fraction(verdict.needed - 1, len(steps)) < Fraction(threshold, 100)


@given(marked_stages(), st.integers(0, 100), st.booleans(), st.randoms())
def test_score_stage_does_not_depend_on_the_order_of_marks(
    stage: tuple[list[Step], dict[str, bool]], threshold: int, all_critical: bool, random: Any
) -> None:
    steps, marks = stage
    shuffled = list(marks.items())
    random.shuffle(shuffled)
    assert score_stage(steps, dict(shuffled), threshold, all_critical) == score_stage(
        steps, marks, threshold, all_critical
    )


@given(st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=6))
def test_score_exam_agrees_with_the_model(results: list[bool | None]) -> None:
    marks_for = {True: {"A": True}, False: {"A": False}, None: {}}
    verdicts = [score_stage([Step("A")], marks_for[result], 80, all_critical=True) for result in results]
    if any(result is False for result in results):
        expected: bool | None = False
    else:
        expected = True if all(results) else None
    assert score_exam(verdicts) is expected
