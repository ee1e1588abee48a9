"""What people do to their own sign-in goes on the trail; allauth tells of it through its signals."""

from typing import Any

from allauth.account.models import EmailAddress

from accounts.models import User
from audit.services import record


def record_email_change(
    *, user: User, from_email_address: EmailAddress | None, to_email_address: EmailAddress, **_details: Any
) -> None:
    """The person confirmed the address given at sign-up, or signs in with another one from now on."""
    record(
        actor=user,
        verb="account.change_email" if from_email_address else "account.confirm_email",
        obj=user,
        before={"email": from_email_address.email if from_email_address else ""},
        after={"email": to_email_address.email},
    )


def record_password_change(*, user: User, **_details: Any) -> None:
    """The person has another password; every other session ends."""
    record(actor=user, verb="account.change_password", obj=user)


def record_second_step(*, user: User, authenticator: Any, **_details: Any) -> None:
    """The person enrolled an app, a key, or recovery codes."""
    record(actor=user, verb="account.add_second_step", obj=user, after={"type": authenticator.type})


def record_second_step_removed(*, user: User, authenticator: Any, **_details: Any) -> None:
    """The person gave up an app, a key, or recovery codes."""
    record(actor=user, verb="account.remove_second_step", obj=user, before={"type": authenticator.type})
