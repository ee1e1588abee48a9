"""Messages and documents on their way: what waits, what failed, and the button that tries again."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _, gettext_lazy

from accounts.actor import actor_of
from accounts.models import LANGUAGES
from accounts.permissions import changes_operations, is_officer, is_staff_member, reads_cases, reads_operations
from audit.queries import timeline
from certbody.operations import mailbox
from certbody.operations.forms import DocumentFilterForm, OtherAddressForm, OutboxFilterForm, ReturnedForm
from certbody.operations.kinds import document_label, message_label
from certbody.operations.queries import document_state, documents, outbox, stuck, topic_label, undelivered
from certbody.operations.services import mark_returned, resend_message, retry_document
from core.access import AccessMixin
from core.models import OutgoingMessage, RenderedFile
from core.paging import CappedPaginator
from core.states import UNDELIVERED, MessageState
from core.templatetags.core_ui import longdatetime
from core.views import ServiceActionView, ServiceFormView

ROWS_ON_A_PAGE = 25
RESENDABLE = (*UNDELIVERED, MessageState.SENT)


class StartView(AccessMixin):
    """The address of operations without a page: the messages."""

    permission = reads_operations

    def get(self, request: HttpRequest) -> HttpResponse:
        """Go to the messages."""
        return redirect("operations:messages")


class OutboxView(AccessMixin):
    """Outgoing messages. A subject or a kind may tell an outcome: who may not read cases sees the topic only."""

    permission = reads_operations

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show those that fit the filters, newest first."""
        shows_subjects = reads_cases(request.user)
        form = OutboxFilterForm(request.GET, shows_subjects=shows_subjects)
        form.is_valid()  # a filter that makes no sense is shown with its error and does not filter
        data = form.cleaned_data
        found = outbox(recipient=data.get("q", ""), kind=data.get("kind", ""), state=data.get("state", ""))
        page = CappedPaginator(found, ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
        context = {
            "filter_form": form,
            "page": page,
            "rows": [(message, topic_label(message.kind)) for message in page],
            "shows_subjects": shows_subjects,
            "stuck": stuck(),
            "undelivered": undelivered(),
            "has_mailbox": mailbox.is_open(),
        }
        return render(request, "site/operations_messages.html", context)


class MessageView(AccessMixin):
    """One message. Its words and kind are for those who may read cases; a sign-in link for nobody but the recipient."""

    permission = reads_operations

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show it."""
        message = get_object_or_404(OutgoingMessage, pk=pk)
        shows_subject = reads_cases(request.user)
        topic = topic_label(message.kind)
        is_undelivered = message.state in UNDELIVERED
        context = {
            "message": message,
            "topic": topic,
            "facts": _message_facts(message, kind=message_label(message.kind) if shows_subject else topic),
            "shows_subject": shows_subject,
            "shows_body": shows_subject and not message.sensitive,
            "may_resend": message.state in RESENDABLE and changes_operations(request.user) and bool(message.body),
            "is_sent": message.state == MessageState.SENT,
            "may_return": message.state == MessageState.SENT and changes_operations(request.user),
            "may_readdress": is_undelivered and is_officer(request.user) and not message.sensitive,
            "timeline": timeline(message),
        }
        return render(request, "site/operations_message.html", context)


class ResendMessageView(ServiceActionView):
    """Send a message again."""

    permission = changes_operations
    success_message = gettext_lazy("The message is in the queue again.")
    on_its_way: OutgoingMessage | None = None

    def perform(self) -> None:
        """Put it, or a copy of one that was sent, into the queue."""
        message = get_object_or_404(OutgoingMessage, pk=self.kwargs["pk"])
        self.on_its_way = resend_message(message, actor=actor_of(self.request))

    def get_success_url(self) -> str:
        """Show the message that is on its way."""
        return reverse("operations:message", args=[self.on_its_way.pk if self.on_its_way else self.kwargs["pk"]])


class MessageFormView(ServiceFormView):
    """A form about one message."""

    template_name = "site/operations_message_form.html"
    heading: str | Promise = ""

    @cached_property
    def message(self) -> OutgoingMessage:
        """The message; 404 when there is none."""
        return get_object_or_404(OutgoingMessage, pk=self.kwargs["pk"])

    def get_success_url(self) -> str:
        """Back to the message."""
        return reverse("operations:message", args=[self.kwargs["pk"]])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the message; its subject only to those who may read cases."""
        return super().get_context_data(
            message=self.message,
            shown=self.message.subject if reads_cases(self.request.user) else topic_label(self.message.kind),
            heading=self.heading,
            cancel_url=self.get_success_url(),
            **kwargs,
        )


class ReaddressMessageView(MessageFormView):
    """Send a message that did not arrive to another address."""

    permission = is_officer
    form_class = OtherAddressForm
    heading = gettext_lazy("Send to another address")
    success_message = gettext_lazy("The message is in the queue again, for the other address.")

    def perform(self, form: OtherAddressForm) -> None:
        """Put it back into the queue."""
        resend_message(self.message, actor=actor_of(self.request), to=form.cleaned_data["to"])


class ReturnedMessageView(MessageFormView):
    """Note that a message came back, when no notification of the mail server said so."""

    permission = changes_operations
    form_class = ReturnedForm
    heading = gettext_lazy("The message came back")
    success_message = gettext_lazy("It is noted that the message came back. Send it again, or to another address.")

    def perform(self, form: ReturnedForm) -> None:
        """Note it."""
        mark_returned(self.message, actor=actor_of(self.request), reason=form.cleaned_data["reason"])


class DocumentsView(AccessMixin):
    """Documents that workers prepare. The name of a file may tell whose it is: it is for those who may read cases."""

    permission = reads_operations

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show those that fit the filters, newest first."""
        form = DocumentFilterForm(request.GET)
        form.is_valid()  # a filter that makes no sense is shown with its error and does not filter
        page = CappedPaginator(documents(state=form.cleaned_data.get("state", "")), ROWS_ON_A_PAGE).get_page(
            request.GET.get("page")
        )
        context = {
            "filter_form": form,
            "page": page,
            "rows": [(work, document_state(work), document_label(work.kind)) for work in page],
            "shows_names": reads_cases(request.user),
            "may_retry": changes_operations(request.user),
            "stuck": stuck(),
            "has_mailbox": mailbox.is_open(),
        }
        return render(request, "site/operations_documents.html", context)


class RetryDocumentView(ServiceActionView):
    """Prepare a failed document again."""

    permission = changes_operations
    success_message = gettext_lazy("The document is in preparation again.")

    def perform(self) -> None:
        """Start it."""
        retry_document(get_object_or_404(RenderedFile, pk=self.kwargs["pk"]), actor=actor_of(self.request))

    def get_success_url(self) -> str:
        """Back to the list."""
        return reverse("operations:documents")


class MailboxView(AccessMixin):
    """In development e-mails are files; this page shows them, so that a newcomer finds the link in them."""

    permission = is_staff_member

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the newest; there is no such page where e-mails are sent."""
        if not mailbox.is_open():
            raise Http404
        return render(request, "site/operations_mailbox.html", {"letters": mailbox.newest_letters()})


def _message_facts(message: OutgoingMessage, *, kind: str | Promise) -> list[tuple[str, Any]]:
    return [
        (_("Recipient"), message.recipient),
        (_("Kind"), kind),
        (_("Language"), dict(LANGUAGES).get(message.language, message.language)),
        (_("Written"), longdatetime(message.created_at)),
        (_("Sent"), longdatetime(message.sent_at)),
        (_("Attempts"), message.attempts),
        (_("Next attempt"), longdatetime(message.due_at) if message.state == MessageState.QUEUED else ""),
        (_("Last error"), message.last_error),
        (_("Came back"), longdatetime(message.bounced_at)),
        (_("Why it came back"), message.bounce_reason),
    ]
