"""Who may read the trail. Roles live on the floor above, which wires its rule in when Django starts."""

from typing import Any

from core.access import Predicate

_rules: list[Predicate] = []


def use_reader_rule(rule: Predicate) -> None:
    """Set who may read the trail; called once by the accounts app."""
    _rules[:] = [rule]


def reads_trail(user: Any, obj: object = None) -> bool:
    """Tell whether `user` may read the whole trail; nobody may until a rule is wired in."""
    return any(rule(user) for rule in _rules)
