"""`manage.py document_states`: write docs/states.md from the tables of transitions."""

from typing import Any

from django.core.management.base import BaseCommand

from certbody.statedocs import PATH, states_document


class Command(BaseCommand):
    """Write the document; a test fails while it is out of date."""

    help = "Write docs/states.md from the tables of transitions."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it."""
        PATH.write_text(states_document(), encoding="utf-8")
        self.stdout.write(f"{PATH.name} written")
