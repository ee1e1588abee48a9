"""Every lifecycle is sound: documented, connected, and never leading out of a final state by accident."""

import pytest

from audit.verbs import known_verbs
from certbody.statedocs import LIFECYCLES, PATH, states_document
from core.transitions import Lifecycle

EVERY = pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=lambda lifecycle: lifecycle.name)


def test_document_of_states_is_current():
    assert PATH.read_text(encoding="utf-8") == states_document()


@EVERY
def test_lifecycle_names_only_states_that_exist(lifecycle: Lifecycle):
    named = {state for one in lifecycle.transitions for state in (*one.sources, one.target)}
    assert named <= set(lifecycle.states.values)


@EVERY
def test_lifecycle_reaches_every_state_from_its_first(lifecycle: Lifecycle):
    reached = {lifecycle.states.values[0]}
    for _round in lifecycle.states.values:
        reached |= {one.target for one in lifecycle.transitions if reached & set(one.sources)}
    assert reached == set(lifecycle.states.values)


@EVERY
def test_lifecycle_verbs_have_words_in_the_trail(lifecycle: Lifecycle):
    verbs = {f"{lifecycle.name}.{one.verb}" for one in lifecycle.transitions}
    assert verbs - set(known_verbs()) == set()


@EVERY
def test_lifecycle_allows_exactly_what_its_table_says(lifecycle: Lifecycle):
    table = {(source, one.verb) for one in lifecycle.transitions for source in one.sources}
    every = [(state, one.verb) for state in lifecycle.states.values for one in lifecycle.transitions]
    assert {(state, verb) for state, verb in every if lifecycle.allows(verb, state)} == table


def test_lifecycle_refuses_a_verb_it_does_not_know():
    with pytest.raises(KeyError):
        LIFECYCLES[0].get("fly")
