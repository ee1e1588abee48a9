"""Counting requests in the cache, so that nobody tries codes or sends forms without end."""

from ipaddress import ip_address, ip_network

from django.core.cache import cache
from django.http import HttpRequest

from core.http import client_address


def too_many(request: HttpRequest, group: str, *, limit: int, seconds: int) -> bool:
    """Count one request of this address in `group`; tell whether it is over `limit` within `seconds`.

    A request that is over it knows after how many seconds it may come again, at the latest, for the page that refuses
    it (templates/429.html, core.refusals). While Redis is away each process counts for itself (core.cache): nobody is
    shut out by that, and nobody tries without end.
    """
    is_over = too_often(f"{group}:{_source(client_address(request))}", limit=limit, seconds=seconds)
    if is_over:
        vars(request)["retry_after"] = seconds
    return is_over


def too_often(name: str, *, limit: int, seconds: int) -> bool:
    """Count one use of something, whoever asks; tell whether it is over `limit` within `seconds`.

    The window starts with the first use, and the cache forgets it when it ends.
    """
    key = f"ratelimit:{name}"
    try:
        cache.add(key, 0, timeout=seconds)
        count = cache.incr(key)
        if count == 1:
            cache.touch(key, seconds)  # a count that expired between the two calls would start anew and never end
    except ValueError:  # forgotten between the two calls
        return False
    return bool(count > limit)


def _source(address: str) -> str:
    """Return what is counted: an IPv4 address, or the /64 of an IPv6 one, all of which one subscriber has."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, 64), strict=False)) if found.version == 6 else address  # noqa: PLR2004 -- IPv6
