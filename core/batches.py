"""The same step for many things, as rows that a worker takes one after the other.

Nothing is lost and nothing happens twice. Each item is done in a transaction of its own that holds the lock of the
batch, so that at most one worker is at a batch, and looks at the item's state first; what the item changes and that it
is done are committed together. A refused item leaves nothing behind but its reason, and the others go on. A worker that
is killed leaves the rest to the sweep; an item that kills its workers is given up after a few tries, which are counted
before it begins.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.batchkinds import batch_path
from core.errors import RuleViolation
from core.integrity import constraint_errors, race_errors
from core.jobs import enqueue, enqueue_on_commit
from core.models import Batch, BatchItem
from core.states import BatchState, ItemState
from core.words import TITLE, in_each_language, packed

logger = logging.getLogger(__name__)

MAX_TRIES = 3
SLICE_SECONDS = 60.0  # a long batch gives way to others; a long item is waited for
LEFT_AFTER = timedelta(minutes=2)
TASK = "core.tasks.run_batch"
ALREADY_STARTED = _("This has been started already: see the list of bulk jobs.")
GAVE_UP = _("The work on this broke off several times. Try again later, or do it by hand.")
WENT_WRONG = _("Something went wrong here, and nothing was changed. It can be tried again.")

Handler = Callable[[Batch, BatchItem], str | Promise]
Load = Callable[[str], Handler]


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of a batch before it is started: its reference ("app.model:id"), and how people know it."""

    reference: str
    label: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is."""

    total: int
    done: int
    failed: int

    @property
    def settled(self) -> int:
        """How many things have come to an end, good or bad."""
        return self.done + self.failed

    @property
    def pending(self) -> int:
        """How many are still to be done."""
        return self.total - self.settled


def start_batch(
    kind: str,
    title: str | Promise,
    things: Iterable[Thing],
    *,
    parameters: dict[str, Any],
    actor: Any,
    key: UUID | None = None,
) -> tuple[Batch, bool]:
    """Write a batch with its items and have it run after commit; returns it, and whether it is new.

    A lazy `title` is kept in each language, and so is what comes of each item: whoever reads it reads their own.

    `key` comes with the form, so that the same form sent twice starts one batch: the second gets the one that is there.
    Raises `KeyError` for an unknown kind; `RuleViolation` "empty" without things, "started" when `key` belongs to
    something else.
    """
    batch_path(kind)  # an unknown kind fails here, not in the worker
    now = timezone.now()
    with transaction.atomic():
        batch = Batch(
            pk=key or uuid4(),
            kind=kind,
            title=str(title)[:200],
            parameters={**parameters, TITLE: in_each_language(title)},
            started_by=actor,
            created_at=now,
            touched_at=now,
        )
        try:
            with constraint_errors({"core_batch_pkey": ALREADY_STARTED}):
                batch.save(force_insert=True)
        except RuleViolation:
            return _same(batch), False
        items = (BatchItem(batch=batch, reference=one.reference, label=one.label[:200]) for one in things)
        if not BatchItem.objects.bulk_create(items, batch_size=1000):
            raise RuleViolation(_("There is nothing to do."), code="empty")
        enqueue_on_commit(TASK, str(batch.pk))
    return batch, True


def _same(batch: Batch) -> Batch:
    """Return what the same form started before."""
    found = Batch.objects.get(pk=batch.pk)
    if (found.kind, found.started_by_id) != (batch.kind, batch.started_by_id):
        raise RuleViolation(ALREADY_STARTED, code="started")
    return found


def run(batch_id: str, load: Load, *, seconds: float = SLICE_SECONDS) -> None:
    """Do the items of a batch one after the other for a while, then leave the rest to another task.

    `load` turns the dotted path of the kind's function into the function. Returns at once when another worker is at it.
    """
    begun = monotonic()
    while (item_id := _claim(batch_id)) is not None:
        if not _settle(batch_id, item_id, load):
            return
        if monotonic() - begun > seconds:
            enqueue(TASK, batch_id)
            return


def _claim(batch_id: str) -> int | None:
    """Count a try of the next item and return it; None when all are settled, or another worker is at the batch."""
    with transaction.atomic():
        batch = _locked(batch_id)
        if batch is None or batch.state == BatchState.DONE:
            return None
        pending = batch.items.filter(state=ItemState.PENDING)
        pending.filter(tries__gte=MAX_TRIES).update(
            state=ItemState.FAILED, message=packed(GAVE_UP), settled_at=timezone.now()
        )
        item = pending.order_by("id").first()
        batch.touched_at = timezone.now()
        if item is None:
            batch.state, batch.finished_at = BatchState.DONE, batch.touched_at
        else:
            batch.state = BatchState.RUNNING
            item.tries += 1
            item.save(update_fields=["tries"])
        batch.save(update_fields=["state", "touched_at", "finished_at"])
    return item.pk if item else None


def _settle(batch_id: str, item_id: int, load: Load) -> bool:
    """Do one item, unless it is settled already, and keep what came of it; False when another worker is at it."""
    with transaction.atomic():
        batch = _locked(batch_id)
        if batch is None:
            return False
        item = BatchItem.objects.get(pk=item_id)
        if item.state == ItemState.PENDING:
            with translation.override(batch.started_by.language):
                item.state, said = _outcome(batch, item, load)
                item.message = packed(said)
            item.settled_at = batch.touched_at = timezone.now()
            item.save(update_fields=["state", "message", "settled_at"])
            batch.save(update_fields=["touched_at", *(["result"] if item.state == ItemState.DONE else [])])
    return True


def _outcome(batch: Batch, item: BatchItem, load: Load) -> tuple[ItemState, str | Promise]:
    """Do one item in a savepoint: a refusal or a failure leaves nothing behind but its words."""
    try:
        with race_errors(), transaction.atomic():
            return ItemState.DONE, load(batch_path(batch.kind))(batch, item)
    except RuleViolation as violation:
        return ItemState.FAILED, violation.message
    except Exception:  # one broken item must not hold up the others; the log has the rest
        logger.exception("Item %s of batch %s failed", item.pk, batch.pk)
        return ItemState.FAILED, WENT_WRONG


def _locked(batch_id: str) -> Batch | None:
    """Return the batch with its row locked; None while another worker is at it.

    The lock leaves out foreign keys to the row: whoever only refers to it does not wait.
    """
    rows = Batch.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    return rows.select_related("started_by").filter(pk=batch_id).first()


def retry(batch: Batch) -> int:
    """Put the failed items of a batch back to be done, with all their tries; returns how many.

    Raises `RuleViolation` "nothing_failed": somebody else was faster, or nothing has failed.
    """
    with transaction.atomic():
        batch = Batch.objects.select_for_update(no_key=True).get(pk=batch.pk)
        failed = batch.items.filter(state=ItemState.FAILED)
        count = failed.update(state=ItemState.PENDING, message="", tries=0, settled_at=None)
        if not count:
            message = _("Nothing of it has failed, or it is being tried again already.")
            raise RuleViolation(message, code="nothing_failed")
        batch.state, batch.finished_at, batch.touched_at = BatchState.WAITING, None, timezone.now()
        batch.save(update_fields=["state", "finished_at", "touched_at"])
        enqueue_on_commit(TASK, str(batch.pk))
    return count


def progress_of(batch: Batch) -> Progress:
    """Count how far a batch is; one query."""
    failed, done = Q(state=ItemState.FAILED), Q(state=ItemState.DONE)
    return Progress(**batch.items.aggregate(total=Count("pk"), done=Count("pk", done), failed=Count("pk", failed)))


def left_batches() -> list[str]:
    """Return the batches that nobody has touched for a while, the longest left first, at most a hundred at a time."""
    left = Batch.objects.exclude(state=BatchState.DONE).filter(touched_at__lt=timezone.now() - LEFT_AFTER)
    return [str(pk) for pk in left.order_by("touched_at").values_list("pk", flat=True)[:100]]
