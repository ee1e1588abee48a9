"""Secret addresses stay out of the logs: of the application, and of the web server."""

import logging
import os
import socket
import subprocess
import sys
import time
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from django.conf import settings
from django.urls import reverse

from core.logs import SecretAddressFilter, masked

TOKEN = "xY3-secret_Token.0"


@pytest.mark.parametrize(
    "address",
    [
        reverse("certificates:feed", args=[TOKEN]),
        reverse("accounts:accept_invitation", args=[TOKEN]),
        f"/accounts/password/reset/key/3f-{TOKEN}/",
        f"/accounts/confirm-email/{TOKEN}/",
    ],
)
def test_addresses_that_are_keys_are_cut(address):
    said = masked(f'"GET {address}?x=1 HTTP/1.1" 404 "https://example.az{address}"')
    assert (TOKEN in said, said.count("[secret]"), said.count("?x=1 HTTP/1.1")) == (False, 2, 1)


def test_other_addresses_and_records_stay_as_they_are():
    line = '"GET /v/3JK9-2WQP/?on=2026-11-20 HTTP/1.1" 200 "https://example.az/calendar/feeds/"'
    assert masked(line) == line
    record = logging.LogRecord("x", logging.INFO, "", 0, "%s left", ("work",), None)
    assert (SecretAddressFilter().filter(record), record.args, record.getMessage()) == (True, ("work",), "work left")


@pytest.mark.django_db
def test_an_ended_calendar_address_is_not_written_down(client, caplog):
    console = logging.getLogger().handlers
    cutting = [one for handler in console for one in handler.filters if isinstance(one, SecretAddressFilter)]
    assert cutting  # the handler of LOGGING
    caplog.handler.addFilter(cutting[0])
    assert client.get(reverse("certificates:feed", args=[TOKEN])).status_code == 404
    assert TOKEN not in caplog.text
    assert "/calendar/feeds/[secret]" in caplog.text


APPLICATION = """
def application(environ, start_response):
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    return [b"no"]
"""


def test_the_web_server_writes_no_calendar_address_down(tmp_path):
    (tmp_path / "served.py").write_text(APPLICATION)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path / "server.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "1"),
                *("--worker-tmp-dir", str(tmp_path), "served:application"),
            ],
            cwd=settings.PROJECT_DIR,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            _ask(f"http://127.0.0.1:{port}/calendar/feeds/{TOKEN}.ics")
        finally:
            server.terminate()
            server.wait(timeout=20)
    written = log.read_text()
    assert (TOKEN in written, "GET /calendar/feeds/[secret] HTTP/1.1" in written) == (False, True)


def _ask(address: str) -> None:
    for _try in range(100):
        try:
            urlopen(address, timeout=5)  # noqa: S310 -- our own server
        except HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")
