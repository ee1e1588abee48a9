"""A timeline as its readers see it: each act with what it is about, and what followed from it folded under it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from django.utils import timezone

from audit.models import AuditEntry

# So many minor entries and more are folded; two are as quickly read as the line that would stand for them.
FOLDED_FROM = 3
# What is written within so short a time was written by one act.
ONE_ACT = timedelta(seconds=5)

Tell = Callable[[Sequence[AuditEntry]], Mapping[int, str]]
_tellers: dict[str, Tell] = {}
_minor: set[str] = set()


@dataclass(frozen=True, slots=True)
class Line:
    """An entry, and what it is about where its verb alone does not tell; "" where it does."""

    entry: AuditEntry
    about: str = ""

    @property
    def model(self) -> str:
        """The kind of object that it is about."""
        return self.entry.object_ref.partition(":")[0]

    @property
    def is_minor(self) -> bool:
        """Tell whether it is about something that has its own pages and its own list."""
        return self.model in _minor


@dataclass(frozen=True, slots=True)
class Stretch:
    """An act and the minor entries that it brought with it; without an act, minor ones of the system in a row."""

    act: Line | None = None
    minor: tuple[Line, ...] = ()

    @property
    def is_folded(self) -> bool:
        """Tell whether the minor entries are so many that they are only shown when asked for."""
        return len(self.minor) >= FOLDED_FROM

    @property
    def days(self) -> tuple[date, ...]:
        """The day on which the minor ones begin and, if it is another, the one on which they end; newest come first."""
        first, last = (timezone.localdate(self.minor[place].entry.at) for place in (-1, 0))
        return (first,) if first == last else (first, last)


def register_teller(model: str, tell: Tell, *, is_minor: bool = False) -> None:
    """Let `tell` say what entries about objects of `model` ("app.model") are about, by the key of each.

    It is given all such entries of a timeline at once. Entries of a minor model, what has its own pages and its own
    list, stand under the act that brought them about, and are folded where they are many.
    """
    _tellers[model] = tell
    if is_minor:
        _minor.add(model)


def stretches(entries: Iterable[AuditEntry]) -> list[Stretch]:
    """Return the entries, newest first, as acts with what each brought about."""
    lines = [Line(entry, about) for entry, about in _told(list(entries))]
    return [stretch for run, acts in groupby(_acts(lines), key=_is_by_itself) for stretch in _joined(run, acts)]


def _told(entries: list[AuditEntry]) -> Iterator[tuple[AuditEntry, str]]:
    """Give each entry with what it is about."""
    by_model: dict[str, list[AuditEntry]] = defaultdict(list)
    for entry in entries:
        by_model[entry.object_ref.partition(":")[0]].append(entry)
    words: dict[int, str] = {}
    for model, theirs in by_model.items():
        if model in _tellers:
            words.update(_tellers[model](theirs))
    return ((entry, words.get(entry.pk, "")) for entry in entries)


def _acts(lines: list[Line]) -> Iterator[list[Line]]:
    """Give the entries that one act wrote, together."""
    act: list[Line] = []
    for line in lines:
        if act and act[-1].entry.at - line.entry.at > ONE_ACT:
            yield act
            act = []
        act.append(line)
    if act:
        yield act


def _is_by_itself(act: list[Line]) -> bool:
    """Tell whether the system did it by itself, and nothing but minor things."""
    return all(line.is_minor and line.entry.actor_id is None for line in act)


def _joined(is_by_itself: bool, acts: Iterable[list[Line]]) -> Iterator[Stretch]:  # noqa: FBT001 -- the key of groupby
    if is_by_itself:
        lines = tuple(line for act in acts for line in act)
        if len(lines) >= FOLDED_FROM:
            yield Stretch(minor=lines)
        else:
            yield from (Stretch(line) for line in lines)
        return
    for act in acts:
        yield from _of_one_act(act)


def _of_one_act(act: list[Line]) -> Iterator[Stretch]:
    """Give the acts, the minor entries under the oldest of them, which is what was done first."""
    major = [line for line in act if not line.is_minor]
    minor = tuple(line for line in act if line.is_minor)
    if not major:  # recorded on the duty itself
        yield from (Stretch(line) for line in act)
        return
    *others, last = major
    yield from (Stretch(line) for line in others)
    yield Stretch(last, minor)
