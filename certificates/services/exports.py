"""Tables that leave the system: each is noted in the trail, whoever takes it (contract B6)."""

from typing import Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import reads_cases
from audit.services import record
from certificates.services.guards import NOT_YOUR_ROLE
from core.batches import Thing, start_batch
from core.errors import NotAllowed, RuleViolation
from core.exports import Format
from core.models import Batch

AT_ONCE = 10_000
MOST_IN_A_WORKBOOK = 500_000  # a sheet holds a million rows; a worker has half an hour
EXPORT = "export"


def note_export(*, actor: User, name: str, kind: Format, filters: str, rows: int) -> None:
    """Write "bulk.export": who took which table, by which filters, and how many rows.

    Raises `NotAllowed` "role"; `RuleViolation` "too_long" for a table that only a worker makes.
    """
    _require_reader(actor)
    if rows > AT_ONCE:
        raise RuleViolation(
            format_lazy(_("The table has {rows} rows: have it prepared, and download it when it is ready."), rows=rows),
            code="too_long",
        )
    record(actor=actor, verb="bulk.export", obj=actor, after=_told(name, kind, filters, rows))


def start_export(
    *, actor: User, name: str | Promise, kind: Format, filters: str, rows: int, page: dict[str, Any]
) -> Batch:
    """Have a table made by a worker, to be downloaded by who asked for it; writes "bulk.export".

    `page` names the list whose columns and filters it has: its "view" (dotted path), and the "arguments" in its
    address. Raises `NotAllowed` "role"; `RuleViolation` "too_many" for more rows than a workbook should have.
    """
    _require_reader(actor)
    if kind == Format.XLSX and rows > MOST_IN_A_WORKBOOK:
        raise RuleViolation(
            format_lazy(
                _("A workbook takes at most {most} rows: take CSV, or narrow the filters."), most=MOST_IN_A_WORKBOOK
            ),
            code="too_many",
        )
    batch, _is_new = start_batch(
        EXPORT,
        format_lazy(_("Table: {name}"), name=name),
        [Thing(reference=f"export:{kind}", label=f"{name}.{kind}")],
        parameters={**page, "format": kind, "filters": filters},
        actor=actor,
    )
    record(actor=actor, verb="bulk.export", obj=batch, after=_told(str(name), kind, filters, rows), related=[actor])
    return batch


def _require_reader(actor: User) -> None:
    if not reads_cases(actor):
        raise NotAllowed(NOT_YOUR_ROLE, code="role")


def _told(name: str, kind: Format, filters: str, rows: int) -> dict[str, object]:
    return {"list": name, "format": kind, "filters": filters, "rows": rows}
