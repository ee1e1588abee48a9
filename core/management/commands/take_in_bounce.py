"""Take in a mail that came back, from the mail server's pipe."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from core.bounces import MAX_BYTES, Taken, take_in

# sysexits.h, which mail servers understand: 65 is "data error", 67 "no such addressee".
EXIT_CODES = {Taken.MALFORMED: 65, Taken.UNKNOWN: 67}


class Command(BaseCommand):
    """Reads one delivery status notification (RFC 3464) from standard input and marks the message that came back."""

    help = "Read one delivery status notification from standard input and mark the message that came back."

    def handle(self, *args: Any, **options: Any) -> None:
        """Take it in; ends with 65 for what is no notification, 67 for what tells of no message of ours."""
        taken = take_in(sys.stdin.buffer.read(MAX_BYTES))
        self.stdout.write(taken)
        if code := EXIT_CODES.get(taken):
            sys.exit(code)
