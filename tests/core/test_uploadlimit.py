"""A file over the limit is cut off while it is received; the rest of the form arrives whole."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory

LIMIT = 100_000


def received(request: WSGIRequest) -> bytes:
    """Return what arrived of the file."""
    (file,) = request.FILES.getlist("file")
    with file:
        return bytes(file.read())


def test_endless_upload_is_cut_off_and_the_form_arrives(settings) -> None:
    settings.MAX_UPLOAD_BYTES = LIMIT
    content = b"%PDF-" + b"x" * 5_000_000
    request = RequestFactory().post("/", {"before": "1", "file": SimpleUploadedFile("a.pdf", content), "later": "2"})
    assert LIMIT < len(received(request)) < 3 * LIMIT
    assert (request.POST["before"], request.POST["later"]) == ("1", "2")


def test_upload_within_the_limit_arrives_whole(settings) -> None:
    settings.MAX_UPLOAD_BYTES = LIMIT
    content = b"x" * LIMIT
    request = RequestFactory().post("/", {"file": SimpleUploadedFile("a.pdf", content)})
    assert received(request) == content
