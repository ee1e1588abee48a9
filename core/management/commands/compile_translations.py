"""`manage.py compile_translations`: make the binary catalogs that Django reads."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation.reloader import translation_file_changed

from core.catalogs import compile_part, po_path


class Command(BaseCommand):
    """Compile each part's catalog that has changed; needs no GNU gettext.

    What this process has read of them before is forgotten: on a first start the same process goes on to write messages.
    """

    help = "Compile the translations."

    def handle(self, *args: Any, **options: Any) -> None:
        """Compile and say how many."""
        written = [path.name for path in settings.LOCALE_PATHS if compile_part(path.name)]
        for part in written:
            translation_file_changed(None, po_path(part).with_suffix(".mo"))
        self.stdout.write(f"{len(written)} catalogs compiled")
