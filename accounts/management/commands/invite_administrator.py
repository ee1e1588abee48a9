"""The first system administrator of a new installation comes in by an invitation from the command line."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from accounts.services.invitations import invite
from accounts.states import Role
from core.errors import RuleViolation


class Command(BaseCommand):
    """Invite a system administrator in the name of the system."""

    help = "Sends a system administrator the link to an account. Everybody else is invited in the browser."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take who it is."""
        parser.add_argument("email")
        parser.add_argument("--surname", required=True)
        parser.add_argument("--given-name", required=True)
        parser.add_argument("--patronymic", default="")
        parser.add_argument("--language", choices=["az", "en"], default="az")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        """Send the invitation; say why not if there is one already."""
        try:
            validate_email(email)
            invite(
                email=email, surname=options["surname"], given_name=options["given_name"],
                patronymic=options["patronymic"], language=options["language"], role=Role.SYSADMIN, actor=None,
            )  # fmt: skip
        except (RuleViolation, ValidationError) as error:
            raise CommandError(str(getattr(error, "message", error))) from error
        self.stdout.write(f"An invitation is on its way to {email}; the worker sends it.")
