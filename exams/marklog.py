"""What stands on a sheet, derived from its events alone, by the same rules as on the device (static/js/marks-log.js).

An event names the events that its author saw standing on the same step. What no other event replaces, stands. Usually
one event stands on a step. Two devices that did not know of each other leave two: when both say the same that is the
mark, otherwise it is a difference, which the assessor settles with a further event that replaces both. The order in
which events arrive, and how often, makes no difference.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from exams.models import MarkEvent
from exams.states import EventKind

Content = tuple[object, ...]


Place = tuple[int | None, str]
"""A step (None: the stage) and a kind of event: events replace one another only within a place."""


def content(event: MarkEvent) -> Content:
    """Return what an event says, whoever made it and when; taken-back comments are all alike."""
    if event.kind == EventKind.MARK:
        return (event.value,)
    return (event.text, event.audience) if event.text else ("",)


def standing(events: Iterable[MarkEvent]) -> dict[Place, tuple[MarkEvent, ...]]:
    """Return the events that nothing replaces, by place, in the order given."""
    by_place: dict[Place, list[MarkEvent]] = defaultdict(list)
    for event in events:
        by_place[event.step_id, event.kind].append(event)
    return {place: _heads(found) for place, found in by_place.items()}


def _heads(events: Sequence[MarkEvent]) -> tuple[MarkEvent, ...]:
    replaced = {one for event in events for one in event.replaces if one != event.id}
    return tuple(event for event in events if event.id not in replaced)


@dataclass(frozen=True, slots=True)
class Board:
    """What stands on a sheet."""

    heads: Mapping[Place, tuple[MarkEvent, ...]]

    def said(self, step_id: int | None, kind: str) -> MarkEvent | None:
        """Return the event that holds at a place; None when there is none, or several that differ."""
        heads = self.heads.get((step_id, kind), ())
        return heads[0] if heads and not differ(heads) else None

    def value(self, step_id: int) -> bool | None:
        """Return the mark of a step; None while it is unmarked, taken back, or differs between devices."""
        event = self.said(step_id, EventKind.MARK)
        return event.value if event else None

    def comment(self, step_id: int | None) -> MarkEvent | None:
        """Return the comment on a step, or on the stage (None)."""
        event = self.said(step_id, EventKind.COMMENT)
        return event if event and event.text else None

    @property
    def differing(self) -> tuple[Place, ...]:
        """The places on which devices of the assessor differ."""
        return tuple(place for place, heads in self.heads.items() if differ(heads))

    @property
    def marks(self) -> dict[int, bool]:
        """The marks that hold, by step."""
        values = {step_id: self.value(step_id) for step_id, kind in self.heads if kind == EventKind.MARK and step_id}
        return {step_id: value for step_id, value in values.items() if value is not None}


def differ(heads: Sequence[MarkEvent]) -> bool:
    """Tell whether standing events of one place say different things."""
    return len({content(event) for event in heads}) > 1


def board(events: Iterable[MarkEvent]) -> Board:
    """Return what stands, from all events of a sheet."""
    return Board(standing(events))
