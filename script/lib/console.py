"""What a person at the terminal reads: one line per step, one sentence per failure."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LOCAL = ROOT / ".local"
LOGS = LOCAL / "logs"


class Failure(Exception):
    """Something that the person has to know or do; the text says it in a sentence."""


def say(text: str = "") -> None:
    """Prints a line at once, also into a pipe."""
    print(text, flush=True)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Names a step as it begins and says how long it took."""
    started = time.monotonic()
    print(f"· {name} … ", end="", flush=True)
    try:
        yield
    except BaseException:
        say("stopped")
        raise
    say(f"{time.monotonic() - started:.1f} s")


def fail(failure: Failure) -> int:
    """Prints a failure; returns the exit code."""
    sys.stdout.flush()
    print(f"error: {failure}", file=sys.stderr, flush=True)
    return 1


def explain(error: OSError) -> Failure:
    """What a file that may not be written, a full disk and the like mean to the person."""
    if isinstance(error, PermissionError) and error.filename:
        return Failure(
            f"{error.filename} belongs to another user: run this as that user, "
            "or remove what was made as that user in .venv and .local."
        )
    return Failure(f"{error.filename}: {error.strerror}" if error.filename else str(error))


def shown(path: Path) -> str:
    """A path as one would type it in the project's folder."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
