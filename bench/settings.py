"""The settings of a server as far as speed goes, on embedded services and without TLS."""

import os
from pathlib import Path

from certbody.settings.test import *  # noqa: F403 -- settings modules extend one another by star import
from certbody.settings.test import DATABASES as _DATABASES, STORAGES as _STORAGES

ENVIRONMENT = "bench"
TRUSTED_PROXY_COUNT = 1  # each reader of a public page comes from an address of their own, as in life
ROOT_URLCONF = "bench.urls"
DATABASES = {"default": {**_DATABASES["default"], "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}
STATIC_ROOT = Path(os.environ["BENCH_FOLDER"]) / "static"
STORAGES = {
    **_STORAGES,
    "staticfiles": {"BACKEND": "core.staticfiles.ManifestStorage"},
}
WHITENOISE_AUTOREFRESH = False
WHITENOISE_USE_FINDERS = False
