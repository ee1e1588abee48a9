"""Taking in files from people."""

import hashlib
from io import SEEK_END, BytesIO
from pathlib import PurePath
from typing import IO, Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _
from PIL import Image, UnidentifiedImageError

from core.errors import RuleViolation
from core.models import PrivateFile

PDF, JPEG, PNG = ".pdf", ".jpg", ".png"
_TYPES = {PDF: "application/pdf", JPEG: "image/jpeg", PNG: "image/png"}
_PDF_HEAD, _PDF_TRAILER = b"%PDF-", b"%%EOF"
_PDF_TAIL = 2048  # programs may leave something behind the trailer
_NAME_LENGTH = 100


def store_upload(uploaded: UploadedFile[bytes], *, actor: Any) -> PrivateFile:
    """Check an upload by its content and keep it privately; returns the row that refers to it.

    Raises `RuleViolation`: "upload_empty", "upload_size" (over MAX_UPLOAD_BYTES) or "upload_type" (neither PDF, JPEG
    nor PNG, whatever its name says, or cut off).
    """
    content = _read(uploaded)
    suffix = detect(content)
    stored = PrivateFile(
        original_name=safe_name(uploaded.name or "", suffix),
        content_type=_TYPES[suffix],
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        uploaded_by=actor,
    )
    uploaded.seek(0)
    stored.file.save(stored.original_name, uploaded, save=False)
    stored.save()
    return stored


def store_made(made: IO[bytes], *, name: str, content_type: str, actor: Any) -> PrivateFile:
    """Keep a file that the system made for somebody, an export say, as privately as what people hand in."""
    size = made.seek(0, SEEK_END)
    made.seek(0)
    stored = PrivateFile(
        original_name=name,
        content_type=content_type,
        size=size,
        sha256=hashlib.file_digest(made, "sha256").hexdigest(),  # type: ignore[arg-type]  # any binary file will do
        uploaded_by=actor,
    )
    made.seek(0)
    stored.file.save(name, File(made), save=False)
    stored.save()
    return stored


def _read(uploaded: UploadedFile[bytes]) -> bytes:
    if not uploaded.size:
        raise RuleViolation(_("The file is empty. Please choose it again."), code="upload_empty")
    if uploaded.size > settings.MAX_UPLOAD_BYTES:
        raise RuleViolation(
            _("The file is larger than %(limit)s. Please scan it at a lower resolution.")
            % {"limit": filesizeformat(settings.MAX_UPLOAD_BYTES)},
            code="upload_size",
        )
    uploaded.seek(0)
    return bytes(uploaded.read())


def detect(content: bytes) -> str:
    """Return ".pdf", ".jpg" or ".png"; raises `RuleViolation` "upload_type" for anything else."""
    if content.startswith(_PDF_HEAD) and _PDF_TRAILER in content[-_PDF_TAIL:]:
        return PDF
    suffix = _image_suffix(content)
    if suffix is None:
        raise RuleViolation(
            _("The file is not a complete PDF, JPEG or PNG: its content counts, not its name. Please save it as one."),
            code="upload_type",
        )
    return suffix


def _image_suffix(content: bytes) -> str | None:
    try:
        with Image.open(BytesIO(content), formats=["JPEG", "PNG"]) as image:
            kind = image.format
            image.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    return {"JPEG": JPEG, "PNG": PNG}.get(kind or "")


def safe_name(name: str, suffix: str) -> str:
    """Keep what a person called the file, for their own eyes: no path, no control characters, the true suffix."""
    stem = "".join(letter for letter in PurePath(name.replace("\\", "/")).stem if letter.isprintable())
    return f"{stem[:_NAME_LENGTH].strip(' .') or 'file'}{suffix}"
