"""The morning's sweep on the database in the environment: `python -m bench.sweep`.

The first morning finds everything that was never told of; then come two ordinary mornings, a day after one another.
Each is measured against the same selections in plain SQL, just before it, on the same rows.
"""

import time
from datetime import timedelta
from pathlib import Path

import django
import time_machine


def main() -> None:
    """Run three mornings, and say what each took and how much memory the process has needed in all."""
    django.setup()
    from django.utils import timezone  # noqa: PLC0415 -- models can only be imported once Django is set up

    from bench.frame import rows_of  # noqa: PLC0415
    from certificates.services.reminders import sweep  # noqa: PLC0415

    begin = timezone.now()
    size = rows_of("certificates_certificate")
    for morning, words in enumerate(("first morning", "second morning", "third morning")):
        with time_machine.travel(begin + timedelta(days=morning), tick=True):
            found, plain = _plain_selection()
            begun = time.perf_counter()
            swept = sweep()
            spent = time.perf_counter() - begun
        told = swept.reminders + swept.duties_opened
        print(
            f"{size} certificates, {words}: {told} of {found} written, {swept.duties_lapsed} duties lapsed, "
            f"in {spent * 1000:.0f} ms; plain selection {plain * 1000:.0f} ms; ratio {spent / plain:.2f} (goal: 3)"
        )
    print(f"{size} certificates: memory of the process at most {_most_memory():.0f} MB (goal: under 200)")


def _most_memory() -> float:
    """Return how many megabytes this process has had in memory at most, as Linux counts them for it alone."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def _plain_selection() -> tuple[int, float]:
    """Run what the sweep selects, without writing anything; return how many rows it found, and the seconds."""
    from django.db import connection  # noqa: PLC0415 -- see main
    from django.utils import timezone  # noqa: PLC0415

    from certificates.queries.reminders import RETURNS_OWED, SELECTIONS, selection_parameters  # noqa: PLC0415
    from certificates.states import DUTIES, DutyKind  # noqa: PLC0415

    now = timezone.now()
    rule = DUTIES[DutyKind.RETURN_ENDED]
    values = {
        **selection_parameters(timezone.localdate(now), now),
        "amount": rule.amount,
        "unit": rule.unit,
        "rule": rule.rule,
    }
    count = 0
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        for selection in (*SELECTIONS, RETURNS_OWED):
            # Every row is made, as for the sweep, and thrown away.
            query = f"SELECT count(whole.*) FROM ({selection}) whole"  # noqa: S608 -- selections of our own
            cursor.execute(query, values)
            count += cursor.fetchone()[0]
    return count, time.perf_counter() - begun


if __name__ == "__main__":
    main()
