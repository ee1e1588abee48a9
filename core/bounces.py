"""Messages that came back: a delivery status notification (RFC 3464) says which one, and why.

A mail server hands each notification over (management command `take_in_bounce`). It tells of a message of ours by the
Message-ID under which that went out, whose tag nobody can guess: a forged notification changes nothing.
"""

import re
from dataclasses import dataclass
from email import policy
from email.errors import MessageError
from email.message import EmailMessage, Message
from email.parser import BytesParser
from enum import StrEnum

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from core.messages import recipient_tag
from core.models import OutgoingMessage
from core.states import MessageState

MAX_BYTES = 1024 * 1024
_MESSAGE_ID = re.compile(r"<(?P<pk>\d{1,18})\.(?P<kind>[a-z_]+)\.(?P<tag>[0-9a-f]{20})@[^>]+>")


class Taken(StrEnum):
    """What became of a mail that was handed over."""

    BOUNCED = "bounced"  # a message of ours came back, and is marked
    KNOWN = "known"  # it was marked already, or is on its way again
    NOT_FINAL = "not_final"  # only a delay, or a report of success
    UNKNOWN = "unknown"  # it tells of no message of ours
    MALFORMED = "malformed"  # it is no delivery status notification


@dataclass(frozen=True, slots=True)
class Notification:
    """What a delivery status notification says: of which message, whether it failed for good, and why."""

    message_id: str
    has_failed: bool
    reason: str


def read_notification(raw: bytes) -> Notification | None:
    """Read a mail as a delivery status notification; None when it is none."""
    try:
        mail = BytesParser(EmailMessage, policy=policy.default).parsebytes(raw)
        if mail.get_content_type() != "multipart/report":
            return None
        status, original = _parts(mail)
        if status is None:
            return None
        fields = [block for block in status.get_payload() if isinstance(block, Message)]
        recipients = [block for block in fields if block["Action"]]
        if not recipients:
            return None
        failed = [block for block in recipients if _word(block["Action"]) == "failed"]
        found = _MESSAGE_ID.search(original)
        reasons = [_reason(block) for block in failed]
    except (MessageError, ValueError, LookupError, AttributeError, TypeError):
        return None  # whatever the parser chokes on is no notification
    return Notification(found[0] if found else "", bool(failed), "; ".join(reasons)[:2000])


def take_in(raw: bytes) -> Taken:
    """Mark the message of which a notification says that it came back, with the reason; anything else changes nothing.

    A message that has been sent again to another address meanwhile is left alone, and so is one marked before.
    """
    notification = read_notification(raw[:MAX_BYTES])
    if notification is None:
        return Taken.MALFORMED
    found = _MESSAGE_ID.fullmatch(notification.message_id)
    if found is None:
        return Taken.UNKNOWN
    if not notification.has_failed:
        return Taken.NOT_FINAL
    with transaction.atomic():
        message = OutgoingMessage.objects.select_for_update().filter(pk=int(found["pk"]), kind=found["kind"]).first()
        if message is None or not constant_time_compare(recipient_tag(message), found["tag"]):
            return Taken.UNKNOWN
        if message.state != MessageState.SENT:
            return Taken.KNOWN
        message.state, message.bounced_at, message.bounce_reason = (
            MessageState.BOUNCED,
            timezone.now(),
            notification.reason or "?",
        )
        message.save(update_fields=["state", "bounced_at", "bounce_reason"])
    return Taken.BOUNCED


def _parts(mail: EmailMessage) -> tuple[Message | None, str]:
    """Return the status part, and the head of the message that came back."""
    status, original = None, ""
    for part in mail.iter_parts():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            status = part
        elif kind == "message/rfc822":
            original = str(part.get_payload()[0]["Message-ID"] or "")  # type: ignore[index]  # one message
        elif kind in {"text/rfc822-headers", "message/rfc822-headers"}:
            head = str(part.get_content())
            named = re.search(r"^message-id:\s*(<[^>]+>)", head, re.IGNORECASE | re.MULTILINE)
            original = named[1] if named else ""
    return status, original


def _reason(block: Message) -> str:
    diagnostic = " ".join(str(block["Diagnostic-Code"] or "").split())
    status = " ".join(str(block["Status"] or "").split())
    return " ".join(filter(None, (status, diagnostic)))


def _word(value: object) -> str:
    return str(value).strip().lower()
