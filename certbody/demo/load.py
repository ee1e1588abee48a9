"""Playing the demo's stories in the order of their dates, each step at its own moment."""

import heapq
import json
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import time_machine
from django.db import transaction
from django.utils import timezone

from certbody.demo import cast
from certbody.demo.afterwards import afterwards
from certbody.demo.eventful import eventful
from certbody.demo.scoped import SCHEME_FILE, scoped
from certbody.demo.stories import Story, stories
from certbody.demo.world import World
from schemes.models import SchemeVersion
from schemes.services import load_scheme_files


@transaction.atomic
def load_demo() -> World:
    """Fill the database with the demo's people and cases, up to this moment; all or nothing."""
    now = timezone.localtime()
    with time_machine.travel(now - timedelta(days=2200)):
        [demo] = load_scheme_files([SCHEME_FILE])
        coach = SchemeVersion.objects.filter(scheme__code="coach-6").latest("version")
        world = World({one.scheme.code: one for one in (coach, demo.version)})
        for person in cast.STAFF:
            world.staff(person)
    play([*stories(world, now), *eventful(world, now), *afterwards(world, now), *scoped(world, now)])
    return world


def play(tales: list[Story]) -> None:
    """Run the steps of all stories in the order of their moments, and at one moment in the order of the stories."""
    order = count()
    waiting: list[tuple[datetime, int, Story]] = []
    for tale in tales:
        _go_on(tale, waiting, next(order))
    while waiting:
        moment, place, tale = heapq.heappop(waiting)
        with time_machine.travel(moment):
            _go_on(tale, waiting, place)


def _go_on(tale: Story, waiting: list[tuple[datetime, int, Story]], place: int) -> None:
    moment = next(tale, None)
    if moment:
        heapq.heappush(waiting, (moment, place, tale))


def write_accounts(path: Path) -> list[dict[str, str]]:
    """Write the accounts that a newcomer signs in with, by role, and return them."""
    people: dict[str, cast.Staff | cast.Applicant] = {person.login: person for person in cast.STAFF}
    people |= cast.APPLICANTS
    accounts = [
        {
            "role": role,
            "email": cast.address_of(login),
            "password": cast.DEMO_PASSWORD,
            "name": f"{people[login].given_name} {people[login].surname}",
        }
        for role, login in cast.SHOWN
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(accounts, ensure_ascii=False, indent=1), encoding="utf-8")
    return accounts
