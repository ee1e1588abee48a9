"""Who may read the trail. Roles live on the floor above, which wires its rule in when Django starts."""

from collections.abc import Callable, Iterable
from typing import Any

from core.access import Predicate

# Names, as the trail has them, of the objects of which a reader is to learn nothing from it.
Concealment = Callable[[Any], Iterable[str]]
_rules: list[Predicate] = []
_concealments: list[Concealment] = []


def use_reader_rule(rule: Predicate) -> None:
    """Set who may read the trail; called once by the accounts app."""
    _rules[:] = [rule]


def reads_trail(user: Any, obj: object = None) -> bool:
    """Tell whether `user` may read the trail; nobody may until a rule is wired in."""
    return any(rule(user) for rule in _rules)


def register_concealment(concealment: Concealment) -> None:
    """Have the trail leave out for its reader what is about the objects that `concealment` names for them.

    Who reads the trail may be a person concerned, or near to one. Called by upper floors when Django starts.
    """
    if concealment not in _concealments:
        _concealments.append(concealment)


def concealed_from(user: Any) -> list[str]:
    """Return the names of the objects of which the trail tells this reader nothing; hardly ever any."""
    return sorted({name for concealment in _concealments for name in concealment(user)})
