"""The e-mails that development writes to files instead of sending them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from django.conf import settings
from django.utils import timezone

MOST_SHOWN = 50

_FILE_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
_END_OF_MESSAGE = b"\n" + b"-" * 79 + b"\n"


@dataclass(frozen=True)
class Letter:
    """One e-mail as it would have arrived."""

    written_at: datetime
    recipient: str
    subject: str
    body: str


def is_open() -> bool:
    """Tell whether e-mails are files here; true in development only."""
    return settings.EMAIL_BACKEND == _FILE_BACKEND


def newest_letters() -> list[Letter]:
    """Return the newest e-mails, newest first."""
    folder = Path(getattr(settings, "EMAIL_FILE_PATH", ""))
    files = sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime_ns, reverse=True)[:MOST_SHOWN]
    return [letter for file in files for letter in reversed(list(_letters(file)))][:MOST_SHOWN]


def _letters(file: Path) -> Iterator[Letter]:
    written_at = datetime.fromtimestamp(file.stat().st_mtime, tz=timezone.get_current_timezone())
    for part in file.read_bytes().split(_END_OF_MESSAGE):
        if part.strip():
            message = BytesParser(EmailMessage, policy=policy.default).parsebytes(part)
            yield Letter(written_at, str(message["To"]), str(message["Subject"]), message.get_content())
