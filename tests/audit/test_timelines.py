"""A timeline as its readers see it: acts, with what they brought about under them."""

from datetime import UTC, datetime, timedelta

import pytest

from audit import timelines
from audit.models import AuditEntry
from audit.timelines import register_teller, stretches

NOON = datetime(2026, 11, 20, 8, tzinfo=UTC)


@pytest.fixture
def minor(monkeypatch):
    """Have entries about bells be minor, each told by its label; what is registered goes with the test."""
    monkeypatch.setattr(timelines, "_tellers", {})
    monkeypatch.setattr(timelines, "_minor", set())
    register_teller("tower.bell", lambda entries: {one.pk: one.object_label for one in entries}, is_minor=True)


def entries(*told):
    """Return entries as (model, actor's key or None, seconds before noon), newest first, as a timeline gives them."""
    return [
        AuditEntry(
            pk=100 - place,
            object_ref=f"{model}:1",
            object_label=f"bell {place}",
            actor_id=actor,
            at=NOON - timedelta(seconds=seconds),
        )
        for place, (model, actor, seconds) in enumerate(told)
    ]


def shape(found):
    """Return of each stretch whether it has an act, how many minor entries it has, and whether they are folded."""
    return [(one.act is not None, len(one.minor), one.is_folded) for one in found]


def test_what_an_act_brought_about_stands_under_it_and_is_folded_where_it_is_much(minor):
    few = entries(("tower.bell", None, 0), ("tower.door", 7, 1))
    many = entries(*[("tower.bell", None, 0)] * 2, ("tower.door", 7, 1), ("tower.bell", 7, 2))
    assert shape(stretches(few)) == [(True, 1, False)]
    assert shape(stretches(many)) == [(True, 3, True)]
    assert [line.about for line in stretches(many)[0].minor] == ["bell 0", "bell 1", "bell 3"]


def test_of_several_acts_at_once_the_first_has_what_followed(minor):
    found = stretches(entries(("tower.gate", 7, 0), ("tower.bell", None, 0), ("tower.door", 7, 0)))
    assert shape(found) == [(True, 0, False), (True, 1, False)]
    assert found[1].act is not None
    assert found[1].act.entry.object_ref == "tower.door:1"


def test_what_the_system_notes_by_itself_in_a_row_is_one_line_with_its_days(minor):
    day = 86400
    found = stretches(
        entries(*[("tower.bell", None, day * number) for number in (0, 1, 2)], ("tower.door", 7, day * 3))
    )
    assert shape(found) == [(False, 3, True), (True, 0, False)]
    assert [f"{one:%d.%m}" for one in found[0].days] == ["18.11", "20.11"]


def test_two_notes_of_the_system_and_what_a_person_did_to_it_are_shown_as_they_are(minor):
    day = 86400
    found = stretches(entries(("tower.bell", 7, 0), ("tower.bell", None, day), ("tower.bell", None, day * 2)))
    assert shape(found) == [(True, 0, False)] * 3


def test_nothing_is_minor_that_nobody_registered(minor):
    assert shape(stretches(entries(*[("tower.door", None, 0)] * 4))) == [(True, 0, False)] * 4
