"""Both services for one run of the tests."""

import atexit
import os
import shutil
from pathlib import Path
from typing import Self

from certbody.embedded.postgres import start_postgres
from certbody.embedded.redis_server import start_redis
from certbody.embedded.service import Service

ROOT = Path(__file__).resolve().parent.parent.parent


class ServicesForTests:
    """What DATABASE_URL and REDIS_URL do not name already, started empty and put into the environment.

    The data lie in a folder of this process alone, so that several runs at once do not meet. Processes started later
    (pytest-xdist's workers) find the addresses in their environment and start nothing.
    """

    def __init__(self, folder: Path = ROOT / ".local" / "test") -> None:
        self._folder = folder
        self._run = folder / str(os.getpid())
        self._started: dict[str, Service] = {}

    def start(self) -> None:
        """Starts what is missing. Raises EmbeddedServiceError."""
        self._remove_leftovers()
        try:
            if not os.environ.get("DATABASE_URL"):
                postgres = start_postgres(self._run / "postgres", log=self._run / "postgres.log", throwaway=True)
                self._started["DATABASE_URL"] = postgres
                os.environ["DATABASE_URL"] = postgres.owner_url
            if not os.environ.get("REDIS_URL"):
                server = start_redis(self._run / "redis", log=self._run / "redis.log", throwaway=True)
                self._started["REDIS_URL"] = server
                os.environ["REDIS_URL"] = server.url
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stops what `start` started and removes its data."""
        for name, service in self._started.items():
            os.environ.pop(name, None)
            service.stop()
        self._started.clear()
        shutil.rmtree(self._run, ignore_errors=True)

    def _remove_leftovers(self) -> None:
        """Removes the data of runs that were killed, and of one that had our process id."""
        for old in self._folder.glob("[0-9]*"):
            try:
                os.kill(int(old.name), 0)
            except ProcessLookupError:
                shutil.rmtree(old, ignore_errors=True)
            except PermissionError:
                continue
        shutil.rmtree(self._run, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_details: object) -> None:
        self.stop()


def provide_test_services() -> None:
    """Starts what the environment does not name and stops it when this process ends (see ServicesForTests)."""
    services = ServicesForTests()
    services.start()
    atexit.register(services.stop)
