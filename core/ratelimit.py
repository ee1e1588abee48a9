"""Counting requests in Redis, so that nobody tries codes or sends forms without end."""

from django.core.cache import cache
from django.http import HttpRequest

from core.http import client_address


def too_many(request: HttpRequest, group: str, *, limit: int, seconds: int) -> bool:
    """Count one request of this address in `group`; tell whether it is over `limit` within `seconds`.

    The window starts with the first request and is kept by Redis. If Redis is away the request passes: a public page
    that answers is worth more than a limit.
    """
    key = f"ratelimit:{group}:{client_address(request)}"
    try:
        cache.add(key, 0, timeout=seconds)
        return cache.incr(key) > limit
    except (ConnectionError, ValueError):
        return False
