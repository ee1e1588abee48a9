"""What every test may use: people by role, a scheme, a clock, a browser."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from accounts.models import User
from accounts.states import Role
from schemes.models import SchemeVersion
from schemes.queries import current_version
from schemes.services import load_shipped_schemes
from tests.factories import UserFactory

pytest_plugins = ["tests.browser", "tests.database", "tests.pace"]


@pytest.fixture(autouse=True)
def _clean_surroundings() -> Iterator[None]:
    """No test sees another's cached counts or language."""
    translation.activate("az")
    yield
    cache.clear()
    translation.activate("az")


@pytest.fixture(autouse=True, scope="session")
def _private_files() -> Iterator[None]:
    """Uploads and documents of the tests go when the run ends."""
    yield
    shutil.rmtree(settings.DATA_DIR, ignore_errors=True)


@pytest.fixture
def officer(db: None) -> User:
    return UserFactory.create(roles=[Role.OFFICER])


@pytest.fixture
def other_officer(db: None) -> User:
    return UserFactory.create(roles=[Role.OFFICER])


@pytest.fixture
def assessor(db: None) -> User:
    return UserFactory.create(roles=[Role.ASSESSOR])


@pytest.fixture
def decider(db: None) -> User:
    return UserFactory.create(roles=[Role.DECIDER])


@pytest.fixture
def auditor(db: None) -> User:
    return UserFactory.create(roles=[Role.AUDITOR])


@pytest.fixture
def sysadmin(db: None) -> User:
    return UserFactory.create(roles=[Role.SYSADMIN])


@pytest.fixture
def candidate(db: None) -> User:
    return UserFactory.create(roles=[Role.CANDIDATE])


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    """Give a client in which `user` is signed in."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def version(db: None) -> SchemeVersion:
    """The version of the shipped scheme Coach (Level 6) that is in force."""
    load_shipped_schemes()
    found = SchemeVersion.objects.get(scheme__code="coach-6")
    assert current_version(found.scheme) == found
    return found
