"""`manage.py compile_translations`: make the binary catalogs that Django reads."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from core.catalogs import compile_part


class Command(BaseCommand):
    """Compile each part's catalog that has changed; needs no GNU gettext."""

    help = "Compile the translations."

    def handle(self, *args: Any, **options: Any) -> None:
        """Compile and say how many."""
        written = sum(compile_part(path.name) for path in settings.LOCALE_PATHS)
        self.stdout.write(f"{written} catalogs compiled")
