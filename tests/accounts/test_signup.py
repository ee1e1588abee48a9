"""From the sign-up form to the first sign-in, and what the messages on the way say."""

import re
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.adapter import AccountAdapter
from accounts.models import User
from accounts.notices import NOTICES, REQUESTED
from accounts.services.people import register_candidate
from accounts.states import Role
from audit.models import AuditEntry
from core.errors import RuleViolation
from core.messages import compose, send
from core.models import OutgoingMessage
from tests.accounts.factories import ANSWER, DETAILS, NEW_PASSWORD
from tests.factories import PASSWORD, UserFactory

SIGN_UP = {**ANSWER, "email": "Leman.Q@Example.az"}


def link_in(text: str) -> str:
    """Return the path of the only link of ours in a message."""
    (link,) = re.findall(r"http://\S+", text)
    return str(urlsplit(link).path)


def sign_in(client: Client, email: str, password: str) -> int:
    """Send the sign-in form; 302 is success."""
    return client.post(reverse("account_login"), {"login": email, "password": password}).status_code


@pytest.mark.django_db
def test_sign_up_creates_candidate_with_names(client: Client) -> None:
    response = client.post(reverse("account_signup"), SIGN_UP)
    assert response.headers["Location"] == reverse("account_email_verification_sent")
    user = User.objects.get()
    assert (user.email, user.get_full_name(), user.language) == (
        "leman.q@example.az",
        "Quliyeva Ləman Tofiq qızı",
        "az",
    )
    assert user.roles == {Role.CANDIDATE}
    assert not user.is_staff
    assert [entry.verb for entry in AuditEntry.objects.all()] == ["account.sign_up"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["Pulsuz hədiyyə: https://example.com", "Əli 2", "a@b", "<b>Əli</b>"])
