"""Mail that came back: marked for what it is, whatever else is handed over."""

import io
import sys
from smtplib import SMTPDataError, SMTPRecipientsRefused
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.utils import timezone

from core import messages
from core.bounces import Taken, take_in
from core.models import OutgoingMessage
from core.states import MessageState

NOTIFICATION = """\
From: MAILER-DAEMON@sso.az
To: no-reply@sso.az
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain; charset=utf-8

Məktub çatdırılmadı.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.sso.az

Final-Recipient: rfc822; isa@example.az
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <isa@example.az>:
 no such mailbox
{original}
--B--
"""
WHOLE = """\
--B
Content-Type: message/rfc822

Message-ID: {id}
Subject: Salam

Mətn
"""
HEADERS = """\
--B
Content-Type: text/rfc822-headers; charset=us-ascii

Subject: Salam
Message-Id: {id}
"""


@pytest.fixture
def sent(db) -> OutgoingMessage:
    return OutgoingMessage.objects.create(
        key="greeting:1", kind="greeting", recipient="isa@example.az", language="az", subject="Salam", body="Mətn",
        due_at=timezone.now(), sent_at=timezone.now(), state=MessageState.SENT,
    )  # fmt: skip


def notification(message: OutgoingMessage, *, part: str = WHOLE, action: str = "failed", identifier: str = "") -> bytes:
    """Return what the mail server sends back."""
    original = part.format(id=identifier or messages.message_id(message))
    return NOTIFICATION.format(action=action, original=original).encode()


@pytest.mark.parametrize("part", [WHOLE, HEADERS])
def test_message_that_came_back_is_marked_once_with_its_reason(sent, part):
    assert [take_in(notification(sent, part=part)) for _time in range(2)] == [Taken.BOUNCED, Taken.KNOWN]
    sent.refresh_from_db()
    assert (sent.state, sent.bounce_reason) == (
        MessageState.BOUNCED, "5.1.1 smtp; 550 5.1.1 <isa@example.az>: no such mailbox",
    )  # fmt: skip
    assert sent.bounced_at is not None


def test_anything_else_changes_nothing(sent):
    real = messages.message_id(sent)
    forged = real.replace(messages.recipient_tag(sent), "0" * 20)
    mails = {
        notification(sent, action="delayed"): Taken.NOT_FINAL,
        notification(sent, identifier=forged): Taken.UNKNOWN,
        notification(sent, identifier="<somebody@else.az>"): Taken.UNKNOWN,
        notification(sent, part=""): Taken.UNKNOWN,
        b"": Taken.MALFORMED,
        b"\xff\xfe\x00 not a mail": Taken.MALFORMED,
        b"Subject: out of office\n\nI am away.\n": Taken.MALFORMED,
        b"Content-Type: multipart/report; boundary=B\n\n--B\nContent-Type: message/delivery-status\n\n--B--\n": (
            Taken.MALFORMED
        ),
    }
    assert {mail: take_in(mail) for mail in mails} == mails
    sent.recipient = "new@example.az"  # sent again to another address: what comes back from the old one is old
    sent.save()
    assert take_in(notification(sent, identifier=real)) == Taken.UNKNOWN
    sent.refresh_from_db()
    assert sent.state == MessageState.SENT


def test_command_tells_the_mail_server_by_its_exit_code(sent, monkeypatch, capsys):
    codes = []
    for mail in (notification(sent), b"spam", notification(sent, identifier="<a@b.az>")):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(mail)))
        try:
            call_command("take_in_bounce")
        except SystemExit as end:
            codes.append(end.code)
        else:
            codes.append(0)
    assert (codes, capsys.readouterr().out.split()) == ([0, 65, 67], ["bounced", "malformed", "unknown"])


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (SMTPRecipientsRefused({"isa@example.az": (550, b"no such mailbox")}), MessageState.FAILED),
        (SMTPRecipientsRefused({"isa@example.az": (450, b"try later")}), MessageState.QUEUED),
        (SMTPDataError(554, b"refused"), MessageState.FAILED),
        (SMTPDataError(451, b"try later"), MessageState.QUEUED),
    ],
)
def test_what_the_server_refuses_for_good_is_not_tried_again(sent, monkeypatch, error, state):
    def refuse(_message: OutgoingMessage) -> None:
        raise error

    monkeypatch.setattr(messages, "_deliver", refuse)
    sent.state, sent.sent_at = MessageState.QUEUED, None
    sent.save()
    messages.send(sent.pk)
    sent.refresh_from_db()
    assert (sent.state, sent.attempts) == (state, 1)


def test_resend_of_what_came_back_goes_out_again_to_another_address(sent):
    take_in(notification(sent))
    again = messages.resend(sent.pk, to="new@example.az")
    assert (again.state, again.recipient, again.sent_at, again.bounced_at, again.bounce_reason) == (
        MessageState.QUEUED, "new@example.az", None, None, "",
    )  # fmt: skip
    messages.send(sent.pk)
    sent.refresh_from_db()
    assert sent.state == MessageState.SENT
