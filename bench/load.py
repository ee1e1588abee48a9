"""People at once: each sends the next request as soon as the last one is answered, over a connection of their own."""

import http.client
import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

CSRF = "b" * 32


@dataclass
class Round:
    """What was measured: the time of each request in seconds, and the bytes of bodies and heads both ways."""

    times: list[float] = field(default_factory=list)
    body_bytes: list[int] = field(default_factory=list)
    head_bytes: list[int] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def p95(self) -> float:
        """The time within which 95 of 100 requests were answered, in milliseconds."""
        return statistics.quantiles(self.times, n=100)[94] * 1000

    @property
    def median(self) -> float:
        """The time within which half of the requests were answered, in milliseconds."""
        return statistics.median(self.times) * 1000

    @property
    def per_second(self) -> float:
        """How many requests were answered in a second."""
        return len(self.times) / self.seconds


@dataclass
class Person:
    """Somebody who is signed in, and what they send."""

    session: str
    path: str
    requests: Iterator[dict[str, Any]]
    hear: Callable[[dict[str, Any], dict[str, Any]], None]


def run(port: int, people: Sequence[Person]) -> Round:
    """Let everyone send all they have, all at once. Raises RuntimeError for any answer but 200."""
    result, lock, problems = Round(), threading.Lock(), list[str]()
    start = threading.Barrier(len(people) + 1)

    def act(person: Person) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {
            "Content-Type": "application/json",
            "Cookie": f"sessionid={person.session}; csrftoken={CSRF}",
            "X-CSRFToken": CSRF,
        }
        connection.connect()
        start.wait()
        for data in person.requests:
            body = json.dumps(data, separators=(",", ":")).encode()
            begun = time.perf_counter()
            connection.request("POST", person.path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            spent = time.perf_counter() - begun
            if answer.status != http.client.OK:
                problems.append(f"{answer.status} {content[:300]!r}")
                return
            head = sum(len(name) + len(value) + 4 for name, value in answer.getheaders())
            with lock:
                result.times.append(spent)
                result.body_bytes.append(len(body) + len(content))
                result.head_bytes.append(head)
            person.hear(data, json.loads(content))
        connection.close()

    threads = [threading.Thread(target=act, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    start.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    result.seconds = time.perf_counter() - begun
    if problems:
        raise RuntimeError(f"{len(problems)} requests failed, the first: {problems[0]}")
    return result


@dataclass(frozen=True)
class Visit:
    """One reading of a public page: its address, the ETag that the reader has, and the status that is right."""

    path: str
    etag: str = ""
    status: int = http.client.OK


def read(port: int, visits: Sequence[Visit], *, readers: int) -> tuple[Round, dict[str, str]]:
    """Let so many readers share the visits, each over a connection of their own; also returns the ETag of each path.

    Each visit comes from another address, as far as the site can tell. Raises RuntimeError for a wrong status.
    """
    result, etags, lock, problems = Round(), dict[str, str](), threading.Lock(), list[str]()

    def act(first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for number in range(first, len(visits), readers):
            visit = visits[number]
            headers = {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}
            if visit.etag:
                headers["If-None-Match"] = visit.etag
            begun = time.perf_counter()
            connection.request("GET", visit.path, headers=headers)
            answer = connection.getresponse()
            content = answer.read()
            spent = time.perf_counter() - begun
            if answer.status != visit.status:
                problems.append(f"{visit.path}: {answer.status}")
                return
            with lock:
                result.times.append(spent)
                result.body_bytes.append(len(content))
                etags[visit.path] = answer.getheader("ETag", "")
        connection.close()

    threads = [threading.Thread(target=act, args=[number]) for number in range(readers)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.seconds = time.perf_counter() - begun
    if problems:
        raise RuntimeError(f"{len(problems)} visits failed, the first: {problems[0]}")
    return result, etags
