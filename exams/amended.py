"""What an amendment does to a verdict, as it is kept with the amendment: pure code."""

from collections.abc import Mapping
from typing import Any

from exams.scoring import StageVerdict

Facts = dict[str, Any]


def facts_of(verdict: StageVerdict, exams: Mapping[int, bool | None]) -> Facts:
    """Return the verdict of a stage, and of the exams in which it counts by key, for keeping as JSON."""
    return {
        "met": verdict.met,
        "total": verdict.total,
        "missed_critical": list(verdict.missed_critical),
        "threshold_percent": verdict.threshold_percent,
        "all_critical": verdict.all_critical,
        "passed": verdict.passed,
        "exams": {str(key): passed for key, passed in exams.items()},
    }


def verdict_in(facts: Facts) -> StageVerdict:
    """Return the verdict of the stage that was kept, so that it can be explained."""
    return StageVerdict(
        met=facts["met"],
        total=facts["total"],
        missed_critical=tuple(facts["missed_critical"]),
        unmarked=(),
        threshold_percent=facts["threshold_percent"],
        all_critical=facts["all_critical"],
    )


def exams_in(facts: Facts) -> dict[int, bool | None]:
    """Return the verdicts of the exams that were kept, by key; None for an exam that had none."""
    return {int(key): passed for key, passed in facts["exams"].items()}


def exam_in(facts: Facts, key: int) -> bool | None:
    """Return the verdict of one of the exams that were kept; None while it had none."""
    return exams_in(facts).get(key)
