"""How tests reach and read these pages."""

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import PASSWORD, UserFactory


def at(name, *args):
    return reverse(f"certificates:{name}", args=args)


def text(response):
    return " ".join(response.content.decode().split())


def fetch(client, address):
    """Read a download to its end, which closes it; gives its status, name and content."""
    response = client.get(address)
    content = b"".join(response.streaming_content) if response.streaming else b""
    return response.status_code, response.get("Content-Disposition"), content


def with_role(sign_in, role):
    return sign_in(UserFactory.create(roles=[role]))


class CountedQueries:
    """Counts the queries of a block."""

    def __enter__(self):
        self.context = CaptureQueriesContext(connection)
        self.context.__enter__()
        return self

    def __exit__(self, *error):
        self.context.__exit__(*error)
        self.count = len(self.context)


def reauthenticated(client):
    """Have the person confirm that it is them."""
    response = client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert response.status_code == 302
    return client


def again(person, version, user):
    last = person.applications.latest("id")
    last.pk, last._state.adding = None, True
    last.reference, last.concluded_at = f"{last.reference}x", None
    last.save()
    return last
