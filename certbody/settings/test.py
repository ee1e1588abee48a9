"""Tests: real Postgres and Redis (tests/conftest.py starts embedded ones when none is configured)."""

import os
import tempfile
from pathlib import Path

from certbody.settings.base import *  # noqa: F403 -- settings modules extend one another by star import
from certbody.settings.base import CACHES as _CACHES, REDIS_URL, STORAGES as _STORAGES
from certbody.settings.environment import env

ENVIRONMENT = "test"
DEBUG = False
SECRET_KEY = "test-only-not-a-secret-0123456789-0123456789-0123456789"  # noqa: S105 -- guards nothing
# Each process of a parallel run has a Redis database of its own, so that nobody empties another's.
_WORKER = int(env.str("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) + 1
CACHES = {
    "default": {**_CACHES["default"], "LOCATION": f"{REDIS_URL.partition('?')[0]}?db={_WORKER}"},
}
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
DATABASES = {"default": env.dj_db_url("DATABASE_URL")}
# Lets several runs share one server without meeting.
DATABASES["default"]["TEST"] = {"NAME": f"test_certbody{env.str('TEST_DB_SUFFIX', '')}"}
DATA_DIR = Path(env.str("DATA_DIR", "") or Path(tempfile.gettempdir()) / f"certbody-files-{os.getpid()}")
STORAGES = {
    **_STORAGES,
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA_DIR}},
}
DEMO_LOADER = "certbody.demo.load"
DEMO_ACCOUNTS = DATA_DIR / "demo-accounts.json"
# Static files come from where they are written; nothing is collected.
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
