"""Documents that a worker renders: requested with the event, made once, kept for good.

Nothing is lost and nothing happens twice: the request is a row in the event's transaction; the task is enqueued on
commit and, when the broker was down or a worker died, by the sweep; the render holds the row's lock and returns when
another one was faster; the file is named by its content, so a second write is the same file.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from core.jobs import enqueue_on_commit
from core.models import RenderedFile
from core.renderers import renderer_path

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 20
Renderer = Callable[[Mapping[str, Any]], bytes]


def request_render(kind: str, snapshot: Mapping[str, Any], download_name: str) -> RenderedFile:
    """Ask for a document: a row now, a job when the caller's transaction commits."""
    renderer_path(kind)  # an unknown kind fails here, not in the worker
    work = RenderedFile.objects.create(kind=kind, snapshot=dict(snapshot), download_name=download_name)
    enqueue_on_commit("core.tasks.render_file", str(work.pk))
    return work


def render(work_id: str, load: Callable[[str], Renderer]) -> None:
    """Make the file of one request, unless it is made already. `load` turns a dotted path into the renderer.

    A failure is kept on the row and raised again for the task to retry.
    """
    with transaction.atomic():
        work = RenderedFile.objects.select_for_update().filter(pk=work_id).first()
        if work is None:  # its request was taken back: there is nothing to make, and nothing to try again
            logger.info("Rendering %s: the request is gone", work_id)
            return
        if work.is_ready:
            return
        work.attempts += 1
        try:
            content = load(renderer_path(work.kind))(work.snapshot)
        except Exception as error:  # whatever the engine raises is kept for staff to read
            work.last_error = f"{type(error).__name__}: {error}"[:2000]
            work.save(update_fields=["attempts", "last_error"])
            logger.exception("Rendering %s %s failed", work.kind, work.pk)
            failure = error
        else:
            _store(work, content)
            return
    raise failure


def _store(work: RenderedFile, content: bytes) -> None:
    work.sha256 = hashlib.sha256(content).hexdigest()
    work.size = len(content)
    name = f"documents/{work.sha256[:2]}/{work.sha256}.pdf"
    work.file.name = _put(name, content)
    work.rendered_at = timezone.now()
    work.last_error = ""
    work.save(update_fields=["file", "sha256", "size", "rendered_at", "attempts", "last_error"])


def _put(name: str, content: bytes) -> str:
    """Write the file unless it is there already, whole: a worker killed while writing leaves part of it behind."""
    if default_storage.exists(name):
        with default_storage.open(name) as found:
            if found.read() == content:
                return name
        default_storage.delete(name)
    return default_storage.save(name, ContentFile(content))


def waiting_renders(older_than_seconds: int = 60) -> list[str]:
    """Return the requests that nobody has rendered for a while, oldest first, at most a hundred at a time."""
    before = timezone.now() - timedelta(seconds=older_than_seconds)
    waiting = RenderedFile.objects.filter(rendered_at=None, requested_at__lt=before, attempts__lt=MAX_ATTEMPTS)
    return [str(pk) for pk in waiting.order_by("requested_at").values_list("pk", flat=True)[:100]]
