"""What is written into logs: never an address that is a key by itself."""

import logging
import re

# Whoever has one of these addresses reads a calendar, takes up an invitation, sets a password or confirms an e-mail
# address: the part that makes it one is left out. Referrers and tracebacks have them too.
_SECRET = re.compile(r"(/(?:calendar/feeds|invitation|password/reset/key|confirm-email)/)[^\s/?\"'<>]+")
MASK = r"\1[secret]"


def masked(text: str) -> str:
    """Return the text with secret addresses cut."""
    return _SECRET.sub(MASK, text)


class SecretAddressFilter(logging.Filter):
    """Cuts secret addresses out of what a record says; passes every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Put the message together here, once it is known whether there is anything to cut."""
        said = record.getMessage()
        if (kept := masked(said)) != said:
            record.msg, record.args = kept, ()
        return True


def mask_server_logs() -> None:
    """Have the web server's own loggers leave secret addresses out; they do not hand on what they write."""
    for name in ("gunicorn.access", "gunicorn.error"):
        logger = logging.getLogger(name)
        if not any(isinstance(one, SecretAddressFilter) for one in logger.filters):
            logger.addFilter(SecretAddressFilter())
