"""Writing the trail."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, models
from django.utils import timezone

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
    told = Told(obj, before or {}, after or {}, tuple(related))
    entry = _entry(told, actor=actor, verb=verb, reason=reason)
    entry.save()
    return entry


@dataclass(frozen=True, slots=True)
class Told:
    """What one of many entries is about: the object, what changed, and on which other timelines it is shown."""

    obj: models.Model
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    related: Sequence[models.Model] = ()


def record_many(told: Iterable[Told], *, actor: Any, verb: str, reason: str = "") -> None:
    """Write an entry for each object that one act changed; as `record`, in a few statements however many they are."""
    entries = [_entry(one, actor=actor, verb=verb, reason=reason) for one in told]
    AuditEntry.objects.bulk_create(entries, batch_size=1000)


def _entry(told: Told, *, actor: Any, verb: str, reason: str) -> AuditEntry:
    subjects = list(dict.fromkeys(reference(one) for one in (told.obj, *told.related)))
    return AuditEntry(
        actor=actor,
        actor_label=str(actor)[:200] if actor else SYSTEM,
        verb=verb,
        object_ref=subjects[0],
        object_label=str(told.obj)[:200],
        before=_plain(told.before),
        after=_plain(told.after),
        reason=reason.strip(),
        subjects=subjects,
    )


_CHANGED = "WITH changed AS ("
_INTO_TRAIL = """)
INSERT INTO audit_auditentry (at, actor_label, verb, object_ref, object_label, before, after, reason, subjects)
SELECT %(trail_at)s, %(trail_actor)s, %(trail_verb)s, object_ref, %(trail_label)s, before, after, %(trail_reason)s,
    subjects FROM changed"""


def record_changed(change: str, params: Mapping[str, Any], *, verb: str, label: str, reason: str = "") -> int:
    """Run a statement by which the system changes many rows, and write an entry for each, all in the database.

    `change` is SQL that returns, for every row it changed, `object_ref`, `before` and `after` (jsonb) and `subjects`.
    Returns how many there were.
    """
    trail: dict[str, Any] = {
        "trail_at": timezone.now(),
        "trail_actor": SYSTEM,
        "trail_verb": verb,
        "trail_label": label[:200],
        "trail_reason": reason,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED + change + _INTO_TRAIL, {**params, **trail})
        return int(cursor.rowcount)


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
