"""PostgreSQL and Redis from Python wheels, for development and tests; a server uses services of its own.

Both listen on a unix socket only, in a folder that nobody else may enter. They are stopped by whoever started them, and
end with it in any case (`certbody.lifeline`). Nothing here needs Django.
"""

from certbody.embedded.for_tests import ServicesForTests, provide_test_services
from certbody.embedded.postgres import OWNER_ROLE, RUNTIME_ROLE, Postgres, start_postgres, wait_for_predecessor
from certbody.embedded.redis_server import Redis, redis_program, start_redis
from certbody.embedded.service import EmbeddedServiceError, Service, make_socket_dir

__all__ = [
    "OWNER_ROLE",
    "RUNTIME_ROLE",
    "EmbeddedServiceError",
    "Postgres",
    "Redis",
    "Service",
    "ServicesForTests",
    "make_socket_dir",
    "provide_test_services",
    "redis_program",
    "start_postgres",
    "start_redis",
    "wait_for_predecessor",
]
