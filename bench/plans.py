"""How PostgreSQL would answer every query that the pages make: `python -m bench.plans`, on the database at hand.

Opens the pages as an officer, a holder and a stranger, asks for the plan of each query, and names those that read a
whole large table. Each page's time is its slowest of two visits, without a network.
"""

import re
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from accounts.models import User

LARGE = (
    "candidates_person", "candidates_application", "certificates_decision", "certificates_contract",
    "certificates_certificate", "certificates_certificatecopy", "certificates_certificateevent",
    "certificates_surveillance", "certificates_duty", "certificates_registerentry", "certificates_registerword",
    "core_renderedfile",
)  # fmt: skip
OFFICERS = (
    "/", "/certificates/", "/certificates/?q=eliyev", "/certificates/?q=eliyev+aygun", "/certificates/?q=K6-2024",
    "/certificates/?status=valid", "/certificates/?status=suspended", "/certificates/?status=revoked",
    "/certificates/?status=expired", "/certificates/?status=superseded", "/certificates/?scheme=coach-6",
    "/contracts/", "/contracts/?q=hesenov", "/contracts/?state=overdue", "/duties/", "/duties/?state=overdue",
    "/duties/?state=met", "/duties/?owed_by=body", "/duties/?kind=hold_surveillance", "/requests/", "/misuse/",
    "/surveillance/", "/surveillance/?state=held", "/renewals/", "/terms/", "/calendar/", "/batches/", "/decisions/",
    "/decisions/made/", "/applications/", "/operations/messages/", "/certificates/500/",
)  # fmt: skip
STRANGERS = (
    "/register/", "/register/?q=eliyev", "/register/?q=isa", "/register/?q=eliyeva+aygun", "/register/?q=zulfuqarova",
    "/register/?q=K6-2024", "/register/?status=suspended", "/register/?status=valid&q=memmedov",
    "/register/?scheme=coach-6", "/v/{code}/", "/v/{code}/?on=2024-06-01", "/v/{code}.json",
)  # fmt: skip
HOLDERS = ("/", "/certificates/mine/")


def main() -> None:
    """Open the pages and print what was found."""
    django.setup()
    from django.test import Client  # noqa: PLC0415 -- models can only be imported once Django is set up

    from accounts.models import User  # noqa: PLC0415
    from bench.population import code_of  # noqa: PLC0415

    officer, stranger, holder = Client(), Client(), Client()
    officer.force_login(User.objects.get(email="officer@example.az"))
    holder.force_login(_holder())
    visits = [
        *((officer, path) for path in OFFICERS),
        *((stranger, path.format(code=code_of(500))) for path in STRANGERS),
        *((holder, path) for path in HOLDERS),
    ]
    whole = 0
    slowest: list[tuple[float, str]] = []
    for client, path in visits:
        spent, scans, queries = _visit(client, path)
        slowest.append((spent, f"{path} ({queries} queries)"))
        for table, sql in scans:
            whole += 1
            print(f"{path} reads the whole of {table}: {sql[:300]}")
    print(f"{len(visits)} pages looked at; queries that read a whole large table: {whole} (goal: 0)")
    for spent, words in sorted(slowest, reverse=True)[:8]:
        print(f"  {spent * 1000:.0f} ms {words}")


def _holder() -> "User":
    """Give a holder in the middle an account."""
    from accounts.models import User  # noqa: PLC0415 -- see main
    from accounts.services.people import create_account  # noqa: PLC0415
    from accounts.states import Role  # noqa: PLC0415
    from candidates.models import Person  # noqa: PLC0415

    found = User.objects.filter(email="holder500@example.az").first()
    user = found or create_account(
        email="holder500@example.az", password=None, surname="Əliyeva", given_name="Aygün", patronymic="",
        language="az", roles=(Role.CANDIDATE,), actor=None,
    )  # fmt: skip
    Person.objects.filter(pk=500).update(user=user)
    return user


def _visit(client: object, path: str) -> tuple[float, list[tuple[str, str]], int]:
    """Return the slower time of two visits, what is scanned whole, and the number of queries."""
    from django.db import connection  # noqa: PLC0415 -- see main
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    times = []
    for _visit in range(2):
        with CaptureQueriesContext(connection) as caught:
            begun = time.perf_counter()
            answer = client.get(path)  # type: ignore[attr-defined]
            times.append(time.perf_counter() - begun)
        if answer.status_code != 200:  # noqa: PLR2004 -- OK
            raise RuntimeError(f"{path}: {answer.status_code}")
    selects = [one["sql"] for one in caught.captured_queries if one["sql"].startswith(("SELECT", "WITH"))]
    return max(times), list(_scans(selects)), len(caught.captured_queries)


def _scans(selects: list[str]) -> Iterator[tuple[str, str]]:
    from django.db import connection  # noqa: PLC0415 -- see main

    with connection.cursor() as cursor:
        for sql in selects:
            cursor.execute("EXPLAIN " + sql.replace("%", "%%"), [])
            plan = [line for (line,) in cursor.fetchall()]
            for above, line in pairwise(["", *plan]):
                found = re.search(r"Seq Scan on (\w+)", line)
                # What a limit stops reads as much as it needs, not the whole.
                if found and found[1] in LARGE and not above.lstrip(" ->").startswith("Limit"):
                    yield found[1], sql


if __name__ == "__main__":
    main()
