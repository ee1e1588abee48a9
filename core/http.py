"""Answers that several apps give."""

from django.conf import settings
from django.core.files.base import File
from django.http import FileResponse, HttpRequest

from core.models import PrivateFile, RenderedFile


def client_address(request: HttpRequest) -> str:
    """Return the address a request came from.

    Behind `TRUSTED_PROXY_COUNT` proxies it is the entry that the outermost of them wrote into X-Forwarded-For; what a
    client put before it is not believed. Without proxies it is the address of the socket.
    """
    proxies = settings.TRUSTED_PROXY_COUNT
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if proxies and len(forwarded) >= proxies:
        return forwarded[-proxies]
    return str(request.META.get("REMOTE_ADDR", ""))


def private_file_response(stored: PrivateFile) -> FileResponse:
    """Send an upload as a download; the browser neither guesses its type nor runs anything in it."""
    return _download(stored.file, stored.original_name, stored.content_type)


def rendered_file_response(work: RenderedFile) -> FileResponse:
    """Send a rendered document, byte for byte as it was stored."""
    return _download(work.file, work.download_name, "application/pdf")


def _download(file: File[bytes], name: str, content_type: str) -> FileResponse:
    response = FileResponse(file.open("rb"), as_attachment=True, filename=name, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
