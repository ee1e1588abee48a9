"""Publish the texts that applicants agree to."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from candidates.services.declarations import SHIPPED, DeclarationFileError, load_declarations


class Command(BaseCommand):
    """Load the declaration texts; a text that changed becomes a new version, the others are left alone."""

    help = "Load the texts of the declarations (TOML); without a path, those that the project ships."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a path for the body's own wording."""
        parser.add_argument("path", nargs="?", type=Path, default=SHIPPED)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Load and say what was added; a wrong file is a CommandError."""
        try:
            added = load_declarations(options["path"])
        except DeclarationFileError as error:
            raise CommandError(str(error)) from error
        for text in added:
            self.stdout.write(f"{text.kind} v{text.version}")
        if not added:
            self.stdout.write("Nothing has changed.")
