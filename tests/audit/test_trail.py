"""The trail: append-only, readable with filters, as quick at its end as at its head."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.states import Role
from audit.models import AuditEntry
from audit.queries import ENTRIES_ON_A_PAGE, timeline, trail, trail_page
from audit.services import SYSTEM, record
from audit.verbs import known_verbs
from tests.factories import UserFactory

SignIn = Callable[[User], Client]
BAKU = ZoneInfo("Asia/Baku")


def entries(count: int, actor: User) -> list[AuditEntry]:
    """Write some entries."""
    return [record(actor=actor, verb="account.create", obj=actor, after={"n": number}) for number in range(count)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditentry SET reason = 'x'",
        "DELETE FROM audit_auditentry",
        "TRUNCATE audit_auditentry",
    ],
)
def test_trail_is_append_only(officer: User, statement: str) -> None:
    (entry,) = entries(1, officer)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # so that nothing but the trigger refuses the TRUNCATE
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute(statement)
    assert AuditEntry.objects.get() == entry


@pytest.mark.django_db
def test_record_keeps_plain_values_and_all_subjects(officer: User, candidate: User) -> None:
    entry = record(
        actor=None, verb="account.create", obj=officer, related=[candidate, officer], reason="  Səbəb ",
        before={"when": datetime(2026, 11, 20, 9, tzinfo=BAKU), "role": Role.OFFICER, "who": candidate, "none": None},
        after={"list": [candidate, 1], "map": {"a": Role.DECIDER}},
    )  # fmt: skip
    entry.refresh_from_db()
    person = f"accounts.user:{candidate.pk}"
    assert entry.before == {"when": "2026-11-20T09:00:00+04:00", "role": "officer", "who": person, "none": None}
    assert entry.after == {"list": [person, 1], "map": {"a": "decider"}}
    assert (entry.actor_label, entry.reason) == (SYSTEM, "Səbəb")
    assert list(timeline(candidate)) == list(timeline(officer)) == [entry]


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_trail_is_for_those_who_read_cases(sign_in: SignIn, role: Role) -> None:
    user = UserFactory.create(roles=[role])
    (entry,) = entries(1, user)
    expected = 200 if role in {Role.OFFICER, Role.AUDITOR} else 403
    client = sign_in(user)
    assert client.get(reverse("audit:trail")).status_code == expected
    assert client.get(reverse("audit:entry", args=[entry.pk])).status_code == expected


@pytest.mark.django_db
def test_trail_filters_by_verb_actor_subject_and_words(auditor: User) -> None:
    isa = UserFactory.create(surname="Quliyev", given_name="İsa")
    first = record(actor=isa, verb="role.grant", obj=auditor)
    second = record(actor=auditor, verb="role.end", obj=isa, reason="Müqavilə bitib")
    assert list(trail()) == [second, first]
    assert list(trail(verb="role.grant")) == [first]
    assert list(trail(actor="isa QULİYEV")) == [first]
    assert list(trail(subject=f"accounts.user:{isa.pk}")) == [second]
    assert list(trail(words="muqavile")) == [second]
    assert list(trail(words="'&|!:*")) == [second, first]
    assert list(trail(verb="role.grant", words="muqavile")) == []


@pytest.mark.django_db
def test_trail_days_are_days_in_baku(auditor: User) -> None:
    moments = [datetime(2026, 11, 19, 23, 59, tzinfo=BAKU), datetime(2026, 11, 20, 0, 1, tzinfo=BAKU)]
    made = []
    for moment in moments:
        with time_machine.travel(moment, tick=False):
            made.append(record(actor=auditor, verb="role.grant", obj=auditor))
    assert list(trail(since=moments[1].date())) == [made[1]]
    assert list(trail(until=moments[0].date())) == [made[0]]
    assert list(trail(since=moments[0].date(), until=moments[1].date())) == [made[1], made[0]]


@pytest.mark.django_db
def test_trail_pages_follow_each_other_without_gap(auditor: User) -> None:
    made = entries(ENTRIES_ON_A_PAGE * 2 + 1, auditor)
    seen: list[AuditEntry] = []
    before = None
    for _page in range(3):
        page = trail_page(trail(), before=before)
        seen += page.object_list
        before = page.older
    assert before is None
    assert seen == made[::-1]


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [1, 3])
def test_trail_list_query_count(
    sign_in: SignIn, auditor: User, rows: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    entries(rows, auditor)
    client = sign_in(auditor)
    with django_assert_num_queries(6):  # two of them ask what is held back from the reader
        client.get(reverse("audit:trail"))


@pytest.mark.django_db
def test_trail_page_with_older_entries_links_to_them(sign_in: SignIn, auditor: User) -> None:
    made = entries(ENTRIES_ON_A_PAGE + 1, auditor)
    client = sign_in(auditor)
    page = client.get(reverse("audit:trail"), {"verb": "account.create"})
    older = page.context["page"].older
    assert f"?verb=account.create&amp;before={older}" in page.content.decode()
    assert list(client.get(reverse("audit:trail"), {"before": older}).context["page"].object_list) == [made[0]]


@pytest.mark.django_db
@pytest.mark.parametrize("query", [{"since": "dünən"}, {"subject": "'; --"}, {"before": "-1"}, {"verb": "fly"}])
def test_trail_filter_without_sense_is_named_and_shows_nothing(
    sign_in: SignIn, auditor: User, query: dict[str, str]
) -> None:
    entries(1, auditor)
    response = sign_in(auditor).get(reverse("audit:trail"), query)
    assert response.status_code == 200
    assert list(response.context["filter_form"].errors) == list(query)
    assert list(response.context["page"].object_list) == []


@pytest.mark.django_db
def test_entry_shows_before_and_after(sign_in: SignIn, auditor: User) -> None:
    entry = record(actor=auditor, verb="role.end", obj=auditor, before={"role": "a<b"}, after={"role": None})
    text = sign_in(auditor).get(reverse("audit:entry", args=[entry.pk])).content.decode()
    assert "a&lt;b" in text
    assert text.count('<th scope="row"><code>role</code></th>') == 1


def test_every_verb_of_the_accounts_has_words() -> None:
    assert {"role.grant", "invitation.accept", "message.resend"} <= set(known_verbs())
