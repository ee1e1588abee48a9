"""Invitations: sent, sent again, withdrawn, accepted once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Invitation, RoleAssignment, User
from accounts.services.invitations import (
    RESEND_AFTER,
    UnknownInvitation,
    accept_signed_in,
    accept_with_new_account,
    invite,
    resend_invitation,
    withdraw_invitation,
)
from accounts.states import InvitationState, Role
from audit.models import AuditEntry
from core.errors import NotAllowed, RuleViolation
from core.integrity import constraint_name
from core.models import OutgoingMessage
from tests.accounts.factories import ANSWER, DETAILS, NEW_PASSWORD, TOKEN, make_invitation
from tests.factories import UserFactory

SignIn = Callable[[User], Client]
LINK = "accounts:accept_invitation"


def link(token: str = TOKEN) -> str:
    """Return the path that the message names."""
    return reverse(LINK, args=[token])


def offer(actor: User | None, role: Role = Role.ASSESSOR, email: str = "Leman@Example.az") -> Invitation:
    """Invite somebody."""
    return invite(email=email, role=role, actor=actor, **DETAILS)


def accept(token: str = TOKEN) -> User:
    """Accept with a new account."""
    return accept_with_new_account(token, password=NEW_PASSWORD, **DETAILS)


@pytest.mark.django_db
def test_invite_sends_link_and_keeps_its_digest_only(officer: User) -> None:
    invitation = offer(officer)
    message = OutgoingMessage.objects.get()
    assert (message.kind, message.recipient, message.sensitive) == ("account_invitation", "leman@example.az", True)
    token = message.body.split("/people/invitation/")[1].split("/")[0]
    assert token not in str(Invitation.objects.values())
    accept(token)
    invitation.refresh_from_db()
    assert invitation.state == InvitationState.ACCEPTED
    assert AuditEntry.objects.get(verb="invitation.send").actor == officer


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.OFFICER, Role.AUDITOR, Role.SYSADMIN])
def test_officer_may_not_invite_to_roles_of_colleagues(officer: User, role: Role) -> None:
    with pytest.raises(NotAllowed) as refusal:
        offer(officer, role)
    assert refusal.value.code == "role"
    assert not Invitation.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_sysadmin_may_invite_to_every_role(sysadmin: User, role: Role) -> None:
    assert offer(sysadmin, role).role == role


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.CANDIDATE, Role.ASSESSOR, Role.DECIDER, Role.AUDITOR])
def test_others_may_not_invite(role: Role) -> None:
    with pytest.raises(NotAllowed):
        offer(UserFactory.create(roles=[role]), Role.CANDIDATE)


@pytest.mark.django_db
def test_nobody_invites_oneself(officer: User) -> None:
    with pytest.raises(NotAllowed) as refusal:
        offer(officer, Role.DECIDER, email=officer.email.upper())
    assert refusal.value.code == "self"


@pytest.mark.django_db
def test_invite_twice_to_same_role_is_refused(officer: User) -> None:
    offer(officer)
    with pytest.raises(RuleViolation) as refusal:
        offer(officer, email="LEMAN@example.az")
    assert refusal.value.code == "accounts_one_open_invitation"
    assert OutgoingMessage.objects.count() == 1


@pytest.mark.django_db
def test_invite_to_role_that_the_account_has_is_refused(officer: User, assessor: User) -> None:
    with pytest.raises(RuleViolation) as refusal:
        offer(officer, email=assessor.email)
    assert refusal.value.code == "has_role"


@pytest.mark.django_db
def test_invite_closed_account_is_refused(officer: User) -> None:
    UserFactory.create(email="leman@example.az", is_active=False)
    with pytest.raises(RuleViolation) as refusal:
        offer(officer)
    assert refusal.value.code == "account_closed"


@pytest.mark.django_db
def test_resend_gives_new_link_and_ends_the_old_one(officer: User) -> None:
    invitation = make_invitation(officer, expires_at=timezone.now() - timedelta(days=1))
    resend_invitation(invitation, actor=officer)
    invitation.refresh_from_db()
    assert invitation.state == InvitationState.WAITING
    with pytest.raises(UnknownInvitation):
        accept(TOKEN)


@pytest.mark.django_db
def test_resend_second_click_sends_nothing(officer: User) -> None:
    invitation = make_invitation(officer)
    resend_invitation(invitation, actor=officer)
    with pytest.raises(RuleViolation) as refusal:
        resend_invitation(invitation, actor=officer)
    assert refusal.value.code == "too_soon"
    assert OutgoingMessage.objects.count() == 1
    assert timedelta(0) < RESEND_AFTER


@pytest.mark.django_db
@pytest.mark.parametrize("service", [resend_invitation, withdraw_invitation])
def test_invitation_that_is_over_neither_sent_again_nor_withdrawn(officer: User, service: Callable[..., Any]) -> None:
    invitation = make_invitation(officer, withdrawn_at=timezone.now())
    with pytest.raises(RuleViolation) as refusal:
        service(invitation, actor=officer)
    assert refusal.value.code == "state"


@pytest.mark.django_db
def test_withdraw_of_role_beyond_officer_is_refused(officer: User, sysadmin: User) -> None:
    invitation = make_invitation(sysadmin, role=Role.AUDITOR)
    with pytest.raises(NotAllowed):
        withdraw_invitation(invitation, actor=officer)


@pytest.mark.django_db
def test_accept_creates_verified_account_with_role(client: Client, officer: User) -> None:
    make_invitation(officer)
    assert client.get(link()).status_code == 200
    response = client.post(link(), ANSWER)
    assert response.headers["Location"] == reverse("account_login")
    user = User.objects.get(email="leman@example.az")
    assert user.roles == {Role.ASSESSOR}
    assert EmailAddress.objects.filter(user=user, email=user.email, verified=True, primary=True).count() == 1
    assert RoleAssignment.objects.get(user=user).granted_by == officer
    assert client.post(reverse("account_login"), {"login": user.email, "password": NEW_PASSWORD}).status_code == 302
    assert client.session["_auth_user_id"] == str(user.pk)


@pytest.mark.django_db
def test_accept_twice_says_that_it_is_used(client: Client) -> None:
    make_invitation()
    client.post(link(), ANSWER)
    response = client.post(link(), ANSWER)
    assert response.status_code == 410
    assert response.context["state"] == "accepted"
    assert User.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "fields"),
    [
        ("expired", {"expires_at": timezone.now() - timedelta(days=1)}),
        ("withdrawn", {"withdrawn_at": timezone.now()}),
    ],
)
def test_accept_of_invitation_that_is_over_is_explained(client: Client, state: str, fields: dict[str, Any]) -> None:
    make_invitation(**fields)
    for response in (client.get(link()), client.post(link(), ANSWER)):
        assert response.status_code == 410
        assert response.context["state"] == state
    assert not User.objects.exists()


@pytest.mark.django_db
def test_accept_with_unknown_link_is_explained(client: Client) -> None:
    assert client.get(link("yox")).status_code == 404


@pytest.mark.django_db
def test_accept_links_are_not_tried_without_end(client: Client) -> None:
    statuses = [client.get(link(f"yox{number}")).status_code for number in range(31)]
    assert statuses == [404] * 30 + [429]


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["qısa", "12345678901", "password123", "quliyeva-leman"])
def test_accept_with_weak_password_keeps_the_rest(client: Client, password: str) -> None:
    make_invitation(surname="Quliyeva", given_name="Leman")
    answer = {**ANSWER, "surname": "quliyeva-leman", "password1": password, "password2": password}
    response = client.post(link(), answer)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["password1"]
    assert response.context["form"].data["patronymic"] == DETAILS["patronymic"]
    assert not User.objects.exists()


@pytest.mark.django_db
def test_accept_with_two_passwords_is_refused(client: Client) -> None:
    make_invitation()
    response = client.post(link(), {**ANSWER, "password2": "başqa-şifrə-2026"})
    assert list(response.context["form"].errors) == ["password2"]


@pytest.mark.django_db
def test_accept_with_account_needs_sign_in_with_that_account(client: Client, sign_in: SignIn, decider: User) -> None:
    owner = UserFactory.create(email="leman@example.az", roles=[Role.CANDIDATE])
    make_invitation()
    assert client.get(link()).context["has_account"]
    assert client.post(link(), ANSWER).headers["Location"].startswith(reverse("account_login"))
    other = sign_in(decider)
    other.post(link())
    assert User.objects.get(pk=decider.pk).roles == {Role.DECIDER}
    own = sign_in(owner)
    assert own.get(link()).context["is_own"]
    assert own.post(link()).headers["Location"] == reverse("accounts:me")
    assert User.objects.get(pk=owner.pk).roles == {Role.CANDIDATE, Role.ASSESSOR}


@pytest.mark.django_db
def test_accept_signed_in_as_somebody_else_is_refused(decider: User) -> None:
    make_invitation()
    with pytest.raises(NotAllowed) as refusal:
        accept_signed_in(TOKEN, user=decider)
    assert refusal.value.code == "other_account"


@pytest.mark.django_db(transaction=True)
def test_accept_at_the_same_moment_makes_one_account() -> None:
    make_invitation()
    start = Barrier(2)

    def attempt(_number: int) -> str:
        try:
            start.wait(5)
            accept()
        except RuleViolation as violation:
            return violation.code
        else:
            return "accepted"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(attempt, range(2)))
    assert outcomes == ["accepted", "state"]
    assert User.objects.count() == RoleAssignment.objects.count() == EmailAddress.objects.count() == 1


@pytest.mark.django_db
def test_invite_page_offers_only_roles_of_the_person(sign_in: SignIn, officer: User) -> None:
    client = sign_in(officer)
    form = client.get(reverse("accounts:invite")).context["form"]
    assert [code for code, _label in form.fields["role"].choices] == ["candidate", "assessor", "decider"]
    answer = {**DETAILS, "email": "leman@example.az", "role": Role.AUDITOR}
    assert client.post(reverse("accounts:invite"), answer).status_code == 422
    answer["role"] = Role.ASSESSOR
    assert client.post(reverse("accounts:invite"), answer).headers["Location"] == reverse("accounts:invitations")
    again = client.post(reverse("accounts:invite"), answer)  # a double click
    assert again.status_code == 422
    assert again.context["form"].data["surname"] == DETAILS["surname"]
    assert Invitation.objects.count() == 1


@pytest.mark.django_db
def test_invitation_buttons_work_for_those_who_may(
    sign_in: SignIn, officer: User, sysadmin: User, auditor: User
) -> None:
    invitation = make_invitation(sysadmin, role=Role.AUDITOR)
    withdraw = reverse("accounts:withdraw_invitation", args=[invitation.pk])
    resend = reverse("accounts:resend_invitation", args=[invitation.pk])
    assert [sign_in(user).post(withdraw).status_code for user in (officer, auditor)] == [403, 403]
    client = sign_in(sysadmin)
    client.post(resend)
    client.post(withdraw)
    client.post(withdraw)  # a double click
    invitation.refresh_from_db()
    assert invitation.state == InvitationState.WITHDRAWN
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == ["invitation.resend", "invitation.withdraw"]


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["", *InvitationState.values])
def test_invitations_list_shows_state(sign_in: SignIn, officer: User, state: str) -> None:
    now = timezone.now()
    cases: dict[str, dict[str, Any]] = {
        "waiting": {},
        "expired": {"expires_at": now},
        "accepted": {"accepted_at": now, "accepted_by": officer},
        "withdrawn": {"withdrawn_at": now},
    }
    made = {name: make_invitation(token=name, email=f"{name}@example.az", **fields) for name, fields in cases.items()}
    page = sign_in(officer).get(reverse("accounts:invitations"), {"state": state}).context["page"]
    assert set(page) == ({made[state]} if state else set(made.values()))


@pytest.mark.django_db
def test_invitations_list_finds_folded_names(sign_in: SignIn, officer: User) -> None:
    invitation = make_invitation(given_name="İsa")
    make_invitation(token="2", email="b@example.az", given_name="Rüfət", surname="Əliyev")
    page = sign_in(officer).get(reverse("accounts:invitations"), {"q": "isa"}).context["page"]
    assert list(page) == [invitation]


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [1, 3])
def test_invitations_list_query_count(
    sign_in: SignIn, officer: User, rows: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    for number in range(rows):
        make_invitation(officer, token=str(number), email=f"p{number}@example.az")
    client = sign_in(officer)
    with django_assert_num_queries(5):
        client.get(reverse("accounts:invitations"))


@pytest.mark.django_db
def test_invite_administrator_command_sends_invitation_of_the_system() -> None:
    names = {"surname": "Əliyev", "given_name": "İsa"}
    call_command("invite_administrator", "isa@example.az", **names, verbosity=0)
    assert (Invitation.objects.get().role, Invitation.objects.get().invited_by) == (Role.SYSADMIN, None)
    with pytest.raises(CommandError):
        call_command("invite_administrator", "isa@example.az", **names)
    with pytest.raises(CommandError):
        call_command("invite_administrator", "not an address", **names)


@pytest.mark.django_db
def test_invitation_cannot_be_accepted_and_withdrawn(officer: User) -> None:
    invitation = make_invitation(accepted_at=timezone.now(), accepted_by=officer)
    invitation.withdrawn_at = timezone.now()
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        invitation.save()
    assert constraint_name(caught.value) == "accounts_invitation_ends_once"
