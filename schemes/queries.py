"""Reads of schemes and their versions."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from schemes.models import Criterion, Scheme, SchemeVersion, Stage, Step


@dataclass(frozen=True, slots=True)
class StageOutline:
    """A stage with its steps in checklist order, and its rule in numbers."""

    stage: Stage
    steps: tuple[Step, ...]

    @property
    def total(self) -> int:
        """The number of steps."""
        return len(self.steps)

    @property
    def critical(self) -> int:
        """The number of critical steps."""
        return sum(step.critical for step in self.steps)

    @property
    def needed(self) -> int:
        """The smallest number of met steps that reaches the threshold."""
        return self.stage.needed(self.total)


def all_schemes() -> QuerySet[Scheme]:
    """Return every scheme by code."""
    return Scheme.objects.order_by("code")


def versions_in_force(on: date | None = None) -> QuerySet[SchemeVersion]:
    """Return, by scheme code, the version of each scheme that applies on the day (today unless given).

    Of the versions that are effective it is the newest. A scheme whose first version takes effect later is not there.
    """
    return (
        SchemeVersion.objects.filter(effective_from__lte=on or timezone.localdate())
        .select_related("scheme")
        .order_by("scheme__code", "-version")
        .distinct("scheme__code")
    )


def current_version(scheme: Scheme, on: date | None = None) -> SchemeVersion | None:
    """Return the version of `scheme` that applies on the day (today unless given), or None."""
    return versions_in_force(on).filter(scheme=scheme).first()


def shown_version(scheme: Scheme) -> SchemeVersion | None:
    """Return the version that the scheme's page shows: the current one, or the first to come."""
    return current_version(scheme) or versions_of(scheme).last()


def versions_of(scheme: Scheme) -> QuerySet[SchemeVersion]:
    """Return every version of a scheme, newest first."""
    return scheme.versions.select_related("scheme").order_by("-version")


def stages_with_steps(version: SchemeVersion) -> QuerySet[Stage]:
    """Return the stages of a version, each with its steps in checklist order and the criteria behind each step.

    Three queries, however many stages and steps there are.
    """
    criteria = Prefetch("criteria", Criterion.objects.select_related("process").order_by("order"))
    steps = Prefetch("steps", Step.objects.order_by("order").prefetch_related(criteria))
    return version.stages.order_by("order").prefetch_related(steps)


def outline(version: SchemeVersion) -> list[StageOutline]:
    """Return the stages of a version with their steps, criteria and rules (three queries)."""
    return [StageOutline(stage, tuple(stage.steps.all())) for stage in stages_with_steps(version)]
