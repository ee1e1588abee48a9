"""The operations pages: messages and documents that wait, failed, or are tried again."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape

from accounts.models import User
from accounts.states import Role
from audit.models import AuditEntry
from audit.queries import timeline
from certbody.operations.kinds import DOCUMENTS, MESSAGES, message_label
from certbody.operations.queries import TOPICS, message_kinds, topic_of
from certbody.operations.services import resend_message, retry_document
from core.errors import NotAllowed, RuleViolation
from core.messages import message_id
from core.models import OutgoingMessage, RenderedFile
from core.renderers import renderer_path
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


def bounced_message(number: int = 1, **fields: Any) -> OutgoingMessage:
    """Return a message that came back."""
    moment = {"sent_at": timezone.now(), "bounced_at": timezone.now()}
    return make_message(number, state=MessageState.BOUNCED, bounce_reason="5.1.1 no such mailbox", **moment, **fields)


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
        with translation.override("az"):
            label = escape(str(message_label("decision_refused")))
        assert [word in text for word in ("Sertifikat verilmədi", label)] == [shown, shown]
        assert shown or "Qərar" in text
    kind = "decision_refused" if shown else "decision"
    found = client.get(reverse("operations:messages"), {"kind": kind}).context["page"]
    assert set(found) == ({refusal} if shown else {refusal, granted})
    other = client.get(reverse("operations:messages"), {"kind": "decision" if shown else "decision_refused"})
    assert other.context["filter_form"].errors


@pytest.mark.django_db
def test_every_kind_of_message_has_a_topic() -> None:
    assert {topic_of(kind) for kind in message_kinds()} == set(TOPICS)


def test_every_kind_of_message_and_document_has_a_name() -> None:
    assert set(MESSAGES) == set(message_kinds())
    assert all(renderer_path(kind) for kind in DOCUMENTS)


def test_the_address_of_operations_leads_to_the_messages(sign_in: SignIn, officer: User) -> None:
    assert sign_in(officer).get("/operations/").headers["Location"] == reverse("operations:messages")


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
        MessageState.BOUNCED: bounced_message(4, kind="contract_offered"),
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
def test_resend_of_message_that_waits_is_refused(officer: User) -> None:
    message = make_message(state=MessageState.QUEUED)
    with pytest.raises(RuleViolation) as refusal:
        resend_message(message, actor=officer)
    assert refusal.value.code == "state"


@pytest.mark.django_db
def test_sent_message_goes_again_as_a_copy_and_stays_as_it_was(sign_in: SignIn, officer: User) -> None:
    message = make_message(state=MessageState.SENT, sent_at=timezone.now(), about="candidates.application:7")
    client, url = sign_in(officer), reverse("operations:resend_message", args=[message.pk])
    page = client.get(reverse("operations:message", args=[message.pk])).content.decode()
    assert [word in page for word in (url, "data-confirm", message.recipient)] == [True, True, True]
    answers = [client.post(url).headers["Location"] for _click in range(2)]
    copy = OutgoingMessage.objects.exclude(pk=message.pk).get()
    assert answers == [reverse("operations:message", args=[pk]) for pk in (copy.pk, message.pk)]
    told = ("kind", "recipient", "language", "subject", "body", "about")
    assert [getattr(copy, name) for name in told] == [getattr(message, name) for name in told]
    before = message.sent_at
    message.refresh_from_db()
    assert (message.state, message.sent_at, copy.state) == (MessageState.SENT, before, MessageState.QUEUED)
    assert message_id(copy) != message_id(message)
    entry = AuditEntry.objects.get()
    assert entry.verb == "message.resend"
    assert [entry in timeline(one) for one in (copy, message)] == [True, True]
    # Once the copy is away it can be sent once more, and so can the copy.
    OutgoingMessage.objects.filter(pk=copy.pk).update(state=MessageState.SENT, sent_at=timezone.now())
    again = [resend_message(one, actor=officer).pk for one in (message, copy)]
    assert len({message.pk, copy.pk, *again}) == 4


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "to", "code"),
    [
        ({"sensitive": True, "body": ""}, "", "sensitive"),
        ({"sensitive": True}, "other@example.az", "sensitive"),
        ({}, "other@example.az", "state"),
    ],
)
def test_sent_message_goes_neither_elsewhere_nor_twice_as_a_link(
    sign_in: SignIn, officer: User, fields: dict[str, Any], to: str, code: str
) -> None:
    message = make_message(state=MessageState.SENT, sent_at=timezone.now(), **fields)
    with pytest.raises(RuleViolation) as refusal:
        resend_message(message, actor=officer, to=to)
    assert (refusal.value.code, OutgoingMessage.objects.count()) == (code, 1)
    url = reverse("operations:resend_message", args=[message.pk])
    page = sign_in(officer).get(reverse("operations:message", args=[message.pk])).content.decode()
    assert (url in page) == bool(message.body)


@pytest.mark.django_db
def test_message_that_came_back_is_seen_and_goes_to_another_address(sign_in: SignIn, officer: User) -> None:
    message, client = bounced_message(), sign_in(officer)
    page = client.get(reverse("operations:messages"))
    assert page.context["undelivered"] == {"failed": 0, "bounced": 1}
    url = reverse("operations:readdress_message", args=[message.pk])
    shown = client.get(reverse("operations:message", args=[message.pk])).content.decode()
    assert [word in shown for word in ("5.1.1 no such mailbox", url)] == [True, True]
    assert client.post(url, {"to": "not an address"}).status_code == 422
    answers = [client.post(url, {"to": "new@example.az"}).status_code for _click in range(2)]
    message.refresh_from_db()
    assert (answers, message.state, message.recipient) == ([302, 422], MessageState.QUEUED, "new@example.az")
    entry = AuditEntry.objects.get(verb="message.resend")
    assert [side["recipient"] for side in (entry.before, entry.after)] == ["person1@example.az", "new@example.az"]


@pytest.mark.django_db
def test_staff_notes_that_a_message_came_back(sign_in: SignIn, sysadmin: User) -> None:
    message = make_message(state=MessageState.SENT, sent_at=timezone.now())
    url, client = reverse("operations:returned_message", args=[message.pk]), sign_in(sysadmin)
    assert message.subject not in client.get(url).content.decode()
    codes = [client.post(url, {"reason": reason}).status_code for reason in ("", "Poçt qutusu doludur.", "Yenə")]
    message.refresh_from_db()
    assert (codes, message.state, message.bounce_reason) == (
        [422, 302, 422], MessageState.BOUNCED, "Poçt qutusu doludur.",
    )  # fmt: skip
    assert [entry.verb for entry in AuditEntry.objects.all()] == ["message.return"]


@pytest.mark.django_db
def test_other_address_is_named_by_officers_alone_and_never_for_a_sign_in_link(officer: User, sysadmin: User) -> None:
    link = bounced_message(2, sensitive=True)
    gone = bounced_message(3, sensitive=True, body="")
    refusals = []
    for message, actor, to in (
        (bounced_message(1), sysadmin, "me@example.az"), (link, officer, "me@example.az"), (gone, officer, ""),
        (make_message(4), officer, "not an address"),
    ):  # fmt: skip
        with pytest.raises(RuleViolation) as refusal:
            resend_message(message, actor=actor, to=to)
        refusals.append(refusal.value.code)
    assert refusals == ["role", "sensitive", "sensitive", "address"]
    assert resend_message(link, actor=sysadmin).state == MessageState.QUEUED


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
    assert [row[:2] for row in rows] == [(made[state], state)]


@pytest.mark.django_db
def test_stuck_work_is_reported(sign_in: SignIn, officer: User) -> None:
    make_message(state=MessageState.QUEUED, due_at=timezone.now() - timedelta(minutes=11))
    assert sign_in(officer).get(reverse("operations:messages")).context["stuck"] == {"messages": 1, "documents": 0}


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("page", "queries"), [("messages", 8), ("documents", 7)])
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
