"""Thin jobs: each takes an id, may run twice, and may be killed at any moment."""

from celery import shared_task
from django.conf import settings
from django.core.management import call_command
from django.utils.module_loading import import_string

from core import batches, messages, rendering
from core.jobs import enqueue


@shared_task(autoretry_for=(Exception,), retry_backoff=5, retry_backoff_max=600, max_retries=5)
def render_file(work_id: str) -> None:
    """Render one requested document."""
    rendering.render(work_id, import_string)


@shared_task
def send_message(message_id: int) -> None:
    """Send one outgoing message."""
    messages.send(message_id)


@shared_task
def sweep_renders() -> None:
    """Enqueue the documents that a dead broker or worker left waiting."""
    for work_id in rendering.waiting_renders():
        enqueue("core.tasks.render_file", work_id)


@shared_task
def sweep_messages() -> None:
    """Enqueue the messages that are due: new ones that were missed and failed ones whose time has come."""
    for message_id in messages.waiting_messages():
        enqueue("core.tasks.send_message", message_id)


@shared_task(time_limit=settings.LONG_TASK_SECONDS)  # one item may be the table of a million certificates
def run_batch(batch_id: str) -> None:
    """Do what is left of a batch, for about a minute."""
    batches.run(batch_id, import_string)


@shared_task
def sweep_batches() -> None:
    """Enqueue the batches that a dead broker or worker left in the middle."""
    for batch_id in batches.left_batches():
        enqueue(batches.TASK, batch_id)


@shared_task
def clear_sessions() -> None:
    """Delete the sessions of people who have been signed out by time."""
    call_command("clearsessions")
