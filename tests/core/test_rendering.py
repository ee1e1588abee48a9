"""Documents are rendered once, survive failures, and never change."""

import hashlib
from datetime import UTC, datetime

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from core import rendering
from core.models import RenderedFile
from core.renderers import register_renderer

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _kind():
    register_renderer("note", "tests.core.test_rendering.render_note")


@pytest.fixture
def requested(db):
    with time_machine.travel(NOW, tick=False):
        yield rendering.request_render("note", {"text": "salam"}, "qeyd.pdf")


def render_note(snapshot):
    """The renderer of these tests."""
    return f"%PDF {snapshot['text']}".encode()


def load_note(_path):
    return render_note


def broken(_path):
    def renderer(_snapshot):
        raise RuntimeError("no font")

    return renderer


def test_request_render_of_an_unknown_kind_is_refused(db):
    with pytest.raises(KeyError):
        rendering.request_render("unknown", {}, "x.pdf")


def test_render_stores_the_file_with_its_checksum(requested):
    rendering.render(str(requested.pk), load_note)
    requested.refresh_from_db()
    with requested.file.open() as kept:
        assert (kept.read(), requested.size) == (b"%PDF salam", 10)
    assert requested.sha256 == hashlib.sha256(b"%PDF salam").hexdigest()
    assert (requested.is_ready, requested.attempts, requested.rendered_at) == (True, 1, NOW)


def test_render_twice_renders_once(requested):
    rendering.render(str(requested.pk), load_note)
    rendering.render(str(requested.pk), broken)
    requested.refresh_from_db()
    assert requested.attempts == 1


def test_render_failure_is_kept_and_can_be_repeated(requested):
    with pytest.raises(RuntimeError):
        rendering.render(str(requested.pk), broken)
    requested.refresh_from_db()
    assert (requested.attempts, requested.last_error, requested.is_ready) == (1, "RuntimeError: no font", False)
    rendering.render(str(requested.pk), load_note)
    requested.refresh_from_db()
    assert (requested.attempts, requested.last_error, requested.is_ready) == (2, "", True)


def test_waiting_renders_finds_what_a_dead_worker_left(requested):
    assert rendering.waiting_renders() == []
    assert rendering.waiting_renders(older_than_seconds=-1) == [str(requested.pk)]
    rendering.render(str(requested.pk), load_note)
    assert rendering.waiting_renders(older_than_seconds=-1) == []


def test_rendered_file_never_changes_again(requested):
    rendering.render(str(requested.pk), load_note)
    with pytest.raises(IntegrityError), transaction.atomic():
        RenderedFile.objects.filter(pk=requested.pk).update(sha256="0" * 64)
    with pytest.raises(IntegrityError), transaction.atomic():
        RenderedFile.objects.filter(pk=requested.pk).delete()


def test_render_replaces_what_a_killed_worker_left_of_the_file(requested):
    whole = b"%PDF salam"
    digest = hashlib.sha256(whole).hexdigest()
    name = f"documents/{digest[:2]}/{digest}.pdf"
    default_storage.delete(name)
    default_storage.save(name, ContentFile(whole[:4]))
    rendering.render(str(requested.pk), load_note)
    requested.refresh_from_db()
    with requested.file.open() as kept:
        assert (requested.file.name, kept.read()) == (name, whole)


def test_render_of_a_request_that_is_not_there_ends_quietly(db):
    rendering.render("00000000-0000-4000-8000-000000000000", load_note)  # no error: nothing to try again
    assert not RenderedFile.objects.exists()
