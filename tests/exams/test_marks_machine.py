"""Marks of several devices against a simple model: dictionaries of what stands, and a list of all that was accepted.

The devices tap (also several times before anything is sent), send in any order, lose answers, send again what was
stored long ago, reload, and seal. The server never sees more of them than they send.
"""

import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import User
from core.errors import RuleViolation
from exams.models import MarkEvent, Sheet, StageRun
from exams.services.intake import Taken
from exams.services.sheets import seal_sheet
from exams.sheets import MarkedSheet, board_of
from schemes.models import Step
from tests.exams.factories import an_event, ended_stage, new_attempt, new_session, sent, sheet_of

Place = tuple[str | None, str]  # a step, or None for the stage, and "mark" or "comment"
Said = tuple[object, ...]
Event = dict[str, Any]

COMMENTS = st.sampled_from(
    [("", "internal"), ("aydın", "internal"), ("aydın", "candidate"), ("sətir\nsətir", "internal")]
)
VALUES = st.sampled_from([True, False, None])


def place_of(event: Event) -> Place:
    return event["step"], "comment" if "comment" in event else "mark"


def said_in(event: Event) -> Said:
    """What an event says; comments that are taken back say the same, for whomever they were."""
    if "comment" not in event:
        return (event["value"],)
    return (event["comment"], event["audience"]) if event["comment"] else ("",)


class Register:
    """What stands, place by place, however the events come in: several values where nobody knew of the other."""

    def __init__(self) -> None:
        self.values: dict[Place, dict[str, Said]] = {}
        self.gone: dict[Place, set[str]] = {}

    def take(self, event: Event) -> None:
        place, identifier = place_of(event), event["id"]
        values, gone = self.values.setdefault(place, {}), self.gone.setdefault(place, set())
        gone.update(event["replaces"])
        for one in [*event["replaces"], *([identifier] if identifier in gone else [])]:
            values.pop(one, None)
        if identifier not in gone:
            values[identifier] = said_in(event)

    def standing(self, place: Place) -> dict[str, Said]:
        return self.values.get(place, {})

    def word(self, place: Place) -> Said | None:
        """What holds: the one thing that all standing events say."""
        words = set(self.standing(place).values())
        return words.pop() if len(words) == 1 else None

    def differs(self, place: Place) -> bool:
        return len(set(self.standing(place).values())) > 1

    def marks(self, codes: list[str]) -> dict[str, bool]:
        words = {code: self.word((code, "mark")) for code in codes}
        return {code: word[0] for code, word in words.items() if word and isinstance(word[0], bool)}

    def is_settled(self, codes: list[str]) -> bool:
        return len(self.marks(codes)) == len(codes) and not any(self.differs(place) for place in self.values)

    def digest(self, run: int, assessor: int, codes: list[str]) -> str:
        """The digest of the marks, written down a second time, straight from the description of the format."""
        lines = ["certbody-marks 1", f"run {run}", f"assessor {assessor}"]
        lines += [f"{code} {'met' if value else 'not_met'}" for code, value in self.marks(codes).items()]
        for step in (None, *codes):
            word = self.word((step, "comment")) or ("",)
            if word[0]:
                lines.append(f"{step or '*'} comment {word[1]} " + str(word[0]).replace("\n", "\\n"))
        return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


class Device:
    """A tablet or a tab: what it shows, what it made, and what it has not heard of being stored."""

    def __init__(self, number: int) -> None:
        self.key = UUID(int=number)
        self.skew = (-3_600_000, 0, 86_400_000)[number % 3]
        self.shows = Register()
        self.unsent: list[Event] = []
        self.made = 0

    def makes(self, run: StageRun, step: str | None, **said: Any) -> Event:
        self.made += 1
        seen = list(self.shows.standing((step, "comment" if "comment" in said else "mark")))
        event = an_event(run, step, id=str(uuid4()), seq=self.made, skew=self.skew, replaces=seen, **said)
        event["at"] -= self.skew
        self.shows.take(event)
        self.unsent.append(event)
        return event

    def learns(self, heads: list[MarkEvent], places: set[Place], codes: dict[int, str]) -> None:
        """Take over what the server says stands on some places, but for what it replaced itself since."""
        waiting = {event["id"] for event in self.unsent}
        for place in places:
            standing = self.shows.values.setdefault(place, {})
            for one in [one for one in standing if one not in waiting]:
                del standing[one]
        for head in heads:
            place = (codes[head.step_id] if head.step_id else None, str(head.kind))
            if str(head.pk) not in self.shows.gone.get(place, set()):
                said: Said = (head.value,) if head.kind == "mark" else (head.text, head.audience)
                self.shows.values[place][str(head.pk)] = said if head.kind == "mark" or head.text else ("",)


