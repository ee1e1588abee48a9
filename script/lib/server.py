"""The second half of script/server, run by .venv's Python: starts everything, watches it, and ends it."""

import argparse
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from types import FrameType

from certbody import embedded, lifeline
from script.lib import options
from script.lib.console import LOCAL, LOGS, ROOT, Failure, explain, fail, say, shown, step

_READY_SECONDS = 90
_RUNTIME_ENV = LOCAL / "runtime.env"  # lets manage.py in another terminal find the running services
_ACCOUNTS = LOCAL / "demo-accounts.json"
_RESET = ("postgres", "postgres.unfinished", "redis", "run", "beat", "files", "mail", _ACCOUNTS.name, _RUNTIME_ENV.name)


def main() -> int:
    """Runs until Ctrl-C, SIGTERM or SIGHUP; returns the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    chosen = options.parse(sys.argv[1:])
    try:
        with options.server_lock(), ExitStack() as stack:
            return _run(chosen, stack)
    except Failure as failure:
        return fail(failure)
    except embedded.EmbeddedServiceError as error:
        return fail(Failure(str(error)))
    except OSError as error:
        return fail(explain(error))
    except KeyboardInterrupt:
        say("Everything has ended; the data stay in .local.")
        return 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _run(chosen: argparse.Namespace, stack: ExitStack) -> int:
    if chosen.reset:
        with step("Removing the local data"):
            _reset()
    options.ensure_port_is_free(chosen.port)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "certbody.settings.development")
    os.environ.setdefault("SITE_URL", f"http://localhost:{chosen.port}")
    services = _start_services(stack)
    if _prepare() != 0:
        return 1
    with step("Starting web, worker and beat"):
        programs = _start_programs(chosen.port, stack)
        _wait_until_ready(chosen.port, [*services, *programs])
    _announce()
    _watch([*services, *programs])
    return 0


def _reset() -> None:
    embedded.wait_for_predecessor(LOCAL / "postgres")
    for name in _RESET:
        path = LOCAL / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _start_services(stack: ExitStack) -> list[lifeline.Child]:
    """Starts what DATABASE_URL and REDIS_URL do not name, and puts the addresses into the environment."""
    children: list[lifeline.Child] = []
    found: dict[str, str] = {}
    if not os.environ.get("DATABASE_URL"):
        with step("Starting the embedded PostgreSQL"):
            postgres = embedded.start_postgres(LOCAL / "postgres", log=LOGS / "postgres.log")
            stack.callback(postgres.stop)
            children.append(postgres.child)
            found |= {"DATABASE_URL": postgres.runtime_url, "DATABASE_OWNER_URL": postgres.owner_url}
    if not os.environ.get("REDIS_URL"):
        with step("Starting the embedded Redis"):
            redis = embedded.start_redis(LOCAL / "redis", log=LOGS / "redis.log")
            stack.callback(redis.stop)
            children.append(redis.child)
            found |= {"REDIS_URL": redis.url}
    os.environ.update(found)
    _RUNTIME_ENV.write_text("".join(f"{name}='{value}'\n" for name, value in found.items()))
    stack.callback(_RUNTIME_ENV.unlink, missing_ok=True)
    return children


def _prepare() -> int:
    """Migrates and loads data, as the role that owns the tables; names its steps itself."""
    owner = os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]
    environment = {**os.environ, "DATABASE_URL": owner, "RUNTIME_DATABASE_URL": os.environ["DATABASE_URL"]}
    return subprocess.run(
        [sys.executable, "-m", "script.lib.prepare"], check=False, cwd=ROOT, env=environment
    ).returncode


def _start_programs(port: int, stack: ExitStack) -> list[lifeline.Child]:
    python, celery = sys.executable, [sys.executable, "-m", "celery", "-A", "certbody"]
    schedule = LOCAL / "beat" / "schedule"
    schedule.parent.mkdir(exist_ok=True)
    commands = {
        "web": [python, "manage.py", "runserver", f"{options.HOST}:{port}"],
        "worker": [*celery, "worker", "--concurrency=1", "--loglevel=INFO", "--without-gossip", "--without-mingle"],
        "beat": [*celery, "beat", "--loglevel=INFO", f"--schedule={schedule}", "--pidfile="],
    }
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"}
    environment["PYTHONUNBUFFERED"] = "1"
    children: list[lifeline.Child] = []
    stack.callback(lifeline.stop_all, children)
    stack.callback(_begin_to_stop)
    for name, command in commands.items():
        children.append(lifeline.start(name, command, log=LOGS / f"{name}.log", env=environment, cwd=ROOT))
    return children


def _begin_to_stop() -> None:
    """From here on the end is near and in order: an impatient second Ctrl-C must not break it off."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    say("\nEnding …")


def _wait_until_ready(port: int, children: list[lifeline.Child]) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not _answers(port):
        _raise_if_ended(children)
        if time.monotonic() > deadline:
            raise Failure(f"The web did not answer within {_READY_SECONDS} s; its log is {shown(LOGS / 'web.log')}.")
        time.sleep(0.2)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(options.HOST, port, timeout=10)
    try:
        connection.request("GET", "/healthz/")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _watch(children: list[lifeline.Child]) -> None:
    while True:
        _raise_if_ended(children)
        time.sleep(0.5)


def _raise_if_ended(children: list[lifeline.Child]) -> None:
    for child in children:
        if child.ended is not None:
            raise Failure(
                f"{child.name} has ended by itself (exit code {child.ended}), so everything is ended. "
                f"The end of {shown(child.log)}:\n{child.last_lines()}"
            )


def _announce() -> None:
    address = os.environ["SITE_URL"]
    say(f"\nReady: {address}/\n")
    if _ACCOUNTS.exists():
        accounts = json.loads(_ACCOUNTS.read_text())
        columns = ("role", "email", "password", "name")
        widths = {column: max(len(str(account[column])) for account in accounts) for column in columns}
        say("Demo accounts (role, e-mail, password, name):")
        for account in accounts:
            say("  " + "  ".join(str(account[column]).ljust(widths[column]) for column in columns).rstrip())
        say()
    say(f"Logs are in {shown(LOGS)}. Ctrl-C ends everything.")


if __name__ == "__main__":
    sys.exit(main())
