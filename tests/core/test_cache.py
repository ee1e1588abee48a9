"""The cache goes on in memory while Redis is away, says so once, and comes back to Redis."""

import pytest
from django.core.cache import cache, caches
from django.urls import reverse
from redis.exceptions import ConnectionError as Unreachable

from core.cache import PAUSE, SteadyRedisCache
from tests.factories import UserFactory

AWAY = "redis://127.0.0.1:9/0"


@pytest.fixture
def without_redis(settings):
    """No Redis from the beginning."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": AWAY}}
    cache.clear()


def test_every_verb_works_without_redis(without_redis):
    assert isinstance(caches["default"], SteadyRedisCache)
    assert (cache.add("a", 1, 60), cache.add("a", 2, 60), cache.incr("a"), cache.get("a")) == (True, False, 2, 2)
    assert (cache.touch("a", 30), cache.has_key("a"), cache.delete("a"), cache.get("a", "none")) == (
        True, True, True, "none",
    )  # fmt: skip
    cache.set("b", [1], 60)
    assert (cache.set_many({"c": 1}), cache.get_many(["b", "c"])) == ([], {"b": [1], "c": 1})
    cache.delete_many(["b", "c"])
    assert cache.get_many(["b", "c"]) == {}
    with pytest.raises(ValueError, match="not found"):
        cache.incr("gone")


def test_redis_that_goes_and_comes_back_is_logged_once_each_and_not_waited_for(monkeypatch, caplog):
    away, tried, now = [True], [], [5000.0]
    steady = SteadyRedisCache("redis://192.0.2.1:6379/0", {})

    def get(_self, _key, default):
        tried.append(1)
        if away[0]:
            raise Unreachable("no answer")
        return default

    monkeypatch.setattr("django.core.cache.backends.redis.RedisCacheClient.get", get)
    monkeypatch.setattr("core.outages.monotonic", lambda: now[0])
    caplog.set_level("INFO", logger="core.cache")
    assert [steady.get("x", 1) for _three in range(3)] == [1, 1, 1]
    assert (len(tried), len(caplog.records)) == (1, 1)
    now[0] += PAUSE
    assert (steady.get("x", 1), len(tried), len(caplog.records)) == (1, 2, 1)
    now[0], away[0] = now[0] + PAUSE, False
    assert [steady.get("x", 1) for _three in range(3)] == [1, 1, 1]
    assert (len(tried), caplog.messages[1:]) == (5, ["Redis is back"])


@pytest.mark.django_db
def test_people_sign_in_without_redis_and_nobody_tries_passwords_without_end(without_redis, client):
    user = UserFactory.create()
    user.set_password("Düzgün-parol-2026")
    user.save(update_fields=["password"])
    address, wrong = reverse("account_login"), {"login": user.email, "password": "yanlış-parol"}
    assert client.post(address, wrong).status_code == 200
    right = client.post(address, {**wrong, "password": "Düzgün-parol-2026"})
    assert (right.status_code, "_auth_user_id" in client.session) == (302, True)
    client.logout()
    answers = [client.post(address, {**wrong, "login": "basqa@example.az"}) for _one in range(7)]
    codes = [answer.context["form"].errors.as_data()["__all__"][0].code for answer in answers]
    assert codes == ["email_password_mismatch"] * 5 + ["too_many_login_attempts"] * 2
