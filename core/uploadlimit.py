"""An upload without end must not fill the disk of the web process."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler


class BoundedUploadHandler(FileUploadHandler):
    """Stands before Django's own handlers and lets through a little more than MAX_UPLOAD_BYTES of each file.

    What follows is read and thrown away, so that the form still learns that the file is too large and keeps the rest.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Pass on a chunk that begins within the limit."""
        return raw_data if start <= settings.MAX_UPLOAD_BYTES else None

    def file_complete(self, file_size: int) -> Any:
        """Leave the file to the handlers that follow."""
        return None
