"""Reading the outbox and the documents that workers prepare."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.models import OutgoingMessage, RenderedFile
from core.rendering import MAX_ATTEMPTS
from core.states import UNDELIVERED, MessageState

DOCUMENT_STATES = ("waiting", "ready", "failed")
# What a message is about, without how it ended: the kind of message "decision_refused" would tell that.
TOPICS: dict[str, str | Promise] = {
    "account": _("Account and sign-in"),
    "amendment": _("Amendment"),
    "application": _("Application"),
    "certificate": _("Certificate"),
    "change": _("Change of data"),
    "circumstance": _("Circumstance affecting competence"),
    "contract": _("Contract"),
    "decision": _("Decision"),
    "duty": _("Deadline"),
    "exam": _("Exam"),
    "misuse": _("Misuse"),
    "officer": _("Digest for officers"),
    "panel": _("Panel"),
    "publication": _("Publication on the register"),
    "renewal": _("Renewal"),
    "replacement": _("New copy of a certificate"),
    "result": _("Result"),
    "surveillance": _("Surveillance"),
    "terms": _("Changed terms"),
}


def outbox(*, recipient: str = "", kind: str = "", state: str = "") -> QuerySet[OutgoingMessage]:
    """Return messages, newest first, without their bodies.

    `recipient` is the beginning of the address, `kind` a kind of message or one of TOPICS.
    """
    found = OutgoingMessage.objects.defer("body")
    if recipient:
        found = found.filter(recipient__istartswith=recipient.strip())
    if kind:
        found = found.filter(kind__in=[one for one in message_kinds() if kind in {one, topic_of(one)}])
    return found.filter(state=state) if state in MessageState.values else found


def message_kinds() -> list[str]:
    """Return the kinds of messages that can be written: there is a text of each (core.messages.compose)."""
    texts = (settings.PROJECT_DIR / "templates" / "mail").glob(f"*.{settings.LANGUAGE_CODE}.txt")
    return sorted(path.name.partition(".")[0] for path in texts)


def topic_of(kind: str) -> str:
    """Return the topic of a kind of message, a key of TOPICS: the word with which kinds of one topic begin."""
    return kind.partition("_")[0]


def topic_label(kind: str) -> str | Promise:
    """Return what a message of this kind is about, for those who may not learn more."""
    return TOPICS.get(topic_of(kind), kind)


def documents(*, state: str = "") -> QuerySet[RenderedFile]:
    """Return documents, newest first, without the data that they are made from."""
    found = RenderedFile.objects.defer("snapshot").order_by("-requested_at", "pk")
    return found.filter(_document_state(state)) if state in DOCUMENT_STATES else found


def document_state(work: RenderedFile) -> str:
    """Tell where a document stands: "failed" is waiting with an error."""
    if work.is_ready:
        return "ready"
    return "failed" if work.last_error else "waiting"


def stuck(older_than: timedelta = timedelta(minutes=10)) -> dict[str, int]:
    """Count what nobody has done for a while: the workers are away, or something is wrong."""
    before = timezone.now() - older_than
    return {
        "messages": OutgoingMessage.objects.filter(state=MessageState.QUEUED, due_at__lt=before).count(),
        "documents": RenderedFile.objects.filter(
            rendered_at=None, requested_at__lt=before, attempts__lt=MAX_ATTEMPTS
        ).count(),
    }


def undelivered() -> dict[str, int]:
    """Count the messages that their recipients do not have: the mail server refused them, or they came back."""
    return OutgoingMessage.objects.filter(state__in=UNDELIVERED).aggregate(
        failed=Count("pk", filter=Q(state=MessageState.FAILED)),
        bounced=Count("pk", filter=Q(state=MessageState.BOUNCED)),
    )


def _document_state(state: str) -> Q:
    if state == "ready":
        return Q(rendered_at__isnull=False)
    failed = ~Q(last_error="")
    return Q(rendered_at=None) & (failed if state == "failed" else ~failed)
