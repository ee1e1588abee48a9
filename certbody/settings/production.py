"""A server. Every secret and address comes from the environment; a missing one stops the start and is named."""

from django.core.exceptions import ImproperlyConfigured

from certbody.settings.base import *  # noqa: F403 -- settings modules extend one another by star import
from certbody.settings.base import STORAGES as _STORAGES
from certbody.settings.environment import env

ENVIRONMENT = "production"
DEBUG = False
SECRET_KEY = env.str("SECRET_KEY")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]
SITE_URL = env.str("SITE_URL").rstrip("/")
REDIS_URL = env.str("REDIS_URL")
DATABASES = {"default": env.dj_db_url("DATABASE_URL", conn_max_age=60, conn_health_checks=True)}

STORAGES = {
    **_STORAGES,
    "staticfiles": {"BACKEND": "core.staticfiles.ManifestStorage"},
}

_email = env.dj_email_url("EMAIL_URL")
if "EMAIL_BACKEND" not in _email:
    raise ImproperlyConfigured("EMAIL_URL names no known kind of mail server. See the configuration in README.md.")
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_HOST = _email["EMAIL_HOST"]
EMAIL_PORT = _email["EMAIL_PORT"]
EMAIL_HOST_USER = _email["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = _email["EMAIL_USE_TLS"]
EMAIL_USE_SSL = _email["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 20

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REDIRECT_EXEMPT = [r"^healthz/$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
