"""`manage.py rebuild_register`: the register says of every certificate what its holder agreed to."""

from typing import Any

from django.core.management.base import BaseCommand

from certificates.services.register import rebuild_register


class Command(BaseCommand):
    """Bring the register in line with the holders' last words."""

    help = "List on the public register what holders agreed to and take out what they did not (idempotent)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and say how much was put right."""
        self.stdout.write(f"{rebuild_register()} entries of the register put right")
