"""What happens on the day, done by tests."""

from accounts.models import User
from exams.models import Attempt, StageRun
from exams.queries.attempts import attempts
from exams.services.stages import start_stage


def start(attempt: Attempt, actor: User, code: str = "P1", **changes: str) -> StageRun:
    stage = attempt.session.scheme_version.stages.get(code=code)
    return start_stage(attempt, stage, actor=actor, **{"scenario": "S-07", "client_kind": "real", **changes})


def fresh(attempt: Attempt) -> Attempt:
    return attempts().get(pk=attempt.pk)
