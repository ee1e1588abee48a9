"""Reading what devices send: anything at all may arrive, and each event stands or falls by itself."""

import json
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, strategies as st

from exams.states import EventKind
from exams.wire import MOST_EVENTS, Malformed, batch_of, read_batch

DEVICE = "d0000000-0000-4000-8000-000000000001"
NOW = 1_795_000_000_000


def mark(**changes: Any) -> dict[str, Any]:
    fields = {"id": str(uuid4()), "run": 12, "seq": 1, "step": "BQ.1", "value": True, "minute": 3}
    return {**fields, "at": NOW, "skew": 0, "replaces": [], **changes}


def comment(**changes: Any) -> dict[str, Any]:
    event = mark(comment="Sual qapalı idi", audience="internal")
    return {name: value for name, value in event.items() if name != "value"} | changes


def batch(*events: Any, **changes: Any) -> dict[str, Any]:
    head = {"v": 1, "assessor": 5, "device": DEVICE, "now": NOW, "unsent": {}, "events": list(events)}
    return {**head, **changes}


def code_of(event: Any) -> str:
    found = batch_of(batch(event, mark()))
    assert len(found.events) == 1, "the good event beside it is read"
    return found.refused[0].code


def test_marks_and_comments_are_read():
    found = batch_of(batch(mark(value=None), comment(step=None)))

    assert [(event.kind, event.step, event.value, event.text, event.audience) for event in found.events] == [
        (EventKind.MARK, "BQ.1", None, "", ""),
        (EventKind.COMMENT, None, None, "Sual qapalı idi", "internal"),
    ]
    assert found.refused == ()


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ("BQ.1 met", "malformed"),
        (None, "malformed"),
        ([], "malformed"),
        ({}, "malformed"),
        (mark(id=7), "malformed"),
        (mark(id="7"), "malformed"),
        (mark(id=str(uuid4()).upper()), "malformed"),
        (mark(id="{" + str(uuid4()) + "}"), "malformed"),
        (mark(colour="red"), "unknown_field"),
        (mark(audience="internal"), "unknown_field"),
        (comment(value=True), "unknown_field"),
        (mark(run="12"), "run"),
        (mark(run=0), "run"),
        (mark(run=True), "run"),
        (mark(run=10**30), "run"),
        (mark(seq=0), "sequence"),
        (mark(seq=2**31), "sequence"),
        (mark(seq=1.0), "sequence"),
        (mark(step=None), "step"),
        (mark(step=1), "step"),
        (mark(step="BQ\0"), "step"),
        (mark(step="\ud800"), "step"),
        (mark(value="met"), "value"),
        (mark(value=1), "value"),
        (comment(comment="\0"), "comment"),
        (comment(comment="\udfff"), "comment"),
        (comment(comment=None), "comment"),
        (comment(comment="ə" * 2001), "comment"),
        (comment(audience="everyone"), "audience"),
        (comment(audience=["internal"]), "audience"),
        (mark(minute=-2), "minute"),
        (mark(minute=24 * 60 + 1), "minute"),
        (mark(at=10**15), "clock"),
        (mark(at=-(10**14)), "clock"),
        (mark(at=10**40), "clock"),
        (mark(at="today"), "clock"),
        (mark(skew=366 * 24 * 3600 * 1000), "clock"),
        (mark(skew=None), "clock"),
        (mark(replaces="all"), "malformed"),
        (mark(replaces=["x"]), "malformed"),
        (mark(replaces=[str(uuid4())] * 51), "malformed"),
    ],
)
def test_event_that_is_wrong_is_refused_alone(event, code):
    assert code_of(event) == code


def test_missing_field_is_named():
    event = mark()
    del event["minute"]

    refused = batch_of(batch(event)).refused[0]

    assert "minute" in str(refused.message)
    assert refused.id == event["id"]


def test_unknown_field_is_named_even_when_it_cannot_be_written():
    refused = batch_of(batch(mark(**{"\ud800": 1}))).refused[0]

    assert str(refused.message).encode()


def test_identifier_that_cannot_be_written_does_no_harm():
    refused = batch_of(batch(mark(id="\ud800" * 100))).refused[0]

    assert refused.id == "?" * 64


def test_too_many_events_leave_the_rest_for_later():
    events = [mark(seq=number) for number in range(1, 10_001)]

    found = batch_of(batch(*events))

    assert len(found.events) == MOST_EVENTS
    assert {one.code for one in found.refused} == {"batch"}
    assert [one.id for one in found.refused] == [event["id"] for event in events[MOST_EVENTS:]]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        json.dumps(batch(mark())).encode()[:-9],
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b"9" * 5000,
        b'"a batch"',
        b"null",
        b"[]",
        b'{"v": 1}',
        json.dumps(batch(events={})).encode(),
        json.dumps(batch(assessor="5")).encode(),
        json.dumps(batch(device="tablet")).encode(),
    ],
)
def test_what_is_no_batch_is_refused_whole(body):
    with pytest.raises(Malformed) as refusal:
        read_batch(body)

    assert refusal.value.code in {"malformed", "version"}


@pytest.mark.parametrize("version", [0, 2, "1", True, 1.0, None])
def test_unknown_version_is_refused_whole(version):
    with pytest.raises(Malformed) as refusal:
        batch_of(batch(mark(), v=version))

    assert refusal.value.code == "version"


def test_unknown_field_of_the_batch_is_refused_whole():
    with pytest.raises(Malformed) as refusal:
        batch_of(batch(mark(), colour="red"))

    assert refusal.value.code == "unknown_field"


def test_report_that_cannot_be_read_costs_no_mark():
    found = batch_of(batch(mark(), unsent={"12": 3, "x": 1, "13": -1, "14": "4", "15": True, "9" * 40: 1}))

    assert found.unsent == {12: 3}
    assert len(found.events) == 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*mark(), "comment", "audience", "x"]), json_values))
def test_no_field_of_an_event_breaks_the_batch(changes):
    found = batch_of(batch({**mark(), **changes}, mark()))

    assert len(found.events) + len(found.refused) == 2
    assert any(event.index == 1 for event in found.events)


@given(st.dictionaries(st.sampled_from(list(batch())), json_values))
def test_no_field_of_a_batch_breaks_the_reader(changes):
    try:
        found = batch_of(batch(mark(), **changes))
    except Malformed as refusal:
        code = refusal.code
    else:
        code = "" if isinstance(found.events, tuple) else "unread"

    assert code in {"", "malformed", "version", "clock", "unknown_field"}
