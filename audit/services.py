"""Writing the trail."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import models

from audit.models import AuditEntry
from audit.references import reference

SYSTEM = "system"


def record(
    *,
    actor: Any,
    verb: str,
    obj: models.Model,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    related: Sequence[models.Model] = (),
) -> AuditEntry:
    """Write one entry in the caller's transaction: if the change is rolled back, so is its trace.

    `actor` is the user who acted, or None for the system itself. `related` are further objects on whose timeline the
    entry is shown. Values are stored as text, numbers or lists; a model instance as its reference.
    """
    subjects = list(dict.fromkeys(reference(one) for one in (obj, *related)))
    return AuditEntry.objects.create(
        actor=actor,
        actor_label=str(actor)[:200] if actor else SYSTEM,
        verb=verb,
        object_ref=subjects[0],
        object_label=str(obj)[:200],
        before=_plain(before or {}),
        after=_plain(after or {}),
        reason=reason.strip(),
        subjects=subjects,
    )


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain_value(value) for name, value in values.items()}


def _plain_value(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return str(value) if isinstance(value, models.Choices) else value
    if isinstance(value, models.Model):
        return reference(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain_value(one) for one in value]
    if isinstance(value, Mapping):
        return _plain(value)
    return str(value)
