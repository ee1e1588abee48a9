"""Lifecycles as tables of transitions, and the one function that moves an object along them.

An app declares its table in `states.py` and calls `move` from its services. `move` locks the row, checks the state
again under the lock, moves it and writes the trail, so that two people who press at once cannot both succeed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.db import models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.errors import RuleViolation

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Transition:
    """One arrow: `verb` leads from any of `sources` to `target`; `who` names the role in the documentation."""

    verb: str
    sources: tuple[str, ...]
    target: str
    who: str
    needs_reason: bool = False


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """All the arrows of one kind of object, and the words for its states and its refusal."""

    name: str
    states: type[models.TextChoices]
    transitions: tuple[Transition, ...]
    refusal: str | Promise
    field: str = "state"

    def get(self, verb: str) -> Transition:
        """Return the transition of `verb`; raises `KeyError` for a verb that the table does not know."""
        for transition in self.transitions:
            if transition.verb == verb:
                return transition
        raise KeyError(f"{self.name} has no transition {verb!r}")

    def allows(self, verb: str, state: str) -> bool:
        """Tell whether `verb` may start from `state`."""
        return state in self.get(verb).sources


class Trail(Protocol):
    """What `move` needs of the audit trail, which lives on the floor above and is wired in at start-up."""

    def __call__(
        self,
        *,
        actor: Any,
        verb: str,
        obj: models.Model,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
        reason: str,
        related: Sequence[models.Model],
    ) -> object:
        """Write one entry."""


_trails: list[Trail] = []


def use_trail(trail: Trail) -> None:
    """Wire the audit trail in; called once by the audit app when Django starts."""
    _trails[:] = [trail]


def locked(instance: M) -> M:
    """Return a fresh copy of `instance` whose row is locked until the transaction ends.

    Keys never change, so the lock leaves out foreign keys to the row: whoever only refers to it (the trail to a user)
    neither waits nor ends in a deadlock.
    """
    # not type(instance): request.user is a lazy stand-in for the account
    model = instance.__class__
    return model._default_manager.select_for_update(of=("self",), no_key=True).get(pk=instance.pk)


def move(
    instance: M,
    lifecycle: Lifecycle,
    verb: str,
    *,
    actor: Any,
    reason: str = "",
    changes: Mapping[str, Any] | None = None,
    untold: Collection[str] = (),
    related: Sequence[models.Model] = (),
) -> M:
    """Move `instance` by `verb`: lock, recheck, change, write the trail; all or nothing.

    `changes` are further fields set in the same breath; the trail does not repeat those named in `untold`. Returns the
    moved object (and brings `instance` up to date).
    Raises `RuleViolation` with code "state" when the object is no longer where the verb starts, "reason" when one is
    missing.
    """
    if not _trails:
        raise ImproperlyConfigured("No audit trail is wired in: nothing may move without one.")
    transition = lifecycle.get(verb)
    if transition.needs_reason and not reason.strip():
        raise RuleViolation(_("Please give the reason: it is kept with the decision."), code="reason")
    with transaction.atomic():
        current = locked(instance)
        state = getattr(current, lifecycle.field)
        if state not in transition.sources:
            raise RuleViolation(_refusal(lifecycle, state), code="state")
        fields = {lifecycle.field: transition.target, **(changes or {})}
        before = {name: getattr(current, name) for name in fields if name not in untold}
        for name, value in fields.items():
            setattr(current, name, value)
            setattr(instance, name, value)
        current.save(update_fields=list(fields))
        _trails[0](
            actor=actor,
            verb=f"{lifecycle.name}.{verb}",
            obj=current,
            before=before,
            after={name: fields[name] for name in before},
            reason=reason,
            related=related,
        )
    return current


def _refusal(lifecycle: Lifecycle, state: str) -> str:
    label = lifecycle.states(state).label
    return str(lifecycle.refusal).format(state=label)
