"""Marks by several devices against a simple model: a dictionary of what stands, and a list of all that was accepted."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from core.errors import RuleViolation
from exams.models import MarkEntry, StageRun
from exams.queries.marks import current_entries, current_marks
from exams.scoring import score_stage
from exams.services.marking import Mark, MarkConflict, mark_step
from exams.services.sign_off import sign_off_stage
from tests.exams.factories import ended_stage, new_attempt, new_session, signed_stage


def refusal_of(call: Callable[[], object]) -> RuleViolation | None:
    """Return the refusal of the call, or None when it succeeds."""
    try:
        call()
    except RuleViolation as violation:
        return violation
    return None


class Marking(RuleBasedStateMachine):
    """Two devices mark; each knows what it last saw on a step. The model is what stands and what was accepted."""

    run: StageRun
    actor: Any
    codes: list[str]

    def __init__(self) -> None:
        super().__init__()
        self.stands: dict[str, tuple[UUID, bool | None, str]] = {}
        self.accepted: dict[UUID, Mark] = {}
        self.seen: list[dict[str, UUID]] = [{}, {}]
        self.signed = False

    marks = Bundle("marks")

    @rule(
        target=marks,
        device=st.integers(0, 1),
        place=st.integers(0, 7),
        value=st.sampled_from([True, False, None]),
        comment=st.sampled_from(["", "aydın", "yox"]),
    )
    def mark(self, device, place, value, comment):
        step, identifier = self.codes[place], uuid4()
        mark = Mark(id=identifier, step=step, value=value, comment=comment, follows=self.seen[device].get(step))
        current = self.stands.get(step)
        refusal = refusal_of(lambda: mark_step(self.run, mark, actor=self.actor))
        if self.signed:
            assert refusal is not None
            assert refusal.code == "signed"
            return multiple()
        if (current[0] if current else None) != mark.follows:
            assert isinstance(refusal, MarkConflict)
            assert current is not None
            assert refusal.current is not None
            assert refusal.current.pk == current[0]
            self.seen[device][step] = refusal.current.pk
            return multiple()
        assert refusal is None
        stored = mark_step(self.run, mark, actor=self.actor)
        assert stored.current == stored.entry
        self.stands[step] = (identifier, value, comment)
        self.accepted[identifier] = mark
        self.seen[device][step] = identifier
        return mark

    @rule(mark=marks)
    def send_again(self, mark):
        stored = mark_step(self.run, mark, actor=self.actor)
        assert stored.entry.pk == mark.id
        assert stored.current.pk == self.stands[mark.step][0]

    @rule(device=st.integers(0, 1))
    def reload(self, device):
        self.seen[device] = {entry.step.code: entry.pk for entry in current_entries(self.run)}

    @rule()
    def sign_off(self):
        complete = all(self.stands.get(code, (None, None))[1] is not None for code in self.codes)
        refusal = refusal_of(lambda: sign_off_stage(self.run, actor=self.actor))
        if self.signed or not complete:
            assert refusal is not None
            assert refusal.code == ("signed" if self.signed else "unmarked")
        else:
            assert refusal is None
            self.signed = True

    @rule()
    def mark_the_rest(self):
        for place in range(len(self.codes)):
            if self.stands.get(self.codes[place], (None, None))[1] is None and not self.signed:
                self.reload(0)
                self._append(self.codes[place])

    def _append(self, step):
        mark = Mark(id=uuid4(), step=step, value=True, follows=self.seen[0].get(step))
        mark_step(self.run, mark, actor=self.actor)
        self.stands[step] = (mark.id, True, "")
        self.accepted[mark.id] = mark

    @invariant()
    def nothing_is_lost_and_nothing_invented(self):
        expected = {code: value for code, (_id, value, _comment) in self.stands.items() if value is not None}
        assert current_marks(self.run) == expected
        assert set(MarkEntry.objects.filter(run=self.run).values_list("pk", flat=True)) == set(self.accepted)
        if self.signed:
            self.run.refresh_from_db()
            steps = list(self.run.stage.steps.order_by("order"))
            verdict = score_stage(steps, expected, self.run.stage.threshold_percent, self.run.stage.all_critical)
            assert (self.run.met, self.run.passed) == (verdict.met, verdict.passed)


@pytest.mark.django_db
def test_marks_of_two_devices_follow_the_model(version, assessor):
    class Machine(Marking):
        @initialize()
        def begin(self):
            attempt = new_attempt(new_session(version, assessor))
            signed_stage(attempt, "P1", ago=12)
            self.run = ended_stage(attempt, "P2", minutes=10)
            self.actor = assessor
            self.codes = list(self.run.stage.steps.order_by("order").values_list("code", flat=True))

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
