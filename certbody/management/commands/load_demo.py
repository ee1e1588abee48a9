"""`manage.py load_demo`: people and cases in every state, for development and tests only."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from accounts.models import User


class Command(BaseCommand):
    """Load the demo data into an empty database."""

    help = "Load the demo data into an empty development database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Let the start script ask without failing."""
        parser.add_argument("--if-empty", action="store_true", help="do nothing when there are accounts already")

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse outside development, refuse a database in use, load."""
        # Only development and test settings name a loader: the demo cannot be loaded into a production database.
        if not settings.DEMO_LOADER:
            raise CommandError("Demo data are for development: these settings do not allow them.")
        if User.objects.exists():
            if options["if_empty"]:
                self.stdout.write("The database is in use: the demo data stay as they are.")
                return
            raise CommandError("The database is in use; demo data go into an empty one (script/server --reset).")
        import_string(f"{settings.DEMO_LOADER}.load_demo")()
        accounts = import_string(f"{settings.DEMO_LOADER}.write_accounts")(Path(str(settings.DEMO_ACCOUNTS)))
        for account in accounts:
            self.stdout.write(f"{account['role']}: {account['email']}  {account['password']}")
