"""A million certificates: the public page, the register and the morning's sweep: `python -m bench.life`.

Makes databases of a thousand, ten thousand and a million certificates on one server, and measures in alternating rounds
of the same run: the public page and the search of the register at a million against a thousand; the public page against
a bare view with one SELECT; the sweep against the same selection in plain SQL; and looks at the plans of all queries
that the pages make.
"""

import argparse
import os
import random
from urllib.parse import quote

import django
import django.db
from django.core.management import call_command

from bench.databases import in_database, make_databases
from bench.load import Round, Visit, read
from bench.server import gunicorn, services

READERS = 4
VISITS = 1_500
SEED = 7
# What people type: a common surname, half a name, a rare one, two words, one of each, a number, nothing.
SEARCHES = (
    "eliyev", "memmedova", "isa", "İsa", "gun", "zulfuqarova xumar", "eliyeva aygun", "hümbətov", "hesenov isa resid",
    "K6-2024", "", "binnetova",
)  # fmt: skip
FILTERS = ("", "&status=valid", "&status=suspended", "&status=expired", "&scheme=coach-6")


def main() -> None:
    """Run it and print the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--large", type=int, default=1_000_000)
    arguments.add_argument("--middle", type=int, default=10_000)
    arguments.add_argument("--small", type=int, default=1_000)
    arguments.add_argument("--rounds", type=int, default=3)
    chosen = arguments.parse_args()
    with services() as folder:
        os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
        django.setup()
        call_command("migrate", verbosity=0)
        call_command("compile_translations", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("load_reference", verbosity=0)
        django.db.connections.close_all()
        sizes = [chosen.small, chosen.middle, chosen.large]
        databases = make_databases(sizes)
        with (
            gunicorn(folder, databases[chosen.small]) as small,
            gunicorn(folder, databases[chosen.large]) as large,
        ):
            _public_page(small, large, chosen)
            _register(small, large, chosen.rounds)
            _against_the_floor(large, chosen.large, chosen.rounds)
        for size in sizes:
            print(in_database(databases[size], "bench.sweep", str(size)).strip())
        print(in_database(databases[chosen.large], "bench.plans").strip())


def _public_page(small: int, large: int, chosen: argparse.Namespace) -> None:
    few, many = Round(), Round()
    for number in range(chosen.rounds):
        _add(few, read(small, _pages(chosen.small, number), readers=READERS)[0])
        _add(many, read(large, _pages(chosen.large, number), readers=READERS)[0])
    _compare("public page", few, many, goal=1.2)


def _register(small: int, large: int, rounds: int) -> None:
    few, many = Round(), Round()
    visits = [Visit(f"/register/?q={quote(words)}{chosen}") for words in SEARCHES for chosen in FILTERS]
    for _number in range(rounds):
        for _again in range(3):
            _add(few, read(small, visits, readers=READERS)[0])
            _add(many, read(large, visits, readers=READERS)[0])
    _compare("register search", few, many, goal=2)


def _against_the_floor(port: int, size: int, rounds: int) -> None:
    bare, whole, unchanged = Round(), Round(), Round()
    for number in range(rounds):
        pages = _pages(size, 100 + number)
        codes = [page.path.removeprefix("/v/") for page in pages]
        _add(bare, read(port, [Visit(f"/bench/select/{code}") for code in codes], readers=READERS)[0])
        fresh, etags = read(port, pages, readers=READERS)
        _add(whole, fresh)
        again = [Visit(page.path, etags[page.path], 304) for page in pages]
        _add(unchanged, read(port, again, readers=READERS)[0])
    floor = bare.per_second
    print(f"bare view with one SELECT: {floor:.0f}/s")
    print(f"public page: {whole.per_second:.0f}/s, {whole.per_second / floor:.2f} of it (goal: at least 0.5)")
    print(f"  with a matching ETag: {unchanged.per_second:.0f}/s, {unchanged.per_second / floor:.2f} (goal: 0.8)")


def _pages(size: int, number: int) -> list[Visit]:
    from bench.population import code_of  # noqa: PLC0415 -- models can only be imported once Django is set up

    dice = random.Random(SEED + number)  # noqa: S311 -- the same pages each time
    return [Visit(f"/v/{code_of(dice.randint(1, size))}/") for _visit in range(VISITS)]


def _add(whole: Round, one: Round) -> None:
    whole.times += one.times
    whole.body_bytes += one.body_bytes
    whole.seconds += one.seconds


def _compare(what: str, few: Round, many: Round, *, goal: float) -> None:
    print(f"{what}: p95 {few.p95:.1f} ms at the small size, {many.p95:.1f} ms at the large one", end="; ")
    print(f"ratio {many.p95 / few.p95:.2f} (goal: at most {goal})")


if __name__ == "__main__":
    os.umask(0o022)
    main()
