"""The operations pages: messages and documents that wait, failed, or are tried again."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from audit.models import AuditEntry
from certbody.operations.queries import TOPICS, message_kinds, topic_of
from certbody.operations.services import resend_message, retry_document
from core.errors import NotAllowed, RuleViolation
from core.models import OutgoingMessage, RenderedFile
from core.states import MessageState
from tests.factories import UserFactory

SignIn = Callable[[User], Client]
FILE_BACKEND = "django.core.mail.backends.filebased.EmailBackend"


def make_message(number: int = 1, **fields: Any) -> OutgoingMessage:
    """Return a message whose delivery has failed, unless `fields` say otherwise."""
    defaults = {
        "key": f"test:{number}", "kind": "application_received", "recipient": f"person{number}@example.az",
        "language": "az", "subject": "Müraciətiniz", "body": "Şəxsi məzmun", "state": MessageState.FAILED,
        "attempts": 8,
        "last_error": "SMTPServerDisconnected: bağlantı kəsildi", "due_at": timezone.now(),
    }  # fmt: skip
    return OutgoingMessage.objects.create(**{**defaults, **fields})


def make_document(**fields: Any) -> RenderedFile:
    """Return a document whose preparation has failed, unless `fields` say otherwise."""
    defaults = {
        "kind": "certificate",
        "snapshot": {},
        "download_name": "Quliyeva.pdf",
        "attempts": 20,
        "last_error": "x",
    }
    return RenderedFile.objects.create(**{**defaults, **fields})


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("page", ["messages", "documents", "message"])
def test_operations_pages_are_for_those_who_keep_them_going(sign_in: SignIn, role: Role, page: str) -> None:
    arguments = [make_message().pk] if page == "message" else []
    client = sign_in(UserFactory.create(roles=[role]))
    readers = {Role.OFFICER, Role.AUDITOR, Role.SYSADMIN}
    assert client.get(reverse(f"operations:{page}", args=arguments)).status_code == (200 if role in readers else 403)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "sensitive", "shown"),
    [
        (Role.OFFICER, False, True),
        (Role.AUDITOR, False, True),
        (Role.SYSADMIN, False, False),
        (Role.OFFICER, True, False),
    ],
)
def test_message_text_is_shown_to_those_who_read_cases(
    sign_in: SignIn, role: Role, sensitive: bool, shown: bool
) -> None:
    message = make_message(sensitive=sensitive)
    page = sign_in(UserFactory.create(roles=[role])).get(reverse("operations:message", args=[message.pk]))
    assert ("Şəxsi məzmun" in page.content.decode()) == shown


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "shown"), [(Role.OFFICER, True), (Role.AUDITOR, True), (Role.SYSADMIN, False)])
def test_subject_and_kind_are_shown_to_those_who_read_cases(sign_in: SignIn, role: Role, shown: bool) -> None:
    refusal = make_message(kind="decision_refused", subject="Sertifikat verilmədi")
    granted = make_message(2, kind="decision_granted", subject="Sertifikat verildi")
    make_message(3)
    client = sign_in(UserFactory.create(roles=[role]))
    for page in (
        client.get(reverse("operations:messages")),
        client.get(reverse("operations:message", args=[refusal.pk])),
    ):
        text = page.content.decode()
        assert [word in text for word in ("Sertifikat verilmədi", "decision_refused")] == [shown, shown]
        assert shown or "Qərar" in text
    kind = "decision_refused" if shown else "decision"
    found = client.get(reverse("operations:messages"), {"kind": kind}).context["page"]
    assert set(found) == ({refusal} if shown else {refusal, granted})
    other = client.get(reverse("operations:messages"), {"kind": "decision" if shown else "decision_refused"})
    assert other.context["filter_form"].errors


@pytest.mark.django_db
def test_every_kind_of_message_has_a_topic() -> None:
    assert {topic_of(kind) for kind in message_kinds()} == set(TOPICS)


@pytest.mark.django_db
def test_document_name_is_hidden_from_sysadmin(sign_in: SignIn, officer: User, sysadmin: User) -> None:
    make_document()
    texts = [sign_in(user).get(reverse("operations:documents")).content.decode() for user in (officer, sysadmin)]
    assert ["Quliyeva.pdf" in text for text in texts] == [True, False]


@pytest.mark.django_db
@pytest.mark.parametrize("state", MessageState.values)
def test_messages_filtered_by_state_kind_and_recipient(sign_in: SignIn, officer: User, state: str) -> None:
    made = {
        MessageState.FAILED: make_message(1),
        MessageState.QUEUED: make_message(2, state=MessageState.QUEUED, kind="decision_granted"),
        MessageState.SENT: make_message(3, state=MessageState.SENT, sent_at=timezone.now(), kind="result_released"),
    }
    wanted = made[MessageState(state)]
    client = sign_in(officer)
    for query in ({"state": state}, {"kind": wanted.kind}, {"q": wanted.recipient.upper()}):
        assert list(client.get(reverse("operations:messages"), query).context["page"]) == [wanted]


@pytest.mark.django_db
def test_resend_puts_failed_message_back_once(sign_in: SignIn, officer: User) -> None:
    message = make_message()
    client = sign_in(officer)
    for _click in range(2):
        response = client.post(reverse("operations:resend_message", args=[message.pk]))
        assert response.headers["Location"] == reverse("operations:message", args=[message.pk])
    message.refresh_from_db()
    assert (message.state, message.attempts) == (MessageState.QUEUED, 0)
    assert [entry.verb for entry in AuditEntry.objects.all()] == ["message.resend"]


@pytest.mark.django_db
@pytest.mark.parametrize("state", [MessageState.QUEUED, MessageState.SENT])
def test_resend_of_message_that_has_not_failed_is_refused(officer: User, state: str) -> None:
    message = make_message(state=state, sent_at=timezone.now() if state == MessageState.SENT else None)
    with pytest.raises(RuleViolation) as refusal:
        resend_message(message, actor=officer)
    assert refusal.value.code == "state"


@pytest.mark.django_db
def test_retry_starts_failed_document_again_once(sign_in: SignIn, sysadmin: User) -> None:
    work = make_document()
    client = sign_in(sysadmin)
    for _click in range(2):
        client.post(reverse("operations:retry_document", args=[work.pk]))
    work.refresh_from_db()
    assert (work.attempts, work.last_error) == (0, "")
    assert [entry.verb for entry in AuditEntry.objects.all()] == ["document.retry"]


@pytest.mark.django_db
def test_retry_of_ready_document_is_refused(officer: User) -> None:
    work = make_document(rendered_at=timezone.now(), size=1, sha256="0", file="x.pdf")
    with pytest.raises(RuleViolation) as refusal:
        retry_document(work, actor=officer)
    assert refusal.value.code == "state"


@pytest.mark.django_db
def test_auditor_tries_nothing_again(sign_in: SignIn, auditor: User) -> None:
    message, work = make_message(), make_document()
    client = sign_in(auditor)
    for url in (
        reverse("operations:resend_message", args=[message.pk]),
        reverse("operations:retry_document", args=[work.pk]),
    ):
        assert client.post(url).status_code == 403
    with pytest.raises(NotAllowed):
        resend_message(message, actor=auditor)
    with pytest.raises(NotAllowed):
        retry_document(work, actor=auditor)


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["waiting", "failed", "ready"])
def test_documents_filtered_by_state(sign_in: SignIn, officer: User, state: str) -> None:
    made = {
        "waiting": make_document(last_error="", attempts=0),
        "failed": make_document(),
        "ready": make_document(rendered_at=timezone.now(), size=1, sha256="0", file="x.pdf", last_error=""),
    }
    rows = sign_in(officer).get(reverse("operations:documents"), {"state": state}).context["rows"]
    assert rows == [(made[state], state)]


@pytest.mark.django_db
def test_stuck_work_is_reported(sign_in: SignIn, officer: User) -> None:
    make_message(state=MessageState.QUEUED, due_at=timezone.now() - timedelta(minutes=11))
    assert sign_in(officer).get(reverse("operations:messages")).context["stuck"] == {"messages": 1, "documents": 0}


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("page", "queries"), [("messages", 7), ("documents", 7)])
def test_operations_lists_query_count(
    sign_in: SignIn, officer: User, page: str, queries: int, rows: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    for number in range(rows):
        make_message(number)
        make_document()
    client = sign_in(officer)
    with django_assert_num_queries(queries):
        client.get(reverse(f"operations:{page}"))


@pytest.mark.django_db
def test_mailbox_shows_letters_to_staff_in_development_only(
    sign_in: SignIn, officer: User, candidate: User, settings: Any, tmp_path: Path
) -> None:
    url = reverse("operations:mailbox")
    assert sign_in(officer).get(url).status_code == 404
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = FILE_BACKEND, tmp_path
    assert sign_in(officer).get(url).context["letters"] == []
    EmailMessage("Təsdiq edin: ə ı İ ğ ş", "Keçid: http://testserver/x/\n" + "ə" * 300, to=["isa@example.az"]).send()
    (letter,) = sign_in(officer).get(url).context["letters"]
    assert (letter.subject, letter.recipient) == ("Təsdiq edin: ə ı İ ğ ş", "isa@example.az")
    assert letter.body.splitlines() == ["Keçid: http://testserver/x/", "ə" * 300]
    assert sign_in(candidate).get(url).status_code == 403
