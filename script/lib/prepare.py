"""Brings the database and the translations up to date, in one Django process: run by script/server."""

import os
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout
from typing import TextIO
from urllib.parse import unquote, urlsplit

import django
from django.core.management import call_command

from script.lib.console import LOGS, Failure, fail, shown, step

_LOG = LOGS / "prepare.log"


def main() -> int:
    """Runs each step; returns the exit code."""
    LOGS.mkdir(parents=True, exist_ok=True)
    try:
        with _LOG.open("w") as log:
            _run("Reading the settings", log)
            _run("Compiling the translations", log, "compile_translations")
            _run("Migrating the database", log, "migrate", "--no-input")
            _run("Loading the scheme and the texts", log, "load_reference")
            role = _runtime_role()
            if role:
                _run(f"Granting the role {role} what the application may do", log, "grant_runtime_role", role)
            _run("Loading demo data, if the database is empty", log, "load_demo", "--if-empty")
    except Failure as failure:
        return fail(failure)
    except KeyboardInterrupt:
        return 130
    return 0


def _run(name: str, log: TextIO, *command: str) -> None:
    try:
        with step(name), redirect_stdout(log), redirect_stderr(log):
            if command:
                call_command(*command)
            else:
                django.setup()
    except Exception as error:
        traceback.print_exc(file=log)
        raise Failure(f"{name}: {type(error).__name__}: {error} (all of it: {shown(_LOG)})") from error


def _runtime_role() -> str | None:
    """The role of the web and the workers, when it is another than the one that owns the tables."""
    owner, runtime = (urlsplit(os.environ[name]).username for name in ("DATABASE_URL", "RUNTIME_DATABASE_URL"))
    return unquote(runtime) if runtime and runtime != owner else None


if __name__ == "__main__":
    sys.exit(main())
