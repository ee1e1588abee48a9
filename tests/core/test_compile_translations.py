"""Translations that are compiled by a process that goes on to write messages."""

from io import StringIO

from django.core.management import call_command
from django.utils.translation import trans_real


def test_what_was_read_before_a_catalog_was_compiled_is_forgotten(monkeypatch):
    where = "core.management.commands.compile_translations.compile_part"
    known = trans_real.translation("az")
    monkeypatch.setattr(where, lambda _part: False)
    call_command("compile_translations", stdout=StringIO())
    assert trans_real.translation("az") is known
    monkeypatch.setattr(where, lambda part: part == "core")
    call_command("compile_translations", stdout=StringIO())
    assert trans_real.translation("az") is not known
