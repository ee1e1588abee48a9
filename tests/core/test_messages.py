"""E-mails as rows: once for a key, in the recipient's language, retried, never doubled."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection

from core import messages
from core.models import OutgoingMessage
from core.states import MessageState
from core.tasks import send_message, sweep_messages

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@pytest.fixture
def queued(db, settings, tmp_path):
    """A message whose words stand in a template of this test."""
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "greeting.az.txt").write_text("Subject: Salam, {{ name }}\n\nHörmətli {{ name }}!\n")
    (tmp_path / "mail" / "greeting.en.txt").write_text("Subject: Hello, {{ name }}\n\nDear {{ name }}!\n")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]

    def queue(key="greeting:1", language="az", **extra):
        return messages.queue_message(
            key=key, kind="greeting", to="isa@example.az", language=language, context={"name": "İsa"}, **extra
        )

    with time_machine.travel(NOW, tick=False):
        yield queue


def test_queue_message_writes_in_the_recipients_language(queued):
    assert (queued().subject, queued().body) == ("Salam, İsa", "Hörmətli İsa!\n")
    english = queued(key="greeting:2", language="en")
    assert (english.subject, english.body) == ("Hello, İsa", "Dear İsa!\n")


def test_queue_message_same_key_is_the_same_message(queued):
    assert queued().pk == queued().pk
    assert OutgoingMessage.objects.count() == 1


def test_queue_message_enqueues_only_on_commit(queued, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        queued()
        queued()
    assert len(callbacks) == 1


def test_send_message_twice_sends_once(queued):
    message = queued()
    send_message(message.pk)
    send_message(message.pk)
    message.refresh_from_db()
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [(["isa@example.az"], "Salam, İsa")]
    assert (message.state, message.attempts, message.sent_at) == (MessageState.SENT, 1, NOW)


def test_send_message_clears_a_sensitive_body(queued):
    message = queued(sensitive=True)
    send_message(message.pk)
    message.refresh_from_db()
    assert (mail.outbox[0].body, message.body) == ("Hörmətli İsa!\n", "")


def test_send_message_failure_is_kept_and_retried_later(queued, settings):
    settings.EMAIL_BACKEND = "tests.core.test_messages.BrokenBackend"
    message = queued()
    send_message(message.pk)
    message.refresh_from_db()
    assert (message.state, message.attempts, message.last_error, message.due_at) == (
        MessageState.QUEUED,
        1,
        "OSError: the mail server is away",
        NOW + timedelta(minutes=1),
    )
    send_message(message.pk)  # too early: nothing happens
    message.refresh_from_db()
    assert message.attempts == 1


def test_send_message_gives_up_after_all_tries_and_can_be_sent_again(queued, settings):
    settings.EMAIL_BACKEND = "tests.core.test_messages.BrokenBackend"
    message = queued()
    for attempt in range(messages.MAX_ATTEMPTS):
        with time_machine.travel(NOW + timedelta(days=attempt + 1), tick=False):
            send_message(message.pk)
    message.refresh_from_db()
    assert (message.state, message.attempts) == (MessageState.FAILED, messages.MAX_ATTEMPTS)
    messages.resend(message.pk)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    send_message(message.pk)
    message.refresh_from_db()
    assert (message.state, len(mail.outbox)) == (MessageState.SENT, 1)


def test_waiting_messages_finds_what_a_dead_broker_missed(queued):
    first, second = queued(), queued(key="greeting:2")
    send_message(first.pk)
    assert messages.waiting_messages() == [second.pk]
    sweep_messages()  # to the real broker; a worker would take it from there
    assert OutgoingMessage.objects.get(pk=second.pk).state == MessageState.QUEUED


def test_waiting_messages_uses_the_index_of_the_waiting(db):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT id FROM core_outgoingmessage WHERE state = 'queued' AND due_at <= now()")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "core_message_waiting_idx" in plan


class BrokenBackend:
    """A mail server that is away."""

    def __init__(self, **_options):
        pass

    def send_messages(self, _messages):
        raise OSError("the mail server is away")
