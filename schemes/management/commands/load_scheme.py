"""Load scheme files into scheme versions."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import RuleViolation
from schemes.schemefile import SchemeFileError
from schemes.services import load_scheme_files, load_shipped_schemes


class Command(BaseCommand):
    """Load the given scheme files, or those that the project ships; nothing is loaded when one of them is wrong."""

    help = "Load scheme files (TOML, see docs/scheme-format.md); without a path, the schemes that the project ships."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take any number of paths."""
        parser.add_argument("paths", nargs="*", type=Path, metavar="path")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Load and say what became of each file; a wrong file is a CommandError that names the key."""
        try:
            loaded = load_scheme_files(options["paths"]) if options["paths"] else load_shipped_schemes()
        except (SchemeFileError, RuleViolation) as error:
            raise CommandError(str(error)) from error
        for one in loaded:
            self.stdout.write(f"{one.version}: {one.outcome.label}")
