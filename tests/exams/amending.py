"""Amendments of signed marks for tests."""

from typing import Any

from accounts.models import User
from exams.models import Amendment, StageRun
from exams.services.amendments import approve_amendment, propose_amendment
from schemes.models import Step
from tests.exams.factories import assessor_of

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
WHY = "Yazıda addımın yerinə yetirildiyi eşidilir."
EVIDENCE = "Səs yazısı, 12-ci dəqiqə."


def step_of(run: StageRun, code: str) -> Step:
    """Return a step of the stage by its code."""
    return run.stage.steps.get(code=code)


def propose(
    run: StageRun, code: str = "BQ.2", value: bool = False, *, actor: User | None = None, **words: Any
) -> Amendment:
    """Propose another mark, as the lead of the panel unless told otherwise."""
    said = {"why": WHY, "evidence": EVIDENCE, **words}
    return propose_amendment(run, step_of(run, code), value=value, actor=actor or assessor_of(run.attempt), **said)


def amend(run: StageRun, code: str = "BQ.2", value: bool = False, *, officer: User) -> Amendment:
    """Propose another mark, and let the officer approve it."""
    return approve_amendment(propose(run, code, value), actor=officer)
