"""The page on which an officer adds candidates to a session."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt
from exams.queries import sessions as sessions_queries
from tests.exams.factories import accepted_application
from tests.exams.test_views import queries

pytestmark = pytest.mark.django_db


def test_officer_adds_candidates_from_the_proposed_time_on(officer, session, version, sign_in):
    session.starts_at = timezone.localtime().replace(hour=11, minute=0, second=0, microsecond=0) + timedelta(days=1)
    session.save()
    application = accepted_application(version, special_needs="Liftlə giriş")
    path = reverse("exams:candidates", args=[session.pk])
    client = sign_in(officer)
    page = client.get(path).content.decode()
    assert "Liftlə giriş" in page
    assert 'value="11:00"' in page
    response = client.post(path, {"applications": [application.pk], "first_at": "11:00"})
    assert response.status_code == 302
    assert Attempt.objects.get().starts_at == session.starts_at


def candidates_page(session, officer, sign_in):
    return sign_in(officer), reverse("exams:candidates", args=[session.pk])


def offered(response) -> list[int]:
    return [pk for pk, _label in response.context["form"].fields["applications"].choices]


def test_those_who_wait_longest_are_offered_and_the_others_counted(session, version, officer, sign_in, monkeypatch):
    monkeypatch.setattr(sessions_queries.first_of, "__kwdefaults__", {"limit": 2})
    waiting = [accepted_application(version) for _ in range(5)]
    client, path = candidates_page(session, officer, sign_in)
    page = client.get(path)
    assert offered(page) == [one.pk for one in waiting[:2]]
    assert "Daha 3 nəfər gözləyir" in page.content.decode()
    found = client.get(path, {"q": waiting[4].surname})
    assert offered(found) == [waiting[4].pk]
    assert "nəfər gözləyir" not in found.content.decode()
    nobody = client.get(path, {"q": "Heç kim"})
    assert (nobody.status_code, offered(nobody)) == (200, [])
    assert "heç kim tapılmadı" in nobody.content.decode()


def test_chosen_candidates_stay_chosen_when_the_service_refuses(session, version, officer, sign_in, monkeypatch):
    monkeypatch.setattr(sessions_queries.first_of, "__kwdefaults__", {"limit": 1})
    session.starts_at = timezone.localtime().replace(hour=11, minute=0, second=0, microsecond=0) + timedelta(days=1)
    session.capacity = 1
    session.save()
    waiting = [accepted_application(version) for _ in range(3)]
    client, path = candidates_page(session, officer, sign_in)
    chosen = [waiting[1].pk, waiting[2].pk]
    answer = client.post(f"{path}?q=Heç+kim", {"applications": chosen, "first_at": "11:00"})
    assert (answer.status_code, offered(answer), Attempt.objects.count()) == (422, chosen, 0)
    for pk in chosen:
        assert re.search(rf'value="{pk}"[^>]*checked', answer.content.decode())
    assert "Sessiyada 1 boş yer var, siz isə 2 namizəd seçmisiniz." in answer.content.decode()


@pytest.mark.parametrize("nonsense", ["x", "0", "99999999999999999999", "١"])
def test_candidates_that_do_not_exist_are_refused(session, version, officer, sign_in, nonsense):
    accepted_application(version)
    client, path = candidates_page(session, officer, sign_in)
    answer = client.post(path, {"applications": [nonsense], "first_at": "11:00"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["applications"])


def test_list_of_candidates_to_add_costs_the_same_for_one_and_three(session, version, officer, sign_in):
    path, client = reverse("exams:candidates", args=[session.pk]), sign_in(officer)
    accepted_application(version)
    one = queries(client, path)
    for _ in range(2):
        accepted_application(version)
    assert queries(client, path) == one
