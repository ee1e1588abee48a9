"""E-mails as rows: written with the event they tell of, sent once by a worker.

Nothing is lost and nothing is sent twice: the row has a unique key and stands in the event's transaction; the task is
enqueued on commit, a sweep finds what a dead broker missed; sending holds the row's lock and looks at its state
first. Only a worker killed between the mail server's "accepted" and the commit can repeat a message; it repeats it with
the same Message-ID, so that mail programs show it once.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import models, transaction
from django.template import Context, Engine
from django.utils import timezone, translation

from core.jobs import enqueue_on_commit
from core.models import OutgoingMessage
from core.states import MessageState

MAX_ATTEMPTS = 12
FIRST_RETRY = timedelta(minutes=1)  # doubled each time: a mail server may be away for a day and a half


def queue_message(
    *,
    key: str,
    kind: str,
    to: str,
    language: str,
    context: Mapping[str, Any],
    about: models.Model | None = None,
    sensitive: bool = False,
) -> OutgoingMessage:
    """Write the message of `kind` for one person and have it sent after commit.

    `key` says what makes it unique, e.g. "application.accepted:17": the same key again returns the row that is there.
    The words come from `templates/mail/<kind>.<language>.txt`: a first line "Subject: ...", an empty line, the body.
    """
    existing = OutgoingMessage.objects.filter(key=key).first()
    if existing:
        return existing
    subject, body = compose(kind, language, context)
    message, created = OutgoingMessage.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "recipient": to,
            "language": language,
            "subject": subject,
            "body": body,
            "about": f"{about._meta.label_lower}:{about.pk}" if about else "",
            "sensitive": sensitive,
            "due_at": timezone.now(),
        },
    )
    if created:
        enqueue_on_commit("core.tasks.send_message", message.pk)
    return message


def compose(kind: str, language: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """Return subject and body of a message in the recipient's language."""
    with translation.override(language):
        template = Engine.get_default().get_template(f"mail/{kind}.{language}.txt")
        # Plain text: an apostrophe in a name stays an apostrophe.
        facts = {"body": settings.BODY, "site_url": settings.SITE_URL, **context}
        text = template.render(Context(facts, autoescape=False))
    first, _newline, rest = text.strip().partition("\n")
    return " ".join(first.removeprefix("Subject:").split()), rest.strip() + "\n"


def send(message_id: int) -> None:
    """Send one message unless it is sent already; a failure is kept on the row, and the sweep tries again later."""
    with transaction.atomic():
        message = OutgoingMessage.objects.select_for_update().get(pk=message_id)
        if message.state != MessageState.QUEUED or message.due_at > timezone.now():
            return
        message.attempts += 1
        try:
            _deliver(message)
        except Exception as error:  # noqa: BLE001 -- mail back ends raise what they like; all of it is kept and retried
            _postpone(message, f"{type(error).__name__}: {error}")
        else:
            message.state = MessageState.SENT
            message.sent_at = timezone.now()
            message.last_error = ""
            message.body = "" if message.sensitive else message.body
        message.save()


def _deliver(message: OutgoingMessage) -> None:
    EmailMessage(
        subject=message.subject,
        body=message.body,
        to=[message.recipient],
        headers={
            "Message-ID": f"<{message.pk}.{message.kind}@{settings.BODY['site']}>",
            "Content-Language": message.language,
            "Auto-Submitted": "auto-generated",
        },
    ).send()


def _postpone(message: OutgoingMessage, error: str) -> None:
    message.last_error = error[:2000]
    message.due_at = timezone.now() + FIRST_RETRY * 2 ** (message.attempts - 1)
    if message.attempts >= MAX_ATTEMPTS:
        message.state = MessageState.FAILED


def resend(message_id: int) -> OutgoingMessage:
    """Put a failed message back into the queue, with all its tries."""
    with transaction.atomic():
        message = OutgoingMessage.objects.select_for_update().get(pk=message_id)
        if message.state == MessageState.FAILED:
            message.state, message.attempts, message.due_at = MessageState.QUEUED, 0, timezone.now()
            message.save(update_fields=["state", "attempts", "due_at"])
            enqueue_on_commit("core.tasks.send_message", message.pk)
    return message


def waiting_messages() -> list[int]:
    """Return the messages that are due, oldest first, at most a hundred at a time."""
    due = OutgoingMessage.objects.filter(state=MessageState.QUEUED, due_at__lte=timezone.now())
    return list(due.order_by("due_at").values_list("pk", flat=True)[:100])
