"""The verdict on a stage of a practical exam: pure code, integers only.

A stage is passed when at least ``threshold_percent`` of its steps are met and, where the scheme asks for it, every
critical step is met. An exam is passed when every stage is passed on its own.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

PERCENT = range(101)


class ScoredStep(Protocol):
    """What scoring has to know of a step of the checklist."""

    @property
    def code(self) -> str:
        """The code, unique within the stage, e.g. ``BQ.9``."""

    @property
    def critical(self) -> bool:
        """Whether a missed step fails the stage by itself (where ``all_critical`` applies)."""


@dataclass(frozen=True, slots=True)
class StageVerdict:
    """What the marks of one stage amount to.

    ``missed_critical`` are the critical steps not met *so far*: marked not met, or not marked yet. ``unmarked`` are
    the steps without a mark; while there is one, the stage has no result. Both are in checklist order.
    """

    met: int
    total: int
    missed_critical: tuple[str, ...]
    unmarked: tuple[str, ...]
    threshold_percent: int
    all_critical: bool

    @property
    def failed_critical(self) -> tuple[str, ...]:
        """The critical steps that are marked as not met: the missed ones without those still unmarked."""
        return tuple(code for code in self.missed_critical if code not in self.unmarked)

    @property
    def needed(self) -> int:
        """The smallest number of met steps that reaches the threshold."""
        return -(-self.threshold_percent * self.total // 100)

    @property
    def threshold_reached(self) -> bool:
        """Whether enough steps are met, critical or not."""
        return self.met * 100 >= self.threshold_percent * self.total

    @property
    def passed(self) -> bool | None:
        """Whether the stage is passed; None while a step is unmarked."""
        if self.unmarked:
            return None
        return self.threshold_reached and not (self.all_critical and self.missed_critical)

    def explain(self, language: str, *, panel: bool = False) -> str:
        """Say in full sentences why the verdict is what it is, in ``az`` or ``en``.

        For the marks of a ``panel``, steps without a mark are those that it has not settled yet.
        Raises ValueError for another language.
        """
        try:
            explanation = _EXPLANATIONS[language]
        except KeyError:
            msg = f"a verdict is explained in {', '.join(_EXPLANATIONS)}, not in {language!r}"
            raise ValueError(msg) from None
        return " ".join(explanation(self, panel))


def score_stage(
    steps: Iterable[ScoredStep],
    marks: Mapping[str, bool],
    threshold_percent: int,
    all_critical: bool,  # noqa: FBT001 -- the interface that other tools rely on
) -> StageVerdict:
    """Score one stage from its steps, in checklist order, and its marks (an absent code is unmarked).

    Raises ValueError for an empty stage, a duplicate or unknown code, a mark that is neither True nor False, and a
    threshold that is not a whole number from 0 to 100.
    """
    checklist = tuple(steps)
    _check_threshold(threshold_percent)
    _check_codes([step.code for step in checklist], marks)
    return StageVerdict(
        met=sum(marks.values()),
        total=len(checklist),
        missed_critical=tuple(step.code for step in checklist if step.critical and not marks.get(step.code)),
        unmarked=tuple(step.code for step in checklist if step.code not in marks),
        threshold_percent=threshold_percent,
        all_critical=all_critical,
    )


class StageResult(Protocol):
    """What the exam's verdict needs of a stage: a `StageVerdict`, or a stage whose verdict is stored."""

    @property
    def passed(self) -> bool | None:
        """Whether the stage is passed; None while it has no result."""


def score_exam(verdicts: Iterable[StageResult]) -> bool | None:
    """Whether the exam is passed: when every stage is.

    False as soon as one stage is failed, since nothing can mend that; otherwise None while a stage has no result.
    Raises ValueError when there is no stage.
    """
    results = [verdict.passed for verdict in verdicts]
    if not results:
        msg = "an exam has at least one stage"
        raise ValueError(msg)
    if False in results:
        return False
    return None if None in results else True


def _check_threshold(threshold_percent: int) -> None:
    if type(threshold_percent) is not int or threshold_percent not in PERCENT:
        msg = f"the threshold is a whole number of percent from 0 to 100, not {threshold_percent!r}"
        raise ValueError(msg)


