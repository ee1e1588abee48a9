"""Requests are counted by address in Redis; without Redis by each process for itself."""

from django.core.cache import cache
from django.test import RequestFactory
from redis import from_url

from core.ratelimit import too_many


def requests_of(address: str, times: int) -> list[bool]:
    """Count `times` requests of an address, at most 2 of which are free; return the answers."""
    request = RequestFactory().get("/", REMOTE_ADDR=address)
    return [too_many(request, "test", limit=2, seconds=60) for _time in range(times)]


def test_too_many_counts_each_address_on_its_own() -> None:
    assert requests_of("192.0.2.1", 3) == [False, False, True]
    assert requests_of("192.0.2.2", 2) == [False, False]


def test_too_many_counts_the_addresses_of_one_ipv6_subscriber_together() -> None:
    answers = [requests_of(f"2001:db8:0:1::{number}", 1)[0] for number in range(3)]
    assert answers == [False, False, True]
    assert requests_of("2001:db8:0:2::1", 1) == [False]


def test_too_many_ends_with_its_window(settings) -> None:
    requests_of("192.0.2.3", 1)
    with from_url(settings.CACHES["default"]["LOCATION"]) as client:
        assert 0 < client.ttl(cache.make_key("ratelimit:test:192.0.2.3")) <= 60


def test_too_many_without_redis_is_counted_by_the_process(settings) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:9/0"}}
    assert requests_of("192.0.2.4", 3) == [False, False, True]
    assert requests_of("192.0.2.5", 1) == [False]
