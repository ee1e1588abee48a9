"""Starting and ending a stage: the server's clock stamps both."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from core.errors import RuleViolation
from core.transitions import locked, move
from exams.models import Attempt, StageRun
from exams.services.guards import need_panel, need_session_day
from exams.services.incidents import end_interruption, record_late_start
from exams.services.retakes import carry_stages, lock_earlier_exams
from exams.services.sheets import open_sheets
from exams.states import ATTEMPT, AttemptState, ClientKind
from schemes.models import Stage


@transaction.atomic
def start_stage(
    attempt: Attempt, stage: Stage, *, scenario: str, client_kind: str = "", late_reason: str = "", actor: User
) -> StageRun:
    """Start a stage now; the first one begins the exam, and an interruption ends with it.

    A stage with a minimum time is a client session and wants to know who the client is (coach: P1).
    A sheet is opened for everyone on the panel who may mark. A first stage that starts late leaves an incident, and
    stages that were passed before and still count are fixed at that moment.
    Raises `NotAllowed` "panel"; `RuleViolation` "panel_short" when too few may mark, "identity" without an identity
    check, "day", "scenario", "client", "started" the second time, "order" while an earlier stage has not ended,
    "state" when the exam is over.
    """
    # The session first: its panel is not changed, nor the session called off, at the moment in which an exam begins.
    locked(attempt.session)
    lock_earlier_exams(attempt)
    attempt = locked(attempt)
    first = attempt.state != AttemptState.IN_PROGRESS
    need_panel(actor, attempt)
    if not attempt.identity_checked_at:
        raise RuleViolation(_("Check the candidate's identity first."), code="identity")
    need_session_day(attempt)
    _check_setting(stage, scenario, client_kind)
    if first:
        attempt = move(attempt, ATTEMPT, "begin", actor=actor, related=(attempt.session, attempt.application))
        carry_stages(attempt)
    _check_order(attempt, stage)
    end_interruption(attempt, at=timezone.now(), actor=actor)
    run = StageRun.objects.create(
        attempt=attempt,
        stage=stage,
        scenario=scenario.strip(),
        client_kind=client_kind if is_client_session(stage) else "",
        started_at=timezone.now(),
    )
    open_sheets(run)
    record(
        actor=actor,
        verb="stage.start",
        obj=run,
        after={"stage": stage.code, "scenario": run.scenario, "client_kind": run.client_kind},
        related=[attempt, attempt.session],
    )
    if first:
        record_late_start(run, reason=late_reason, actor=actor)
    return run


def is_client_session(stage: Stage) -> bool:
    """Tell whether a client takes part: the scheme sets a minimum time for such a stage, and for no other."""
    return stage.min_minutes is not None


def _check_order(attempt: Attempt, stage: Stage) -> None:
    stages = list(attempt.session.scheme_version.stages.order_by("order"))
    if stage not in stages:
        raise RuleViolation(_("This stage does not belong to the exam."), code="order")
    carried = {one.run.stage_id for one in attempt.carried.select_related("run")}
    if stage.pk in carried:
        raise RuleViolation(
            _("The stage was passed in an earlier exam and still counts: go on to the next one."), code="carried"
        )
    runs = {run.stage_id: run for run in attempt.stages.all()}
    if stage.pk in runs:
        raise RuleViolation(_("The stage has already been started."), code="started")
    ended = carried | {key for key, run in runs.items() if run.ended_at}
    if any(one.pk not in ended for one in stages if one.order < stage.order):
        raise RuleViolation(_("The stages follow one another: end the earlier one first."), code="order")


def _check_setting(stage: Stage, scenario: str, client_kind: str) -> None:
    if not scenario.strip():
        raise RuleViolation(_("Give the reference of the scenario."), code="scenario")
    if is_client_session(stage) and client_kind not in ClientKind.values:
        raise RuleViolation(_("Say whether the client is real or role-played."), code="client")


@transaction.atomic
def end_stage(run: StageRun, *, actor: User) -> StageRun:
    """End a stage now, and an interruption with it; marks can be made and changed until they are sealed.

    Raises `NotAllowed` "panel"; `RuleViolation` "not_running" when it has ended already.
    """
    need_panel(actor, run)
    attempt, now = locked(run.attempt), timezone.now()
    run = locked(run)
    if not run.is_running:
        raise RuleViolation(_("The stage has already ended."), code="not_running")
    end_interruption(attempt, at=now, actor=actor)
    return close_run(run, at=now, actor=actor)


def close_run(run: StageRun, *, at: datetime, actor: User) -> StageRun:
    """Stamp the end of a running stage; the caller holds its lock."""
    run.ended_at = at
    run.save(update_fields=["ended_at"])
    record(
        actor=actor,
        verb="stage.end",
        obj=run,
        after={"stage": run.stage.code, "ended_at": run.ended_at},
        related=[run.attempt, run.attempt.session],
    )
    return run
