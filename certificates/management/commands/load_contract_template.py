"""Takes in the certificate-use contract's text."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from certificates.contract_text import ContractTextError
from certificates.services.contracts import load_contract_templates
from core.errors import RuleViolation


class Command(BaseCommand):
    """Load the contract texts that come with the software; loading them again changes nothing."""

    help = "Loads every version of the certificate-use contract's text that comes with the software; safe to repeat."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Load them and say what became of each; a faulty or changed text is a CommandError, and nothing is loaded."""
        try:
            loaded = load_contract_templates()
        except (ContractTextError, RuleViolation) as error:
            raise CommandError(str(error)) from error
        for template, created in loaded:
            self.stdout.write(f"contract text {template}: {'loaded' if created else 'unchanged'}")
