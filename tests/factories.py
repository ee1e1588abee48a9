"""Accounts for tests; each app's own factories stand in tests/<app>/factories.py."""

from collections.abc import Iterable
from itertools import count
from typing import Any

import factory
from allauth.account.models import EmailAddress

from accounts.models import RoleAssignment, User

PASSWORD = "namizəd-2026-parol"
_FIN_LETTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_persons = count(1)


def next_fin() -> str:
    """Return a FIN that no other test person has: seven characters without I and O."""
    number, fin = next(_persons), ""
    for _place in range(7):
        number, letter = divmod(number, len(_FIN_LETTERS))
        fin = _FIN_LETTERS[letter] + fin
    return fin


class UserFactory(factory.django.DjangoModelFactory[User]):
    """An account with a verified address, the password `PASSWORD` and the roles given as `roles=[...]`."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.az")
    surname = factory.Sequence(lambda n: f"Əliyev{n}")
    given_name = "İsa"
    patronymic = "Rəşid oğlu"
    language = "az"

    @factory.post_generation
    def password(self: User, create: bool, extracted: str | None, **_kwargs: Any) -> None:
        self.set_password(extracted or PASSWORD)
        self.save(update_fields=["password"])

    @factory.post_generation
    def roles(self: User, create: bool, extracted: Iterable[str] | None, **_kwargs: Any) -> None:
        for role in extracted or ():
            RoleAssignment.objects.create(user=self, role=role)
        EmailAddress.objects.create(user=self, email=self.email, verified=True, primary=True)
