"""script/server and script/test: what they refuse and how they say it."""

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from script.lib import environment, options, system
from script.lib.console import ROOT, Failure
from script.lib.test import Check, run_check

SH = shutil.which("sh") or "/bin/sh"


def test_busy_port_is_refused_with_a_free_one() -> None:
    with socket.socket() as listener:
        listener.bind((options.HOST, 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(Failure) as refusal:
            options.ensure_port_is_free(port)

    assert str(refusal.value).startswith(f"Port {port} is in use by another program")
    suggested = int(str(refusal.value).rsplit(" ", 1)[1])
    assert suggested > port
    options.ensure_port_is_free(suggested)


def test_second_server_in_one_folder_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "server.lock"
    with (
        options.server_lock(lock),
        pytest.raises(Failure, match="already running in this folder"),
        options.server_lock(lock),
    ):
        pass
    with options.server_lock(lock):
        pass


def test_reset_does_not_touch_a_database_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere/else")

    with pytest.raises(Failure, match="--reset removes local data only"):
        options.refuse_reset_of_named_database(options.parse(["--reset"]))


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "٨٠٠٠"])
def test_wrong_port_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        options.parse([f"--port={port}"])

    assert "is not a port number" in capsys.readouterr().err


def programs(folder: Path, **scripts: str) -> dict[str, str]:
    """An environment whose PATH holds only these programs and the few that the launchers need."""
    folder.mkdir()
    for name in ("sh", "dirname", "env", "cat"):
        (folder / name).symlink_to(shutil.which(name) or "")
    for name, script in scripts.items():
        program = folder / name.replace("_", ".")
        program.write_text(f"#!{SH}\n{script}\n")
        program.chmod(0o755)
    return {"PATH": str(folder)}


def test_python_that_is_too_old_is_refused_with_what_to_do(tmp_path: Path) -> None:
    old = 'case "$2" in *print*) echo 3.9.18 ;; *) exit 1 ;; esac'
    env = programs(tmp_path / "bin", python3=old, python3_12="exit 127")

    result = subprocess.run(
        [ROOT / "script" / "server"], check=False, env=env, capture_output=True, text=True, timeout=30
    )

    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("error: Python 3.11 or newer is needed (found only 3.9.18): install it")


def test_python_shim_that_fails_is_passed_over(tmp_path: Path) -> None:
    env = programs(tmp_path / "bin", python3_12="exit 127", python3_11="exit 1", python3=f'exec {sys.executable} "$@"')

    result = subprocess.run(
        [SH, "-c", '. script/lib/find-python.sh; echo "$PYTHON"'],
        check=True,
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
    )

    assert result.stdout == "python3\n"


def test_download_that_breaks_names_the_reason_and_the_log(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "script", tmp_path / "script", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("requirements-build.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, tmp_path)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!{SH}\n[ "$1" = -c ] || {{ echo "ERROR: the line is cut" >&2; exit 1; }}\n')
    python.chmod(0o755)

    command = "from script.lib import environment; environment.ensure_environment()"
    result = subprocess.run(
        [sys.executable, "-c", command], check=False, cwd=tmp_path, capture_output=True, text=True, timeout=60
    )

    assert "Installing the locked dependencies" in result.stdout
    assert "The dependencies could not be downloaded or installed; check the connection" in result.stderr
    assert "  ERROR: the line is cut\n  All of it: .local/logs/install.log" in result.stderr
    assert not (tmp_path / ".venv" / "installed.sha256").exists()


def test_libraries_that_cannot_be_loaded_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert system.missing_libraries() == []
    monkeypatch.setitem(system.PANGO, "pango-9", "libpango-9.so.0")
    assert system.missing_libraries() == ["pango-9"]


def test_browser_that_is_named_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = tmp_path / "browser"
    browser.write_text("")
    browser.chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(browser))
    assert system.find_browser() == str(browser)


def test_check_that_does_not_pass_shows_what_it_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_check(Check("Silent", [SH, "-c", "echo hidden"]))
    assert not run_check(Check("Loud", [SH, "-c", "echo the reason; exit 3"]))

    shown = capsys.readouterr().out
    assert "hidden" not in shown
    assert "the reason\n✗ Loud did not pass (exit code 3)\n" in shown


def test_lock_files_decide_what_is_installed() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-build.txt"):
        lines = (ROOT / name).read_text().splitlines()
        pinned = [line for line in lines if line and not line.startswith((" ", "#"))]
        assert pinned
        assert all("==" in line for line in pinned)
        assert sum("--hash=sha256:" in line for line in lines) >= len(pinned)
        assert not any("://" in line for line in lines)
    assert environment.VENV == ROOT / ".venv"
