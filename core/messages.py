"""E-mails as rows: written with the event they tell of, sent once by a worker.

Nothing is lost and nothing is sent twice: the row has a unique key and stands in the event's transaction; the task is
enqueued on commit, a sweep finds what a dead broker missed; sending holds the row's lock and looks at its state
first. Only a worker killed between the mail server's "accepted" and the commit can repeat a message; it repeats it with
the same Message-ID, so that mail programs show it once.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import models, transaction
from django.template import Context, Engine
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac

from core.jobs import enqueue_all_on_commit, enqueue_on_commit
from core.models import OutgoingMessage
from core.states import UNDELIVERED, MessageState

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
    draft = drafted(
        key=key, kind=kind, to=to, language=language, context=context, about=about, sensitive=sensitive
    )  # fmt: skip
    told = ("kind", "recipient", "language", "subject", "body", "about", "sensitive", "due_at")
    message, created = OutgoingMessage.objects.get_or_create(
        key=key, defaults={name: getattr(draft, name) for name in told}
    )
    if created:
        enqueue_on_commit("core.tasks.send_message", message.pk)
    return message


def drafted(
    *,
    key: str,
    kind: str,
    to: str,
    language: str,
    context: Mapping[str, Any],
    about: models.Model | None = None,
    sensitive: bool = False,
) -> OutgoingMessage:
    """Return the message that `queue_message` would write, without writing it; for `queue_all`."""
    subject, body = compose(kind, language, context)
    return OutgoingMessage(
        key=key,
        kind=kind,
        recipient=to,
        language=language,
        subject=subject,
        body=body,
        about=f"{about._meta.label_lower}:{about.pk}" if about else "",
        sensitive=sensitive,
        due_at=timezone.now(),
    )


def queue_all(drafts: Sequence[OutgoingMessage]) -> dict[str, int]:
    """Write many messages at once and have them sent after commit; two queries, however many there are.

    Returns the row of each key; a key that was there already keeps its message.
    """
    if not drafts:
        return {}
    OutgoingMessage.objects.bulk_create(drafts, ignore_conflicts=True)
    keys = [draft.key for draft in drafts]
    rows = OutgoingMessage.objects.filter(key__in=keys).order_by("pk").values_list("key", "pk", "state")
    found = list(rows)
    waiting = [pk for _key, pk, state in found if state == MessageState.QUEUED]
    enqueue_all_on_commit("core.tasks.send_message", waiting)
    return {key: pk for key, pk, _state in found}


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
    """Send one message unless it is sent already; a failure is kept on the row, and the sweep tries again later.

    What the mail server refuses for good (no such mailbox) is not tried again.
    """
    with transaction.atomic():
        message = OutgoingMessage.objects.select_for_update().get(pk=message_id)
        if message.state != MessageState.QUEUED or message.due_at > timezone.now():
            return
        message.attempts += 1
        try:
            _deliver(message)
        except Exception as error:  # noqa: BLE001 -- mail back ends raise what they like; all of it is kept and retried
            _postpone(message, f"{type(error).__name__}: {error}", for_good=is_refused_for_good(error))
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
            "Message-ID": message_id(message),
            "Content-Language": message.language,
            "Auto-Submitted": "auto-generated",
        },
    ).send()


def message_id(message: OutgoingMessage) -> str:
    """Return the Message-ID under which a message goes to its address: the same whenever it is sent there again.

    Its tag cannot be guessed: only who was sent the message can say that it came back (core.bounces).
    """
    return f"<{message.pk}.{message.kind}.{recipient_tag(message)}@{settings.BODY['site']}>"


def recipient_tag(message: OutgoingMessage) -> str:
    """Return what ties a Message-ID to a message and the address to which it went."""
    return salted_hmac("core.messages", f"{message.pk}:{message.recipient.lower()}").hexdigest()[:20]


def is_refused_for_good(error: Exception) -> bool:
    """Tell whether the mail server said "never" (5xx) of the recipients or the message, not "not now" (4xx)."""
    if isinstance(error, SMTPRecipientsRefused):
        return bool(error.recipients) and all(_is_permanent(code) for code, _text in error.recipients.values())
    return isinstance(error, SMTPDataError) and _is_permanent(error.smtp_code)


def _is_permanent(code: int) -> bool:
    return 500 <= code < 600  # noqa: PLR2004 -- RFC 5321, 4.2.1


def _postpone(message: OutgoingMessage, error: str, *, for_good: bool) -> None:
    message.last_error = error[:2000]
    message.due_at = timezone.now() + FIRST_RETRY * 2 ** (message.attempts - 1)
    if for_good or message.attempts >= MAX_ATTEMPTS:
        message.state = MessageState.FAILED


def resend(message_id: int, *, to: str = "") -> OutgoingMessage:
    """Put a message that failed or came back into the queue again, with all its tries; `to` is another address.

    A message whose words were cleared because they held a sign-in link stays as it is.
    """
    with transaction.atomic():
        message = OutgoingMessage.objects.select_for_update().get(pk=message_id)
        if message.state in UNDELIVERED and message.body:
            message.state, message.attempts, message.due_at = MessageState.QUEUED, 0, timezone.now()
            message.sent_at = message.bounced_at = None
            message.bounce_reason = ""
            message.recipient = to or message.recipient
            message.save()
            enqueue_on_commit("core.tasks.send_message", message.pk)
    return message


def send_copy(message: OutgoingMessage) -> OutgoingMessage:
    """Send a message once more, word for word, as a row of its own: that the first was sent, and when, stays on record.

    It has a Message-ID of its own too, so that no mailbox takes it for one that it has already. The caller holds the
    lock of `message`.
    """
    beginning = f"message:{message.pk}:again:"
    copy = OutgoingMessage.objects.create(
        key=f"{beginning}{OutgoingMessage.objects.filter(key__startswith=beginning).count() + 1}",
        kind=message.kind,
        recipient=message.recipient,
        language=message.language,
        subject=message.subject,
        body=message.body,
        about=message.about,
        due_at=timezone.now(),
    )
    enqueue_on_commit("core.tasks.send_message", copy.pk)
    return copy


def is_copy_waiting(message: OutgoingMessage) -> bool:
    """Tell whether a copy of a message is on its way."""
    copies = OutgoingMessage.objects.filter(key__startswith=f"message:{message.pk}:again:")
    return copies.filter(state=MessageState.QUEUED).exists()


def waiting_messages() -> list[int]:
    """Return the messages that are due, oldest first, at most a hundred at a time."""
    due = OutgoingMessage.objects.filter(state=MessageState.QUEUED, due_at__lte=timezone.now())
    return list(due.order_by("due_at").values_list("pk", flat=True)[:100])
