"""Where a request came from."""

import pytest
from django.test import RequestFactory

from core.http import client_address


def request(*, socket: str = "10.0.0.1", forwarded: str = ""):
    return RequestFactory().get("/", REMOTE_ADDR=socket, headers={"X-Forwarded-For": forwarded})


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:5123", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("unknown", ""),
        ("_hidden:80", ""),
        ("192.0.2.999", ""),
        ("[", ""),
    ],
)
def test_address_is_plain_however_a_proxy_writes_it(settings, written, address):
    settings.TRUSTED_PROXY_COUNT = 1
    assert client_address(request(forwarded=f"203.0.113.9, {written}")) == address


def test_address_without_proxies_is_that_of_the_socket(settings):
    settings.TRUSTED_PROXY_COUNT = 0
    assert client_address(request(forwarded="203.0.113.9")) == "10.0.0.1"
    assert client_address(request(socket="")) == ""


def test_address_behind_a_proxy_that_writes_none_is_that_of_the_socket(settings):
    settings.TRUSTED_PROXY_COUNT = 1
    assert client_address(request()) == "10.0.0.1"
