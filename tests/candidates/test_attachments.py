"""Letters, documents and files kept between two tries; disguises, sizes, names."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEntry
from candidates.models import KeptUpload
from candidates.services.attachments import (
    MOST_ATTACHMENTS,
    MOST_KEPT,
    add_document,
    add_letter,
    keep_upload,
    kept_upload,
    remove_document,
    remove_letter,
    sweep_kept_uploads,
)
from core.errors import NotAllowed, RuleViolation
from core.models import PrivateFile
from schemes.models import SchemeVersion
from tests.candidates import factories as make

EXE = b"MZ\x90\x00" + b"\x00" * 60 + b"PE\x00\x00" + b"\x00" * 200
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
HTML = b"<!doctype html><script>alert(1)</script>"


@pytest.mark.parametrize(
    ("name", "content"),
    [("cv.pdf", EXE), ("foto.png", SVG), ("foto.svg", SVG), ("məktub.pdf", HTML), ("a.png", make.png()[:20]),
     ("a.jpg", b"\xff\xd8\xff"), ("a.pdf", b"x" * 10 + make.PDF)],
)  # fmt: skip
def test_keep_upload_disguised_or_cut_refuses(candidate: User, name: str, content: bytes) -> None:
    with pytest.raises(RuleViolation) as caught:
        keep_upload(SimpleUploadedFile(name, content), actor=candidate)
    assert caught.value.code == "upload_type"
    assert (PrivateFile.objects.count(), KeptUpload.objects.count()) == (0, 0)


@pytest.mark.parametrize(("name", "content"), [("a.pdf", make.PDF), ("a.exe", make.png()), ("a.pdf", make.JPEG)])
def test_keep_upload_takes_what_the_content_is(candidate: User, name: str, content: bytes) -> None:
    stored = keep_upload(SimpleUploadedFile(name, content), actor=candidate)
    assert stored.original_name == {make.PDF: "a.pdf", make.png(): "a.png", make.JPEG: "a.jpg"}[content]


def test_keep_upload_too_large_refuses(candidate: User, settings: pytest.FixtureRequest) -> None:
    settings.MAX_UPLOAD_BYTES = 50  # type: ignore[attr-defined]  # pytest-django's settings
    with pytest.raises(RuleViolation) as caught:
        keep_upload(make.upload(), actor=candidate)
    assert caught.value.code == "upload_size"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.pdf", "..\\..\\a.pdf", "/abs/olute.pdf", "a\x00b.pdf", "\u202efdp.exe"]
)
def test_keep_upload_name_never_reaches_the_file_system(candidate: User, name: str) -> None:
    uploaded = SimpleUploadedFile("x", make.PDF)
    uploaded.__dict__["_name"] = name  # past Django's own cleaning, as another entrance might
    stored = keep_upload(uploaded, actor=candidate)
    assert stored.file.name == f"uploads/{stored.pk.hex[:2]}/{stored.pk.hex}"
    assert not set("/\\\x00\u202e") & set(stored.original_name)


def test_kept_upload_is_bound_to_the_person(candidate: User) -> None:
    stored = keep_upload(make.upload(), actor=candidate)
    assert kept_upload(stored.pk, actor=candidate) == stored
    assert kept_upload(stored.pk, actor=make.new_candidate()) is None


def test_add_document_with_someone_elses_kept_file_refuses(scheme_version: SchemeVersion, candidate: User) -> None:
    application = make.draft(scheme_version, candidate)
    foreign = keep_upload(make.upload(), actor=make.new_candidate())
    with pytest.raises(RuleViolation) as caught:
        add_document(application, stored=foreign, kind="other", actor=candidate)
    assert caught.value.code == "upload_used"


def test_add_document_twice_with_same_file_refuses_the_second(scheme_version: SchemeVersion, candidate: User) -> None:
    application = make.draft(scheme_version, candidate)
    stored = keep_upload(make.upload(), actor=candidate)
    add_document(application, stored=stored, kind="other", actor=candidate)
    with pytest.raises(RuleViolation) as caught:
        add_document(application, stored=stored, kind="other", actor=candidate)
    assert caught.value.code == "upload_used"
    assert application.documents.count() == 1


def test_add_document_sent_again_by_a_second_click_refuses(scheme_version: SchemeVersion, candidate: User) -> None:
    application = make.draft(scheme_version, candidate)
    add_document(application, stored=keep_upload(make.upload(), actor=candidate), kind="other", actor=candidate)
    with pytest.raises(RuleViolation) as caught:
        add_document(application, stored=keep_upload(make.upload(), actor=candidate), kind="other", actor=candidate)
    assert caught.value.code == "upload_used"
    assert application.documents.count() == 1


def test_add_letter_sent_again_refuses_and_takes_another_letter_of_the_same_file(
    scheme_version: SchemeVersion, candidate: User
) -> None:
    application = make.draft(scheme_version, candidate)
    letter: dict[str, Any] = {
        "issuer_kind": "client",
        "topic": "Kouçinq",
        "hours": 20,
        "dated": date(2026, 1, 5),
        "actor": candidate,
    }
    add_letter(application, stored=keep_upload(make.upload(), actor=candidate), issuer="A MMC", **letter)
    with pytest.raises(RuleViolation) as caught:
        add_letter(application, stored=keep_upload(make.upload(), actor=candidate), issuer="A MMC", **letter)
    assert caught.value.code == "upload_used"
    add_letter(application, stored=keep_upload(make.upload(), actor=candidate), issuer="B MMC", **letter)
    assert list(application.letters.values_list("issuer", flat=True)) == ["A MMC", "B MMC"]


def test_keep_upload_keeps_only_the_newest_unused_files(candidate: User) -> None:
    other = keep_upload(make.upload(), actor=make.new_candidate())
    kept = [keep_upload(make.upload(), actor=candidate) for _number in range(MOST_KEPT + 2)]
    assert set(PrivateFile.objects.all()) == {other, *kept[2:]}


def test_add_document_over_limit_refuses(scheme_version: SchemeVersion, candidate: User) -> None:
    application = make.draft(scheme_version, candidate)
    for number in range(MOST_ATTACHMENTS):
        one = make.upload(content=make.PDF + b"%" * number)
        add_document(application, stored=keep_upload(one, actor=candidate), kind="other", actor=candidate)
    with pytest.raises(RuleViolation) as caught:
        add_document(application, stored=keep_upload(make.upload(), actor=candidate), kind="other", actor=candidate)
    assert caught.value.code == "too_many"


@pytest.mark.django_db(transaction=True)
def test_remove_document_deletes_file_and_keeps_trace(scheme_version: SchemeVersion) -> None:
    account = make.new_candidate()
    application = make.draft(scheme_version, account)
    stored = keep_upload(make.upload("vəsiqə.pdf"), actor=account)
    document = add_document(application, stored=stored, kind="identity", actor=account)
    assert default_storage.exists(str(stored.file.name))
    remove_document(application, document_id=document.pk, actor=account)
    remove_document(application, document_id=document.pk, actor=account)  # a second click
    assert not default_storage.exists(str(stored.file.name))
    assert not PrivateFile.objects.filter(pk=stored.pk).exists()
    entry = AuditEntry.objects.get(verb="application.detach")
    assert (entry.before["file"], entry.before["sha256"]) == ("vəsiqə.pdf", stored.sha256)


def test_attachments_of_submitted_application_are_final(scheme_version: SchemeVersion) -> None:
    application = make.submitted(scheme_version)
    account = make.account_of(application)
    letter = application.letters.get()
    with pytest.raises(RuleViolation) as caught:
        remove_letter(application, letter_id=letter.pk, actor=account)
    assert caught.value.code == "not_editable"
    with pytest.raises(NotAllowed):
        remove_letter(application, letter_id=letter.pk, actor=make.new_candidate())


def test_sweep_deletes_only_old_kept_files(candidate: User) -> None:
    old, fresh = (keep_upload(make.upload(), actor=candidate) for _one in range(2))
    KeptUpload.objects.filter(stored=old).update(kept_at=timezone.now() - timedelta(days=2))
    assert sweep_kept_uploads() == 1
    assert list(PrivateFile.objects.all()) == [fresh]
    assert sweep_kept_uploads() == 0