def test_sign_up_with_a_name_that_is_a_message_sends_nothing(client: Client, name: str) -> None:
    response = client.post(reverse("account_signup"), {**SIGN_UP, "given_name": name})
    assert list(response.context["form"].errors) == ["given_name"]
    assert (User.objects.count(), OutgoingMessage.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_sign_up_name_is_one_line(client: Client) -> None:
    client.post(reverse("account_signup"), {**SIGN_UP, "given_name": " Ləman\r\nGül  "})
    assert User.objects.get().given_name == "Ləman Gül"


@pytest.mark.django_db
def test_sign_up_then_link_then_sign_in(client: Client) -> None:
    client.post(reverse("account_signup"), SIGN_UP)
    assert sign_in(client, SIGN_UP["email"], NEW_PASSWORD) == 302
    assert "_auth_user_id" not in client.session  # not before the address is verified
    message = OutgoingMessage.objects.get(kind="account_confirm_signup")
    send(message.pk)
    (letter,) = mail.outbox
    assert letter.to == ["leman.q@example.az"]
    message.refresh_from_db()
    assert message.body == ""  # the link lives in the letter only
    fresh = Client()
    path = link_in(str(letter.body))
    assert fresh.get(path).status_code == 200
    fresh.post(path)
    assert EmailAddress.objects.get().verified
    assert sign_in(fresh, "LEMAN.Q@EXAMPLE.AZ", NEW_PASSWORD) == 302
    assert fresh.session["_auth_user_id"] == str(User.objects.get().pk)


@pytest.mark.django_db
def test_sign_up_with_known_address_looks_the_same_and_tells_the_owner(client: Client) -> None:
    owner = UserFactory.create(email="leman.q@example.az")
    response = client.post(reverse("account_signup"), SIGN_UP)
    assert response.headers["Location"] == reverse("account_email_verification_sent")
    assert list(User.objects.all()) == [owner]
    assert [(one.kind, one.recipient) for one in OutgoingMessage.objects.all()] == [("account_exists", owner.email)]


@pytest.mark.django_db
def test_sign_up_lost_race_answers_like_any_taken_address(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    UserFactory.create(email="leman.q@example.az")
    # allauth looked before the other request had committed
    monkeypatch.setattr(
        "allauth.account.internal.flows.manage_email.email_already_exists", lambda value: (value, False)
    )
    response = client.post(reverse("account_signup"), SIGN_UP)
    assert response.headers["Location"] == reverse("account_email_verification_sent")
    assert User.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("missing", ["surname", "given_name", "email", "password1", "language"])
def test_sign_up_incomplete_keeps_what_was_typed(client: Client, missing: str) -> None:
    response = client.post(reverse("account_signup"), {**SIGN_UP, missing: ""})
    form = response.context["form"]
    assert response.status_code == 200
    assert missing in form.errors
    assert form.data["patronymic"] == DETAILS["patronymic"]
    assert not User.objects.exists()


@pytest.mark.django_db
def test_register_candidate_twice_is_refused_whatever_the_case() -> None:
    names = {"surname": "Quliyeva", "given_name": "Ləman", "patronymic": "", "language": "az"}
    register_candidate(email="leman@example.az", password=NEW_PASSWORD, **names)
    with pytest.raises(RuleViolation) as refusal:
        register_candidate(email="LEMAN@example.az", password=NEW_PASSWORD, **names)
    assert refusal.value.code == "accounts_email_unique"
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_sign_in_with_address_in_other_case() -> None:
    user = UserFactory.create(email="isa@example.az")
    client = Client()
    assert sign_in(client, "ISA@Example.AZ", PASSWORD) == 302
    assert client.session["_auth_user_id"] == str(user.pk)


@pytest.mark.django_db
def test_sign_in_to_closed_account_is_refused() -> None:
    UserFactory.create(email="isa@example.az", is_active=False)
    client = Client()
    sign_in(client, "isa@example.az", PASSWORD)
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_sign_in_failed_five_times_is_limited_even_with_the_right_password() -> None:
    UserFactory.create(email="isa@example.az")
    client = Client()
    for _attempt in range(5):
        assert sign_in(client, "isa@example.az", "səhv") == 200
    response = client.post(reverse("account_login"), {"login": "isa@example.az", "password": PASSWORD})
    assert response.context["form"].non_field_errors()
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_sign_in_page_is_limited_by_address() -> None:
    client = Client()
    statuses = [sign_in(client, f"person{number}@example.az", "səhv") for number in range(31)]
    assert statuses[0] == 200
    assert statuses[-1] == 429


@pytest.mark.django_db
def test_password_reset_sends_link_that_works_once(client: Client) -> None:
    user = UserFactory.create(email="isa@example.az", language="en")
    client.post(reverse("account_reset_password"), {"email": "ISA@example.az"})
    message = OutgoingMessage.objects.get(kind="account_password_reset")
    assert (message.recipient, message.language, message.sensitive) == (user.email, "en", True)
    path = link_in(message.body)
    form_path = client.get(path).headers["Location"]
    client.post(form_path, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    user.refresh_from_db()
    assert user.check_password(NEW_PASSWORD)
    assert AuditEntry.objects.filter(verb="account.change_password").count() == 1
    assert OutgoingMessage.objects.filter(kind="account_notice").count() == 1
    assert "token_fail" in Client().get(path).context


@pytest.mark.django_db
def test_password_reset_of_unknown_address_says_the_same(client: Client) -> None:
    response = client.post(reverse("account_reset_password"), {"email": "kim@example.az"})
    assert response.headers["Location"] == reverse("account_reset_password_done")
    assert [one.kind for one in OutgoingMessage.objects.all()] == ["account_unknown"]


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["az", "en"])
@pytest.mark.parametrize("prefix", [*REQUESTED, *NOTICES])
def test_every_message_of_allauth_is_ours_in_the_language_of_the_person(prefix: str, language: str) -> None:
    user = UserFactory.create(language=language, given_name="O'Şən")
    context = {
        "user": user, "activate_url": "http://testserver/a?b=1&c=2", "password_reset_url": "http://testserver/p",
        "signup_url": "http://testserver/s", "ip": "192.0.2.1", "user_agent": "Brauzer & Co",
        "timestamp": user.date_joined,
    }  # fmt: skip
    AccountAdapter().send_mail(prefix, user.email, context)
    message = OutgoingMessage.objects.get()
    assert message.kind == REQUESTED.get(prefix, "account_notice")
    assert message.language == language
    assert message.subject
    assert ("Hörmətlə," if language == "az" else "Kind regards,") in message.body
    assert "&amp;" not in message.body
    assert "&#x27;" not in message.body


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", list(NOTICES))
def test_notice_says_what_happened_in_both_languages(prefix: str) -> None:
    user = UserFactory.create()
    context = {
        "person": user,
        "what_happened": NOTICES[prefix],
        "timestamp": user.date_joined,
        "ip": "",
        "user_agent": "",
    }
    (_az_subject, az), (_en_subject, en) = (compose("account_notice", language, context) for language in ("az", "en"))
    sentence = [text.splitlines()[2] for text in (az, en)]
    assert sentence[0] != sentence[1]
    assert all(sentence)
