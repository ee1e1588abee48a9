"""Databases of different sizes on one server: the same site at a thousand, ten thousand and a million certificates."""

import os
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

import psycopg2

from bench.server import ROOT


def make_databases(sizes: list[int]) -> dict[int, str]:
    """Make a database of each size and return their addresses.

    The database in the environment holds the tables and the reference data; the others are copies of it, filled.
    """
    return {size: _make(size) for size in sizes}


def _make(size: int) -> str:
    template = os.environ["DATABASE_URL"]
    url = _address(template, f"bench_{size}")
    name = urlsplit(template).path.lstrip("/")
    connection = psycopg2.connect(_address(template, "postgres"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "bench_{size}" TEMPLATE "{name}"')
    connection.close()
    in_database(url, "bench.populate", str(size))
    return url


def in_database(url: str, module: str, *arguments: str) -> str:
    """Run a module of this package in a process of its own on a database; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{module} failed: {done.stderr[-3000:]}")
    return done.stdout


def _address(url: str, name: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))
