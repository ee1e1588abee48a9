"""Letters and documents of an application, and files kept between two tries of a form."""

from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
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
# A paper application with all its rows is nine files; many more would let anyone with an account fill the disk.
MOST_KEPT = 10

ATTACHED_ALREADY = _("This file has been attached already. Reload the page to see it.")


# --- Files between two tries ------------------------------------------------------------------------------------------
@transaction.atomic
def keep_upload(uploaded: UploadedFile[bytes], *, actor: User) -> PrivateFile:
    """Check a file and keep it for the same person's next try, because a browser cannot fill a file field again.

    Of the files that were kept for the person and never used, all but the newest MOST_KEPT are deleted.
    Raises `RuleViolation` as `store_upload` does ("upload_empty", "upload_size", "upload_type").
    """
    stored = store_upload(uploaded, actor=actor)
    KeptUpload.objects.create(stored=stored, user=actor)
    for kept in KeptUpload.objects.filter(user=actor).order_by("-kept_at", "-pk")[MOST_KEPT:]:
        _sweep(kept.stored_id)
    return stored


def kept_upload(file_id: Any, *, actor: User) -> PrivateFile | None:
    """Return a file that was kept for this person and has not been used yet."""
    found = KeptUpload.objects.select_related("stored").filter(stored_id=file_id, user=actor).first()
    return found.stored if found else None


def sweep_kept_uploads() -> int:
    """Delete files that were kept for a next try which never came; returns how many."""
    old = KeptUpload.objects.filter(kept_at__lt=timezone.now() - KEPT_FOR).values_list("stored_id", flat=True)
    return sum(_sweep(file_id) for file_id in list(old[:500]))


@transaction.atomic
def _sweep(file_id: Any) -> bool:
    """Delete a kept file unless somebody is using it at this moment; tell whether it was deleted."""
    kept = KeptUpload.objects.select_for_update(skip_locked=True, of=("self",)).filter(stored_id=file_id).first()
    if kept:
        _delete_file(kept.stored)
    return kept is not None


def _use(stored: PrivateFile, *, actor: User) -> None:
    """Take a kept file for good; raises `RuleViolation` "upload_used" on a second click."""
    used, _rows = KeptUpload.objects.filter(stored=stored, user=actor).delete()
    if not used:
        raise RuleViolation(ATTACHED_ALREADY, code="upload_used")


def _refuse_same(attached: QuerySet[Any]) -> None:
    """Raise `RuleViolation` "upload_used" on a second click that sent the file itself once more."""
    if attached.exists():
        raise RuleViolation(ATTACHED_ALREADY, code="upload_used")


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
    described = {"issuer": issuer, "issuer_kind": issuer_kind, "topic": topic, "hours": hours, "dated": dated}
    _refuse_same(current.letters.filter(stored__sha256=stored.sha256, **described))
    _use(stored, actor=actor)
    letter = RecommendationLetter.objects.create(application=current, stored=stored, **described)
    after = {"section": Section.LETTERS, **described, **_traced(stored)}
    record(actor=actor, verb="application.attach", obj=current, after=after)
    return letter


@transaction.atomic
def add_document(application: Application, *, stored: PrivateFile, kind: str, actor: User) -> ApplicationDocument:
    """Attach any other document whose file was kept by `keep_upload`. Writes "application.attach".

    Raises `RuleViolation` "too_many", "upload_used", and the errors of `lock_editable`.
    """
    current = lock_editable(application, actor=actor)
    _require_room(current.documents.count())
    _refuse_same(current.documents.filter(stored__sha256=stored.sha256, kind=kind))
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
