"""Thin jobs of the candidates app."""

from celery import shared_task

from candidates.services.attachments import sweep_kept_uploads


@shared_task
def sweep_uploads() -> None:
    """Delete files that were kept for a next try of a form which never came."""
    sweep_kept_uploads()
