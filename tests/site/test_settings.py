"""Settings name what is missing, production is strict, and demo data stay out of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent.parent
COMPLETE = {
    "DJANGO_SETTINGS_MODULE": "certbody.settings.production",
    "SECRET_KEY": "x" * 30 + "0123456789abcdefghijklmnopqrstuvwxyz",
    "ALLOWED_HOSTS": "sso.az",
    "SITE_URL": "https://sso.az",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:9/none",
    "REDIS_URL": "redis://127.0.0.1:9/0",
    "EMAIL_URL": "submission://user:password@mail.example:587",
    "DATA_DIR": "never-written",
}


def manage(*arguments, **environment):
    """Run manage.py in an environment of its own."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_check_deploy_is_clean():
    done = manage("check", "--deploy", "--fail-level", "INFO", **COMPLETE)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL", "DATABASE_URL", "REDIS_URL", "EMAIL_URL"])
def test_production_names_the_missing_variable(name):
    done = manage("check", **{key: value for key, value in COMPLETE.items() if key != name})
    assert (done.returncode, f'"{name}" not set' in done.stderr) == (1, True)


def test_production_names_a_wrong_variable():
    done = manage("check", **{**COMPLETE, "SECURE_SSL_REDIRECT": "perhaps"})
    assert (done.returncode, "SECURE_SSL_REDIRECT" in done.stderr) == (1, True)


def test_production_names_an_unknown_mail_server():
    done = manage("check", **{**COMPLETE, "EMAIL_URL": "pigeon://mail.example"})
    assert (done.returncode, "EMAIL_URL names no known kind of mail server" in done.stderr) == (1, True)


def test_production_refuses_demo_data_before_touching_the_database():
    done = manage("load_demo", **COMPLETE)
    assert (done.returncode, done.stderr) == (
        1,
        "CommandError: Demo data are for development: these settings do not allow them.\n",
    )
