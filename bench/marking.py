"""One hundred assessors mark thirty-five steps each, at once: `python -m bench.marking`.

Measures a save against a bare view that inserts one row, in alternating rounds of the same run; counts that nothing was
lost; and weighs a save and the way to the first mark.
"""

import argparse
import os
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import django
from django.core.management import call_command

from bench.load import CSRF, Person, Round, run
from bench.server import gunicorn, services

STEPS = 35


def main() -> None:
    """Run it and print the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--assessors", type=int, default=100)
    arguments.add_argument("--rounds", type=int, default=3)
    chosen = arguments.parse_args()
    with services() as folder:
        django.setup()
        call_command("migrate", verbosity=0)
        call_command("compile_translations", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("load_reference", verbosity=0)
        from bench.exams import Desk, desks  # noqa: PLC0415 -- models can only be imported once Django is set up

        places: list[Desk] = desks(chosen.assessors)
        with gunicorn(folder) as port:
            bare, marks = [], []
            _warm_up(port, places)
            for number in range(chosen.rounds):
                bare.append(run(port, [_inserts(desk) for desk in places]))
                marks.append(run(port, [_marks(desk) for desk in places]))
                print(f"round {number + 1}: bare {_words(bare[-1])}; save {_words(marks[-1])}")
            _report(bare, marks)
            _count(places)
            _weigh(port, places[0])


def _warm_up(port: int, places: list[Any]) -> None:
    run(port, [_inserts(desk) for desk in places])


def _inserts(desk: Any) -> Person:
    return Person(desk.session, "/bench/insert/", iter([{}] * STEPS), lambda _sent, _answer: None)


def _marks(desk: Any) -> Person:
    """One tap for each step, as the page sends them: one event in a batch of its own."""
    return Person(desk.session, "/exams/marks/", _taps(desk), desk.hear)


def _taps(desk: Any) -> Iterator[dict[str, Any]]:
    for run_id, code in desk.steps:
        now = int(time.time() * 1000)
        event = {
            "id": str(uuid4()),
            "run": run_id,
            "seq": next(desk.sequence),
            "step": code,
            "value": True,
            "minute": 3,
            "at": now,
            "skew": 0,
            "replaces": [desk.last[run_id, code]] if (run_id, code) in desk.last else [],
        }
        yield {
            "v": 1,
            "assessor": desk.assessor,
            "device": desk.device,
            "now": now,
            "unsent": {str(run_id): 0},
            "events": [event],
        }


def _words(one: Round) -> str:
    return f"p95 {one.p95:.0f} ms, median {one.median:.0f} ms, {one.per_second:.0f}/s"


def _report(bare: list[Round], marks: list[Round]) -> None:
    floor, save = _together(bare), _together(marks)
    print(f"bare insert: {_words(floor)}")
    print(f"save:        {_words(save)}")
    print(f"ratio of p95: {save.p95 / floor.p95:.2f} (goal: at most 2)")
    bodies, heads = save.body_bytes, save.head_bytes
    print(f"bytes of a save: {sum(bodies) / len(bodies):.0f} in both bodies (goal: under 700), largest {max(bodies)};")
    print(f"  the answer's head: {sum(heads) / len(heads):.0f} more")


def _together(rounds: list[Round]) -> Round:
    whole = Round()
    for one in rounds:
        whole.times += one.times
        whole.body_bytes += one.body_bytes
        whole.head_bytes += one.head_bytes
        whole.seconds += one.seconds
    return whole


def _count(places: list[Any]) -> None:
    """Every mark that was called stored is in the database once; every step has the mark that was made last."""
    from bench.exams import standing_marks, stored_events  # noqa: PLC0415 -- see main

    told = [one for desk in places for one in desk.stored]
    kept = stored_events()
    standing = standing_marks()
    print(
        f"marks sent {sum(desk.sent for desk in places)}, called stored {len(told)}, in the database {len(kept)}; "
        f"lost {len(set(told) - kept)}, twice {len(told) - len(set(told))}; "
        f"steps with one mark {standing} of {len(places) * STEPS}"
    )


def _weigh(port: int, desk: Any) -> None:
    from bench.weight import weight_to_first_mark  # noqa: PLC0415 -- a browser is needed for this part only

    total, taps = weight_to_first_mark(port, desk, CSRF)
    print(f"the marking page up to the first mark: {total / 1000:.0f} kB over the line (goal: under 150), taps: {taps}")


if __name__ == "__main__":
    os.umask(0o022)
    main()
