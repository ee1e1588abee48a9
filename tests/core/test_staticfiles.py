"""Static files as a server collects them."""

import re
from pathlib import Path

from django.contrib.staticfiles import storage
from django.core.management import call_command

from core.staticfiles import ManifestStorage

IMPORT = re.compile(r"""(?:from|import)\s*\(?\s*["'](\.[^"']+)["']""")


def test_scripts_import_one_another_by_content(settings, tmp_path, monkeypatch):
    settings.STATIC_ROOT = tmp_path
    files = ManifestStorage(location=tmp_path, base_url="/static/")
    monkeypatch.setattr(storage.staticfiles_storage, "_wrapped", files)
    call_command(
        "collectstatic",
        interactive=False,
        verbosity=0,
        ignore_patterns=["admin", "bootstrap*", "django_htmx", "css", "img", "*.ttf", "*.woff*", "*.otf"],
    )
    names = {Path(name).name for name in files.hashed_files.values()}
    imported = {
        Path(found).name
        for name in files.hashed_files.values()
        if name.startswith("js/")
        for found in IMPORT.findall((tmp_path / name).read_text(encoding="utf-8"))
    }
    assert imported
    assert imported <= names
