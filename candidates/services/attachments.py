"""Letters and documents of an application, and files kept between two tries of a form."""

from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from candidates.models import Application, ApplicationDocument, KeptUpload, RecommendationLetter
from candidates.services.guards import lock_editable
from candidates.states import Section
from core.errors import RuleViolation
from core.models import PrivateFile
from core.services.uploads import store_upload

# The body's choice: nobody has this many, and a page of them is still read at a glance.
MOST_ATTACHMENTS = 20
KEPT_FOR = timedelta(days=1)


# --- Files between two tries ------------------------------------------------------------------------------------------
@transaction.atomic
def keep_upload(uploaded: UploadedFile[bytes], *, actor: User) -> PrivateFile:
    """Check a file and keep it for the same person's next try, because a browser cannot fill a file field again.

    Raises `RuleViolation` as `store_upload` does ("upload_empty", "upload_size", "upload_type").
    """
    stored = store_upload(uploaded, actor=actor)
    KeptUpload.objects.create(stored=stored, user=actor)
    return stored


def kept_upload(file_id: Any, *, actor: User) -> PrivateFile | None:
    """Return a file that was kept for this person and has not been used yet."""
    found = KeptUpload.objects.select_related("stored").filter(stored_id=file_id, user=actor).first()
    return found.stored if found else None


def sweep_kept_uploads() -> int:
    """Delete files that were kept for a next try which never came; returns how many."""
    old = KeptUpload.objects.filter(kept_at__lt=timezone.now() - KEPT_FOR).values_list("stored_id", flat=True)
    swept = 0
    for file_id in list(old[:500]):
        with transaction.atomic():
            kept = KeptUpload.objects.select_for_update(skip_locked=True).filter(stored_id=file_id).first()
            if kept:
                _delete_file(kept.stored)
                swept += 1
    return swept


def _use(stored: PrivateFile, *, actor: User) -> None:
    """Take a kept file for good; raises `RuleViolation` "upload_used" on a second click."""
    used, _rows = KeptUpload.objects.filter(stored=stored, user=actor).delete()
    if not used:
        raise RuleViolation(_("This file has been attached already. Reload the page to see it."), code="upload_used")


def _delete_file(stored: PrivateFile) -> None:
    """Delete the row now and the bytes when the transaction commits."""
    storage, name = stored.file.storage, str(stored.file.name)
    stored.delete()
    transaction.on_commit(lambda: storage.delete(name))


# --- Letters and documents --------------------------------------------------------------------------------------------
@transaction.atomic
def add_letter(
    application: Application,
    *,
    stored: PrivateFile,
    issuer: str,
    issuer_kind: str,
    topic: str,
    hours: int,
    dated: date,
    actor: User,
) -> RecommendationLetter:
    """Attach a recommendation letter whose file was kept by `keep_upload`. Writes "application.attach".

    Raises `RuleViolation` "letter_future", "too_many", "upload_used", and the errors of `lock_editable`.
    """
    current = lock_editable(application, actor=actor)
    if dated > timezone.localdate():
        raise RuleViolation(_("The date of the letter is in the future."), code="letter_future")
    _require_room(current.letters.count())
    _use(stored, actor=actor)
    letter = RecommendationLetter.objects.create(
        application=current,
        stored=stored,
        issuer=issuer,
        issuer_kind=issuer_kind,
        topic=topic,
        hours=hours,
        dated=dated,
    )
    after = {"issuer": issuer, "issuer_kind": issuer_kind, "topic": topic, "hours": hours, "dated": dated}
    record(
        actor=actor,
        verb="application.attach",
        obj=current,
        after={"section": Section.LETTERS, **after, **_traced(stored)},
    )
    return letter


@transaction.atomic
def add_document(application: Application, *, stored: PrivateFile, kind: str, actor: User) -> ApplicationDocument:
    """Attach any other document whose file was kept by `keep_upload`. Writes "application.attach".

    Raises `RuleViolation` "too_many", "upload_used", and the errors of `lock_editable`.
    """
    current = lock_editable(application, actor=actor)
    _require_room(current.documents.count())
    _use(stored, actor=actor)
    document = ApplicationDocument.objects.create(application=current, stored=stored, kind=kind)
    after = {"section": Section.DOCUMENTS, "kind": kind, **_traced(stored)}
    record(actor=actor, verb="application.attach", obj=current, after=after)
    return document


@transaction.atomic
def remove_letter(application: Application, *, letter_id: int, actor: User) -> Application:
    """Take a letter off, with its file; the trail keeps what it was. Taking it off twice changes nothing more."""
    current = lock_editable(application, actor=actor)
    return _remove(current, current.letters.filter(pk=letter_id).first(), Section.LETTERS, actor=actor)


@transaction.atomic
def remove_document(application: Application, *, document_id: int, actor: User) -> Application:
    """Take a document off, with its file; the trail keeps what it was. Taking it off twice changes nothing more."""
    current = lock_editable(application, actor=actor)
    return _remove(current, current.documents.filter(pk=document_id).first(), Section.DOCUMENTS, actor=actor)


def _remove(
    application: Application,
    attached: RecommendationLetter | ApplicationDocument | None,
    section: Section,
    *,
    actor: User,
) -> Application:
    if attached is None:
        return application
    before = {"section": section, "label": str(attached), **_traced(attached.stored)}
    record(actor=actor, verb="application.detach", obj=application, before=before)
    stored = attached.stored
    attached.delete()
    _delete_file(stored)
    return application


def _require_room(count: int) -> None:
    if count >= MOST_ATTACHMENTS:
        raise RuleViolation(
            _("At most %(limit)s files are taken here: please combine some of them.") % {"limit": MOST_ATTACHMENTS},
            code="too_many",
        )


def _traced(stored: PrivateFile) -> dict[str, Any]:
    return {"file": stored.original_name, "size": stored.size, "sha256": stored.sha256}