def refusal_of(call: Callable[[], object]) -> str | None:
    """Return the code with which the call is refused, or None when it succeeds."""
    try:
        call()
    except RuleViolation as violation:
        return violation.code
    return None


class Marking(RuleBasedStateMachine):
    """Three devices of one assessor. The model is a register of what was accepted, and the accepted events as sent."""

    run: StageRun
    sheet: Sheet
    actor: User
    steps: tuple[Step, ...]
    codes: list[str]
    names: dict[int, str]

    def __init__(self) -> None:
        super().__init__()
        self.devices = [Device(number) for number in range(3)]
        self.model = Register()
        self.accepted: dict[str, tuple[Event, Device]] = {}
        self.sealed_with = ""

    devices_ = st.integers(0, 2)
    places = st.integers(0, 3)  # few steps, so that devices meet on them

    # --- On the devices
    @rule(device=devices_, taps=st.lists(st.tuples(places, VALUES), min_size=1, max_size=5))
    def tap(self, device: int, taps: list[tuple[int, bool | None]]) -> None:
        for place, value in taps:
            self.devices[device].makes(self.run, self.codes[place], value=value)

    @rule(device=devices_, place=st.one_of(st.none(), places), comment=COMMENTS)
    def comment(self, device: int, place: int | None, comment: tuple[str, str]) -> None:
        text, audience = comment
        step = None if place is None else self.codes[place]
        self.devices[device].makes(self.run, step, comment=text, audience=audience)

    # --- Between devices and server
    @rule(device=devices_, data=st.data(), answer_arrives=st.booleans())
    def send(self, device: int, data: st.DataObject, answer_arrives: bool) -> None:
        sender = self.devices[device]
        order = data.draw(st.permutations(sender.unsent))
        batch = order[: data.draw(st.integers(0, len(order)))]
        self.deliver(sender, batch, answer_arrives=answer_arrives)

    @rule(device=devices_)
    def send_everything(self, device: int) -> None:
        sender = self.devices[device]
        self.deliver(sender, list(sender.unsent), answer_arrives=True)

    @precondition(lambda self: self.accepted)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        event, sender = data.draw(st.sampled_from(sorted(self.accepted.values(), key=lambda one: one[0]["seq"])))
        self.deliver(sender, [event, event], answer_arrives=data.draw(st.booleans()))

    @precondition(lambda self: self.accepted)
    @rule(data=st.data(), value=VALUES)
    def send_another_mark_under_a_taken_identifier(self, data: st.DataObject, value: bool | None) -> None:
        event, sender = data.draw(st.sampled_from(sorted(self.accepted.values(), key=lambda one: one[0]["seq"])))
        forged = {**an_event(self.run, self.codes[0], value), "id": event["id"], "seq": event["seq"] + 1}
        taken = sent(self.run, forged, actor=self.actor, device=sender.key)
        assert ([one.code for one in taken.refused], taken.stored) == (["id_taken"], [])

    @rule(device=devices_)
    def reload(self, device: int) -> None:
        board = board_of(self.sheet)
        heads = [event for events in board.heads.values() for event in events]
        places: set[Place] = {*self.devices[device].shows.values, *self.model.values}
        self.devices[device].learns(heads, places, self.names)

    @rule(device=devices_)
    def mark_the_rest(self, device: int) -> None:
        self.reload(device)
        user, shows = self.devices[device], self.devices[device].shows
        for code in self.codes:
            if code not in shows.marks(self.codes):
                user.makes(self.run, code, value=True)
        for place in [place for place in shows.values if place[1] == "comment" and shows.differs(place)]:
            user.makes(self.run, place[0], comment="həll edildi", audience="internal")
        self.send_everything(device)

    def deliver(self, sender: Device, batch: list[Event], *, answer_arrives: bool) -> None:
        known = {event["id"] for event in batch if event["id"] in self.accepted}
        taken = sent(self.run, *batch, actor=self.actor, device=sender.key) if batch else Taken(None)
        stored, refused = {str(pk) for pk in taken.stored}, {one.id: one.code for one in taken.refused}
        if self.sealed_with:
            assert stored == known
            assert refused == {event["id"]: "sealed" for event in batch if event["id"] not in known}
        else:
            assert stored == {event["id"] for event in batch}
            assert refused == {}
            for event in batch:
                self.accepted.setdefault(event["id"], (event, sender))
                self.model.take(event)
        self.is_answered_with_what_the_device_does_not_know(batch, stored, taken)
        if answer_arrives:
            sender.unsent = [event for event in sender.unsent if event["id"] not in stored]
            places: set[Place] = {place_of(event) for event in batch if event["id"] in stored}
            told = {(self.names[one.step_id] if one.step_id else None, str(one.kind)) for one in taken.unknown}
            sender.learns(taken.unknown, places & told, self.names)

    def is_answered_with_what_the_device_does_not_know(
        self, batch: list[Event], stored: set[str], taken: Taken
    ) -> None:
        last = {place_of(event): event["id"] for event in batch if event["id"] in stored}
        news = {place for place, identifier in last.items() if list(self.model.standing(place)) != [identifier]}
        expected = {identifier for place in news for identifier in self.model.standing(place)}
        assert {str(event.pk) for event in taken.unknown} == expected

    # --- The end
    @rule(device=devices_)
    def seal(self, device: int) -> None:
        shows, key = self.devices[device].shows, (self.run.pk, self.actor.pk, self.codes)
        shown = shows.digest(*key) if shows.is_settled(self.codes) else "0" * 64
        refusal = refusal_of(lambda: seal_sheet(sheet_of(self.run), digest=shown, notes={}, actor=self.actor))
        assert refusal == self.expected_of_seal(shown)
        if refusal is None:
            self.sealed_with = shown

    def expected_of_seal(self, shown: str) -> str | None:
        if self.sealed_with:
            return "state" if shown == self.sealed_with else "digest"
        if any(self.model.differs(place) for place in self.model.values if place[0]):
            return "differs"
        if len(self.model.marks(self.codes)) < len(self.codes):
            return "unmarked"
        if self.model.differs((None, "comment")):
            return "differs"
        return None if shown == self.model.digest(self.run.pk, self.actor.pk, self.codes) else "digest"

    # --- What is always true
    @invariant()
    def nothing_is_lost_changed_or_invented(self) -> None:
        kept = {
            str(event.pk): (
                event.seq,
                event.device,
                self.names.get(event.step_id or 0),
                [str(one) for one in event.replaces],
            )
            for event in MarkEvent.objects.filter(sheet=self.sheet)
        }
        assert kept == {
            identifier: (event["seq"], device.key, event["step"], event["replaces"])
            for identifier, (event, device) in self.accepted.items()
        }

    @invariant()
    def what_stands_is_what_the_model_says(self) -> None:
        found = MarkedSheet(self.sheet, self.steps, board_of(self.sheet))
        assert standing_on(found, self.names) == {
            place: set(values) for place, values in self.model.values.items() if values
        }
        assert found.marks == self.model.marks(self.codes) == marks_by_the_database(self.sheet)
        assert {step.code for step in found.differing} == {
            place[0] for place in self.model.values if place[0] and self.model.differs(place)
        }
        assert found.is_complete == self.model.is_settled(self.codes)

    @invariant()
    def sealed_marks_stay_and_have_their_digest(self) -> None:
        sheet = Sheet.objects.get(pk=self.sheet.pk)
        assert (sheet.is_sealed, sheet.digest) == (bool(self.sealed_with), self.sealed_with)
        if self.sealed_with:
            assert self.model.digest(self.run.pk, self.actor.pk, self.codes) == self.sealed_with

    def teardown(self) -> None:
        """In the end every tap of every device is with the server, or still on the device of a sheet that is sealed."""
        if not hasattr(self, "run"):
            return
        for number, device in enumerate(self.devices):
            self.send_everything(number)
            assert all(self.sealed_with for _event in device.unsent)
            mine = {identifier for identifier, (_event, sender) in self.accepted.items() if sender is device}
            assert len(mine | {event["id"] for event in device.unsent}) == device.made
        self.nothing_is_lost_changed_or_invented()
        self.what_stands_is_what_the_model_says()


def standing_on(found: MarkedSheet, names: dict[int, str]) -> dict[Place, set[str]]:
    return {
        (names[step_id] if step_id else None, str(kind)): {str(event.pk) for event in events}
        for (step_id, kind), events in found.board.heads.items()
        if events
    }


def marks_by_the_database(sheet: Sheet) -> dict[str, bool]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, exams_sheet_value(%s, id) FROM schemes_step WHERE stage_id = %s",
            [sheet.pk, sheet.run.stage_id],
        )
        return {code: value for code, value in cursor.fetchall() if value is not None}


@pytest.mark.django_db
def test_marks_of_several_devices_follow_the_model(version, assessor):
    class Machine(Marking):
        @initialize()
        def begin(self) -> None:
            self.run = ended_stage(new_attempt(new_session(version, assessor)), "P2", minutes=10)
            self.sheet, self.actor = sheet_of(self.run), assessor
            self.steps = tuple(self.run.stage.steps.order_by("order"))
            self.names = {step.pk: step.code for step in self.steps}
            self.codes = list(self.names.values())

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