def _check_codes(codes: Collection[str], marks: Mapping[str, bool]) -> None:
    if not codes:
        msg = "a stage has at least one step"
        raise ValueError(msg)
    if repeated := [code for code, count in Counter(codes).items() if count > 1]:
        msg = f"steps with the same code in one stage: {', '.join(repeated)}"
        raise ValueError(msg)
    if unknown := sorted(str(code) for code in marks.keys() - set(codes)):
        msg = f"marks for steps that are not in the stage: {', '.join(unknown)}"
        raise ValueError(msg)
    if odd := [f"{code} = {mark!r}" for code, mark in marks.items() if not isinstance(mark, bool)]:
        msg = f"a mark is True or False: {', '.join(odd)}"
        raise ValueError(msg)


# The explanations stand here and not in the message catalogues: a verdict is kept and printed in both languages,
# whichever is active, and scoring runs without Django.


def _explain_en(verdict: StageVerdict, panel: bool) -> Iterable[str]:  # noqa: FBT001 -- see `explain`
    unmarked, failed = verdict.unmarked, verdict.failed_critical
    if verdict.passed is None:
        yield "The stage has no result yet."
        number = "1 step is" if len(unmarked) == 1 else f"{len(unmarked)} steps are"
        yield f"{number} {'still to be settled by the panel' if panel else 'not marked'}: {', '.join(unmarked)}."
    else:
        yield "The stage is passed." if verdict.passed else "The stage is not passed."
    so_far = " so far" if unmarked else ""
    steps = "step" if verdict.total == 1 else "steps"
    met = "is" if 1 in {verdict.met, verdict.total} else "are"
    need = "is" if verdict.needed == 1 else "are"
    yield (
        f"{verdict.met} of {verdict.total} {steps} {met} met{so_far}; "
        f"at least {verdict.needed} {need} needed ({verdict.threshold_percent} %)."
    )
    if not verdict.all_critical:
        return
    if failed:
        noun = "Critical step" if len(failed) == 1 else "Critical steps"
        yield f"{noun} not met: {', '.join(failed)}; every critical step has to be met."
    elif not verdict.missed_critical:
        yield "Every critical step is met."


def _explain_az(verdict: StageVerdict, panel: bool) -> Iterable[str]:  # noqa: FBT001 -- see `explain`
    unmarked, failed = verdict.unmarked, verdict.failed_critical
    if verdict.passed is None:
        yield "Mərhələnin nəticəsi hələ yoxdur."
        state = "üzrə heyət hələ qərar verməlidir" if panel else "qiymətləndirilməyib"
        yield f"{len(unmarked)} addım {state}: {', '.join(unmarked)}."
    else:
        yield "Mərhələ keçilib." if verdict.passed else "Mərhələ keçilməyib."
    so_far = "hələlik " if unmarked else ""
    yield (
        f"{verdict.total} addımdan {so_far}{_of_them_az(verdict.met)} yerinə yetirilib; "
        f"ən azı {_of_them_az(verdict.needed)} tələb olunur ({verdict.threshold_percent} %)."
    )
    if not verdict.all_critical:
        return
    if failed:
        noun = "həlledici addım" if len(failed) == 1 else "həlledici addımlar"
        yield f"Yerinə yetirilməyən {noun}: {', '.join(failed)}; hər bir həlledici addım yerinə yetirilməlidir."
    elif not verdict.missed_critical:
        yield "Bütün həlledici addımlar yerinə yetirilib."


# "26 of them" is 26-sı: the ending follows the vowels of the last word of the number as it is spoken.
_UNITS_AZ = ("", "i", "si", "ü", "ü", "i", "sı", "si", "i", "u")
_TENS_AZ = ("", "u", "si", "u", "ı", "si", "ı", "i", "i", "ı")


def _of_them_az(number: int) -> str:
    tens, units = divmod(number % 100, 10)
    ending = _UNITS_AZ[units] or _TENS_AZ[tens]
    if not ending:
        ending = _round_ending_az(number)
    return f"{number}-{ending}"


def _round_ending_az(number: int) -> str:
    if number == 0:
        return "ı"  # sıfırı
    return "i" if number % 1000 == 0 else "ü"  # mini, yüzü


_EXPLANATIONS: Mapping[str, Callable[[StageVerdict, bool], Iterable[str]]] = {"az": _explain_az, "en": _explain_en}
