"""The log of a sheet: any order and any repetition of batches leaves the same, and the board counts what it says."""

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from accounts.states import Role
from exams.marklog import board
from exams.models import MarkEvent, StageRun
from exams.queries.board import marked_steps
from exams.services.intake import take_in
from exams.sheets import board_of
from exams.wire import batch_of
from tests.exams.factories import (
    DEVICE,
    OTHER_DEVICE,
    a_batch,
    an_event,
    new_attempt,
    new_session,
    running_stage,
    sheet_of,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

CODES = ("BQ.5", "BQ.2", "BQ.6")


@st.composite
def logs(draw: st.DrawFn) -> list[tuple[int, int, Any, list[int]]]:
    """Draw events as (device, place, content, replaced): what each replaces is drawn from all, itself and later too."""
    size = draw(st.integers(1, 12))
    one = st.tuples(
        st.integers(0, 1),
        st.integers(0, 3),
        st.sampled_from([True, False, None]),
        st.lists(st.integers(0, size - 1), max_size=3),
    )
    return draw(st.lists(one, min_size=size, max_size=size))


def events_from(run: StageRun, log: list[tuple[int, int, Any, list[int]]]) -> list[tuple[int, dict[str, Any]]]:
    ids = [str(uuid4()) for _event in log]
    made = []
    for number, (device, place, value, replaced) in enumerate(log):
        said = {"comment": str(value)} if place == len(CODES) else {"value": value}
        code = CODES[min(place, len(CODES) - 1)]
        replaces = [ids[other] for other in replaced]
        made.append((device, an_event(run, code, id=ids[number], replaces=replaces, **said)))
    return made


def says(run: StageRun) -> dict[Any, set[Any]]:
    """Return what stands on the lead's sheet, by place."""
    heads = board_of(sheet_of(run)).heads
    return {place: {event.pk for event in found} for place, found in heads.items() if found}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), log=logs())
def test_any_order_and_any_repetition_leaves_the_same(data, log, version):
    assessors = [UserFactory.create(roles=[Role.ASSESSOR]) for _run in range(2)]
    runs = [running_stage(new_attempt(new_session(version, assessor))) for assessor in assessors]
    events = events_from(runs[0], log)
    ids = {event["id"]: str(uuid4()) for _device, event in events}
    copies = [
        (device, {**event, "run": runs[1].pk, "id": ids[event["id"]], "replaces": [ids[x] for x in event["replaces"]]})
        for device, event in events
    ]
    again = data.draw(st.lists(st.sampled_from(range(len(log))), max_size=5))
    order = [*data.draw(st.permutations(range(len(log)))), *again]

    for device, event in events:
        take_in(batch_of(a_batch(assessors[0], event, device=(DEVICE, OTHER_DEVICE)[device])), actor=assessors[0])
    for number in order:
        device, event = copies[number]
        take_in(batch_of(a_batch(assessors[1], event, device=(DEVICE, OTHER_DEVICE)[device])), actor=assessors[1])

    expected = {place: {ids[str(pk)] for pk in found} for place, found in says(runs[0]).items()}
    assert {place: {str(pk) for pk in found} for place, found in says(runs[1]).items()} == expected


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(log=logs())
def test_count_of_the_board_is_that_of_the_log(log, version):
    assessor = UserFactory.create(roles=[Role.ASSESSOR])
    run = running_stage(new_attempt(new_session(version, assessor)))
    for device, event in events_from(run, log):
        take_in(batch_of(a_batch(assessor, event, device=(DEVICE, OTHER_DEVICE)[device])), actor=assessor)
    sheet = sheet_of(run)

    assert marked_steps([sheet.pk]).get(sheet.pk, 0) == len(board(MarkEvent.objects.filter(sheet=sheet)).marks)
