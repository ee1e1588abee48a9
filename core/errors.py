"""The errors that a service raises for its caller to show."""

from django.utils.functional import Promise


class RuleViolation(Exception):
    """A business rule refuses what was asked; nothing was changed.

    `message` is written for the person who asked, translated lazily; `code` is stable and names the rule for tests and
    logs.
    """

    def __init__(self, message: str | Promise, code: str) -> None:
        """Keep the message lazy, so that it is shown in the reader's language."""
        super().__init__(code)
        self.message = message
        self.code = code

    def __str__(self) -> str:
        """Show the message in the active language."""
        return str(self.message)


class NotAllowed(RuleViolation):
    """The person may not do this, whatever the state of the object."""
