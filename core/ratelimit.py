"""Counting requests in Redis, so that nobody tries codes or sends forms without end."""

from ipaddress import ip_address, ip_network

from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

from core.http import client_address


def too_many(request: HttpRequest, group: str, *, limit: int, seconds: int) -> bool:
    """Count one request of this address in `group`; tell whether it is over `limit` within `seconds`.

    The window starts with the first request and is kept by Redis. If Redis is away the request passes: a public page
    that answers is worth more than a limit.
    """
    key = f"ratelimit:{group}:{_source(client_address(request))}"
    try:
        cache.add(key, 0, timeout=seconds)
        count = cache.incr(key)
        if count == 1:
            cache.touch(key, seconds)  # a count that expired between the two calls would start anew and never end
    except (RedisError, ValueError):
        return False
    return count > limit


def _source(address: str) -> str:
    """Return what is counted: an IPv4 address, or the /64 of an IPv6 one, all of which one subscriber has."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, 64), strict=False)) if found.version == 6 else address  # noqa: PLR2004 -- IPv6
