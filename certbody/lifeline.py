"""Child processes that cannot outlive whoever started them.

Each child runs under a small guard: this very file, run as a program. The guard's standard input is a pipe whose other
end its starter holds. When the starter closes it, or dies in whatever way, the guard asks the child to stop, waits for
a while, and kills what is left of the child's process group. Nothing is found by name and no process id is stored, so
nothing that somebody else started can be hit.
"""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

GRACE_SECONDS = 10
_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Account:
    """The operating system's account that a child runs as."""

    uid: int
    gid: int


@dataclass
class Child:
    """A running child and its log."""

    name: str
    log: Path
    guard: subprocess.Popen[bytes]

    @property
    def ended(self) -> int | None:
        """The exit code if the child has ended, else None."""
        return self.guard.poll()

    def ask_to_stop(self) -> None:
        """Begins to stop the child and returns at once."""
        if self.guard.stdin is not None and not self.guard.stdin.closed:
            with suppress(BrokenPipeError):
                self.guard.stdin.close()

    def stop(self) -> None:
        """Stops the child; when this returns, nothing of its process group is left."""
        self.ask_to_stop()
        self.guard.wait()

    def last_lines(self, count: int = 15) -> str:
        """The end of the child's log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])


def start(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
    grace: float = GRACE_SECONDS,
    account: Account | None = None,
) -> Child:
    """Starts `command` under a guard, with both output streams in a fresh `log`.

    `stop_signal` is what asks this kind of program for an orderly end, for which it has `grace` seconds.
    `account` needs root.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    identity = "-" if account is None else f"{account.uid}:{account.gid}"
    with log.open("wb") as output:
        guard = subprocess.Popen(
            [sys.executable, "-I", __file__, str(int(stop_signal)), str(grace), identity, *map(str, command)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            start_new_session=True,  # a terminal's Ctrl-C goes to the starter alone, which then ends the rest in order
        )
    return Child(name, log, guard)


def stop_all(children: Iterable[Child]) -> None:
    """Stops several children at the same time."""
    children = list(children)
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.stop()


def guard(stop_signal: int, grace: float, account: Account | None, command: Sequence[str]) -> int:
    """Runs `command` until it ends or standard input does; returns its exit code (128 + n for signal n)."""
    stopping = False

    def request_stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    # A handler, unlike the "ignore" that a background shell hands down, is not inherited by the command.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, request_stop)
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        process_group=0,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    while child.poll() is None and not stopping:
        stopping = bool(select.select([sys.stdin], [], [], _POLL_SECONDS)[0])  # readable only at its end
    if stopping:
        child.send_signal(stop_signal)
        with suppress(subprocess.TimeoutExpired):
            child.wait(grace)
    _kill_group(child.pid)
    code = child.wait()
    _wait_for_group(child.pid)
    return code if code >= 0 else 128 - code


def _kill_group(group: int) -> bool:
    """Kills what is left in a process group; False when nothing was."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # macOS answers a group of zombies with a PermissionError
        return False
    return True


def _wait_for_group(group: int) -> None:
    """Waits a moment for killed grandchildren to go (in a container without an init they stay as zombies)."""
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline and _kill_group(group):
        time.sleep(0.02)


def main(arguments: Sequence[str]) -> int:
    """The guard as a program: `lifeline.py SIGNAL GRACE UID:GID|- COMMAND...`."""
    stop_signal, grace, identity, *command = arguments
    account = None if identity == "-" else Account(*map(int, identity.split(":")))
    try:
        return guard(int(stop_signal), float(grace), account, command)
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return 127


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
