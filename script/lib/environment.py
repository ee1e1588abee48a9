"""The virtual environment with the locked dependencies."""

import fcntl
import hashlib
import importlib.util
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from script.lib.console import LOCAL, LOGS, ROOT, Failure, say, shown, step
from script.lib.system import install_with_apt

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
_STAMP = VENV / "installed.sha256"
_BUILD_LOCK = ROOT / "requirements-build.txt"
_LOCK = ROOT / "requirements-dev.txt"
_LOG = LOGS / "install.log"


def ensure_environment() -> None:
    """Makes .venv what the lock files say; does nothing when it is. Raises Failure."""
    with _one_at_a_time():
        if _works() and _STAMP.exists() and _STAMP.read_text() == _fingerprint():
            return
        if not _works():
            with step("Making the virtual environment .venv"):
                _make_venv()
        with step("Installing the locked dependencies (minutes the first time)"):
            _install()
        _make_importable()
        _STAMP.write_text(_fingerprint())


def _fingerprint() -> str:
    """Changes when what should be installed does."""
    return hashlib.sha256(_BUILD_LOCK.read_bytes() + _LOCK.read_bytes()).hexdigest()


def _works() -> bool:
    """Whether .venv holds a Python that still runs and is new enough."""
    check = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    return PYTHON.exists() and subprocess.run([PYTHON, "-c", check], check=False, capture_output=True).returncode == 0


def _make_venv() -> None:
    if importlib.util.find_spec("ensurepip") is None:  # Debian ships it apart
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        if not install_with_apt(package):
            raise Failure(
                f"Python {platform.python_version()} here cannot make virtual environments: "
                f"sudo apt-get install {package}, and run this again."
            )
    if VENV.is_symlink() or VENV.is_file():
        raise Failure(f"{shown(VENV)} is not a folder: remove it and run this again.")
    shutil.rmtree(VENV, ignore_errors=True)
    _logged([sys.executable, "-m", "venv", VENV], "The virtual environment could not be made")


def _install() -> None:
    pip: list[str | Path] = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes"]
    hint = "check the connection to the package index and run this again"
    what = f"The dependencies could not be downloaded or installed; {hint}"
    # One package is published as source alone and is built with these, not with what its build would fetch unlocked.
    _logged([*pip, "-r", _BUILD_LOCK], what)
    _logged([*pip, "--no-build-isolation", "-r", _LOCK], what)


def _make_importable() -> None:
    """Lets .venv's programs (pytest, celery, mypy) find the project, as an editable installation would."""
    for packages in VENV.glob("lib/python*/site-packages"):
        (packages / "certbody.pth").write_text(f"{ROOT}\n")


def _logged(command: Sequence[str | Path], failure: str) -> None:
    LOGS.mkdir(parents=True, exist_ok=True)
    with _LOG.open("w+b") as log:
        result = subprocess.run(command, check=False, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    if result.returncode != 0:
        lines = _LOG.read_text(errors="replace").splitlines()
        reason = next((line for line in reversed(lines) if line.startswith("ERROR:")), lines[-1] if lines else "")
        raise Failure(f"{failure}.\n  {reason}\n  All of it: {shown(_LOG)}")


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Keeps two commands from installing into one .venv at the same time."""
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("· Waiting for another script/server or script/test that is installing")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
