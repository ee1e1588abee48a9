"""Uploads are judged by their content."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from core.errors import RuleViolation
from core.services.uploads import detect, safe_name, store_upload
from tests.factories import UserFactory

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def image(kind):
    buffer = BytesIO()
    Image.new("RGB", (8, 8), "white").save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "suffix"), [(PDF, ".pdf"), (image("JPEG"), ".jpg"), (image("PNG"), ".png")], ids=["pdf", "jpeg", "png"]
)
def test_detect_knows_each_type(content, suffix):
    assert detect(content) == suffix


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00 a program",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html></html>",
        b"%PDF-1.7 cut off",
        image("PNG")[:40],
        image("GIF"),
        b"PK\x03\x04 a document",
    ],
    ids=["program", "svg", "html", "cut-pdf", "cut-png", "gif", "zip"],
)
def test_detect_refuses_anything_else(content):
    with pytest.raises(RuleViolation) as refused:
        detect(content)
    assert refused.value.code == "upload_type"


def test_store_upload_keeps_content_and_a_safe_name(db):
    actor = UserFactory.create()
    stored = store_upload(SimpleUploadedFile("../../məktub\x00.exe", PDF), actor=actor)
    assert (stored.original_name, stored.content_type, stored.size) == ("məktub.pdf", "application/pdf", len(PDF))
    assert stored.file.name == f"uploads/{stored.pk.hex[:2]}/{stored.pk.hex}"
    with stored.file.open() as kept:
        assert kept.read() == PDF


def test_store_upload_refuses_empty_and_oversize_files(db, settings):
    settings.MAX_UPLOAD_BYTES = 20
    with pytest.raises(RuleViolation) as empty:
        store_upload(SimpleUploadedFile("a.pdf", b""), actor=None)
    with pytest.raises(RuleViolation) as large:
        store_upload(SimpleUploadedFile("a.pdf", PDF), actor=None)
    assert (empty.value.code, large.value.code) == ("upload_empty", "upload_size")


@pytest.mark.parametrize(
    ("name", "safe"),
    [("C:\\Users\\x\\scan.PDF", "scan.pdf"), ("..", "file.pdf"), ("", "file.pdf"), ("ə" * 300, "ə" * 100 + ".pdf")],
)
def test_safe_name_drops_paths_and_keeps_letters(name, safe):
    assert safe_name(name, ".pdf") == safe
