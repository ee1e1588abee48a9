"""`manage.py load_reference`: what the system cannot run without: schemes, declarations, the contract's text.

Also brings the public register in line with what holders agreed to, where certificates are older than the register.
"""

from typing import Any

from django.core.management.base import BaseCommand

from candidates.services.declarations import load_declarations
from certificates.services.contracts import load_contract_templates
from certificates.services.register import rebuild_register
from schemes.services import load_shipped_schemes


class Command(BaseCommand):
    """Load the reference data; what is there already is left alone."""

    help = "Load schemes, declarations and the text of the certificate-use contract; fill the register (idempotent)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say what is in force."""
        for loaded in load_shipped_schemes():
            self.stdout.write(f"scheme {loaded.version}: {loaded.outcome}")
        self.stdout.write(f"{len(load_declarations())} new declaration texts")
        for template, is_new in load_contract_templates():
            self.stdout.write(f"contract text {template}: {'loaded' if is_new else 'unchanged'}")
        self.stdout.write(f"{rebuild_register()} entries of the register put right")
