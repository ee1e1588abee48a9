"""What the tests of panels say often."""

import pytest
from django.urls import reverse

from core.errors import RuleViolation
from exams.models import StageRun

SECRET = "gizli qeyd"


def address(run: StageRun, name: str = "run_panel", *more: object) -> str:
    return reverse(f"exams:{name}", args=[run.pk, *more])


def step(run: StageRun, code: str):
    return run.stage.steps.get(code=code)


def refused_code(call) -> str:
    with pytest.raises(RuleViolation) as refusal:
        call()
    return refusal.value.code
