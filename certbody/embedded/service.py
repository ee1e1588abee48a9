"""What both services share: the socket's folder, the wait for the first answer, the orderly end."""

import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from certbody import lifeline

_SOCKET_PATH_LIMIT = 100  # sun_path holds 104 bytes on macOS, 108 on Linux
_START_SECONDS = 60


class EmbeddedServiceError(Exception):
    """A service could not be started; the text is one sentence for the person at the terminal."""


@dataclass(frozen=True)
class Service:
    """A running service."""

    child: lifeline.Child
    socket_dir: Path

    def stop(self) -> None:
        """Stops it in order."""
        self.child.stop()
        with suppress(OSError):  # not empty: somebody else's matter
            self.socket_dir.rmdir()


def make_socket_dir(preferred: Path, socket_name: str, account: lifeline.Account | None = None) -> Path:
    """A private folder for a unix socket: `preferred`, or one under the temporary folder.

    The second when the path would be too long for a socket or needs quoting in an address. Raises EmbeddedServiceError.
    """
    if _fits(preferred / socket_name):
        folder = preferred
    else:
        digest = hashlib.sha256(os.fsencode(preferred)).hexdigest()[:12]
        name = f"certbody-{os.geteuid()}-{digest}"
        folder = Path(tempfile.gettempdir()) / name
        if not _fits(folder / socket_name):
            folder = Path("/tmp") / name  # noqa: S108 -- private, and its owner is checked below
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = os.geteuid() if account is None else account.uid
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in (os.geteuid(), owner):
        raise EmbeddedServiceError(f"{folder} belongs to somebody else: remove it, or set TMPDIR to a folder of yours.")
    folder.chmod(0o700)
    if account is not None:
        os.chown(folder, account.uid, account.gid)
        let_through(folder)
    return folder


def _fits(path: Path) -> bool:
    text = str(path)
    plain = all(letter.isalnum() or letter in "/._-" for letter in text) and text.isascii()
    return plain and len(text) <= _SOCKET_PATH_LIMIT


def wait_until(child: lifeline.Child, probe: Callable[[], object], failure: type[Exception]) -> None:
    """Waits until `probe` no longer raises `failure`."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            probe()
        except failure:
            if child.ended is not None or time.monotonic() > deadline:
                raise EmbeddedServiceError(
                    f"{child.name} did not start; the end of {child.log}:\n{child.last_lines()}"
                ) from None
            time.sleep(0.05)
        else:
            return


def let_through(path: Path) -> None:
    """As root: lets another account walk to `path` (not list what lies beside it) and run what is there."""
    for folder in path.resolve().parents:
        if not folder.stat().st_mode & stat.S_IXOTH:
            folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
    if path.name == "bin":
        for entry in (path.parent, *path.parent.rglob("*")):
            mode = entry.stat().st_mode
            wanted = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
            if wanted != mode:
                entry.chmod(wanted)
