"""Reads of candidates' exams."""

from django.db.models import Prefetch, QuerySet

from accounts.models import User
from exams.models import Attempt, CarriedStage, Incident, StageRun
from exams.states import AttemptState
from schemes.models import Stage


def attempts() -> QuerySet[Attempt]:
    """Return exams with all that their pages name: session, scheme, person, application and the stages begun so far."""
    return Attempt.objects.select_related(
        "session__scheme_version__scheme", "person", "application", "identity_checked_by"
    ).prefetch_related(
        Prefetch("stages", queryset=_held()),
        Prefetch(
            "incidents", queryset=Incident.objects.select_related("run__stage", "recorded_by", "ended_by", "breach")
        ),
        Prefetch("carried", queryset=CarriedStage.objects.prefetch_related(Prefetch("run", queryset=runs()))),
    )


def _held() -> QuerySet[StageRun]:
    runs = StageRun.objects.select_related("stage", "signed_off_by").order_by("stage__order")
    return runs.prefetch_related("incidents")


def attempts_of_person(user: User) -> QuerySet[Attempt]:
    """Return the exams of the person whose account this is, newest first."""
    return attempts().filter(person__user=user).order_by("-starts_at", "-id")


def attempts_of_application(application_id: int) -> QuerySet[Attempt]:
    """Return the exams held, or to be held, on an application, newest first."""
    return attempts().filter(application_id=application_id).order_by("-starts_at", "-id")


def queue_to_release() -> QuerySet[Attempt]:
    """Return marked exams whose result waits for release, oldest first; waiting since `starts_at`."""
    return attempts().filter(state=AttemptState.MARKED).order_by("starts_at", "id")


def stage_runs(attempt: Attempt) -> list[tuple[Stage, StageRun | None]]:
    """Return every stage of the exam in its order, with what has happened in it so far.

    A stage that was passed in an earlier exam and still counts is given as it was held there.
    """
    begun = {run.stage_id: run for run in [*(one.run for one in attempt.carried.all()), *attempt.stages.all()]}
    return [(stage, begun.get(stage.pk)) for stage in attempt.session.scheme_version.stages.order_by("order")]


def runs() -> QuerySet[StageRun]:
    """Return stages with all that the marking page names."""
    return StageRun.objects.select_related(
        "stage", "attempt__session__scheme_version__scheme", "attempt__person", "attempt__application", "signed_off_by"
    ).prefetch_related("incidents", "attempt__incidents")
