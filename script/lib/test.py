"""The second half of script/test, run by .venv's Python: every check, then every test."""

import os
import secrets
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from certbody import embedded
from script.lib.console import ROOT, Failure, explain, fail, say, step

_PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "certbody.settings.production",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "ALLOWED_HOSTS": "certbody.example",
    "SITE_URL": "https://certbody.example",
    "EMAIL_URL": "submission://user:password@mail.example:587",
}


@dataclass(frozen=True)
class Check:
    """A program that ends with 0 when all is well."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]


CHECKS = (
    Check("Formatting (ruff format)", _module("ruff", "format", "--check", ".")),
    Check("Lint (ruff check)", _module("ruff", "check", ".")),
    Check("Templates, formatting (djLint)", _module("djlint", "templates", "--check")),
    Check("Templates, lint (djLint)", _module("djlint", "templates", "--lint")),
    Check("Import contracts (import-linter)", ["lint-imports", "--no-logo"]),
    Check("Types (mypy)", _module("mypy", ".")),
    Check("Migrations match the models", [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]),
    Check("Translations are complete", [sys.executable, "script/check_messages.py"]),
    Check("Translations compile", [sys.executable, "manage.py", "compile_translations"]),
    Check(
        "Production settings (check --deploy)",
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        _PRODUCTION,
    ),
)

# Three processes for two cores: one that waits for its browser leaves a core to another. A file goes whole to one
# process, so that what its tests share is made once, and in the order of tests/pace.py.
_IN_PARALLEL = ("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")


def main(arguments: Sequence[str]) -> int:
    """Runs all checks and tests, or pytest alone with `arguments`; returns the exit code."""
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    os.environ["DJANGO_SETTINGS_MODULE"] = "certbody.settings.test"
    services = embedded.ServicesForTests()
    try:
        with step("Starting PostgreSQL and Redis for the tests"):
            services.start()
        failed = _only_tests(arguments) if arguments else _everything()
    except embedded.EmbeddedServiceError as error:
        return fail(Failure(str(error)))
    except OSError as error:
        return fail(explain(error))
    except KeyboardInterrupt:
        return 130
    finally:
        services.stop()
    return fail(Failure(f"not passed: {', '.join(failed)}")) if failed else 0


def _only_tests(arguments: Sequence[str]) -> list[str]:
    run_check(CHECKS[-2])  # pages need the compiled translations
    return _tests(arguments)


def _everything() -> list[str]:
    failed = [check.name for check in CHECKS if not run_check(check)]
    return failed + _tests(_IN_PARALLEL)


def _tests(arguments: Sequence[str]) -> list[str]:
    say("· Tests (pytest)")
    code = subprocess.run(_module("pytest", *arguments), check=False, cwd=ROOT).returncode
    return ["Tests (pytest)"] if code else []


def run_check(check: Check) -> bool:
    """Runs a check and shows what it printed if it does not pass."""
    with step(check.name):
        result = subprocess.run(
            check.command,
            check=False,
            cwd=ROOT,
            env={**os.environ, **check.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    if result.returncode != 0:
        say(result.stdout.rstrip())
        say(f"✗ {check.name} did not pass (exit code {result.returncode})")
    return result.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
