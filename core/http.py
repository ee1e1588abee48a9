"""Answers that several apps give."""

import re
from ipaddress import ip_address

from django.conf import settings
from django.core.files.base import File
from django.http import FileResponse, HttpRequest

from core.models import PrivateFile, RenderedFile

_BRACKETED = re.compile(r"\[(?P<address>[^\]]*)\](:\d+)?")  # [2001:db8::1]:443
_WITH_PORT = re.compile(r"(?P<address>[^:]*):\d+")  # 192.0.2.1:443


def client_address(request: HttpRequest) -> str:
    """Return the IP address a request came from, or "" when it cannot be told.

    Behind `TRUSTED_PROXY_COUNT` proxies it is the entry that the outermost of them wrote into X-Forwarded-For; what a
    client put before it is not believed. Without proxies it is the address of the socket (a Unix socket has none).
    """
    proxies = settings.TRUSTED_PROXY_COUNT
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if proxies and len(forwarded) >= proxies:
        return _plain_address(forwarded[-proxies])
    return _plain_address(str(request.META.get("REMOTE_ADDR", "")))


def _plain_address(text: str) -> str:
    """Return the IP address in `text` without the port, brackets and zone that some proxies write, or ""."""
    found = _BRACKETED.fullmatch(text) or _WITH_PORT.fullmatch(text)
    try:
        return str(ip_address((found["address"] if found else text).partition("%")[0]))
    except ValueError:
        return ""


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
