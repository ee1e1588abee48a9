"""Reads of marks: the current one of a step is the entry that no other follows."""

from django.db.models import Exists, OuterRef, QuerySet

from exams.models import MarkEntry, StageRun
from schemes.models import Step
from schemes.queries import stages_with_steps


def current_entries(run: StageRun) -> QuerySet[MarkEntry]:
    """Return the current mark of every step that was ever marked in the stage, with who made it."""
    followers = MarkEntry.objects.filter(follows=OuterRef("pk"))
    return (
        MarkEntry.objects.filter(run=run)
        .exclude(Exists(followers))
        .select_related("step", "made_by")
        .order_by("step__order")
    )


def current_entry(run: StageRun, step: Step) -> MarkEntry | None:
    """Return the current mark of a step, or None when it was never marked."""
    return current_entries(run).filter(step=step).first()


def current_marks(run: StageRun) -> dict[str, bool]:
    """Return the current marks by step code, as scoring takes them; a step without a mark is absent."""
    return {code: value for code, value in current_entries(run).values_list("step__code", "value") if value is not None}


def checklist(run: StageRun) -> list[Step]:
    """Return the steps of the stage in checklist order, with the criteria behind each."""
    version = run.attempt.session.scheme_version
    return list(stages_with_steps(version).get(pk=run.stage_id).steps.all())
