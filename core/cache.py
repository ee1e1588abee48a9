"""The cache: Redis, or the memory of this process while Redis is away.

What is kept in it are counts: how often an address has tried to sign in, searched, or read a page. Nobody is shut out
because they cannot be kept in common; each process then counts for itself, so that the limits do not fall away either.
"""

import logging
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

from core.outages import Outage

logger = logging.getLogger(__name__)
PAUSE = 10.0  # seconds for which a Redis that did not answer is left alone
MOST_IN_MEMORY = 10_000
_outages: dict[str, Outage] = {}  # by address; shared by the caches of all threads


class SteadyRedisCache(RedisCache):
    """Redis; what is asked of it while it is away is done in the memory of this process. Logged once for an outage."""

    def __init__(self, server: str | list[str], params: dict[str, Any]) -> None:
        """Keep both; the memory is one for all threads of the process."""
        super().__init__(server, params)
        self._memory = LocMemCache(f"without {server}", {**params, "OPTIONS": {"MAX_ENTRIES": MOST_IN_MEMORY}})
        self._outage = _outages.setdefault(str(server), Outage(PAUSE))

    def _done(self, name: str, *args: Any, **kwargs: Any) -> Any:
        if not self._outage.is_left_alone:
            try:
                answer = getattr(super(), name)(*args, **kwargs)
            except RedisError as error:
                if self._outage.began():
                    logger.warning("Redis is away, each process counts requests for itself: %s", error)
            else:
                if self._outage.ended():
                    logger.info("Redis is back")
                return answer
        return getattr(self._memory, name)(*args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> Any:
        """Keep a value unless there is one."""
        return self._done("add", *args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """Return a value."""
        return self._done("get", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        """Keep a value."""
        return self._done("set", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        """Keep a value for longer."""
        return self._done("touch", *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Forget a value."""
        return self._done("delete", *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        """Tell whether there is a value."""
        return self._done("has_key", *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        """Add to a number; raises `ValueError` where there is none."""
        return self._done("incr", *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        """Return several values."""
        return self._done("get_many", *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        """Keep several values."""
        return self._done("set_many", *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        """Forget several values."""
        return self._done("delete_many", *args, **kwargs)

    def clear(self) -> Any:
        """Forget everything, here and there."""
        self._memory.clear()
        return self._done("clear")
